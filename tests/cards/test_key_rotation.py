"""Look-ups go on while the look-up key is rotated: old rows are found, nobody is made twice."""
from datetime import timedelta
from shutil import copytree

import pytest

from essc.cards import actions, queries
from essc.holders import queries as people
from essc.keys import actions as keys
from essc.keys.queries import KeyRing
from essc.kit import clock
from essc.kit.db.checks import prove
from essc.kit.db.tx import SYSTEM, Tx
from tests.cards.rows import card_number, event, row, take


@pytest.fixture
def rotated(tx, tmp_path):
    """The same transaction before and after a second version of the look-up key was made."""
    path = tmp_path / "now" / "keys.json"
    KeyRing.create(path)
    before = KeyRing.load(copytree(path.parent, tmp_path / "before") / "keys.json")
    keys.rotate(path, "lookup", now=clock.now() - timedelta(hours=1))
    after = KeyRing.load(path)
    assert len(after.mac_versions("lookup")) == 2
    return tuple(Tx(tx.conn, now=tx.now, actor=SYSTEM, keys=ring) for ring in (before, after))


async def test_people_and_cards_of_before_are_found_and_not_made_again(rotated):
    before, after = rotated
    await take(before, row(1), row(2))
    assert (await queries.by_number(after, card_number(1))).region == "450100"
    assert (await people.find(after, row(1)["number"])).name == "韦晓兰"
    assert await take(after, row(1), row(3), row(4, person=2, state="9"), file=b"g" * 32) == actions.Counts(3, 2, 1, 0)
    assert await after.value("SELECT count(*) FROM holders.holder") == 3
    assert await after.value("SELECT count(*) FROM holders.by_number WHERE version = 2") == 2
    assert (await queries.by_number(before, card_number(4))).holder_id == (await queries.by_number(after, card_number(2))).holder_id
    assert [f.broken for f in await prove(after, (*queries.CHECKS, *people.CHECKS)) if not f.holds] == []


async def test_what_waited_under_the_old_key_goes_on_under_the_new_one(rotated):
    before, after = rotated
    await take(before, row(1))
    await actions.report(before, "450000", [event(6, 5, "active")])
    told = await actions.report(after, "450000", [event(5, 0, "lost")])
    assert told[0].outcome == "applied"
    assert (await queries.by_number(after, card_number(1))).sequence == 6
    assert await after.value("SELECT count(*) FROM cards.held") == 0
