"""What the page of a note shows: facts in words, a chart of the times, uses of the card round about, what was done by whom."""
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from essc.channels import queries as channels
from essc.channels.errors import ChannelNotFound
from essc.kit import ids
from essc.kit.clock import SHANGHAI
from essc.kit.db.tx import Tx
from essc.kit.http.pages import PageCall
from essc.kit.i18n import Locale
from essc.kit.paging import Page
from essc.names import ChannelId, HolderId, TerminalId
from essc.records import queries as records
from essc.records.model import Outcome, Shown
from essc.risk import queries
from essc.risk.model import Act, Facts, Listed, Note, SubjectKind
from essc.surfaces.console.pages.risk import names_of, word_of
from essc.surfaces.shared import times
from essc.venues import queries as venues
from essc.venues.errors import TerminalNotFound

WIDTH, HEIGHT, FLOOR = 640, 150, 24
"""Of the chart, in units of its viewBox; FLOOR is the room for the words below."""
HOURS, DAYS = 48, 14
HIDDEN: Final = frozenset({"use", "ecard"})
"""Facts that stand elsewhere on the page."""
TEN_THOUSAND: Final = 10_000
STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "take": ("info", "user-round-check"), "remark": ("", "square-pen"), "handled": ("ok", "circle-check"), "false_alarm": ("", "circle-x"),
    Act.FREEZE_CODES: ("bad", "lock"), Act.DISABLE_TERMINAL: ("bad", "ban"), Act.ASK_PAUSE: ("warn", "clock"), Act.ASK_RESUME: ("warn", "clock"),
    Act.PAUSE_CHANNEL: ("bad", "ban"), Act.RESUME_CHANNEL: ("ok", "undo-2"),
}
"""Tone and icon of a line of the timeline; its words are `console.risk.step.<move>`."""


class Offer(NamedTuple):
    """Something that can be done: the verb on its button, what it will mean, whether a second person decides. `over`: it is done already."""

    do: str
    icon: str
    verb: str
    means: str
    second: bool
    over: bool

    @classmethod
    def of(cls, call: PageCall, do: str, icon: str, *, second: bool = False, **given: object) -> "Offer":
        """Something to do."""
        return cls(do, icon, call.say(f"console.risk.do.{do}"), call.say(f"console.risk.means.{do}", **given), second, False)

    @classmethod
    def done(cls, call: PageCall, do: str, **given: object) -> "Offer":
        """Something that is done already."""
        return cls(do, "circle-check", call.say(f"console.risk.do.{do}"), call.say(f"console.risk.over.{do}", **given), False, True)


class Bar(NamedTuple):
    """One bar of the chart: where it stands, how high it is, what it says."""

    x: float
    y: float
    width: float
    height: float
    title: str


class Chart(NamedTuple):
    """A small chart with the sentence that says the same."""

    bars: list[Bar]
    say: str
    left: str
    right: str
    most: int


class Use(NamedTuple):
    """One use of the card near by."""

    time: str
    id: str
    place: str
    what: str
    result: tuple[str, str, str]


class Line(NamedTuple):
    """One line of the timeline."""

    tone: str
    icon: str
    what: str
    who: str
    when: str
    word: str


def people(count: int, locale: Locale) -> str:
    """How many people, as a sentence of the page wants it: `3.2 万` and `12 ` before 名, `32,000` before holders."""
    if locale != "zh-CN":
        return f"{count:,}"
    if count < TEN_THOUSAND:
        return f"{count:,} ".replace(",", "\u2009")
    tenths = count * 10 // TEN_THOUSAND
    return f"{tenths // 10}.{tenths % 10} 万" if tenths % 10 else f"{tenths // 10} 万"


def terminal_of(note: Note) -> TerminalId | None:
    """The terminal that has to do with a note: its subject, or where it was seen."""
    if note.subject_kind is SubjectKind.TERMINAL:
        return TerminalId(note.subject)
    told = note.facts.get("terminal")
    return TerminalId(ids.parse("term", str(told))) if told else None


def channel_of(note: Note) -> ChannelId | None:
    """The channel that has to do with a note: its subject, or through which it was seen."""
    if note.subject_kind is SubjectKind.CHANNEL:
        return ChannelId(note.subject)
    told = note.facts.get("channel")
    return ChannelId(ids.parse("chan", str(told))) if told else None


async def facts(call: PageCall, tx: Tx, one: Listed) -> list[tuple[str, str]]:
    """What was seen the last time, in words: (label, value)."""
    return await _in_words(call, tx, one.note.facts)


async def _in_words(call: PageCall, tx: Tx, facts: Facts) -> list[tuple[str, str]]:
    return [(call.say(f"console.risk.fact.{name}"), await _value(call, tx, name, str(value))) for name, value in facts.items() if name not in HIDDEN]


async def _value(call: PageCall, tx: Tx, name: str, value: str) -> str:
    try:
        if name == "terminal":
            terminal = await venues.terminal(tx, TerminalId(ids.parse("term", value)))
            return f"{terminal.venue_name} · {terminal.name} ({terminal.number})"
        if name == "channel":
            return (await channels.get(tx, ChannelId(ids.parse("chan", value)))).name
    except (TerminalNotFound, ChannelNotFound, ids.BadId):
        return value
    if name == "scene":
        scene = (await venues.scenes(tx)).get(value)
        return value if scene is None else scene.title_zh if call.locale == "zh-CN" else scene.title_en
    if name in ("verdict", "action", "by"):
        return word_of(call, value)
    return value


async def chart(call: PageCall, tx: Tx, note: Note) -> Chart | None:
    """When it was seen: by the hour of the last day, or by the day of the last fortnight; none of what was seen once."""
    if note.count <= 1:
        return None
    hourly = call.now - note.raised_at < timedelta(hours=HOURS)
    step, count = (timedelta(hours=1), HOURS) if hourly else (timedelta(days=1), DAYS)
    found = await queries.series(tx, note, step=step, count=count)
    most = max(bar.count for bar in found)
    if not most:
        return None
    each, room = WIDTH / count, HEIGHT - FLOOR - 16
    bars = []
    for place, bar in enumerate(found):
        height = round(room * bar.count / most, 1)
        shown = bar.start.astimezone(SHANGHAI)
        title = call.say("console.risk.chart.bar", at=f"{shown:%m-%d %H:%M}", n=bar.count)
        bars.append(Bar(round(place * each + 3, 1), round(HEIGHT - FLOOR - height, 1), round(each - 6, 1), height, title))
    first, last = found[0].start.astimezone(SHANGHAI), call.now.astimezone(SHANGHAI)
    total = sum(bar.count for bar in found)
    say = call.say("console.risk.chart.hours" if hourly else "console.risk.chart.days", n=total, most=most)
    return Chart(bars, say, f"{first:%m-%d %H:%M}", f"{last:%m-%d %H:%M}", most)


async def sightings(call: PageCall, tx: Tx, note: Note) -> list[tuple[str, str]]:
    """The last times that it was seen: when, and what was told."""
    found = []
    for one in await queries.sightings(tx, note, limit=10):
        told = await _in_words(call, tx, one.facts)
        found.append((times.stamp(one.seen_at), " · ".join(f"{label} {value}" for label, value in told)))
    return found


async def uses(call: PageCall, tx: Tx, one: Listed) -> list[Use]:
    """The last uses of the holder's card, or of cards at the terminal: ids, time, place, result. Nobody's name."""
    if one.note.subject_kind is SubjectKind.HOLDER:
        found = (await records.uses(tx, HolderId(one.note.subject), Page(limit=10))).items
        return [_use(call, shown) for shown in found]
    terminal_id = terminal_of(one.note)
    return [_use(call, shown) for shown in await records.at_terminal(tx, terminal_id, 10)] if terminal_id else []


def _use(call: PageCall, shown: Shown) -> Use:
    use = shown.use
    scene = shown.scene_zh if call.locale == "zh-CN" else shown.scene_en
    refused = use.outcome is Outcome.REFUSED
    word = word_of(call, use.verdict or "", call.say(f"records.outcome.{use.outcome}")) if refused else call.say(f"records.outcome.{use.outcome}")
    place = shown.venue_name or shown.channel_name or ""
    return Use(times.stamp(use.occurred_at), ids.wire("use", use.id), place, scene or call.say(f"records.action.{use.action}"),
               ("bad", "circle-x", word) if refused else ("ok", "circle-check", word))


async def steps(call: PageCall, tx: Tx, note: Note) -> list[Line]:
    """The timeline, newest first; it ends with the note being raised."""
    found = await queries.timeline(tx, note)
    who = await names_of(tx, [step.moved_by for step in found])
    lines = [Line(*STEPS.get(step.move, ("", "info")), call.say(f"console.risk.step.{step.move}"), who.get(step.moved_by, step.moved_by),
                  times.stamp(step.moved_at), step.word) for step in found]
    return [*lines, Line("warn", "triangle-alert", call.say("console.risk.step.raised"), call.say("console.risk.by_system"), times.stamp(note.raised_at), "")]

