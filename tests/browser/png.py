"""A screenshot as grey pixels, for a reader of codes: 8-bit PNG without interlacing, as browsers write it."""
import struct
import zlib


def grey(png: bytes) -> memoryview:
    """The picture as a two-dimensional view of bytes (height, width). Raises ValueError for another kind of PNG."""
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    channels = {0: 1, 2: 3, 4: 2, 6: 4}.get(kind)
    if depth != 8 or interlaced or channels is None:
        raise ValueError("not an 8-bit PNG without interlacing")
    raw, at, above, rows = _data(png), 0, bytes(width * channels), bytearray()
    for _ in range(height):
        line = _unfiltered(raw[at], raw[at + 1:at + 1 + width * channels], above, channels)
        at, above = at + 1 + width * channels, line
        rows += bytes(line[::channels]) if channels < 3 else bytes(line[1::channels])
    return memoryview(bytes(rows)).cast("B", (height, width))


def _data(png: bytes) -> bytes:
    at, found = 8, b""
    while at < len(png):
        (size,) = struct.unpack(">I", png[at:at + 4])
        if png[at + 4:at + 8] == b"IDAT":
            found += png[at + 8:at + 8 + size]
        at += size + 12
    return zlib.decompress(found)


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    out = bytearray(line)
    for x in range(len(out)):
        left, up, corner = (out[x - step] if x >= step else 0), above[x], (above[x - step] if x >= step else 0)
        out[x] = (out[x] + (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]) & 255
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
