#ifndef CIMAGECODECS_H
#define CIMAGECODECS_H

#include <stddef.h>
#include <stdint.h>

// libpng and TurboJPEG behind two plain calls each: no long jump leaves this target, errors are
// text.

// Room for an error, its final zero included.
#define RESIN_CODEC_MESSAGE 256

typedef struct {
  uint32_t width;
  uint32_t height;
} resin_image_extent;

// The extent that the header claims; 0 on success, else `message` says why.
int resin_png_extent(const uint8_t *bytes, size_t count, resin_image_extent *extent, char *message);
int resin_jpeg_extent(const uint8_t *bytes, size_t count, resin_image_extent *extent,
                      char *message);

// Decodes a picture of the given extent into width * height * 3 bytes, red, green, blue, top row
// first; 0 on success, else `message` says why. Alpha is dropped, grey is repeated; of 16 bits the
// upper 8 are taken, and grey without alpha is scaled.
int resin_png_decode(const uint8_t *bytes, size_t count, resin_image_extent extent, uint8_t *rgb,
                     char *message);
int resin_jpeg_decode(const uint8_t *bytes, size_t count, resin_image_extent extent, uint8_t *rgb,
                      char *message);

// Encodes width * height * channels bytes, those of a pixel side by side, top row first, as PNG: grey
// for one channel, red, green and blue for three; 0 on success, else `message` says why. The file is
// then in `bytes`, which resin_png_release frees.
int resin_png_encode(const uint8_t *levels, resin_image_extent extent, int channels,
                     uint8_t **bytes, size_t *count, char *message);
void resin_png_release(uint8_t *bytes);

#endif
