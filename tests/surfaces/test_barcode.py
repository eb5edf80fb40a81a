"""What we draw is what a reader reads."""
import re

import pytest
import zxingcpp

from essc.surfaces.shared.barcode import BAR_QUIET, QR_QUIET, code128_svg, qr_svg

DIGITS = "407133589012664711902835"


def picture(svg: str, scale: int) -> zxingcpp.Image | memoryview:
    """The SVG's path as a grey picture, `scale` pixels a module."""
    wide, high = (int(part) for part in re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    rows = [bytearray(b"\xff" * wide * scale) for _ in range(high * scale)]
    for x, y, width, height in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h", svg):
        for row in range(int(y) * scale, (int(y) + int(height)) * scale):
            rows[row][int(x) * scale:(int(x) + int(width)) * scale] = b"\x00" * int(width) * scale
    flat = b"".join(rows)
    return memoryview(flat).cast("B", (high * scale, wide * scale))


@pytest.mark.parametrize("text", [DIGITS, "0" * 24, "9" * 24, "ABCD.EFGH2345"])
@pytest.mark.parametrize("draw", [qr_svg, code128_svg])
def test_a_reader_reads_what_was_drawn(draw, text):
    found = zxingcpp.read_barcode(picture(draw(text), 3))
    assert found is not None
    assert found.text == text


def test_a_code_is_small_and_has_its_quiet_zone():
    svg = qr_svg(DIGITS)
    assert 'viewBox="0 0 29 29"' in svg
    assert min(int(x) for x in re.findall(r"M(\d+) ", svg)) == QR_QUIET
    assert len(svg) < 3000


def test_a_barcode_of_a_code_fits_a_phone():
    svg = code128_svg(DIGITS)
    assert 'viewBox="0 0 187 54"' in svg
    assert min(int(x) for x in re.findall(r"M(\d+) ", svg)) == BAR_QUIET


def test_neither_needs_a_style_or_a_script():
    assert not re.search(r"style|script|on[a-z]+=", qr_svg(DIGITS) + code128_svg(DIGITS))
