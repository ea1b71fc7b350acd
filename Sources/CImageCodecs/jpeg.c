#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "CImageCodecs.h"

// Keeps the decoder's words and ends it.
static int fail(tjhandle decoder, char *message) {
  strncpy(message, tjGetErrorStr2(decoder), RESIN_CODEC_MESSAGE - 1);
  message[RESIN_CODEC_MESSAGE - 1] = 0;
  if (decoder != NULL) tjDestroy(decoder);
  return -1;
}

static int header(tjhandle decoder, const uint8_t *bytes, size_t count, int *width, int *height,
                  int *colour) {
  int subsampling;
  return tjDecompressHeader3(decoder, bytes, count, width, height, &subsampling, colour);
}

int resin_jpeg_extent(const uint8_t *bytes, size_t count, resin_image_extent *extent,
                      char *message) {
  tjhandle decoder = tjInitDecompress();
  int width, height, colour;
  if (decoder == NULL || header(decoder, bytes, count, &width, &height, &colour) != 0)
    return fail(decoder, message);
  extent->width = (uint32_t)width;
  extent->height = (uint32_t)height;
  tjDestroy(decoder);
  return 0;
}

// Stray bytes between markers and unknown versions leave the picture whole. Everything else counts,
// whatever tjGetErrorCode says: it calls an error a warning when a warning came before it.
static int is_broken(tjhandle decoder) {
  const char *harmless[] = {"extraneous bytes before marker", "unknown JFIF revision number",
                            "Unknown Adobe color transform code"};
  for (int i = 0; i < 3; i++)
    if (strstr(tjGetErrorStr2(decoder), harmless[i]) != NULL) return 0;
  return 1;
}

// Printing programs store ink inverted: 255 is none. So does everyone who writes CMYK into a JPEG.
static void from_inverted_cmyk(const uint8_t *cmyk, size_t pixels, uint8_t *rgb) {
  for (size_t i = 0; i < pixels; i++) {
    const int white = cmyk[4 * i + 3];
    for (int c = 0; c < 3; c++) {
      const int product = (255 - cmyk[4 * i + c]) * white + 128;
      rgb[3 * i + c] = (uint8_t)(white - (((product >> 8) + product) >> 8));
    }
  }
}

int resin_jpeg_decode(const uint8_t *bytes, size_t count, resin_image_extent extent, uint8_t *rgb,
                      char *message) {
  tjhandle decoder = tjInitDecompress();
  int width, height, colour;
  if (decoder == NULL || header(decoder, bytes, count, &width, &height, &colour) != 0)
    return fail(decoder, message);
  const size_t pixels = (size_t)extent.width * extent.height;
  const int is_cmyk = colour == TJCS_CMYK || colour == TJCS_YCCK;
  uint8_t *buffer = is_cmyk ? malloc(pixels * 4) : rgb;
  if (buffer == NULL) {
    strcpy(message, "there is not enough memory for the picture");
    tjDestroy(decoder);
    return -1;
  }
  int result = 0;
  if (tjDecompress2(decoder, bytes, count, buffer, width, 0, height, is_cmyk ? TJPF_CMYK : TJPF_RGB,
                    0) != 0 &&
      is_broken(decoder)) {
    result = fail(decoder, message);
    decoder = NULL;
  }
  if (is_cmyk) {
    if (result == 0) from_inverted_cmyk(buffer, pixels, rgb);
    free(buffer);
  }
  if (decoder != NULL) tjDestroy(decoder);
  return result;
}
