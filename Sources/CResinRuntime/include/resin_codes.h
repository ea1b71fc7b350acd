// The codes of compiled models.
#ifndef RESIN_CODES_H
#define RESIN_CODES_H

// What every function of a compiled model returns.
enum resin_code {
  RESIN_OK = 0,
  RESIN_NULL_POINTER = 1,          // an input, an output, the workspace or a list of them is NULL
  RESIN_WORKSPACE_TOO_SMALL = 2,   // fewer bytes than the model needs
  RESIN_WORKSPACE_MISALIGNED = 3,  // the address is no multiple of the alignment
  RESIN_UNSUPPORTED_CPU = 4,       // the CPU or the operating system lacks a required feature
  RESIN_BAD_WEIGHTS = 5,           // weights are NULL or misaligned, or the file is another model's or damaged
  RESIN_CANNOT_OPEN_WEIGHTS = 6,   // the file of weights cannot be opened or mapped
  RESIN_BAD_STEPS = 7,             // a range of steps that is not within 0...step_count
  RESIN_BAD_BATCH = 8,             // the library has no code for this number of images
  RESIN_BAD_SIZES = 9,             // the library has no code for these extents of its inputs
  RESIN_BAD_PICTURE = 10,          // a picture without pixels, too large or too small, or of a format that is none
  RESIN_NO_MEMORY = 11             // the system gives no memory to resize a picture in
};

#endif
