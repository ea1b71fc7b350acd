// Says which digit a picture shows, on a board with nothing but a serial port: docs/edge.md.
#include "digits.h"

extern const float digit[DIGITS_IMAGE_ELEMENTS];  // start.S has it from digit.f32

static _Alignas(DIGITS_ALIGNMENT) unsigned char workspace[DIGITS_WORKSPACE_BYTES];

static void say(const char *text) {
  volatile uint32_t *port = (volatile uint32_t *)0x09000000;  // the PL011 of QEMU's board `virt`
  while (*text != 0) *port = (uint32_t)*text++;
}

void main(void) {
  float logits[DIGITS_LOGITS_ELEMENTS];
  if (digits_run(digit, logits, workspace, sizeof workspace) != RESIN_OK) {
    say("the model does not run\n");
    return;
  }
  int best = 0;
  for (int index = 1; index < (int)DIGITS_LOGITS_ELEMENTS; index++) {
    if (logits[index] > logits[best]) best = index;
  }
  say((char[]){'0' + (char)best, '\n', 0});
}
