"""Compares `resin run` on a folder of pictures with `resin bench --throughput`: python3 Benchmarks/pictures.py RESIN [MODEL]

Prints images a second of both, on one thread and on all processors, in turn, and how much more memory the folder takes than
one picture. For figures that mean something, run it on a machine that does nothing else.
"""

import argparse
import json
import os
import random
import re
import statistics
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path


def png(width: int, height: int, seed: int) -> bytes:
    """A picture with smooth colours and some noise, which compresses as photos do."""
    noise = random.Random(seed)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            level = noise.randrange(16)
            rows += bytes(((x * 3 + seed + level) % 256, (y * 2 + level) % 256, (x + y + level) % 256))
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(rows))),
        (b"IEND", b""),
    ]
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("resin")
    parser.add_argument("model", nargs="?", default="Models/resnet/resnet18.resin")
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--side", type=int, default=64, help="of a picture, in pixels")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="*", default=[1, os.cpu_count() or 1])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = folder / "lib.so"
        compiled = [arguments.resin, "compile", arguments.model, "--random-weights", "1", "-o", library]
        subprocess.run(compiled, check=True, capture_output=True)
        pictures = folder / "pictures"
        pictures.mkdir()
        for index in range(arguments.pictures):
            (pictures / f"{index}.png").write_bytes(png(arguments.side, arguments.side, index))

        def run(path: Path, threads: int) -> tuple[float, int]:
            """Images a second, and the most memory that was in use at once, in KiB."""
            command = [arguments.resin, "run", library, path, "--csv", "--top", "1", "--threads", str(threads)]
            with open(folder / "rows.csv", "w") as rows, open(folder / "messages", "w") as messages:
                process = subprocess.Popen(command, stdout=rows, stderr=messages)
                _, status, usage = os.wait4(process.pid, 0)
            text = (folder / "messages").read_text()
            if status != 0:
                raise SystemExit(text)
            return float(re.search(r"([\d.e+]+) images a second", text)[1]), usage.ru_maxrss

        for threads in dict.fromkeys(arguments.threads):
            rates: list[float] = []
            limits: list[float] = []
            memory = 0
            for _ in range(arguments.rounds):
                bench = [arguments.resin, "bench", library, "--throughput", "--threads", str(threads), "--json"]
                report = subprocess.run(bench, check=True, capture_output=True, text=True).stdout
                limits.append(json.loads(report)["images_per_second"])
                rate, memory = run(pictures, threads)
                rates.append(rate)
            alone = run(pictures / "0.png", threads)[1]
            rate, limit = statistics.median(rates), statistics.median(limits)
            print(
                f"{threads} threads: run {rate:.1f} images a second, bench {limit:.1f}, "
                f"{100 * rate / limit:.1f} %; {(memory - alone) / 1024:.1f} MiB more than for one picture"
            )


if __name__ == "__main__":
    main()
