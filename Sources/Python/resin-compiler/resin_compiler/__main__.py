"""The command `resin`."""

import os
import sys

from ._program import PROGRAM


def main() -> None:
    """Becomes the program, which takes the arguments."""
    os.execv(PROGRAM, ["resin", *sys.argv[1:]])


if __name__ == "__main__":
    main()
