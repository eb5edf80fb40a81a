"""D7: the calls of an app, newest first; one call with what was sent and answered; and where a signature went wrong, to the character."""
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from essc.channels import model
from essc.channels import queries as channels
from essc.channels.model import Call
from essc.channels.queries import Wanted
from essc.kit.http import masking
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.surfaces.portal.pages import contract, snippets
from essc.surfaces.portal.pages.access import own
from essc.surfaces.portal.pages.contract import Line, Told
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame
from essc.surfaces.portal.pages.quickstart import address
from essc.surfaces.shared import times

ROWS: Final = 50
PASTED_AT_MOST: Final = 8_000
STATUSES: Final = ("2", "4", "5")


class Row(NamedTuple):
    """One line of the log."""

    request_id: str
    when: str
    title: str
    method: str
    path: str
    status: int
    tone: str
    icon: str
    code: str
    latency: str
    signature: str


class Difference(NamedTuple):
    """Where two strings part: the lines before, of the first line that differs what is alike, the character and the rest, and the lines after, for both.

    `component` is the name at the beginning of our line, "" after the last one.
    """

    alike: Sequence[str]
    ours: tuple[str, str, str]
    theirs: tuple[str, str, str]
    after: tuple[Sequence[str], Sequence[str]]
    line: int
    column: int
    component: str


@pages.get("/dev/app/{app}/logs", signed_in=True)
async def logs(call: PageCall) -> PageAnswer:
    """The calls of the app, as they are asked for."""
    developer = own(call)
    wanted = _wanted(call)
    async with call.read_tx() as tx:
        found = await channels.calls(tx, developer.channel, wanted, Page(limit=ROWS, cursor=call.query.get("cursor") or None))
    lines = _lines(call)
    kept = model.kept(developer.channel.sandbox)
    return call.render(
        "portal/logs.html", **frame(call.say, "logs", developer), rows=[row(one, lines) for one in found.items], asked=asked(call),
        days=_days(call, kept), statuses=STATUSES, lines=[line for name, line in lines.items() if line.name in _of_channels(call)], kept=kept.days,
        per_minute=model.KEPT_A_MINUTE, more=f"?{urlencode({**asked(call), 'cursor': found.next_cursor})}" if found.next_cursor else "")


@pages.get("/dev/app/{app}/logs/{request}", signed_in=True)
async def one_call(call: PageCall) -> PageAnswer:
    """One call. Raises CallNotFound."""
    return await _one(call, "")


@pages.post("/dev/app/{app}/logs/{request}", signed_in=True)
async def compare(call: PageCall) -> PageAnswer:
    """One call whose signature was refused, beside the string that the developer says they signed. Nothing of it is kept."""
    return await _one(call, call.form.get("theirs", "")[:PASTED_AT_MOST])


async def _one(call: PageCall, theirs: str) -> PageAnswer:
    developer = own(call)
    async with call.read_tx() as tx:
        found = await channels.call(tx, developer.channel.id, call.path["request"])
    told = contract.operations(call.locale, call.texts).get(found.operation)
    lines = _lines(call)
    return call.render("portal/log.html", **frame(call.say, "logs", developer), call_=found, row=row(found, lines), at=times.stamp(found.at),
                       refusal=_refusal(call, found), ours=found.base or "", theirs=theirs,
                       difference=difference(found.base, _covered(theirs, told)) if found.base and theirs and told else None,
                       curl=snippets.curl(told, address(call), key=found.key_id, path=found.path, sent=found.request or "") if told else "")


def row(found: Call, lines: dict[str, Line]) -> Row:
    """A call as the list shows it."""
    line = lines.get(found.operation)
    tone, icon = ("ok", "circle-check") if found.status < 400 else ("bad", "circle-x") if found.status >= 500 else ("warn", "circle-alert")
    return Row(found.request_id, times.stamp(found.at), line.title if line else found.operation, found.method, found.path, found.status, tone, icon,
               found.code or "", latency(found.micros), found.signature.value)


def latency(micros: int) -> str:
    """Milliseconds, one decimal below a hundred."""
    return f"{micros / 1000:.1f}" if micros < 100_000 else f"{micros // 1000}"


def difference(ours: str, theirs: str) -> Difference | None:
    """Where two signature bases part first, or None when they are the same."""
    if ours == theirs:
        return None
    left, right = ours.split("\n"), theirs.split("\n")
    place = next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    mine, other = (lines[place] if place < len(lines) else None for lines in (left, right))
    column = next((at for at, (a, b) in enumerate(zip(mine or "", other or "", strict=False)) if a != b), min(len(mine or ""), len(other or "")))
    return Difference(left[:place], _cut(mine, column), _cut(other, column), (left[place + 1:], right[place + 1:]), place + 1, column + 1,
                      (mine or "").partition('":')[0].strip('"'))


def _cut(line: str | None, column: int) -> tuple[str, str, str]:
    """A line around a character; the mark of an end where there is none: of the line, or of the text."""
    if line is None:
        return "", "∅", ""
    return line[:column], line[column:column + 1] or "⏎", line[column + 1:]


def _covered(theirs: str, told: Told) -> str:
    """What was pasted, as it was signed (forms send CR LF) and masked as ours is."""
    return masking.base(theirs.replace("\r\n", "\n"), told.line.path, [one.path for one in told.parameters if one.kind == "query"])


def _wanted(call: PageCall) -> Wanted:
    """What the filters ask for; what is no filter of ours asks for everything."""
    given = asked(call)
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError:
        day = None
    status = int(given["status"]) if given.get("status") in STATUSES else None
    return Wanted(day=day, operation=given.get("op"), statuses=status, request_id=given.get("request"))


def asked(call: PageCall) -> dict[str, str]:
    """The filters that are set."""
    return {name: value for name in ("day", "op", "status", "request") if (value := call.query.get(name, "").strip()[:60])}


def _days(call: PageCall, kept: timedelta) -> list[tuple[str, str]]:
    today = call.now.astimezone(times.SHANGHAI).date()
    each = [today - timedelta(days=ago) for ago in range(kept.days + 1)]
    return [(day.isoformat(), times.calendar_day(day, call.locale)) for day in each]


def _lines(call: PageCall) -> dict[str, Line]:
    return {name: told.line for name, told in contract.operations(call.locale, call.texts).items()}


def _of_channels(call: PageCall) -> set[str]:
    return {name for name, told in contract.operations(call.locale, call.texts).items() if told.by == "channel"}


def _refusal(call: PageCall, found: Call) -> Any:
    return next((one for one in contract.catalogue(call.locale, call.texts) if one.code == found.code), None)

