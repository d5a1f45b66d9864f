#!/usr/bin/env python3
"""Writes the JPEGs in Tests/ImagesTests/Fixtures and jpeg.json: the pixels that Pillow decodes from them.

    pip install pillow==13.0.0
    python3 tools/jpeg_fixtures.py

The picture is drawn by formula: smooth colours, hard edges and some noise from a fixed generator. The digest is the SHA-256
of the RGB bytes, row after row. Pillow cannot write YCCK, so that file is a CMYK JPEG of the YCCK values in which the
colour transform of the Adobe marker is set to 2 afterwards.

Last run: Python 3.11.7, Pillow 13.0.0 with libjpeg-turbo 3.2.0.
"""

import hashlib
import io
import json
import os

from PIL import Image, ImageChops

FOLDER = os.path.join(os.path.dirname(__file__), "..", "Tests", "ImagesTests", "Fixtures")


def picture(width, height):
    image = Image.new("RGB", (width, height))
    state = 12345
    for y in range(height):
        for x in range(width):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            noise = (state >> 16) % 17 - 8
            inside = (x - width * 0.4) ** 2 + (y - height * 0.5) ** 2 < (height * 0.3) ** 2
            color = (230, 40, 60) if inside else (255 * x // width, 255 * y // height, 255 - 200 * x // width)
            if (x // 7 + y // 9) % 6 == 0:
                color = tuple(255 - value for value in color)
            image.putpixel((x, y), tuple(max(0, min(255, value + noise)) for value in color))
    return image


def jpeg(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def as_cmyk(image):
    """CMYK with some black, so that its part in the conversion is tested."""
    cyan, magenta, yellow, _ = image.convert("CMYK").split()
    black = image.convert("L").point(lambda value: (255 - value) // 4)
    return Image.merge("CMYK", [cyan, magenta, yellow, black])


def as_ycck(image):
    """CMYK that holds what a YCCK decoder expects: Y, Cb and Cr of the negative, which Pillow stores inverted."""
    planes = [ImageChops.invert(plane) for plane in ImageChops.invert(image).convert("YCbCr").split()]
    return Image.merge("CMYK", planes + [as_cmyk(image).getchannel("K")])


def set_adobe_transform(data, transform):
    """Rewrites the last byte of the Adobe marker."""
    position = data.index(b"\xff\xee\x00\x0eAdobe")
    return data[: position + 15] + bytes([transform]) + data[position + 16 :]


def main():
    image = picture(101, 77)
    files = {
        "baseline-420.jpg": jpeg(image, quality=85, subsampling=2),
        "baseline-422.jpg": jpeg(image, quality=85, subsampling=1),
        "baseline-444.jpg": jpeg(image, quality=95, subsampling=0),
        "progressive.jpg": jpeg(image, quality=85, progressive=True),
        "restarts.jpg": jpeg(image, quality=85, restart_marker_rows=1),
        "rgb.jpg": jpeg(image, quality=85, keep_rgb=True),
        "gray.jpg": jpeg(image.convert("L"), quality=85),
        "gray-progressive.jpg": jpeg(image.convert("L"), quality=85, progressive=True),
        "cmyk.jpg": jpeg(as_cmyk(image), quality=85),
        "ycck.jpg": set_adobe_transform(jpeg(as_ycck(image), quality=85), 2),
        "one-pixel.jpg": jpeg(image.resize((1, 1)), quality=85),
    }
    digests = {}
    for name, data in sorted(files.items()):
        assert len(data) < 20_000, name
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)
        decoded = Image.open(io.BytesIO(data)).convert("RGB")
        digest = hashlib.sha256(decoded.tobytes()).hexdigest()
        digests[name] = {"width": decoded.width, "height": decoded.height, "sha256": digest}
    with open(os.path.join(FOLDER, "jpeg.json"), "w") as file:
        file.write("{\n" + ",\n".join(f"  {json.dumps(n)}: {json.dumps(d)}" for n, d in digests.items()) + "\n}\n")


if __name__ == "__main__":
    main()
