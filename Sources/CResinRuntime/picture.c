// A picture as the input of a model: resized as Pillow does (a triangle filter that widens when it shrinks, weights of 22
// fractional bits, 8 bits between the two passes), cropped, its channels in order, normalised. Only the pixels that
// the crop shows are computed. The compiler's own code for pictures, in Swift, gives the same bits.
#include <stdbool.h>
#include <stdlib.h>

#include "resin_support.h"

enum { PRECISION = 22, LARGEST_SIDE = 1 << 15, MOST_PIXELS = 64 << 20 };

// One axis: `shown` positions from `first` on, of `to` that are resized from `from`.
typedef struct axis {
  int64_t from;
  int64_t to;
  int64_t first;
  int64_t shown;
} axis;

// The weights of the pixels near a position: `count` of them from `start` on.
typedef struct span {
  int64_t start;
  int64_t count;
} span;

// At most so many pixels give one.
static int64_t widest_span(axis line) {
  return line.from <= line.to ? 3 : 2 * ((line.from + line.to - 1) / line.to) + 1;
}

static span weigh(axis line, int64_t position, int32_t *weights) {
  double scale = (double)line.from / (double)line.to;
  double support = scale < 1 ? 1 : scale;
  double centre = ((double)position + 0.5) * scale;
  int64_t start = (int64_t)(centre - support + 0.5);
  if (start < 0) start = 0;
  int64_t end = (int64_t)(centre + support + 0.5);
  if (end > line.from) end = line.from;
  double sum = 0;
  for (int pass = 0; pass < 2; pass++) {
    for (int64_t offset = 0; offset < end - start; offset++) {
      double distance = ((double)(start + offset) - centre + 0.5) * (1 / support);
      double weight = 1 - (distance < 0 ? -distance : distance);
      if (weight < 0) weight = 0;
      if (pass == 0) {
        sum += weight;
      } else {
        weights[offset] = (int32_t)(0.5 + (sum == 0 ? weight : weight / sum) * (double)(1 << PRECISION));
      }
    }
  }
  return (span){start, end - start};
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

// The two axes of a picture as a clause wants it for an input of height x width.
static bool find_axes(const resin_preprocessing *clause, int64_t height, int64_t width, axis *rows, axis *columns) {
  if (height < 1 || width < 1 || height > LARGEST_SIDE || width > LARGEST_SIDE) return false;
  bool crops = clause->crop_height > 0 && clause->crop_width > 0;
  if (crops && (clause->crop_height != height || clause->crop_width != width)) return false;
  int64_t new_height = height, new_width = width, side = clause->resize;
  if (side > LARGEST_SIDE) return false;
  if (side > 0) {
    bool tall = columns->from <= rows->from;
    new_height = tall ? side * rows->from / columns->from : side;
    new_width = tall ? side : side * columns->from / rows->from;
  }
  if (new_width > MOST_PIXELS / rows->from || new_width > MOST_PIXELS / new_height) return false;
  if (crops ? new_height < height || new_width < width : new_height != height || new_width != width) return false;
  *rows = cropped(rows->from, new_height, height);
  *columns = cropped(columns->from, new_width, width);
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

// The shown columns of `row_count` rows from `top` on, as `channels` bytes a pixel. `weights` holds the widest span of
// each column.
static void resize_rows(const uint8_t *pixels, int64_t stride, const pixel_layout *layout, axis columns, int64_t top,
                        int64_t row_count, span *spans, int32_t *weights, uint8_t *resized) {
  int64_t widest = widest_span(columns);
  for (int64_t column = 0; column < columns.shown; column++) {
    spans[column] = weigh(columns, columns.first + column, weights + column * widest);
  }
  for (int64_t row = 0; row < row_count; row++) {
    const uint8_t *source = pixels + (top + row) * stride;
    for (int64_t column = 0; column < columns.shown; column++) {
      const uint8_t *near = source + spans[column].start * layout->bytes;
      for (int channel = 0; channel < layout->channels; channel++) {
        *resized++ = weighted(near + layout->places[channel], layout->bytes, spans[column].count,
                              weights + column * widest);
      }
    }
  }
}

static void resize_columns(const uint8_t *resized, const pixel_layout *layout, axis rows, axis columns, int64_t top,
                           int32_t *weights, const destination *input) {
  int64_t row_bytes = columns.shown * layout->channels;
  for (int64_t row = 0; row < rows.shown; row++) {
    span near = weigh(rows, rows.first + row, weights);
    for (int64_t column = 0; column < columns.shown; column++) {
      const uint8_t *source = resized + (near.start - top) * row_bytes + column * layout->channels;
      uint8_t colour[3];
      for (int channel = 0; channel < 3; channel++) {
        int from = channel < layout->channels ? channel : 0;
        colour[channel] = weighted(source + from, row_bytes, near.count, weights);
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
  if (!find_layout(format, &layout) || width < 1 || height < 1 || width > MOST_PIXELS / height ||
      stride < width * layout.bytes || stride > INT64_MAX / height) {
    return RESIN_BAD_PICTURE;
  }
  bool channels_last = dims[1] != clause->channel_count;
  axis rows = {.from = height}, columns = {.from = width};
  if (!find_axes(clause, dims[channels_last ? 1 : 2], dims[channels_last ? 2 : 3], &rows, &columns)) {
    return RESIN_BAD_PICTURE;
  }
  // The spans and weights of all columns, or of one row.
  int64_t most = columns.shown * widest_span(columns);
  if (most < widest_span(rows)) most = widest_span(rows);
  span *spans = malloc((size_t)columns.shown * sizeof *spans);
  int32_t *weights = malloc((size_t)most * sizeof *weights);
  uint8_t *resized = NULL;
  if (spans != NULL && weights != NULL) {
    // The rows that the shown ones are made of.
    int64_t top = weigh(rows, rows.first, weights).start;
    span last = weigh(rows, rows.first + rows.shown - 1, weights);
    int64_t row_count = last.start + last.count - top;
    resized = malloc((size_t)(row_count * columns.shown * layout.channels));
    if (resized != NULL) {
      destination to = {clause, element, channels_last, rows.shown * columns.shown, input};
      resize_rows(pixels, stride, &layout, columns, top, row_count, spans, weights, resized);
      resize_columns(resized, &layout, rows, columns, top, weights, &to);
    }
  }
  int32_t code = resized == NULL ? RESIN_NO_MEMORY : RESIN_OK;
  free(resized);
  free(weights);
  free(spans);
  return code;
}
