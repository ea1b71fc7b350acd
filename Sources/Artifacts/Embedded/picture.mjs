
/**
 * Makes the input that is a picture from one, as the model says, with the bits of `resin run`: resized as Pillow does (a
 * filter that widens when it shrinks, weights of 22 fractional bits, 8 bits between the two passes), cropped, its
 * channels in order, normalised. `net.run()` then takes it.
 *
 * @param picture ImageData, or what has its `width`, `height` and `data`, four bytes a pixel, of which the last is not used.
 * @param image which image of the input it becomes, from 0 on.
 */
Network.prototype.preprocess = function (picture, image = 0) {
  const { preprocessing: clause, shape, data } = this.inputs.find(input => input.preprocessing);
  if (!Number.isInteger(image) || image < 0 || image >= shape[0]) {
    throw new RangeError(`there is no image ${image} of ${shape[0]}`);
  }
  const depth = clause.mean.length, isLast = shape[1] !== depth;
  const [rows, columns] = axes(clause, picture, ...(isLast ? shape.slice(1, 3) : shape.slice(2)));
  const colours = resized(picture, rows, columns, clause.interpolation), pixels = rows.shown * columns.shown;
  const round = Math.fround, [scale, ...numbers] = [clause.scale, ...clause.mean, ...clause.deviation].map(round);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const colour = levels(clause.channels, ...colours.subarray(3 * pixel, 3 * pixel + 3));
    colour.forEach((level, channel) => {
      const place = image * depth * pixels + (isLast ? pixel * depth + channel : channel * pixels + pixel);
      data[place] = data instanceof Uint8Array ? level
        : round(round(round(level * scale) - numbers[channel]) / numbers[depth + channel]);
    });
  }
};

const weightBits = 22;

/** Per filter, how far it reaches and the weight of a pixel so far away: a triangle, and Keys' cubic with a = -0.5. */
const filters = {
  bilinear: { reach: 1, weight: x => x < 1 ? 1 - x : 0 },
  bicubic: {
    reach: 2,
    weight: x => x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0,
  },
};

/** The weights of the pixels near a position of an axis, of `to` that are resized from `from`. */
function weigh({ from, to }, position, { reach, weight: filter }) {
  const scale = from / to, widening = Math.max(scale, 1), support = reach * widening, centre = (position + 0.5) * scale;
  const start = Math.max(Math.trunc(centre - support + 0.5), 0);
  const end = Math.min(Math.trunc(centre + support + 0.5), from);
  const weights = [];
  let sum = 0;
  for (let place = start; place < end; place++) {
    weights.push(filter(Math.abs((place - centre + 0.5) * (1 / widening))));
    sum += weights[weights.length - 1];
  }
  const whole = weights.map(weight => {
    const exact = (sum === 0 ? weight : weight / sum) * (1 << weightBits);
    return Math.trunc(exact < 0 ? exact - 0.5 : exact + 0.5);
  });
  return { start, end, weights: whole };
}

/** The shown part of an axis: from the middle between two positions, to the even one. */
function cropped(from, to, shown) {
  const rest = to - shown, half = Math.trunc(rest / 2);
  return { from, to, first: half + (rest % 2 !== 0 && half % 2 !== 0 ? 1 : 0), shown };
}

/** Rows and columns of a picture as a clause wants them for an input of height x width. */
function axes({ resize, crop }, picture, height, width) {
  const isPicture = [picture?.height, picture?.width].every(side => Number.isInteger(side) && side >= 1)
    && picture.data?.length === 4 * picture.width * picture.height;
  if (!isPicture) throw new TypeError('a picture has width, height and data, four bytes a pixel, as ImageData has');
  let [newHeight, newWidth] = Array.isArray(resize) ? resize : [height, width];
  if (typeof resize === 'number') {
    const isTall = picture.width <= picture.height;
    newHeight = isTall ? Math.trunc(resize * picture.height / picture.width) : resize;
    newWidth = isTall ? resize : Math.trunc(resize * picture.width / picture.height);
  }
  const fits = crop
    ? crop[0] === height && crop[1] === width && newHeight >= height && newWidth >= width
    : newHeight === height && newWidth === width;
  if (!fits) {
    throw new RangeError(
      `a picture of ${picture.width}×${picture.height} pixels does not become ${width}×${height} in the way that the model says`);
  }
  return [cropped(picture.height, newHeight, height), cropped(picture.width, newWidth, width)];
}

/** The pixels that each shown position is made of, from `start` to `end`, with their weights. */
function spans(axis, interpolation) {
  if (interpolation === 'nearest') return nearest(axis);
  return Array.from({ length: axis.shown }, (_, index) => weigh(axis, axis.first + index, filters[interpolation]));
}

/** One pixel for each position, found step by step from the first as Pillow does. */
function nearest({ from, to, first, shown }) {
  const step = from / to, found = [];
  for (let position = 0, centre = step * 0.5; position < first + shown; position++, centre += step) {
    const start = Math.min(Math.trunc(centre), from - 1);
    if (position >= first) found.push({ start, end: start + 1, weights: [1 << weightBits] });
  }
  return found;
}

/** The level that levels `step` bytes apart give. */
function weighted(levels, place, step, weights) {
  let sum = 1 << (weightBits - 1);
  for (const weight of weights) {
    sum += levels[place] * weight;
    place += step;
  }
  return Math.min(Math.max(sum >> weightBits, 0), 255);
}

/** Red, green and blue of all pixels that are shown. */
function resized(picture, rows, columns, interpolation) {
  const down = spans(rows, interpolation), across = spans(columns, interpolation), top = down[0].start, stride = 3 * columns.shown;
  const between = new Uint8Array((down[down.length - 1].end - top) * stride), colours = new Uint8Array(rows.shown * stride);
  let place = 0;
  for (let row = top; row < down[down.length - 1].end; row++) {
    for (const { start, weights } of across) {
      for (let channel = 0; channel < 3; channel++) {
        between[place++] = weighted(picture.data, 4 * (row * picture.width + start) + channel, 4, weights);
      }
    }
  }
  place = 0;
  for (const { start, weights } of down) {
    for (let column = 0; column < stride; column++) {
      colours[place++] = weighted(between, (start - top) * stride + column, stride, weights);
    }
  }
  return colours;
}

/** The levels of a pixel in the order of a clause; grey by ITU-R 601 with Pillow's weights and rounding. */
function levels(channels, red, green, blue) {
  if (channels === 'rgb8') return [red, green, blue];
  if (channels === 'bgr8') return [blue, green, red];
  return [(red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16];
}
