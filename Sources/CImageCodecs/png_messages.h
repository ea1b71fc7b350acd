#ifndef PNG_MESSAGES_H
#define PNG_MESSAGES_H

#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "CImageCodecs.h"

// How libpng tells of errors: the words go to the `message` that it was created with, then it jumps.
static inline void on_error(png_structp png, png_const_charp text) {
  char *message = png_get_error_ptr(png);
  strncpy(message, text, RESIN_CODEC_MESSAGE - 1);
  message[RESIN_CODEC_MESSAGE - 1] = 0;
  longjmp(png_jmpbuf(png), 1);
}

static inline void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

#endif
