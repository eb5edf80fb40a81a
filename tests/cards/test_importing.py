import anyio
import pytest

from essc.cards import actions, queries
from essc.cards.model import Rules, State
from essc.holders import actions as people_actions
from essc.holders import queries as people
from essc.kit.db.checks import prove, prove_all
from tests.cards.rows import REGION, RULES, T0, card, card_number, event, row, take


async def whole(tx):
    return [(f.check.name, f.broken) for f in await prove(tx, (*queries.CHECKS, *people.CHECKS)) if not f.holds]


async def refused(tx, file=b"f" * 32):
    return [(reject.row, reject.field, reject.code) for reject in await actions.rejects(tx, file, 0)]


async def test_a_row_becomes_a_person_and_a_card(tx, world):
    assert await take(tx, row(1, state="2")) == actions.Counts(1, 1, 0, 0)
    made = await queries.by_number(tx, card_number(1))
    assert (made.state, made.version, made.sequence, made.region, made.bank_code, made.generation) == (State.LOST, 1, 0, REGION, "105", 3)
    assert (await people.get(tx, made.holder_id)).name == "韦晓兰"
    detail = await queries.detail(tx, made.id)
    assert (detail.card_number, detail.identifier) == (card_number(1), row(1)["identifier"])
    [move] = await queries.history(tx, made.id)
    assert (move["move"], move["was"], move["state"], move["source"], move["recorded_at"]) == ("issue", None, "lost", "file", tx.now)
    assert await world.events() == ["cards.imported"]
    assert not await whole(tx)


async def test_no_card_number_stands_in_the_database_in_clear(tx):
    await take(tx, row(1))
    text = await tx.value("SELECT c::text || n::text || m::text FROM cards.card c, cards.by_number n, cards.move m")
    for secret in (card_number(1), row(1)["identifier"], row(1)["number"]):
        assert secret not in text and secret.encode().hex() not in text


async def test_the_same_row_again_is_nothing_new(tx):
    await take(tx, row(1), row(2))
    assert await take(tx, row(1), row(3), row(3), file=b"g" * 32) == actions.Counts(3, 1, 2, 0)
    assert not await whole(tx)


async def test_a_chunk_is_done_once(tx):
    assert await take(tx, row(1)) is not None
    assert await take(tx, row(2)) is None
    assert await queries.by_number(tx, card_number(2)) is None
    assert await actions.begin_file(tx, b"f" * 32, REGION) == {0}


async def test_another_row_under_the_same_card_number_is_refused(tx):
    counts = await take(tx, row(1), row(1, bank_code="104"), row(1, person=9))
    assert counts == actions.Counts(3, 1, 0, 2)
    assert await refused(tx) == [(3, "card_number", "card_differs"), (4, "card_number", "card_differs")]
    assert await tx.value("SELECT count(*) FROM holders.holder") == 1
    assert not await whole(tx)


async def test_a_person_may_have_two_cards_and_one_in_use(tx):
    counts = await take(tx, row(1, state="9", generation="2"), row(2, person=1), row(3, person=1), row(4, person=1, state="未启用"))
    assert counts == actions.Counts(4, 3, 0, 1)
    assert await refused(tx) == [(4, "state", "second_active_card")]
    assert await take(tx, row(5, person=1), file=b"g" * 32) == actions.Counts(1, 0, 0, 1)
    made = await queries.by_number(tx, card_number(1))
    assert [c.state for c in await queries.of_holder(tx, made.holder_id)].count(State.ACTIVE) == 1
    assert (await queries.detail(tx, (await queries.by_number(tx, card_number(4))).id)).card_number == card_number(4)
    assert not await whole(tx)


async def test_a_known_number_with_another_name_is_a_conflict_and_a_reject(tx):
    counts = await take(tx, row(1), row(2, person=1, name="韦小兰", state="9"))
    assert counts == actions.Counts(2, 1, 0, 1)
    assert await refused(tx) == [(3, "name", "name_differs")]
    [conflict] = await people.conflicts(tx)
    assert conflict.offered == "韦小兰"
    await people_actions.settle(tx, conflict.id, "rename")
    assert await take(tx, row(2, person=1, name="韦小兰", state="9"), file=b"g" * 32) == actions.Counts(1, 1, 0, 0)


async def test_of_a_bad_row_nothing_is_written(tx):
    counts = await take(tx, row(1, number="999901199002300217"), row(2, region="450300"), row(3, issued_on="2030-01-01"), row(4))
    assert counts == actions.Counts(4, 1, 0, 3)
    assert await refused(tx) == [(2, "number", "number_birth_date"), (3, "region", "region_of_others"), (4, "issued_on", "date_in_future")]
    assert [await tx.value(f"SELECT count(*) FROM {table}") for table in ("holders.holder", "holders.salt", "cards.card", "cards.by_number")] == [1] * 4
    assert not await whole(tx)


async def test_refused_values_are_kept_masked(tx):
    await take(tx, row(1, number="999901199002300217"), row(2, name="1韦晓兰2"))
    assert [reject.masked for reject in await actions.rejects(tx, b"f" * 32, 0)] == ["9999**********0217", "1*2"]


async def test_a_temporary_loss_in_a_file_has_an_end(tx):
    made = await card(tx, state="4")
    assert (made.state, made.until is not None) == (State.TEMPORARILY_LOST, True)


async def test_a_card_file_and_the_feed_agree_on_where_to_begin(tx):
    made = await card(tx, state="2")
    told = await actions.report(tx, "450000", [event(5, 0, "lost"), event(6, 5, "active")])
    assert [answer.outcome for answer in told] == ["confirmed", "applied"]
    assert (await queries.get(tx, made.id)).version == 2


async def test_what_a_file_knew_better_than_an_old_event_stays(tx):
    made = await card(tx, state="2")
    told = await actions.report(tx, "450000", [event(5, 0, "locked"), event(6, 5, "lost"), event(7, 6, "active")])
    assert [answer.outcome for answer in told] == ["late", "confirmed", "applied"]
    assert (await queries.get(tx, made.id)).state is State.ACTIVE


async def test_two_imports_of_the_same_rows_at_once_make_each_card_once(swept):
    async def go(file):
        for _ in range(20):
            try:
                async with swept.tx(now=T0) as tx:
                    await take(tx, *(row(serial) for serial in range(1, 60)), file=file)
                return
            except Exception as error:
                if getattr(error, "sqlstate", "") not in ("23505", "40P01"):
                    raise

    async with anyio.create_task_group() as group:
        for name in (b"a", b"b", b"c"):
            group.start_soon(go, name * 32)
    async with swept.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM cards.card") == 59
        assert await tx.value("SELECT count(*) FROM holders.holder") == 59
    assert all(finding.holds for finding in await prove_all(swept, (*queries.CHECKS, *people.CHECKS)))


async def test_an_erased_person_takes_the_card_numbers_along(tx):
    made = await card(tx)
    await people_actions.erase(tx, made.holder_id)
    await actions.forget_holder(tx, made.holder_id)
    assert await queries.by_number(tx, card_number(1)) is None
    assert (await queries.get(tx, made.id)).state is State.ACTIVE
    assert not await whole(tx)


@pytest.mark.parametrize(("number_", "demonstration"), [("110101199003070038", True), (row(1)["number"], False)])
async def test_invented_people_pass_in_a_demonstration_only(tx, number_, demonstration):
    counts = await take(tx, row(1, number=number_), rules=Rules(REGION, RULES.today, demonstration))
    assert (counts.imported == 1) == demonstration or await refused(tx)


async def test_a_loss_is_asked_for_once_and_the_feed_answers(tx, world):
    made = await card(tx)
    asked = await actions.request_loss(tx, made.id)
    assert (asked.state, asked.loss_requested_at, asked.version) == (State.ACTIVE, tx.now, 1)
    await actions.request_loss(tx, made.id)
    assert await world.events("cards.loss_requested") == ["cards.loss_requested"]
    await actions.report(tx, "450000", [event(5, 0, "lost")])
    lost = await queries.get(tx, made.id)
    assert (lost.state, lost.loss_requested_at) == (State.LOST, None)
    assert await tx.value("SELECT count(*) FROM cards.request WHERE closed_at IS NULL") == 0
    await actions.request_lift(tx, made.id)
    assert await world.events("cards.lift_requested")
