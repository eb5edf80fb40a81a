"""Drawn portraits in place of photographs: the same number always gives the same face, and no face is anybody's."""
import hashlib
from datetime import date

_SKIN = ("#f2c9a8", "#ecbf98", "#f0c6a2", "#e8b88f")
_COAT = ("#2c4a78", "#31405a", "#5a3b52", "#2f5d50", "#6a4a32")
_HAIR = ("#22262f", "#2b2320", "#3a2c24")
_GREY = "#8b929e"

_LONG = '<path d="M27 62c-3-30 12-46 28-46s31 15 28 46c-1 14 2 26 4 34H23c3-9 5-20 4-34z" fill="{hair}"/>'
_SHORT = '<path d="M31 57c-3-27 9-39 25-39s26 14 23 39c-2-9-4-14-7-18-10 3-22 1-30-4-6 5-9 12-11 22z" fill="{hair}"/>'
_FRINGE = '<path d="M33 58c2-15 9-21 17-24 7 6 17 8 27 11 1 4 1 8 0 13 4-23-4-38-22-38S29 36 33 58z" fill="{hair}"/>'
_LINES = '<path d="M38 70c2 2 3 4 3 6M72 70c-2 2-3 4-3 6" stroke="#c79a76" stroke-width="1.2" fill="none"/>'


def portrait(number: str, *, today: date) -> bytes:
    """An SVG of 358 by 441 (the size of a card photo) for the person of `number`."""
    seed = hashlib.sha256(number.encode()).digest()
    age = today.year - int(number[6:10])
    woman = int(number[16]) % 2 == 0
    hair = _GREY if age >= 60 else _HAIR[seed[0] % len(_HAIR)]
    scale, shift = (0.86, 12) if age < 14 else (1, 0)
    head = _head(_SKIN[seed[1] % len(_SKIN)], hair, woman=woman, lines=age >= 60)
    body = f'<path d="M12 140c1-25 16-33 32-36 3 6 19 6 22 0 16 3 31 11 32 36z" fill="{_COAT[seed[2] % len(_COAT)]}"/>'
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="358" height="441" viewBox="0 0 110 136" role="img" aria-label="持卡人照片">'
        f'<rect width="110" height="136" fill="#f4f7fb"/><g transform="translate({shift * 0.6:.1f} {shift}) scale({scale})">{body}{head}</g></svg>'
    )
    return drawing.encode()


def _head(skin: str, hair: str, *, woman: bool, lines: bool) -> str:
    behind = _LONG.format(hair=hair) if woman else ""
    neck = f'<path d="M46 84h18v20c0 6-18 6-18 0z" fill="{skin}" stroke="#d8a27c" stroke-width=".6"/>'
    face = f'<path d="M34 56c0 20 9 35 21 35s21-15 21-35c0-22-42-22-42 0z" fill="{skin}"/>'
    eyes = '<g fill="#2a2320"><ellipse cx="46" cy="60" rx="2.6" ry="2.2"/><ellipse cx="64" cy="60" rx="2.6" ry="2.2"/></g>'
    brows = '<path d="M41 54c3-2 7-2 9-.5M60 53.500c3-1.500 6-1.500 9 .5" stroke="#3a302b" stroke-width="1.7" fill="none"/>'
    mouth = '<path d="M49 77c4 3 8 3 12 0" stroke="#b5624f" stroke-width="2" fill="none" stroke-linecap="round"/>'
    nose = '<path d="M55 62v7" stroke="#d8a27c" stroke-width="1.8" stroke-linecap="round"/>'
    front = (_FRINGE if woman else _SHORT).format(hair=hair)
    return behind + neck + face + front + eyes + brows + mouth + nose + (_LINES if lines else "")
