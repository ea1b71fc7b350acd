#include <stdlib.h>

#include "png_messages.h"

// The file so far.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} sink;

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  sink *file = png_get_io_ptr(png);
  if (count > file->capacity - file->count) {
    const size_t capacity = 2 * file->capacity + count;
    uint8_t *bytes = realloc(file->bytes, capacity);
    if (bytes == NULL) png_error(png, "there is not enough memory for the picture");
    file->bytes = bytes;
    file->capacity = capacity;
  }
  memcpy(file->bytes + file->count, from, count);
  file->count += count;
}

static void flush(png_structp png) { (void)png; }

// The file is the caller's, so that a jump leaves it as it is.
static int write_png(const uint8_t *levels, resin_image_extent extent, int channels, sink *file,
                     char *message) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  if (info == NULL) {
    strcpy(message, "there is not enough memory for the picture");
    png_destroy_write_struct(&png, NULL);
    return -1;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return -1;
  }
  png_set_write_fn(png, file, write_bytes, flush);
  png_set_IHDR(png, info, extent.width, extent.height, 8,
               channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const size_t stride = (size_t)extent.width * (size_t)channels;
  for (uint32_t row = 0; row < extent.height; row++) png_write_row(png, levels + row * stride);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &info);
  return 0;
}

int resin_png_encode(const uint8_t *levels, resin_image_extent extent, int channels,
                     uint8_t **bytes, size_t *count, char *message) {
  sink file = {NULL, 0, 0};
  if (write_png(levels, extent, channels, &file, message) != 0) {
    free(file.bytes);
    return -1;
  }
  *bytes = file.bytes;
  *count = file.count;
  return 0;
}

void resin_png_release(uint8_t *bytes) { free(bytes); }
