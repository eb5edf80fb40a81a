"""A camera that is not there: a drawn face that blinks, or a code held up to it, as a Y4M film for Chromium's fake device. Pure Python, nobody's picture."""
from pathlib import Path
from typing import Final

import zxingcpp

WIDE, HIGH, FRAMES, A_SECOND = 320, 240, 10, 5
Colour = tuple[int, int, int]
WALL: Final[Colour] = (208, 122, 131)
SKIN: Final[Colour] = (196, 108, 150)
HAIR: Final[Colour] = (48, 128, 128)
SHIRT: Final[Colour] = (70, 150, 116)
DARK: Final[Colour] = (30, 128, 128)
LIPS: Final[Colour] = (110, 116, 176)


def film(path: Path) -> Path:
    """Write the film; gives its path. Colours are Y, Cb, Cr."""
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDE} H{HIGH} F{A_SECOND}:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            out.write(b"FRAME\n" + _planes(number))
    return path


def film_of_code(path: Path, text: str) -> Path:
    """Write a film of a QR code on a grey desk, held still; gives its path."""
    image = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q").to_image(scale=6, add_quiet_zones=True)
    side, _ = image.shape
    pixels, top, left = bytes(image), (HIGH - side) // 2, (WIDE - side) // 2
    rows = [bytes([96]) * WIDE for _ in range(HIGH)]
    for y in range(side):
        rows[top + y] = bytes([96]) * left + pixels[y * side:(y + 1) * side] + bytes([96]) * (WIDE - left - side)
    frame = b"FRAME\n" + b"".join(rows) + bytes([128]) * (WIDE * HIGH // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDE} H{HIGH} F{A_SECOND}:1 Ip A1:1 C420jpeg\n".encode() + frame * FRAMES)
    return path


def _planes(number: int) -> bytes:
    rows = [[_colour(x, y, number) for x in range(WIDE)] for y in range(HIGH)]
    light = bytes(pixel[0] for row in rows for pixel in row)
    blue = bytes(row[x][1] for row in rows[::2] for x in range(0, WIDE, 2))
    red = bytes(row[x][2] for row in rows[::2] for x in range(0, WIDE, 2))
    return light + blue + red


def _colour(x: int, y: int, number: int) -> Colour:
    shift = number % 3
    x -= WIDE // 2 + shift
    if _in(x, y - 112, 58, 78):
        return _of_face(x, y, number)
    if _in(x, y - 84, 66, 62) and y < 120:
        return HAIR
    return SHIRT if _in(x, y - 260, 104, 74) else WALL


def _of_face(x: int, y: int, number: int) -> Colour:
    if y < 62:
        return HAIR
    blinks = number in (4, 5)
    if any(_in(x - side * 24, y - 104, 9, 1 if blinks else 6) for side in (-1, 1)):
        return DARK
    return LIPS if _in(x, y - 152, 20, 3 + number % 4) else SKIN


def _in(x: int, y: int, wide: int, high: int) -> bool:
    return (x / wide) ** 2 + (y / high) ** 2 <= 1
