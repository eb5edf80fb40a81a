import anyio
import pytest

from essc.holders import actions, errors, model, queries
from essc.kit.crypto import NotAuthentic
from essc.kit.db.checks import prove_all
from essc.kit.errors import Refused
from tests.holders.people import number, somebody


async def test_a_person_is_found_by_number_and_reads_back(tx):
    holder_id = await actions.enrol(tx, somebody(name="阿依古丽·买买提"))
    found = await queries.find(tx, number())
    assert (found.id, found.name, found.number, found.mobile) == (holder_id, "阿依古丽·买买提", number(), None)
    assert (found.masked_name, found.masked_number) == ("阿*提", f"9999**********{number()[-4:]}")


async def test_nobody_is_found_by_an_unknown_number(tx):
    assert await queries.find(tx, number(99)) is None


async def test_the_same_person_twice_is_one_person_and_one_event(tx, world):
    assert await actions.enrol(tx, somebody()) == await actions.enrol(tx, somebody())
    assert await world.events("holders.enrolled") == ["holders.enrolled"]


async def test_neither_name_nor_number_stands_in_the_database_in_clear(tx):
    await actions.enrol(tx, somebody())
    rows = await tx.rows("SELECT h::text || n::text || s::text || e::text AS all FROM holders.holder h, holders.by_number n, holders.salt s, kit.event e")
    assert rows and not any(secret in row["all"] or secret.encode().hex() in row["all"] for row in rows for secret in ("韦晓兰", number()))


async def test_the_bucket_follows_from_the_number_alone(tx, db):
    assert queries.bucket_of(tx.keys, number()) == queries.bucket_of(db.keys, number())
    assert len({queries.bucket_of(tx.keys, number(order)) for order in range(60)}) > 50


async def test_many_are_enrolled_in_the_order_asked(tx):
    people = [somebody(order) for order in (5, 3, 5, 9)]
    made = await actions.enrol_many(tx, people)
    assert made[0] == made[2]
    assert [h.number for h in await queries.get_many(tx, made)] == [p.number for p in people]
    assert await actions.enrol_many(tx, people) == made
    assert await actions.enrol_many(tx, []) == []


async def test_another_name_for_a_number_is_a_conflict_and_no_overwrite(tx, world):
    holder_id = await actions.enrol(tx, somebody(name="韦晓兰"))
    with pytest.raises(errors.NameDiffers):
        await actions.enrol(tx, somebody(name="韦小兰"))
    assert (await queries.get(tx, holder_id)).name == "韦晓兰"
    [conflict] = await queries.conflicts(tx)
    assert (conflict.name, conflict.offered, conflict.holder_id) == ("韦晓兰", "韦小兰", holder_id)
    assert await world.events("holders.name_conflict")


async def test_the_same_other_name_again_is_not_a_second_conflict(tx, world):
    outcomes = await actions.enrol_many(tx, [somebody(name="韦晓兰"), somebody(name="韦小兰"), somebody(name="韦小兰")])
    assert [isinstance(o, Refused) for o in outcomes] == [False, True, True]
    await actions.enrol_many(tx, [somebody(name="韦小兰")])
    assert len(await queries.conflicts(tx)) == len(await world.events("holders.name_conflict")) == 1


@pytest.mark.parametrize(("decision", "name"), [("keep", "韦晓兰"), ("rename", "韦小兰")])
async def test_a_conflict_is_settled_once(tx, decision, name):
    holder_id, _ = await actions.enrol_many(tx, [somebody(name="韦晓兰"), somebody(name="韦小兰")])
    [conflict] = await queries.conflicts(tx)
    assert await actions.settle(tx, conflict.id, decision) == holder_id
    assert (await queries.get(tx, holder_id)).name == name
    assert await actions.enrol(tx, somebody(name=name)) == holder_id
    with pytest.raises(errors.NameConflictNotFound):
        await actions.settle(tx, conflict.id, decision)


async def test_twenty_enrolments_at_once_make_one_person(db):
    made = []

    async def enrol():
        async with db.tx() as tx:
            made.append(await actions.enrol(tx, somebody()))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(enrol)
    assert len(made) == 20
    assert len(set(made)) == 1
    async with db.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM holders.holder") == 1
    assert all(finding.holds for finding in await prove_all(db, queries.CHECKS))


async def test_overlapping_batches_at_once_never_deadlock(db):
    async def enrol(orders):
        async with db.tx() as tx:
            await actions.enrol_many(tx, [somebody(order) for order in orders])

    async with anyio.create_task_group() as group:
        for start in range(8):
            group.start_soon(enrol, [(start * 7 + step * (1 if start % 2 else -1)) % 100 for step in range(100)])
    async with db.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM holders.holder") == 100


async def test_a_mobile_is_kept_once_proved(tx, world):
    holder_id = await actions.enrol(tx, somebody())
    await actions.prove_mobile(tx, holder_id, "199 0000 0001")
    holder = await queries.get(tx, holder_id)
    assert (holder.mobile, holder.masked_mobile, holder.mobile_proved_at) == ("19900000001", "199****0001", tx.now)
    assert holder.name == "韦晓兰"
    assert await world.events("holders.mobile_proved")


async def test_a_photo_is_kept_sealed_and_may_be_renewed(tx):
    holder_id = await actions.enrol(tx, somebody())
    assert await queries.photo(tx, holder_id) is None
    for content in (b"<svg>one</svg>", b"<svg>two</svg>"):
        await actions.keep_photo(tx, holder_id, content, "image/svg+xml")
        assert (await queries.photo(tx, holder_id)).content == content
    assert b"two" not in await tx.value("SELECT sealed FROM holders.photo")


async def test_what_was_disclosed_is_recorded_without_what_it_says(tx):
    holder_id = await actions.enrol(tx, somebody())
    assert await actions.disclose(tx, holder_id, ["name"], "venue:counter") == {"name": "韦晓兰"}
    body = await tx.value("SELECT body::text FROM kit.event WHERE kind = 'holders.disclosed'")
    assert "venue:counter" in body and '"name"' in body and "韦晓兰" not in body


async def test_an_erased_person_is_gone_and_may_come_back_as_somebody_new(tx):
    holder_id = await actions.enrol(tx, somebody())
    await actions.keep_photo(tx, holder_id, b"<svg/>", "image/svg+xml")
    await actions.erase(tx, holder_id)
    assert await queries.find(tx, number()) is None
    assert await queries.photo(tx, holder_id) is None
    with pytest.raises(errors.HolderNotFound):
        await queries.get(tx, holder_id)
    assert await tx.value("SELECT count(*) FROM holders.salt") == await tx.value("SELECT count(*) FROM holders.by_number") == 0
    assert await actions.enrol(tx, somebody()) != holder_id


async def test_a_sealed_row_opens_in_its_own_place_only(tx):
    one, other = await actions.enrol_many(tx, [somebody(1), somebody(2)])
    await tx.run("UPDATE holders.holder SET sealed = (SELECT sealed FROM holders.holder WHERE id = $1) WHERE id = $2", one, other)
    with pytest.raises(NotAuthentic):
        await queries.get(tx, other)


@pytest.mark.parametrize("verb", [
    lambda tx, id: actions.erase(tx, id), lambda tx, id: actions.prove_mobile(tx, id, "19900000001"),
    lambda tx, id: actions.keep_photo(tx, id, b"x", "image/png"), lambda tx, id: actions.disclose(tx, id, ["name"], "why"),
], ids=["erase", "prove_mobile", "keep_photo", "disclose"])
async def test_nothing_can_be_done_to_who_is_not_there(tx, verb):
    holder_id = await actions.enrol(tx, somebody())
    await actions.erase(tx, holder_id)
    with pytest.raises(errors.HolderNotFound):
        await verb(tx, holder_id)


@pytest.mark.parametrize(("prefix", "note", "place"), [
    ("110101", "current", "东城区"), ("110103", "abolished", "崇文区"), ("370719", "unknown", None), ("810000", "permit", "香港特别行政区"),
    ("999901", "demonstration", "示例市")])
async def test_an_old_or_unknown_prefix_of_a_number_is_accepted_with_a_note(tx, prefix, note, place):
    known = model.person("韦晓兰", number(prefix=prefix), demonstration=True)
    holder = await queries.get(tx, await actions.enrol(tx, known))
    assert (holder.prefix.note, holder.prefix.division and holder.prefix.division.name) == (note, place)
    assert await tx.value("SELECT body->>'prefix' FROM kit.event WHERE kind = 'holders.enrolled'") == note


async def test_a_foreigners_number_names_no_place(tx):
    holder = await queries.get(tx, await actions.enrol(tx, model.person("Anna Schmidt", "911840199005120127", demonstration=False)))
    assert holder.prefix is None
    assert await tx.value("SELECT body->>'prefix' FROM kit.event WHERE kind = 'holders.enrolled'") == ""
