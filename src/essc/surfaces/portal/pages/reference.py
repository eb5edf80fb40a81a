"""D4: the reference, made from the contract; one page an operation, with a real call from the browser in a demonstration."""
from collections.abc import Sequence
from typing import Any, Final

from essc.channels.queries import keys as channel_keys
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import RouteNotFound
from essc.regions import queries as regions
from essc.surfaces.portal.pages import contract, snippets
from essc.surfaces.portal.pages.contract import Line, Told
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import Entry, Group, Say, frame, usual
from essc.surfaces.portal.pages.quickstart import address

TRIED: Final = frozenset({"channel", "public"})
"""Whose operations can be tried from the portal: an app's own, and anybody's."""


@pages.get("/dev/api")
async def operations(call: PageCall) -> PageAnswer:
    """Every operation by its noun, and what holds for all of them."""
    rooms = contract.groups(call.locale, call.texts)
    return call.render("portal/reference.html", **frame(call.say, "reference", call.session, groups=side(call.say, rooms, "")), rooms=rooms)


@pages.get("/dev/api/{operation}")
async def operation(call: PageCall) -> PageAnswer:
    """One operation. Raises RouteNotFound."""
    told = contract.operations(call.locale, call.texts).get(call.path["operation"])
    if told is None:
        raise RouteNotFound("no such operation")
    groups = side(call.say, contract.groups(call.locale, call.texts), told.line.name)
    return call.render("portal/operation.html", **frame(call.say, "reference", call.session, groups=groups),
                       **shown(told, address(call), await _key_id(call), call.session.wire_id if call.session else ""),
                       tried=regions.demonstration() and told.by in TRIED)


def shown(told: Told, url: str, key: str, app: str) -> dict[str, Any]:
    """What the page of an operation shows besides its frame; the examples are those of the app that is signed in."""
    path = told.line.path.replace("{channel_id}", app or "{channel_id}")
    return {"told": told, "curl": snippets.curl(told, url, key=key, path=path), "python": snippets.python(told, url, key=key, path=path), "key_id": key,
            "body": snippets.body(told.example) if told.example is not None else "",
            "answer": snippets.body(told.answer_example) if told.answer_example is not None else ""}


async def _key_id(call: PageCall) -> str:
    """The newest live key of the app that is signed in: what a call is likely to be signed with."""
    if call.session is None:
        return ""
    async with call.read_tx() as tx:
        live = [one for one in await channel_keys(tx, call.session.channel.id) if one.live(tx.now)]
    return live[-1].key_id if live else ""


def side(say: Say, rooms: Sequence[tuple[str, Sequence[Line]]], here: str) -> list[Group]:
    """The operations, as the list at the side."""
    return [*usual(say, "reference", None)[:1], *(
        Group(title, [Entry(line.title, f"/dev/api/{line.name}", here=line.name == here) for line in lines]) for title, lines in rooms)]
