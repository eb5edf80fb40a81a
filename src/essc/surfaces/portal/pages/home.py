"""D2: how an app stands: what it has, what it asked today, what is to be done. Everything from what happened, nothing from hope."""
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from essc.channels import queries as channels
from essc.channels.model import Channel, ChannelKey, State
from essc.channels.queries import CallsOfDay
from essc.ecards import queries as ecards
from essc.kit import ids
from essc.kit.crypto import Algorithm
from essc.kit.db.tx import Tx
from essc.kit.http.pages import PageAnswer, PageCall
from essc.regions import queries as regions
from essc.surfaces.portal.pages.access import own
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame
from essc.surfaces.portal.pages.given import NAMES
from essc.surfaces.shared import times

TOO_MANY_ERRORS: Final = 0.05
"""A share of refused calls that somebody should look at."""
LOOKS: Final = {State.APPLIED: ("warn", "clock"), State.ACTIVE: ("ok", "circle-check"), State.PAUSED: ("bad", "ban"), State.ENDED: ("", "circle-x")}


class KeyRow(NamedTuple):
    """A key as pages show it; `standing` is live, ending or over."""

    key_id: str
    algorithm: str
    standing: str
    added: str
    used: str
    until: str


class Step(NamedTuple):
    """One step on the way, and when it was done ("" when it is known only that it was)."""

    name: str
    done: bool
    when: str = ""


class Todo(NamedTuple):
    """Something to do: its text key below `portal.todo`, what the sentence names, where it is done."""

    name: str
    address: str
    given: dict[str, object]


class Facts(NamedTuple):
    """What is known of an app now."""

    channel: Channel
    keys: Sequence[ChannelKey]
    uses: dict[str, datetime]
    calls: CallsOfDay
    links: int
    now: datetime

    @property
    def live(self) -> list[ChannelKey]:
        """The keys that count."""
        return [key for key in self.keys if key.live(self.now)]

    @property
    def called(self) -> bool:
        """Whether the app has ever asked anything, as far as calls are kept."""
        return bool(self.uses) or self.calls.count > 0


async def facts(tx: Tx, channel: Channel) -> Facts:
    """What is known of an app now; people are counted in the sandbox only."""
    return Facts(channel, await channels.keys(tx, channel.id), await channels.last_uses(tx, channel.id), await channels.calls_of_day(tx, channel.id),
                 len(await ecards.sandbox_links(tx, channel.id)) if channel.sandbox else 0, tx.now)


@pages.get("/dev/app/{app}", signed_in=True)
async def home(call: PageCall) -> PageAnswer:
    """The app's overview."""
    developer = own(call)
    async with call.read_tx() as tx:
        known = await facts(tx, developer.channel)
        registrant = await channels.registrant(tx, developer.channel.id)
    channel = developer.channel
    return call.render("portal/home.html", **frame(call.say, "home", developer), app=channel, look=LOOKS[channel.standing], place=_place(call, channel.region),
                       organisation=registrant.organisation if registrant else "", since=times.day(channel.created_at, call.locale),
                       keys=[key_row(call, key, known.uses, known.now) for key in known.live], steps=steps(call, known),
                       todos=list(todos(call, known)), calls=known.calls, bars=bars(known.calls.by_hour), links=known.links)


def _place(call: PageCall, region: str) -> str:
    return " ".join(step.name for step in regions.region_path(region)[1:]) or call.say("portal.nation")


def key_row(call: PageCall, key: ChannelKey, uses: dict[str, datetime], now: datetime) -> KeyRow:
    """A key in words."""
    standing = "over" if not key.live(now) else "live" if key.not_after is None else "ending"
    used = uses.get(key.key_id)
    return KeyRow(key.key_id, NAMES[Algorithm(key.algorithm)], standing, times.day(key.added_at, call.locale),
                  times.lately(used, now, call.locale) if used else "", times.stamp(key.not_after) if key.not_after else "")


def steps(call: PageCall, known: Facts) -> list[Step]:
    """How far the app has come."""
    return [Step("registered", True, times.day(known.channel.created_at, call.locale)), Step("key", bool(known.live)), Step("called", known.called),
            Step("linked", known.links > 0)]


def todos(call: PageCall, known: Facts) -> Iterator[Todo]:
    """What the developer should do, the most pressing first."""
    app = f"/dev/app/{ids.wire('chan', known.channel.id)}"
    if known.channel.standing is not State.ACTIVE:
        yield Todo(known.channel.standing.value, app, {})
    if not known.live:
        yield Todo("no_key", f"{app}/keys/add", {})
    for key in known.live:
        if key.not_after is not None:
            yield Todo("key_ends", f"{app}/keys", {"key": key.key_id, "time": times.stamp(key.not_after)})
    if not known.called:
        yield Todo("no_call", "/dev/quickstart", {})
    elif known.calls.errors > TOO_MANY_ERRORS * known.calls.count:
        yield Todo("errors", f"{app}/logs", {"n": known.calls.errors, "all": known.calls.count})
    if known.called and known.channel.sandbox and not known.links:
        yield Todo("no_link", "/dev/quickstart#link", {})


def bars(hours: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Calls by hour as bars of an SVG that is 100 high: where they begin, how high all and how high the refused ones are."""
    most = max((calls for calls, _ in hours), default=0) or 1
    return [(place * 10, round(calls * 100 / most), round(errors * 100 / most)) for place, (calls, errors) in enumerate(hours)]
