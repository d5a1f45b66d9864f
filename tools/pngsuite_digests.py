#!/usr/bin/env python3
"""Writes Tests/ImagesTests/Fixtures/pngsuite.json: what PngSuite's good files must decode to.

    python3 tools/pngsuite_digests.py FOLDER_OF_PNGSUITE > Tests/ImagesTests/Fixtures/pngsuite.json

The pixels come from netpbm's pngtopnm (libpng), colour and alpha in two runs. This script then does what the worker
documents: blends alpha over white at the file's depth, rounded to nearest, then rounds 16 bits to 8 (v / 257) and spreads
fewer than 8 bits over 0...255. The digest is the SHA-256 of the RGB bytes, row after row.
Files whose name starts with x are corrupt on purpose and left out.

Last run: Python 3.11.7, netpbm 11.1.0 with libpng 1.6.39.
"""

import hashlib
import json
import os
import struct
import subprocess
import sys


def without_sbit(png):
    """The file without its sBIT chunk, for which pngtopnm would drop low bits."""
    result, position = png[:8], 8
    while position < len(png):
        length = 12 + struct.unpack_from(">I", png, position)[0]
        if png[position + 4 : position + 8] != b"sBIT":
            result += png[position : position + length]
        position += length
    return result


def pnm(arguments, png):
    """Runs pngtopnm and returns (channels, width, height, maxval, samples)."""
    data = subprocess.run(["pngtopnm", *arguments], input=png, check=True, capture_output=True).stdout
    kind = data[:2]
    fields, position = [], 2
    wanted = 2 if kind == b"P4" else 3
    while len(fields) < wanted:
        while data[position : position + 1].isspace():
            position += 1
        start = position
        while not data[position : position + 1].isspace():
            position += 1
        fields.append(int(data[start:position]))
    body = data[position + 1 :]
    width, height = fields[:2]
    if kind == b"P4":
        stride = (width + 7) // 8
        bits = [1 - (body[y * stride + x // 8] >> (7 - x % 8) & 1) for y in range(height) for x in range(width)]
        return 1, width, height, 1, bits
    channels = {b"P5": 1, b"P6": 3}[kind]
    maxval = fields[2]
    count = width * height * channels
    samples = struct.unpack(f">{count}H", body) if maxval > 255 else list(body)
    assert len(samples) == count
    return channels, width, height, maxval, samples


def nearest(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def rgb(png):
    """Decodes a PNG; returns (width, height, RGB bytes)."""
    # The largest value of a sample once libpng has expanded it to 8 or 16 bits.
    maximum = 65535 if png[24] == 16 else 255
    channels, width, height, maxval, color = pnm([], png)
    _, _, _, alpha_max, alpha = pnm(["-alpha"], png)
    result = bytearray()
    for pixel in range(width * height):
        a = nearest(alpha[pixel] * maximum, alpha_max)
        for channel in range(3):
            sample = color[pixel * channels + (channel if channels == 3 else 0)]
            value = nearest(sample * maximum, maxval)
            value = nearest(value * a + maximum * (maximum - a), maximum)
            result.append(nearest(value, 257) if maximum == 65535 else value)
    return width, height, bytes(result)


def main():
    folder = sys.argv[1]
    files = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".png") and not name.startswith("x"):
            with open(os.path.join(folder, name), "rb") as file:
                width, height, pixels = rgb(without_sbit(file.read()))
            digest = hashlib.sha256(pixels).hexdigest()
            files[name] = {"width": width, "height": height, "sha256": digest}
    print("{")
    print(",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in files.items()))
    print("}")


if __name__ == "__main__":
    main()
