"""Makes pictures of rarer kinds: python Tests/TensorFilesTests/Goldens/make_picture_kinds.py

Needs NumPy, Pillow and libturbojpeg. Each `npy_NAME.npy` holds Pillow's pixels in RGB: u8 [H, W, 3];
`npy_orientations.npy` holds for each EXIF orientation from 1 to 8 which pixel of `orientation.png` is where after
Pillow's `exif_transpose`.
"""

import ctypes
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
# First row, first column, step of rows, step of columns.
ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(levels: np.ndarray, bits: int) -> bytes:
    """Rows of [H, W, C], each behind the number of no filter."""
    rows = b""
    for row in levels.reshape(levels.shape[0], -1):
        digits = "".join(format(int(level), f"0{bits}b") for level in row)
        digits += "0" * (-len(digits) % 8)
        rows += b"\0" + bytes(int(digits[i : i + 8], 2) for i in range(0, len(digits), 8))
    return rows


def save_png(name: str, colour: int, bits: int, interlaced: bool = False, more=()):
    """A PNG of noise."""
    generator = np.random.default_rng(bits + colour)
    levels = generator.integers(0, 1 << bits, (13, 11, CHANNELS[colour]))
    if interlaced:
        parts = [levels[y::down, x::right] for y, x, down, right in ADAM7]
        rows = b"".join(packed(part, bits) for part in parts if part.size)
    else:
        rows = packed(levels, bits)
    chunks = list(more)
    if colour == PALETTE:
        chunks.insert(0, chunk(b"PLTE", generator.integers(0, 256, 3 << bits).astype(np.uint8).tobytes()))
    header = struct.pack(">IIBBBBB", 11, 13, bits, colour, 0, 0, int(interlaced))
    (HERE / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks)
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    if colour == GREY and bits == 16:
        # Pillow cuts these levels off at 255.
        save_npy(name, np.round(levels.repeat(3, 2) / 257))
    else:
        save_npy(name, Image.open(HERE / name).convert("RGB"))


def save_npy(name: str, pixels):
    np.save(HERE / f"npy_{name}.npy", np.asarray(pixels).astype(np.uint8))


def save_ycck(name: str):
    """TurboJPEG stores CMYK as YCCK."""
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    y, x = np.mgrid[0:16, 0:16]
    pixels = np.stack([x * 15, y * 15, 255 - x * 7, 255 - y * 3], -1).astype(np.uint8).tobytes()
    start, size = ctypes.c_void_p(), ctypes.c_ulong()
    compressor = ctypes.c_void_p(library.tjInitCompress())
    cmyk, full_colour = 11, 0
    library.tjCompress2(compressor, pixels, 16, 0, 16, cmyk, ctypes.byref(start), ctypes.byref(size), full_colour, 95, 0)
    (HERE / name).write_bytes(ctypes.string_at(start.value, size.value))
    save_npy(name, Image.open(HERE / name).convert("RGB"))


def save_orientations():
    """Pictures of 5×3 pixels, the PNG with the number of each pixel as its red."""
    numbers = np.zeros((3, 5, 3), np.uint8)
    numbers[:, :, 0] = np.arange(15).reshape(3, 5)
    image = Image.fromarray(numbers)
    image.save(HERE / "orientation.png")
    Image.fromarray(numbers * 17 + np.uint8(9)).save(HERE / "orientation.jpg", quality=95, subsampling=0)
    turned = []
    for orientation in range(1, 9):
        copy = image.copy()
        copy.getexif()[0x0112] = orientation
        turned.append(np.asarray(ImageOps.exif_transpose(copy))[:, :, 0].reshape(-1))
    np.save(HERE / "npy_orientations.npy", np.stack(turned))


def main():
    linear = chunk(b"gAMA", struct.pack(">I", 100000))
    save_png("bits2_interlaced.png", GREY, 2, interlaced=True)
    save_png("bits4.png", GREY, 4)
    save_png("palette1_transparent.png", PALETTE, 1, more=[chunk(b"tRNS", b"\0\x80")])
    save_png("palette4_interlaced.png", PALETTE, 4, interlaced=True)
    save_png("grey_transparent.png", GREY, 8, more=[chunk(b"tRNS", b"\0\x05")])
    save_png("grey16_interlaced.png", GREY, 16, interlaced=True)
    save_png("grey_alpha16_interlaced.png", GREY_ALPHA, 16, interlaced=True)
    save_png("rgb16.png", RGB, 16)
    save_png("rgb16_interlaced.png", RGB, 16, interlaced=True)
    save_png("rgba16_gamma.png", RGBA, 16, more=[linear])
    save_png("rgb_gamma.png", RGB, 8, more=[linear])
    save_png("palette_gamma.png", PALETTE, 8, more=[linear])
    save_ycck("ycck.jpg")
    save_orientations()


if __name__ == "__main__":
    main()
