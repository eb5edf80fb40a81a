"""Registering channels, moving them, and their keys."""
from datetime import timedelta
from uuid import UUID

import anyio
import asyncpg
import pytest

from essc.channels import actions, model, queries
from essc.channels.errors import (
    ApplicationWrong,
    ChannelChangedMeanwhile,
    ChannelEnded,
    ChannelKeyKnown,
    ChannelKeyNotFound,
    ChannelKeysTooMany,
    ChannelNotFound,
    SandboxNotHere,
)
from essc.channels.model import Ability, Move, State
from essc.kit.crypto import Algorithm, PointNotOnCurve, PrivateKey, jwk
from essc.kit.db.checks import prove
from tests.channels.applications import application, public_key, registered


@pytest.mark.parametrize(("sandbox", "state"), [(True, State.ACTIVE), (False, State.APPLIED)])
async def test_a_sandbox_channel_works_at_once_and_any_other_waits_to_be_activated(tx, world, sandbox, state):
    channel = await registered(tx, sandbox=sandbox)
    assert channel == await queries.get(tx, channel.id) == await queries.by_number(tx, channel.number)
    assert channel.state is state and channel.number.startswith("9911") and await world.last_event() == "channels.registered"


async def test_a_sandbox_channel_is_refused_where_people_are_real(tx):
    with pytest.raises(SandboxNotHere):
        await actions.register(tx, application(region="450100"), sandbox=True, demonstration=False)


async def test_a_second_level_channel_stands_below_an_active_first_level_one(tx):
    parent = await registered(tx)
    child = await registered(tx, level=2, parent_id=parent.id)
    assert child.parent_id == parent.id
    with pytest.raises(ApplicationWrong):
        await registered(tx, level=2, parent_id=child.id)
    with pytest.raises(ChannelNotFound):
        await registered(tx, level=2, parent_id=UUID(int=7))


async def standing(tx, channel):
    return await tx.value("SELECT state FROM channels.pub_channel WHERE id = $1", channel.id)


async def test_a_paused_channel_pauses_those_below_it_until_it_is_resumed(tx):
    parent = await registered(tx)
    child = await registered(tx, level=2, parent_id=parent.id)
    seen = [(await standing(tx, child), (await queries.get(tx, child.id)).standing)]
    for move in (Move.PAUSE, Move.RESUME, Move.END):
        await actions.move(tx, parent.id, move, "test")
        seen.append((await standing(tx, child), (await queries.get(tx, child.id)).standing))
    assert seen == [("active", "active"), ("paused", "paused"), ("active", "active"), ("paused", "paused")]


async def test_every_move_is_kept_with_its_reason_and_told(tx, world):
    channel = await registered(tx, sandbox=False)
    for move in (Move.ACTIVATE, Move.PAUSE, Move.RESUME, Move.END):
        await actions.move(tx, channel.id, move, f"because of {move}")
    kept = await queries.history(tx, channel.id)
    assert [(m.move, m.state) for m in kept] == [("end", "ended"), ("resume", "active"), ("pause", "paused"), ("activate", "active"), ("register", "applied")]
    assert kept[0].reason == "because of end"
    assert sorted(await world.events()) == ["channels.activated", "channels.ended", "channels.paused", "channels.registered", "channels.resumed"]


async def test_two_moves_decided_on_the_same_state_do_not_both_win(swept):
    async with swept.tx() as tx:
        channel = await registered(tx)
    outcomes = []

    async def pause():
        try:
            async with swept.tx() as tx:
                outcomes.append((await actions.move(tx, channel.id, Move.PAUSE, "test")).state)
        except (ChannelChangedMeanwhile, model.ChannelMoveNotAllowed) as refused:
            outcomes.append(refused.code)

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(pause)
    assert outcomes.count(State.PAUSED) == 1 and len(outcomes) == 4


async def test_what_a_channel_may_do_is_set_anew_and_told(tx, world):
    channel = await registered(tx)
    granted = await actions.grant(tx, channel.id, [Ability.QUERY], ["number", "name"], "wider")
    assert granted.abilities == (Ability.QUERY,) and granted.fields == ("name", "number") and granted.version == 2
    assert await queries.get(tx, channel.id) == granted and await world.last_event() == "channels.granted"


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_several_keys_count_side_by_side_and_a_revoked_one_after_its_overlap_no_more(tx, algorithm):
    channel = await registered(tx)
    old, new = [await actions.add_key(tx, channel.id, public_key(algorithm)) for _ in range(2)]
    revoked = await actions.revoke_key(tx, channel.id, old.key_id)
    assert revoked.not_after == tx.now + timedelta(hours=24)
    day = tx.now + timedelta(hours=24)
    kept = {key.id: key for key in await queries.keys(tx, channel.id)}
    assert [kept[key.id].live(tx.now) for key in (old, new)] == [True, True]
    assert [kept[key.id].live(day) for key in (old, new)] == [False, True]
    assert (await queries.by_key(tx, new.key_id)).not_after is None


async def test_a_key_that_leaked_stops_now_and_a_longer_overlap_cannot_be_asked_for_afterwards(tx):
    channel = await registered(tx)
    key = await actions.add_key(tx, channel.id, public_key())
    await actions.revoke_key(tx, channel.id, key.key_id, overlap=timedelta(0))
    again = await actions.revoke_key(tx, channel.id, key.key_id)
    assert again.not_after == tx.now and not again.live(tx.now)


async def test_a_key_made_in_the_sandbox_is_told_once_and_fits_the_public_half(tx):
    channel = await registered(tx)
    key, private = await actions.make_key(tx, channel.id, Algorithm.ES256)
    assert PrivateKey(Algorithm.ES256, jwk.decoded(private.d)).public == key.public and private.kid == key.key_id
    with pytest.raises(SandboxNotHere):
        await actions.make_key(tx, (await registered(tx, sandbox=False)).id, Algorithm.ES256)


async def test_refusals_of_keys(tx):
    channel, other = await registered(tx), await registered(tx)
    public = public_key()
    key = await actions.add_key(tx, channel.id, public)
    with pytest.raises(ChannelKeyKnown):
        await actions.add_key(tx, channel.id, public)
    with pytest.raises(PointNotOnCurve):
        await actions.add_key(tx, channel.id, jwk.Jwk("EC", "P-256", jwk.encoded(bytes(32)), jwk.encoded(bytes(32))))
    with pytest.raises(ChannelKeyNotFound):
        await actions.revoke_key(tx, other.id, key.key_id)
    with pytest.raises(ChannelKeyNotFound):
        await queries.by_key(tx, "ckey_nothing")
    for _ in range(model.KEYS_AT_MOST - 1):
        await actions.add_key(tx, channel.id, public_key())
    with pytest.raises(ChannelKeysTooMany):
        await actions.add_key(tx, channel.id, public_key())
    await actions.move(tx, other.id, Move.END, "test")
    with pytest.raises(ChannelEnded):
        await actions.add_key(tx, other.id, public_key())


async def test_keys_added_at_once_do_not_pass_the_limit(swept):
    async with swept.tx() as tx:
        channel = await registered(tx)
    refused = []

    async def add():
        try:
            async with swept.tx() as tx:
                await actions.add_key(tx, channel.id, public_key())
        except ChannelKeysTooMany as refusal:
            refused.append(refusal)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(add)
    assert len(refused) == 8 - model.KEYS_AT_MOST


async def test_the_signer_of_a_key_is_found_in_one_look(tx):
    channel = await registered(tx)
    key = await actions.add_key(tx, channel.id, public_key())
    assert await queries.signer(tx, key.key_id) == (key, channel)
    assert await queries.signer(tx, "ckey_" + "0" * 26) is None and await queries.signer(tx, "nonsense") is None


async def test_the_invariants_hold_after_all_moves(tx):
    channel = await registered(tx)
    await actions.add_key(tx, channel.id, public_key())
    await actions.grant(tx, channel.id, [Ability.QUERY], [], "test")
    await actions.move(tx, channel.id, Move.PAUSE, "test")
    assert all(finding.holds for finding in await prove(tx, queries.CHECKS))
    await tx.run("UPDATE channels.channel SET state = 'active' WHERE id = $1", channel.id)
    assert [f.check.name for f in await prove(tx, queries.CHECKS) if not f.holds] == ["channels.state_has_history"]


@pytest.mark.parametrize("statement", [
    "UPDATE channels.move SET reason = ''", "DELETE FROM channels.move", "DELETE FROM channels.channel", "UPDATE channels.channel SET number = '1'",
    "DELETE FROM channels.key", "UPDATE channels.key SET public = ''",
])
async def test_the_application_cannot_rewrite_what_was(tx, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tx.conn.transaction():
            await tx.run("SET LOCAL ROLE essc_app")
            await tx.run(statement)
