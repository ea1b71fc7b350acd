#include "png_messages.h"

// What is left of the file.
typedef struct {
  const uint8_t *bytes;
  size_t count;
} source;

static void read_bytes(png_structp png, png_bytep into, size_t count) {
  source *file = png_get_io_ptr(png);
  if (count > file->count) png_error(png, "the file is truncated");
  memcpy(into, file->bytes, count);
  file->bytes += count;
  file->count -= count;
}

// Reads up to the pixels.
static void read_header(png_structp png, png_infop info, source *file) {
  png_set_benign_errors(png, 1);
  png_set_read_fn(png, file, read_bytes);
  png_read_info(png, info);
}

// Reads all rows as red, green and blue. Nothing asks for gamma or colour profiles: levels stay what
// the file has.
static void read_pixels(png_structp png, png_infop info, resin_image_extent extent, uint8_t *rgb) {
  const int colour = png_get_color_type(png, info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (colour == PNG_COLOR_TYPE_GRAY) {
    png_set_expand_gray_1_2_4_to_8(png);
    png_set_scale_16(png);
  }
  png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  const size_t stride = (size_t)extent.width * 3;
  if (png_get_rowbytes(png, info) != stride || png_get_image_height(png, info) != extent.height)
    png_error(png, "the header has changed");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t row = 0; row < extent.height; row++) png_read_row(png, rgb + row * stride, NULL);
}

// Reads the header into `extent`, or where there is `rgb` the pixels.
static int read_png(const uint8_t *bytes, size_t count, resin_image_extent *extent, uint8_t *rgb,
                    char *message) {
  source file = {bytes, count};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, on_error, on_warning);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  if (info == NULL) {
    strcpy(message, "there is not enough memory for the picture");
    png_destroy_read_struct(&png, NULL, NULL);
    return -1;
  }
  // What is kept in registers since here is not changed below.
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return -1;
  }
  read_header(png, info, &file);
  if (rgb == NULL) {
    extent->width = png_get_image_width(png, info);
    extent->height = png_get_image_height(png, info);
  } else {
    read_pixels(png, info, *extent, rgb);
  }
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

int resin_png_extent(const uint8_t *bytes, size_t count, resin_image_extent *extent,
                     char *message) {
  return read_png(bytes, count, extent, NULL, message);
}

int resin_png_decode(const uint8_t *bytes, size_t count, resin_image_extent extent, uint8_t *rgb,
                     char *message) {
  return read_png(bytes, count, &extent, rgb, message);
}
