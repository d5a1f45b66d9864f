"""Boxes and short texts drawn straight into rows of RGB bytes, with nothing but the standard library."""

from __future__ import annotations

import unicodedata

Color = tuple[int, int, int]

# Three columns and five rows a letter, row by row.
_ART = {
    "A": "010101111101101", "B": "110101110101110", "C": "011100100100011", "D": "110101101101110",
    "E": "111100110100111", "F": "111100110100100", "G": "011100101101011", "H": "101101111101101",
    "I": "111010010010111", "J": "001001001101010", "K": "101101110101101", "L": "100100100100111",
    "M": "101111111101101", "N": "110101101101101", "O": "010101101101010", "P": "110101110100100",
    "Q": "010101101111011", "R": "110101110101101", "S": "011100010001110", "T": "111010010010010",
    "U": "101101101101111", "V": "101101101101010", "W": "101101111111101", "X": "101101010101101",
    "Y": "101101010010010", "Z": "111001010100111", "0": "111101101101111", "1": "010110010010111",
    "2": "110001010100111", "3": "110001010001110", "4": "101101111001001", "5": "111100110001110",
    "6": "011100111101111", "7": "111001010010010", "8": "111101111101111", "9": "111101111001110",
    ".": "000000000000010", ",": "000000000010100", "-": "000000111000000", "_": "000000000000111",
    ":": "000010000010000", "/": "001001010100100", "%": "101001010100101", "#": "101111101111101",
    "?": "110001010000010", "!": "010010010000010", "+": "000010111010000", "'": "010010000000000",
    "(": "001010010010001", ")": "100010010010100", " ": "000000000000000",
}  # fmt: skip
LETTER_WIDTH, LETTER_HEIGHT = 3, 5


class Picture:
    """`width` x `height` pixels of three bytes, in a bytearray that is drawn on. What lies outside is cut off."""

    def __init__(self, pixels: bytes, width: int, height: int) -> None:
        if len(pixels) != width * height * 3:
            raise ValueError(f"{len(pixels)} bytes are no {width} x {height} pixels")
        self.pixels, self.width, self.height = bytearray(pixels), width, height

    def fill(self, x: float, y: float, width: float, height: float, color: Color) -> None:
        left, right = self._span(x, width, self.width)
        top, bottom = self._span(y, height, self.height)
        if right <= left:
            return
        row = bytes(color) * (right - left)
        for line in range(top, bottom):
            start = (line * self.width + left) * 3
            self.pixels[start : start + len(row)] = row

    def box(self, x: float, y: float, width: float, height: float, color: Color, thickness: int = 3) -> None:
        self.fill(x, y, width, thickness, color)
        self.fill(x, y + height - thickness, width, thickness, color)
        self.fill(x, y, thickness, height, color)
        self.fill(x + width - thickness, y, thickness, height, color)

    def label(self, text: str, x: float, y: float, color: Color, ink: Color, scale: int = 4) -> None:
        """Writes a text on a bar whose bottom left corner is at (x, y), moved into the picture."""
        letters = plain(text)
        width = (len(letters) * (LETTER_WIDTH + 1) + 1) * scale
        height = (LETTER_HEIGHT + 2) * scale
        x = max(0, min(x, self.width - width))
        y = max(0, min(y - height, self.height - height))
        self.fill(x, y, width, height, color)
        for index, letter in enumerate(letters):
            left = x + (index * (LETTER_WIDTH + 1) + 1) * scale
            for cell, bit in enumerate(_ART[letter]):
                if bit == "1":
                    row, column = divmod(cell, LETTER_WIDTH)
                    self.fill(left + column * scale, y + (row + 1) * scale, scale, scale, ink)

    @staticmethod
    def _span(start: float, length: float, limit: int) -> tuple[int, int]:
        return max(0, min(round(start), limit)), max(0, min(round(start + length), limit))


def plain(text: str) -> str:
    """The text in the letters there are: capitals without accents, `?` for everything else."""
    bare = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "".join(letter if letter in _ART else "?" for letter in "".join(bare).upper())[:60]
