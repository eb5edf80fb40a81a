"""What stands around every page of the portal: the navigation above, the list at the side, and which environment this is.

    return call.render("portal/keys.html", **frame(call.say, "keys", call.session), keys=rows)
"""
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

Say = Callable[..., str]


class Whose(Protocol):
    """The app whose developer is signed in, as far as the frame shows it."""

    @property
    def wire_id(self) -> str:
        """chan_…: the app in addresses."""

    @property
    def name(self) -> str:
        """The app's name."""


class Entry(NamedTuple):
    """One line of a navigation; `here` marks the page that is open, `sandbox` what only a demonstration has."""

    text: str
    address: str
    icon: str = ""
    here: bool = False
    sandbox: bool = False


class Group(NamedTuple):
    """Entries of the list at the side, under their heading."""

    title: str
    entries: Sequence[Entry]


class Place(NamedTuple):
    """A page of the navigation: its key (below `portal.nav`), its address, its picture. `{app}` is the signed-in developer's app."""

    key: str
    address: str
    icon: str
    sandbox: bool = False


PLACES: Final = (
    Place("home", "/dev/app/{app}", "house"), Place("guide", "/dev/quickstart", "zap"), Place("reference", "/dev/api", "file-text"),
    Place("keys", "/dev/app/{app}/keys", "key-round"), Place("holders", "/dev/holders", "users", sandbox=True),
    Place("logs", "/dev/app/{app}/logs", "history"), Place("errors", "/dev/errors", "circle-help"),
)
"""The navigation, in the order of spec E5; what has no room yet is absent."""
_STRANGER: Final = {"home": "/dev", "keys": "/dev/keys", "logs": "/dev/logs"}
"""Where those go who are not signed in: the page that sends them on after signing in."""


def frame(say: Say, here: str, developer: Whose | None, *, groups: Sequence[Group] | None = None) -> dict[str, Any]:
    """What `portal/shell.html` needs. `here` is the key of a Place, or another page's word; `groups` replace the usual list at the side."""
    nav = [_entry(say(f"portal.nav.{one.key}"), one, here, developer) for one in PLACES]
    return {"nav": nav, "groups": usual(say, here, developer) if groups is None else groups, "developer": developer}


def usual(say: Say, here: str, developer: Whose | None) -> list[Group]:
    """The list at the side of pages that have none of their own."""
    begin, own = ("guide", "holders", "reference", "errors"), ("home", "keys", "logs")
    known = {one.key: one for one in PLACES}

    def group(title: str, keys: Sequence[str]) -> Group:
        return Group(title, [_entry(say(f"portal.side.{key}"), known[key], here, developer) for key in keys])
    first = group(say("portal.side.begin"), begin)
    return [first] if developer is None else [first, group(developer.name, own)]


def _entry(text: str, place: Place, here: str, developer: Whose | None) -> Entry:
    return Entry(text, _address(place, developer), place.icon, place.key == here, place.sandbox)


def _address(place: Place, developer: Whose | None) -> str:
    if developer is None:
        return _STRANGER.get(place.key, place.address)
    return place.address.format(app=developer.wire_id)
