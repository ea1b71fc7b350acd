"""Whether two files of float32 values are the same but for a few last places: `close.py [--within SHARE] ONE OTHER`.

Powers and sines of very large angles are those of the C library in one of them, and the compiler's own in the other. With a share,
all values may differ by that much of the largest.
"""

import argparse
import struct
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--within", type=float)
parser.add_argument("files", nargs=2)
options = parser.parse_args()
files = [open(path, "rb").read() for path in options.files]
one, other = ([value for value, in struct.iter_unpack("<f", data)] for data in files)
assert len(one) == len(other) > 0, f"{len(one)} values and {len(other)}"
same = sum(a == b for a, b in zip(one, other))
if options.within is None:
    assert len(one) > 100, f"{len(one)} values are few"
    worst = max(abs(a - b) / max(1, abs(a)) for a, b in zip(one, other))
    passes = worst < 1e-6 and same > len(one) // 2
else:
    largest = max(map(abs, one))
    # Values that are no numbers do not pass.
    passes = all(abs(a - b) <= options.within * largest for a, b in zip(one, other))
    worst = max(abs(a - b) for a, b in zip(one, other)) / largest
print(f"{same} of {len(one)} values are the same, the others differ by {worst:.1g} at most")
sys.exit(0 if passes else 1)
