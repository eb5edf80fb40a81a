"""The message of the week: how often staff looked the holder up, told on Sunday evening and once."""
from datetime import UTC, datetime, timedelta

import pytest

from essc.holders.events import HolderLookedUp
from essc.kit import ids
from essc.kit.db.checks import prove
from essc.kit.i18n import Texts
from essc.kit.outbox import Pump
from essc.kit.paging import Page
from essc.names import LookupId
from essc.notices import actions, queries
from essc.notices.jobs import jobs
from essc.notices.model import Kind, digest_due
from tests.codes.scene import staged
from tests.hearing import hear

pytestmark = pytest.mark.anyio
SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
"""Sunday, 18:00 in Shanghai, after the tests' Friday."""


def looked(holder_id, *, full=False):
    return HolderLookedUp(holder_id=holder_id, lookup_id=LookupId(ids.new(ids.bucket(holder_id))), fields=("name",), full=full, reason="case", ticket="t",
                          area="450100", level="city")


async def digests(tx, holder_id):
    found = (await queries.messages(tx, holder_id, Page())).items
    return [(one.kind, one.params) for one in found if one.kind is Kind.STAFF_LOOKUP]


async def test_the_look_ups_of_a_week_are_one_message_on_sunday_evening(tx):
    holder = (await staged(tx)).ecard.holder_id
    for full in (False, False, True):
        await tx.emit(looked(holder, full=full))
    await hear(tx, jobs)
    assert await actions.send_digests(tx) == 0 and await digests(tx, holder) == []
    tx.now = SUNDAY
    assert (await actions.send_digests(tx), await actions.send_digests(tx)) == (1, 0)
    assert await digests(tx, holder) == [(Kind.STAFF_LOOKUP, {"n": "2"})]
    assert all(one.holds for one in await prove(tx, queries.CHECKS))


async def test_a_look_up_after_the_message_is_told_the_week_after(tx):
    holder = (await staged(tx)).ecard.holder_id
    tx.now = SUNDAY + timedelta(seconds=1)
    await tx.emit(looked(holder))
    await hear(tx, jobs)
    assert await actions.send_digests(tx) == 0
    tx.now = SUNDAY + timedelta(days=7)
    assert await actions.send_digests(tx) == 1


async def test_delivered_twice_a_look_up_is_counted_once(db):
    async with db.tx() as tx:
        holder = (await staged(tx)).ecard.holder_id
        await tx.emit(looked(holder))
    pump = Pump(db, [jobs])
    for _ in range(2):
        while await pump.deliver():
            pass
        async with db.tx() as tx:
            await tx.run("UPDATE kit.event SET delivered_at = NULL WHERE kind = 'holders.looked_up'")
    async with db.tx() as tx:
        assert await tx.value("SELECT count FROM notices.digest WHERE holder_id = $1", holder) == 1


@pytest.mark.parametrize(("at", "due"), [
    (datetime(2026, 11, 20, 2, 0, tzinfo=UTC), SUNDAY), (SUNDAY - timedelta(microseconds=1), SUNDAY), (SUNDAY, SUNDAY + timedelta(days=7)),
    (datetime(2026, 11, 22, 16, 30, tzinfo=UTC), SUNDAY + timedelta(days=7)), (datetime(2026, 11, 15, 9, 59, tzinfo=UTC), SUNDAY - timedelta(days=7)),
])
def test_a_week_ends_on_sunday_at_six_in_the_evening(at, due):
    assert digest_due(at) == due


async def test_the_words_are_those_of_the_contract():
    assert Texts.load().say("zh-CN", "notices.text.staff_lookup", n="3") == "本周有 3 次工作人员查询您的信息，事由见“用卡记录”。"
