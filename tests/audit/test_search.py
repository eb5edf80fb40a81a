"""Searching the log: by time, actor, kind, thing, request and result, page by page; who searches leaves an event too."""
import json
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from essc.audit import actions, queries
from essc.audit.errors import ExportNotReady, ProofNotFound
from essc.audit.jobs import Sequencer
from essc.audit.model.search import Result, Tab, Wanted, result, thing, things
from essc.kit import ids
from essc.kit.db.tx import Actor
from essc.kit.events import Event
from essc.kit.paging import Page
from tests.audit.test_sequencer import ORIGIN, logged

pytestmark = pytest.mark.anyio

CLERK, PHONE = Actor("operator", "staff_one"), Actor("holder", "hold_one")


class Scribbled(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "notebook.scribbled"
    subject: ClassVar[str] = "page_id"
    page_id: UUID
    pens: tuple[UUID, ...] = ()
    verdict: str = "PASS"


class Torn(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "notebook.refused"
    subject: ClassVar[str] = "page_id"
    page_id: UUID
    chosen: str = ""


@pytest.fixture
async def log(db, tmp_path):
    """Two pages, three days: a clerk scribbles, a phone scribbles and is refused; everything is searchable."""
    page, pen, channel = ids.new(), ids.new(), ids.new()
    made = {}
    async with db.tx(CLERK, request_id="req_a") as tx:
        now = tx.now
        made["clerk"] = await tx.emit(Scribbled(page_id=page, pens=(pen,)))
    async with db.tx(PHONE, request_id="req_b", now=now - timedelta(days=1)) as tx:
        made["phone"] = await tx.emit(Scribbled(page_id=page, verdict="EXPIRED"))
    async with db.tx(PHONE, request_id="req_c", now=now - timedelta(days=2)) as tx:
        made["torn"] = await tx.emit(Torn(page_id=ids.new(), chosen=ids.wire("chan", channel)))
    await logged(db, Sequencer(db, tmp_path, ORIGIN))
    async with db.tx() as tx:
        assert await actions.index(tx, 1000) == 3 and await actions.index(tx, 1000) == 0
    return {"db": db, "now": now, "page": page, "pen": pen, "channel": channel, "made": {id: name for name, id in made.items()}}


async def found(log, page=None, **wanted):
    async with log["db"].tx(CLERK) as tx:
        hits = await actions.search(tx, Wanted(**wanted), page or Page())
    return [log["made"].get(one.id, one.kind) for one in hits.items]


WANTED = [
    (lambda log: {}, ["clerk", "phone", "torn"]),
    (lambda log: {"tab": Tab.STAFF}, ["clerk"]),
    (lambda log: {"tab": Tab.SYSTEM}, ["phone", "torn"]),
    (lambda log: {"actor": "hold_one"}, ["phone", "torn"]),
    (lambda log: {"kind": "notebook.scribbled"}, ["clerk", "phone"]),
    (lambda log: {"thing": log["page"]}, ["clerk", "phone"]),
    (lambda log: {"thing": log["pen"]}, ["clerk"]),
    (lambda log: {"thing": log["channel"]}, ["torn"]),
    (lambda log: {"request_id": "req_b"}, ["phone"]),
    (lambda log: {"result": Result.REFUSED}, ["phone", "torn"]),
    (lambda log: {"result": Result.DONE}, ["clerk"]),
    (lambda log: {"since": log["now"] - timedelta(days=1)}, ["clerk", "phone"]),
    (lambda log: {"until": log["now"] - timedelta(hours=1)}, ["phone", "torn"]),
    (lambda log: {"thing": log["page"], "actor": "hold_one", "kind": "notebook.scribbled", "result": Result.REFUSED}, ["phone"]),
    (lambda log: {"thing": log["page"], "tab": Tab.SYSTEM, "since": log["now"]}, []),
    (lambda log: {"kind": "notebook.burnt"}, []),
]


@pytest.mark.parametrize(("wanted", "names"), WANTED)
async def test_what_is_searched_for_is_found_newest_first(log, wanted, names):
    assert await found(log, **wanted(log)) == names


async def test_pages_follow_each_other_and_every_look_is_an_event(log, tmp_path):
    async with log["db"].tx(CLERK) as tx:
        first = await actions.search(tx, Wanted(), Page(limit=2))
        rest = await actions.search(tx, Wanted(), Page(limit=2, cursor=first.next_cursor))
        assert [log["made"][one.id] for one in (*first.items, *rest.items)] == ["clerk", "phone", "torn"] and rest.next_cursor is None
        assert await tx.value("SELECT count(*) FROM kit.event WHERE kind = 'audit.searched' AND actor_id = 'staff_one'") == 2
        with pytest.raises(ProofNotFound):
            await actions.look_at(tx, ids.new())


async def test_what_is_not_searchable_yet_is_said(log, tmp_path):
    await found(log)
    await logged(log["db"], Sequencer(log["db"], tmp_path, ORIGIN))
    async with log["db"].tx(CLERK) as tx:
        assert await queries.unsearchable(tx) == 1
        assert await actions.index(tx, 1000) == 1 and await queries.unsearchable(tx) == 0
    assert "audit.searched" in await found(log, tab=Tab.STAFF)


async def test_an_export_is_granted_and_taken_once_by_who_asked_for_it(log):
    export_id = ids.new()
    async with log["db"].tx(CLERK) as tx:
        await actions.ask_export(tx, export_id, Wanted(thing=log["page"], since=log["now"] - timedelta(days=9)))
        with pytest.raises(ExportNotReady):
            await actions.take_export(tx, export_id)
        await actions.grant_export(tx, export_id)
        with pytest.raises(ExportNotReady):
            await actions.grant_export(tx, export_id)
    async with log["db"].tx(Actor("operator", "staff_two")) as tx:
        with pytest.raises(ExportNotReady):
            await actions.take_export(tx, export_id)
    async with log["db"].tx(CLERK) as tx:
        assert [log["made"][one.id] for one in await actions.take_export(tx, export_id)] == ["clerk", "phone"]
        with pytest.raises(ExportNotReady):
            await actions.take_export(tx, export_id)


@pytest.mark.parametrize(("kind", "body", "ends"), [
    ("codes.presented", {"verdict": "PASS"}, Result.DONE), ("codes.presented", {"verdict": "USED"}, Result.REFUSED),
    ("codes.person_compared", {"matched": False}, Result.REFUSED), ("codes.person_compared", {"matched": True}, Result.DONE),
    ("passwords.refused", {}, Result.REFUSED), ("passwords.locked", {}, Result.REFUSED), ("operators.sign_in_refused", {}, Result.REFUSED),
    ("audit.alarm_raised", {}, Result.REFUSED), ("cards.moved", {"state": "locked"}, Result.DONE),
])
def test_how_it_ended_is_read_from_the_event(kind, body, ends):
    assert result(kind, body) is ends


def test_ids_are_found_however_they_are_written_and_nothing_else_is():
    one = ids.new()
    assert thing(str(one)) == thing(ids.wire("hold", one)) == one
    for text in ("", "hold_", "999901199003070026", ids.wire("hold", one)[:-1], str(one)[:-1] + "g", "x" * 31):
        assert thing(text) is None
    other = ids.new()
    assert things(json.dumps({"a": [str(one), {"b": ids.wire("chan", one)}], "c": 3, "d": "PASS", "e": f"not {other}"})) == {str(one)}
