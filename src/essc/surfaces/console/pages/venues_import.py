"""C7 批量导入: a file of new terminals, taken whole or not at all; what is wrong with it is told line by line, on the page and as a list to take along."""
import asyncio
import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from essc.kit.errors import FieldError, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.operators.model import Permission
from essc.regions import queries as regions
from essc.surfaces.console.pages import sheets
from essc.surfaces.console.pages.access import require, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.exports import written
from essc.surfaces.console.pages.venues import HERE, kind_choices
from essc.surfaces.shared.forms import again
from essc.venues import actions, model, queries
from essc.venues.errors import TerminalsNotImported

TEMPLATE: Final = "console/terminals_import.html"
EXAMPLES: Final = (("安康大药房（演示）", "药店", "自助结算台", "自助机"), ("青山公园（演示）", "公园景区", "东门闸机", "闸机"))
SHOWN: Final = 50
"""Wrong lines that the page shows; the list to take along has the first thousand."""
LISTED: Final = 1_000


class Wrong(NamedTuple):
    """One thing that is wrong: the line of the file, the column, and why."""

    line: int
    column: str
    why: str


@pages.get("/console/terminals/import", signed_in=True)
async def ask(call: PageCall) -> PageAnswer:
    """Choose a file; the columns, and an empty one to fill in."""
    require(call, Permission.VENUES_ACT)
    return call.render(TEMPLATE, **await _context(call))


async def _context(call: PageCall, wrong: Sequence[Wrong] = (), done: int = 0) -> dict[str, Any]:
    async with call.read_tx() as tx:
        kinds = kind_choices(call, await queries.kinds(tx))
    listed = base64.b64encode(written([call.say(f"console.venues.import.wrong.{name}") for name in ("line", "column", "why")], wrong[:LISTED])).decode()
    return shell(call, scope(call), columns=_heads(call), kinds=[name for _, name in kinds], wrong=wrong[:SHOWN], more=max(0, len(wrong) - SHOWN),
                 listed=f"data:text/csv;charset=utf-8;base64,{listed}" if wrong else "", most=model.MOST_LINES, megabytes=sheets.LARGEST >> 20, done=done)


def _heads(call: PageCall) -> list[str]:
    return [names[1 if call.locale == "en" else 0] for names in model.COLUMNS.values()]


@pages.get("/console/terminals/import/template", signed_in=True)
async def template(call: PageCall) -> PageAnswer:
    """An empty file with two examples, in the member's own area."""
    require(call, Permission.VENUES_ACT)
    code = scope(call).code
    place = next((one for one in regions.within(code) or ("450100",) if one != "000000"), code)
    rows = [(venue, kind, place, name, terminal) for venue, kind, name, terminal in EXAMPLES]
    answer = PageAnswer(200, written([names[0] for names in model.COLUMNS.values()], rows), "text/csv; charset=utf-8")
    return answer.header("content-disposition", 'attachment; filename="terminals.csv"')


@pages.post("/console/terminals/import", signed_in=True, body_limit=sheets.FORM_LIMIT)
async def take(call: PageCall) -> PageAnswer:
    """Take the file. Sent twice it is refused by itself: its terminals are there already."""
    session = require(call, Permission.VENUES_ACT)
    try:
        upload = sheets.uploaded(call.form, "file")
        lines = _lines(await asyncio.to_thread(sheets.rows_of, upload.content, model.MOST_LINES))
        async with call.tx() as tx:
            made = await actions.import_terminals(tx, hashlib.sha256(upload.content).digest(), lines, session.covers, demonstration=regions.demonstration())
    except TerminalsNotImported as refused:
        return again(call, TEMPLATE, refused, **await _context(call, [_wrong(call, *one) for one in refused.lines]))
    except Refused as refused:
        columns = [_wrong(call, 1, error) for error in refused.fields if error.code == "column_missing"]
        return again(call, TEMPLATE, refused, **await _context(call, columns))
    return call.redirect(f"{HERE}?presence=waiting&sort=number&done={len(made)}")


def _lines(rows: Sequence[tuple[int, Sequence[str]]]) -> list[tuple[int, Mapping[str, str]]]:
    """The lines below the head by what each column is for. Raises VenueWrong when columns are missing."""
    place = model.columns(rows[0][1])
    return [(line, {field: cells[at] if at < len(cells) else "" for field, at in place.items()}) for line, cells in rows[1:]]


def _wrong(call: PageCall, line: int, error: FieldError) -> Wrong:
    return Wrong(line, model.COLUMNS[error.field][1 if call.locale == "en" else 0], call.say(f"console.venues.import.why.{error.code}"))
