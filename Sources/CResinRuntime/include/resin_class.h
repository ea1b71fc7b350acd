// What a model says of a picture. Not part of the descriptor, so it has no version there.
#ifndef RESIN_CLASS_H
#define RESIN_CLASS_H

#include <stdint.h>

// A class of a picture.
typedef struct resin_class {
  int32_t index;      // from 0; -1 behind the last class of the model
  float probability;  // from 0 to 1
  const char *label;  // lives as long as the library is loaded; NULL where the model has none
} resin_class;

#endif
