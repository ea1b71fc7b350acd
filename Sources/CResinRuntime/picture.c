// A picture as the input of a model: resized as Pillow does (src/libImaging/Resample.c: a filter that widens when it
// shrinks, weights of 22 fractional bits, a pass along rows, 8 bits, a pass along columns), cropped, its channels in
// order, normalised. Only the pixels that the crop shows are computed. From version 13 Pillow takes the columns first for
// some sizes, which moves levels by one here and there.
// No product and sum become one multiply-add, whatever compiler this is for, so that all give the same bits.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif
#include <stdbool.h>
#include <stdlib.h>

#include "resin_support.h"

enum { PRECISION = 22 };

// One axis: `shown` positions from `first` on, of `to` that are resized from `from`.
typedef struct axis {
  int64_t from;
  int64_t to;
  int64_t first;
  int64_t shown;
} axis;

// The pixels that a position is made of: `count` of them from `start` on.
typedef struct span {
  int64_t start;
  int64_t count;
} span;

// The spans of the shown positions of an axis, and `widest` weights for each.
typedef struct table {
  span *spans;
  int32_t *weights;
  int64_t widest;
} table;

// How far a filter reaches to either side, in pixels of the larger of the two sizes.
static int64_t reach(int32_t interpolation) { return interpolation == RESIN_BICUBIC ? 2 : 1; }

// The weight of a pixel so far away: a triangle, or Keys' cubic with a = -0.5.
static double filtered(int32_t interpolation, double distance) {
  double x = distance < 0 ? -distance : distance;
  if (interpolation == RESIN_BILINEAR) return x < 1 ? 1 - x : 0;
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

static span weigh(axis line, int64_t position, int32_t interpolation, int32_t *weights) {
  double scale = (double)line.from / (double)line.to;
  double widening = scale < 1 ? 1 : scale;
  double support = (double)reach(interpolation) * widening;
  double centre = ((double)position + 0.5) * scale;
  int64_t start = (int64_t)(centre - support + 0.5);
  if (start < 0) start = 0;
  int64_t end = (int64_t)(centre + support + 0.5);
  if (end > line.from) end = line.from;
  double sum = 0;
  for (int pass = 0; pass < 2; pass++) {
    for (int64_t offset = 0; offset < end - start; offset++) {
      double distance = ((double)(start + offset) - centre + 0.5) * (1 / widening);
      double weight = filtered(interpolation, distance);
      if (pass == 0) {
        sum += weight;
      } else {
        double whole = (sum == 0 ? weight : weight / sum) * (double)(1 << PRECISION);
        weights[offset] = (int32_t)(whole < 0 ? whole - 0.5 : whole + 0.5);
      }
    }
  }
  return (span){start, end - start};
}

// One pixel for each position, as Pillow's ImagingScaleAffine finds it: step by step from the first.
static void find_nearest(axis line, const table *found) {
  double step = (double)line.from / (double)line.to;
  double centre = step * 0.5;
  for (int64_t position = 0; position < line.first + line.shown; position++, centre += step) {
    if (position < line.first) continue;
    int64_t place = (int64_t)centre;
    found->spans[position - line.first] = (span){place < line.from ? place : line.from - 1, 1};
    found->weights[position - line.first] = 1 << PRECISION;
  }
}

// Gives false where there is no memory; what there is belongs to the caller in either case.
static bool fill_table(axis line, int32_t interpolation, table *found) {
  int64_t shrinking = line.from > line.to ? line.from : line.to;
  int64_t side = (reach(interpolation) * shrinking + line.to - 1) / line.to;
  found->widest = interpolation == RESIN_NEAREST ? 1 : 2 * side + 1;
  found->spans = malloc((size_t)line.shown * sizeof *found->spans);
  found->weights = malloc((size_t)(line.shown * found->widest) * sizeof *found->weights);
  if (found->spans == NULL || found->weights == NULL) return false;
  if (interpolation == RESIN_NEAREST) {
    find_nearest(line, found);
    return true;
  }
  for (int64_t index = 0; index < line.shown; index++) {
    found->spans[index] = weigh(line, line.first + index, interpolation, found->weights + index * found->widest);
  }
  return true;
}

// The level that `count` levels, `step` bytes apart, give.
static uint8_t weighted(const uint8_t *levels, int64_t step, int64_t count, const int32_t *weights) {
  uint32_t sum = UINT32_C(1) << (PRECISION - 1);
  for (int64_t offset = 0; offset < count; offset++) sum += levels[offset * step] * (uint32_t)weights[offset];
  int32_t level = (int32_t)sum >> PRECISION;
  return level < 0 ? 0 : level > 255 ? 255 : (uint8_t)level;
}

// What pixels are made of: bytes, and where red, green and blue lie; grey has one channel.
typedef struct pixel_layout {
  int bytes;
  int channels;
  int places[3];
} pixel_layout;

static bool find_layout(int32_t format, pixel_layout *layout) {
  switch (format) {
    case RESIN_RGB8: *layout = (pixel_layout){3, 3, {0, 1, 2}}; return true;
    case RESIN_BGR8: *layout = (pixel_layout){3, 3, {2, 1, 0}}; return true;
    case RESIN_GRAY8: *layout = (pixel_layout){1, 1, {0, 0, 0}}; return true;
    case RESIN_RGBA8: *layout = (pixel_layout){4, 3, {0, 1, 2}}; return true;
    case RESIN_BGRA8: *layout = (pixel_layout){4, 3, {2, 1, 0}}; return true;
    default: return false;
  }
}

// The part of an axis of `to` positions that a centre crop shows: from the middle between two, to the even one.
static axis cropped(int64_t from, int64_t to, int64_t crop) {
  int64_t rest = to - crop;
  int64_t first = rest / 2 + (rest % 2 != 0 && rest / 2 % 2 != 0);
  return (axis){from, to, first, crop};
}

void RESIN_NAME(resized_extent)(const resin_preprocessing *clause, const int64_t *input, const int64_t *picture,
                                int64_t *resized) {
  int64_t side = clause->resize;
  bool tall = picture[1] <= picture[0];
  if (side > 0) {
    resized[0] = tall ? side * picture[0] / picture[1] : side;
    resized[1] = tall ? side : side * picture[1] / picture[0];
  } else {
    bool has_size = clause->resize_height > 0 && clause->resize_width > 0;
    resized[0] = has_size ? clause->resize_height : input[0];
    resized[1] = has_size ? clause->resize_width : input[1];
  }
}

static bool is_side(int64_t extent) { return extent >= 1 && extent <= RESIN_MOST_SIDE; }

// The two axes of a picture as a clause wants it for an input of a height and a width.
static bool find_axes(const resin_preprocessing *clause, const int64_t *input, axis *rows, axis *columns) {
  if (!is_side(input[0]) || !is_side(input[1]) || clause->resize > RESIN_MOST_SIDE ||
      clause->resize_height > RESIN_MOST_SIDE || clause->resize_width > RESIN_MOST_SIDE) {
    return false;
  }
  int64_t height = input[0], width = input[1];
  bool crops = clause->crop_height > 0 && clause->crop_width > 0;
  if (crops && (clause->crop_height != height || clause->crop_width != width)) return false;
  int64_t resized[2];
  RESIN_NAME(resized_extent)(clause, input, (const int64_t[]){rows->from, columns->from}, resized);
  if (resized[1] > RESIN_MOST_PIXELS / rows->from || resized[1] > RESIN_MOST_PIXELS / resized[0]) return false;
  if (crops ? resized[0] < height || resized[1] < width : resized[0] != height || resized[1] != width) return false;
  *rows = cropped(rows->from, resized[0], height);
  *columns = cropped(columns->from, resized[1], width);
  return true;
}

// Red, green and blue at a place of the input as the level of one of its channels; grey by ITU-R 601 with Pillow's
// weights and rounding.
static uint8_t level_of(const uint8_t *colour, const char *order, int channel) {
  if (order[0] == 'r') return colour[channel];
  if (order[0] == 'b') return colour[2 - channel];
  return (uint8_t)((colour[0] * 19595 + colour[1] * 38470 + colour[2] * 7471 + 0x8000) >> 16);
}

// Where the input has an element, and what it becomes.
typedef struct destination {
  const resin_preprocessing *clause;
  int32_t element;
  bool channels_last;
  int64_t plane;
  void *elements;
} destination;

static void put(const destination *input, int64_t pixel, const uint8_t *colour) {
  const resin_preprocessing *clause = input->clause;
  for (int channel = 0; channel < clause->channel_count; channel++) {
    uint8_t level = level_of(colour, clause->channels, channel);
    int64_t place =
        input->channels_last ? pixel * clause->channel_count + channel : channel * input->plane + pixel;
    if (input->element == RESIN_U8) {
      ((uint8_t *)input->elements)[place] = level;
    } else {
      ((float *)input->elements)[place] =
          ((float)level * clause->scale - clause->mean[channel]) / clause->deviation[channel];
    }
  }
}

// The shown columns of `row_count` rows from `top` on, as `channels` bytes a pixel.
static void resize_rows(const uint8_t *pixels, int64_t stride, const pixel_layout *layout, axis columns,
                        const table *across, int64_t top, int64_t row_count, uint8_t *resized) {
  for (int64_t row = 0; row < row_count; row++) {
    const uint8_t *source = pixels + (top + row) * stride;
    for (int64_t column = 0; column < columns.shown; column++) {
      span near = across->spans[column];
      for (int channel = 0; channel < layout->channels; channel++) {
        *resized++ = weighted(source + near.start * layout->bytes + layout->places[channel], layout->bytes, near.count,
                              across->weights + column * across->widest);
      }
    }
  }
}

static void resize_columns(const uint8_t *resized, const pixel_layout *layout, axis rows, axis columns,
                           const table *down, int64_t top, const destination *input) {
  int64_t row_bytes = columns.shown * layout->channels;
  for (int64_t row = 0; row < rows.shown; row++) {
    span near = down->spans[row];
    for (int64_t column = 0; column < columns.shown; column++) {
      const uint8_t *source = resized + (near.start - top) * row_bytes + column * layout->channels;
      uint8_t colour[3];
      for (int channel = 0; channel < 3; channel++) {
        int from = channel < layout->channels ? channel : 0;
        colour[channel] = weighted(source + from, row_bytes, near.count, down->weights + row * down->widest);
      }
      put(input, row * columns.shown + column, colour);
    }
  }
}

int32_t RESIN_NAME(picture_input)(const resin_preprocessing *clause, const int64_t *dims, int32_t element,
                                  const uint8_t *pixels, int64_t width, int64_t height, int64_t stride,
                                  int32_t format, void *input) {
  if (pixels == NULL || input == NULL) return RESIN_NULL_POINTER;
  pixel_layout layout;
  if (!find_layout(format, &layout) || width < 1 || height < 1 || width > RESIN_MOST_PIXELS / height ||
      stride < width * layout.bytes || stride > INT64_MAX / height) {
    return RESIN_BAD_PICTURE;
  }
  bool channels_last = dims[1] != clause->channel_count;
  axis rows = {.from = height}, columns = {.from = width};
  if (!find_axes(clause, dims + (channels_last ? 1 : 2), &rows, &columns)) return RESIN_BAD_PICTURE;
  table down = {0}, across = {0};
  uint8_t *resized = NULL;
  if (fill_table(rows, clause->interpolation, &down) && fill_table(columns, clause->interpolation, &across)) {
    // The rows that the shown ones are made of.
    int64_t top = down.spans[0].start;
    span last = down.spans[rows.shown - 1];
    int64_t row_count = last.start + last.count - top;
    resized = malloc((size_t)(row_count * columns.shown * layout.channels));
    if (resized != NULL) {
      destination to = {clause, element, channels_last, rows.shown * columns.shown, input};
      resize_rows(pixels, stride, &layout, columns, &across, top, row_count, resized);
      resize_columns(resized, &layout, rows, columns, &down, top, &to);
    }
  }
  int32_t code = resized == NULL ? RESIN_NO_MEMORY : RESIN_OK;
  free(resized);
  free(across.weights);
  free(across.spans);
  free(down.weights);
  free(down.spans);
  return code;
}
