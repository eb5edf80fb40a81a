"""Codes drawn as SVG: one path of black modules on white, sharp at any size, no script and no style needed to show it."""
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast

import zxingcpp
from markupsafe import Markup

INK: Final = "#0a1f4a"
"""The dark of the modules; 15:1 on white."""
QR_QUIET: Final = 4
"""Modules of quiet zone around a QR code (ISO/IEC 18004 §6.3.8)."""
BAR_QUIET: Final = 10
"""Modules of quiet zone beside a Code 128 (ISO/IEC 15417 §4.4)."""
BAR_HEIGHT: Final = 54


def qr_svg(text: str, level: str = "Q") -> Markup:
    """`text` as a QR code. `level` is L, M, Q or H: how much of it may be unreadable (7, 15, 25, 30 %). Raises ValueError when it does not fit."""
    rows = _modules(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    side = len(rows) + 2 * QR_QUIET
    path = "".join(f"M{x + QR_QUIET} {y + QR_QUIET}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _runs(row))
    return _svg(f"0 0 {side} {side}", side, side, path, Markup(' shape-rendering="crispEdges"'))


def code128_svg(text: str) -> Markup:
    """`text` as a Code 128; digits are packed two to a symbol (code set C), so 24 digits take 187 modules with both quiet zones."""
    row = _modules(text, zxingcpp.BarcodeFormat.Code128)[0]
    width = len(row) + 2 * BAR_QUIET
    path = "".join(f"M{x + BAR_QUIET} 0h{run}v{BAR_HEIGHT}h-{run}z" for x, run in _runs(row))
    return _svg(f"0 0 {width} {BAR_HEIGHT}", width, BAR_HEIGHT, path, Markup(' preserveAspectRatio="none"'))


def _svg(box: str, width: int, height: int, path: str, how: Markup) -> Markup:
    return Markup('<svg xmlns="http://www.w3.org/2000/svg" viewBox="{}"{} aria-hidden="true" focusable="false">'
                  '<rect width="{}" height="{}" fill="#ffffff"/><path fill="{}" d="{}"/></svg>').format(box, how, width, height, INK, path)


def _modules(text: str, kind: "zxingcpp.BarcodeFormat", **options: str) -> Sequence[Sequence[bool]]:
    code = zxingcpp.create_barcode(text, kind, **options)
    image = code.to_image(scale=1, add_quiet_zones=False)
    high, wide = image.shape
    grey = bytes(cast(Any, image))                        # its type stub does not say that it is a buffer
    return [[grey[y * wide + x] < 128 for x in range(wide)] for y in range(high)]


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None
