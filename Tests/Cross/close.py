"""Whether two files of float32 values are the same but for a few last places: `close.py ONE OTHER`.

Powers and sines of very large angles are those of the C library in one of them, and the compiler's own in the other.
"""

import struct
import sys

files = [open(path, "rb").read() for path in sys.argv[1:]]
one, other = ([value for value, in struct.iter_unpack("<f", data)] for data in files)
assert len(one) == len(other) > 100, f"{len(one)} values and {len(other)}"
worst = max(abs(a - b) / max(1, abs(a)) for a, b in zip(one, other))
same = sum(a == b for a, b in zip(one, other))
print(f"{same} of {len(one)} values are the same, the others differ by {worst:.1g} at most")
sys.exit(0 if worst < 1e-6 and same > len(one) // 2 else 1)
