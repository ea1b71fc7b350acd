#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "resin_host.h"

void resin_open_streams(void) {
  for (int stream = 0; stream <= 2; ++stream) {
    // The lowest number that is free is taken. Whatever is written to an output that is opened for reading is lost, and
    // resin_close_output says so; where messages would go, nobody wants to know.
    if (fcntl(stream, F_GETFD) == -1) (void)open("/dev/null", stream == 2 ? O_WRONLY : O_RDONLY);
  }
}

int resin_close_output(void) {
  errno = 0;
  const int is_lost = fflush(stdout) != 0 || ferror(stdout);
  return is_lost ? errno != 0 ? errno : EIO : 0;
}
