#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "CImageCodecs.h"

static int fail(png_image *image, char *message) {
  strncpy(message, image->message, RESIN_CODEC_MESSAGE - 1);
  message[RESIN_CODEC_MESSAGE - 1] = 0;
  png_image_free(image);
  return -1;
}

static int begin(png_image *image, const uint8_t *bytes, size_t count) {
  memset(image, 0, sizeof *image);
  image->version = PNG_IMAGE_VERSION;
  return png_image_begin_read_from_memory(image, bytes, count);
}

int resin_png_extent(const uint8_t *bytes, size_t count, resin_image_extent *extent,
                     char *message) {
  png_image image;
  if (!begin(&image, bytes, count)) return fail(&image, message);
  extent->width = image.width;
  extent->height = image.height;
  png_image_free(&image);
  return 0;
}

int resin_png_decode(const uint8_t *bytes, size_t count, resin_image_extent extent, uint8_t *rgb,
                     char *message) {
  png_image image;
  if (!begin(&image, bytes, count)) return fail(&image, message);
  const int has_alpha = (image.format & PNG_FORMAT_FLAG_ALPHA) != 0;
  // Asked for RGB, libpng would lay a transparent picture over what is in the buffer.
  image.format = has_alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  const size_t pixels = (size_t)extent.width * extent.height;
  uint8_t *buffer = has_alpha ? malloc(pixels * 4) : rgb;
  if (buffer == NULL) {
    strcpy(message, "there is not enough memory for the picture");
    png_image_free(&image);
    return -1;
  }
  int result = 0;
  if (!png_image_finish_read(&image, NULL, buffer, 0, NULL)) result = fail(&image, message);
  if (has_alpha) {
    for (size_t i = 0; result == 0 && i < pixels; i++) memcpy(rgb + 3 * i, buffer + 4 * i, 3);
    free(buffer);
  }
  return result;
}
