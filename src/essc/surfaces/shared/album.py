"""A picture from a phone's album: is there a code on it? Read here where the browser cannot; looked at once and forgotten."""
import asyncio
import io
import warnings
from typing import Final

import zxingcpp
from PIL import Image, UnidentifiedImageError

from essc.kit.errors import Kind, Refused

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a picture as phones take them; a page with its form around it."""
FORM_LIMIT: Final = LARGEST + 64 * 1024
MOST_PIXELS: Final = 60_000_000
"""A picture that unpacks to more is a trap, not a photo (phones: 12 to 50 million)."""
SIDE: Final = 1600
"""Pixels of the longer side that a code is looked for on; smaller is faster and reads as well."""
FORMATS: Final = ("JPEG", "PNG", "WEBP")
KINDS: Final = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128)
MOST_TEXT: Final = 2000


class PictureUnreadable(Refused):
    """The file is no picture that we open."""

    kind, code = Kind.INVALID, "picture_unreadable"


class PictureTooLarge(Refused):
    """The file is larger than what a phone's camera makes."""

    kind, code = Kind.TOO_LARGE, "picture_too_large"


class NoCodeFound(Refused):
    """A picture without a code on it."""

    kind, code = Kind.INVALID, "picture_without_code"


async def code_on(content: bytes) -> str:
    """The text of the code on a picture. Raises PictureUnreadable, NoCodeFound."""
    found = await asyncio.to_thread(_read, content)
    if found is None:
        raise NoCodeFound("no code on this picture")
    return found[:MOST_TEXT]


def _read(content: bytes) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise PictureUnreadable("too many pixels")
                picture.draft("L", (SIDE, SIDE))              # a JPEG is unpacked no larger than needed
                picture.thumbnail((SIDE, SIDE))
                grey = picture.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureUnreadable("not a picture") from error
    codes = zxingcpp.read_barcodes(grey)
    return next((one.text for one in codes if one.text and one.format in KINDS), None)
