"""Lists that leave the console as CSV: with a reason, written down before they go, and safe to open in a spreadsheet."""
import csv as files
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from essc.kit.db.tx import Tx
from essc.kit.http.pages import PageAnswer, PageCall
from essc.operators import actions
from essc.surfaces.console.pages.access import here, scope

MOST_ROWS: Final = 50_000
_FORMULA: Final = re.compile(r"\s*[=+\-@\t\r|]")
_PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?%?")


async def csv(call: PageCall, tx: Tx, *, name: str, header: Sequence[str], rows: Iterable[Sequence[object]], reason: str) -> PageAnswer:
    """A file named `name`-area-day.csv; that it was taken stands in the audit log with its number of rows. UTF-8 with BOM, as spreadsheets want it.

    At most MOST_ROWS rows. Raises NotPermitted without the permission EXPORT, ReasonMissing without a reason of the list.
    """
    taken = [row for row, _ in zip(rows, range(MOST_ROWS), strict=False)]
    area = scope(call).code
    await actions.export(tx, here(call), name, len(taken), area, reason)
    answer = PageAnswer(200, written(header, taken), "text/csv; charset=utf-8")
    return answer.header("content-disposition", f'attachment; filename="{name}-{area}-{call.now:%Y%m%d}.csv"')


def written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The bytes of a CSV file (RFC 4180) in which no cell can be taken for a formula."""
    out = io.StringIO(newline="")
    writer = files.writer(out)
    writer.writerow(header)
    writer.writerows([safe(str(cell)) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def safe(text: str) -> str:
    """`text` with an apostrophe before it when a spreadsheet would read it as a formula (OWASP CSV Injection); numbers stay numbers."""
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text
