"""Venues, terminals, their activation and their sessions."""
from datetime import timedelta
from uuid import UUID

import anyio
import asyncpg
import pytest

from essc.kit.crypto import Algorithm, random_bytes
from essc.kit.db.checks import prove
from essc.kit.db.tx import SYSTEM
from essc.kit.errors import Refused
from essc.venues import actions, calls, model, queries
from essc.venues.errors import (
    ActivationCodeExpired,
    ActivationCodeMalformed,
    ActivationCodeUnknown,
    ActivationCodeUsed,
    ActivationThrottled,
    SceneUnknown,
    TerminalDisabled,
    TerminalMoveNotAllowed,
    TerminalNotFound,
    TerminalSessionEnded,
    VenueNotActive,
    VenueNotFound,
    VenueWrong,
)
from essc.venues.model import Move, TerminalKind, TerminalState
from tests.venues.places import Device, activated, terminal, venue


async def seen(tx, terminal_id):
    """What the verdict's statement sees of a terminal."""
    return dict(await tx.row("SELECT * FROM venues.pub_terminal WHERE id = $1", terminal_id))


async def test_a_terminal_is_found_by_id_and_number_and_waits_for_its_activation(tx, world):
    added = await terminal(tx)
    assert added == await queries.terminal(tx, added.id) == await queries.terminal_by_number(tx, added.number)
    assert added.state is TerminalState.REGISTERED and added.public is None and added.number.startswith("999901")
    assert sorted(await world.events()) == ["venues.terminal_added", "venues.venue_added"]


@pytest.mark.parametrize(("name", "kind", "region"), [("x", "pharmacy", "999901"), ("药店", "casino", "999901"), ("药店", "pharmacy", "370719")])
async def test_a_venue_with_something_wrong_is_refused(tx, name, kind, region):
    with pytest.raises(VenueWrong):
        await actions.add_venue(tx, name, kind, region, demonstration=True)


async def test_unknown_ids_and_scenes_are_refused(tx):
    with pytest.raises(VenueNotFound):
        await actions.add_terminal(tx, UUID(int=3), "窗口", TerminalKind.WINDOW)
    with pytest.raises(TerminalNotFound):
        await actions.disable(tx, UUID(int=3), "test")
    with pytest.raises(SceneUnknown):
        await actions.add_terminal(tx, (await venue(tx)).id, "窗口", TerminalKind.WINDOW, scenes=["pharmacy.rob"])
    with pytest.raises(SceneUnknown):
        await queries.scene(tx, "pharmacy.rob")


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_a_code_gives_a_terminal_its_own_key_once(tx, world, algorithm):
    device, added = Device(algorithm), await terminal(tx)
    issued = await actions.issue_activation(tx, added.id)
    active = await actions.try_activation(tx, f"{issued.code[:4]}-{issued.code[4:]}".lower(), device.jwk, "test")
    assert active == await queries.terminal(tx, added.id)
    assert (active.state, active.algorithm, active.public) == (TerminalState.ACTIVE, algorithm, device.private.public)
    assert await world.last_event() == "venues.terminal_activated"
    again = await actions.try_activation(tx, issued.code, device.jwk, "test")
    assert again == active                                              # the answer was lost: the same key asks again
    assert isinstance(await actions.try_activation(tx, issued.code, Device().jwk, "test"), ActivationCodeUsed)


async def test_only_the_newest_code_counts_and_only_for_its_time(tx):
    added = await terminal(tx)
    first, second = await actions.issue_activation(tx, added.id), await actions.issue_activation(tx, added.id, life=timedelta(hours=1))
    assert isinstance(await actions.try_activation(tx, first.code, Device().jwk, "test"), ActivationCodeUnknown)
    tx.now = second.expires_at
    assert isinstance(await actions.try_activation(tx, second.code, Device().jwk, "test"), ActivationCodeExpired)


async def test_refusals_of_an_activation_come_in_their_order(tx):
    added = await terminal(tx)
    issued = await actions.issue_activation(tx, added.id)
    with pytest.raises(ActivationCodeMalformed):
        await actions.try_activation(tx, "OOOOOOOO", Device().jwk, "test")
    await actions.move_venue(tx, added.venue_id, Move.PAUSE, "test")
    with pytest.raises(VenueNotActive):
        await actions.try_activation(tx, issued.code, Device().jwk, "test")
    with pytest.raises(VenueNotActive):
        await actions.issue_activation(tx, added.id)
    await actions.move_venue(tx, added.venue_id, Move.RESUME, "test")
    await actions.disable(tx, added.id, "test")
    with pytest.raises(TerminalDisabled):
        await actions.issue_activation(tx, added.id)
    assert isinstance(await actions.try_activation(tx, issued.code, Device().jwk, "test"), ActivationCodeUnknown)     # it ended with the terminal


async def test_of_many_who_use_one_code_at_once_one_gets_the_terminal(swept):
    async with swept.tx() as tx:
        issued = await actions.issue_activation(tx, (await terminal(tx)).id)
    outcomes = []

    async def install(number):
        try:
            outcomes.append(await calls.activate(swept, issued.code, Device().jwk, who=SYSTEM, peer=f"10.0.0.{number}"))
        except Refused as refused:
            outcomes.append(refused.code)

    async with anyio.create_task_group() as group:
        for number in range(6):
            group.start_soon(install, number)
    winners = [outcome for outcome in outcomes if not isinstance(outcome, str)]
    assert len(winners) == 1 and outcomes.count("activation_code_used") == 5
    async with swept.tx() as tx:
        assert (await queries.terminal(tx, winners[0].id)).public == winners[0].public


async def test_guesses_of_one_address_are_throttled_although_each_is_refused(swept):
    async with swept.tx() as tx:
        issued = await actions.issue_activation(tx, (await terminal(tx)).id)
    outcomes = []

    async def guess(code):
        try:
            await calls.activate(swept, code, Device().jwk, who=SYSTEM, peer="10.0.0.1")
        except Refused as refused:
            outcomes.append(refused.code)

    async with anyio.create_task_group() as group:                      # at once: counting is not fooled by parallel tries
        for number in range(15):
            group.start_soon(guess, f"{model.ALPHABET[number]}QQQQQQQ")
    assert outcomes.count("activation_code_unknown") == 10 and outcomes.count("activation_throttled") == 5
    await guess(issued.code)
    assert outcomes[-1] == "activation_throttled"                       # also the right code, or it would be no throttle
    active = await calls.activate(swept, issued.code, Device().jwk, who=SYSTEM, peer="10.0.0.2")
    assert active.state is TerminalState.ACTIVE                         # an installer elsewhere is not in the way of it


async def test_guesses_from_many_addresses_are_throttled_by_the_part_of_the_codes_they_try(swept):
    refused = []
    for number in range(21):
        try:
            await calls.activate(swept, "QQ" + model.activation_code(number.to_bytes(16, "big"))[2:], Device().jwk, who=SYSTEM, peer=f"10.0.1.{number}")
        except Refused as refusal:
            refused.append(refusal)
    assert [r.code for r in refused[:20]] == ["activation_code_unknown"] * 20
    assert isinstance(refused[20], ActivationThrottled) and refused[20].retry_after > 0


async def test_a_right_code_gives_the_address_its_quota_back(tx):
    for _ in range(3):
        for _ in range(8):
            await actions.try_activation(tx, model.activation_code(random_bytes(16)), Device().jwk, "a hospital")
        await activated(tx)
        issued = await actions.issue_activation(tx, (await terminal(tx)).id)
        answer = await actions.try_activation(tx, issued.code, Device().jwk, "a hospital")
        assert not isinstance(answer, Refused)


async def test_a_session_is_derived_from_its_key_id_and_lasts_eight_hours(tx, world):
    active = await activated(tx)
    tx.now += timedelta(minutes=1, microseconds=250_000)
    session = await actions.open_session(tx, active.id)
    taken = model.session_key(session.key_id)
    assert queries.session_secret(tx.keys, taken) == session.secret and len(session.secret) == 32
    assert (taken.terminal_id, taken.began_at, taken.expires_at) == (active.id, session.began_at, session.expires_at)
    assert session.expires_at - tx.now <= timedelta(hours=8) and await world.last_event() == "venues.session_opened"
    other = await actions.open_session(tx, active.id)
    assert other.key_id != session.key_id and other.secret != session.secret
    await queries.reader(tx, active.id, session.began_at)
    await queries.reader(tx, active.id, other.began_at)


async def revoke(tx, active):
    await actions.revoke_sessions(tx, active.id, "test")


async def disable_and_enable(tx, active):
    await actions.disable(tx, active.id, "test")
    await actions.enable(tx, active.id, "test")


async def activate_again(tx, active):
    issued = await actions.issue_activation(tx, active.id)
    await actions.try_activation(tx, issued.code, Device().jwk, "test")


@pytest.mark.parametrize("what", [revoke, disable_and_enable, activate_again])
@pytest.mark.parametrize("seconds", [0, 0.2, 1, 100])
async def test_what_ends_sessions_ends_them_at_once_and_new_ones_count(tx, what, seconds):
    active = await activated(tx)
    session = await actions.open_session(tx, active.id)
    tx.now += timedelta(seconds=seconds)
    await what(tx, active)
    with pytest.raises(TerminalSessionEnded):
        await queries.reader(tx, active.id, session.began_at)
    assert session.began_at < (await seen(tx, active.id))["sessions_since"]
    fresh = await actions.open_session(tx, active.id)
    await queries.reader(tx, active.id, fresh.began_at)
    assert fresh.began_at >= (await seen(tx, active.id))["sessions_since"]


async def test_sessions_opened_while_sessions_are_revoked_end_or_count_by_their_order(swept):
    async with swept.tx() as tx:
        active = await activated(tx)
    order = []                                      # each holds the terminal until it commits, so this is the order of the commits

    async def open_one():
        async with swept.tx() as tx:
            order.append(("opened", (await actions.open_session(tx, active.id)).began_at))

    async def revoke_all():
        async with swept.tx() as tx:
            order.append(("revoked", (await actions.revoke_sessions(tx, active.id, "test")).sessions_since))

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(open_one)
            group.start_soon(revoke_all)
    async with swept.read_tx() as tx:
        assert (await queries.terminal(tx, active.id)).version == active.version + 5
    for place, (what, since) in enumerate(order):
        if what == "revoked":
            assert all(began < since for what, began in order[:place] if what == "opened")
            assert all(began >= since for what, began in order[place:] if what == "opened")


@pytest.mark.parametrize("stop", ["terminal", "venue", "never_activated"])
async def test_who_may_not_read_opens_no_session(tx, stop):
    if stop == "never_activated":
        active, refusal = await terminal(tx), TerminalDisabled
    else:
        active, refusal = await activated(tx), TerminalDisabled if stop == "terminal" else VenueNotActive
    if stop == "terminal":
        await actions.disable(tx, active.id, "test")
    if stop == "venue":
        await actions.move_venue(tx, active.venue_id, Move.PAUSE, "test")
    with pytest.raises(refusal):
        await actions.open_session(tx, active.id)


async def test_moves_of_terminals_are_refused_twice_and_kept_with_their_reasons(tx):
    added = await terminal(tx)
    await actions.disable(tx, added.id, "stolen")
    with pytest.raises(TerminalMoveNotAllowed):
        await actions.disable(tx, added.id, "again")
    assert (await actions.enable(tx, added.id, "found")).state is TerminalState.REGISTERED      # it never had a key
    with pytest.raises(TerminalMoveNotAllowed):
        await actions.enable(tx, added.id, "again")
    assert [(m.move, m.reason) for m in await queries.history(tx, added.id)] == [("enable", "found"), ("disable", "stolen"), ("add", "")]


@pytest.mark.parametrize(("kind", "granted", "scenes"), [
    ("pharmacy", (), {"pharmacy.buy", "pharmacy.settle"}),
    ("park", (), {"park.enter"}),
    ("library", ("counter.person_check",), {"library.enter", "library.lend", "counter.person_check"}),
    ("kiosk", ("kiosk.login",), {"kiosk.login"}),
])
async def test_a_terminal_may_use_the_scenes_of_its_venue_and_those_granted(tx, kind, granted, scenes):
    added = await terminal(tx, kind, granted)
    assert set(added.scenes) == set((await seen(tx, added.id))["scenes"]) == scenes
    now = await actions.grant_scenes(tx, added.id, ["bus.ride"], "test")
    assert set(now.scenes) == scenes - set(granted) | {"bus.ride"} | ({"kiosk.login"} if kind == "kiosk" else set())


async def test_every_scene_returns_known_fields_and_every_kind_of_venue_known_scenes(tx):
    scenes, kinds = await queries.scenes(tx), await queries.kinds(tx)
    for scene in scenes.values():
        assert set(scene.fields) <= set(model.FIELDS) and scene.title_zh and scene.title_en
    assert {code for kind in kinds.values() for code in kind.scenes} == set(scenes)
    assert {"hospital", "pharmacy", "park", "library", "kiosk", "shop", "bus"} <= set(kinds)
    columns = await tx.row("SELECT * FROM venues.pub_scene WHERE code = 'counter.person_check'")
    assert dict(columns)["title_zh"] == "窗口实人核验"


async def test_the_verdict_s_view_follows_terminal_and_venue_at_once(tx):
    active = await activated(tx)
    assert (await seen(tx, active.id))["state"] == (await seen(tx, active.id))["venue_state"] == "active"
    await actions.move_venue(tx, active.venue_id, Move.CLOSE, "test")
    await actions.disable(tx, active.id, "test")
    now = await seen(tx, active.id)
    assert (now["state"], now["venue_state"], now["venue_name"]) == ("disabled", "closed", "安康大药房（演示）")


async def test_the_database_holds_no_code_in_clear(tx):
    issued = await actions.issue_activation(tx, (await terminal(tx)).id)
    kept = await tx.rows("SELECT * FROM venues.activation")
    assert issued.code not in str(kept) and issued.code.encode() not in b"".join(row["code_hash"] for row in kept)
    bodies = await tx.rows("SELECT body FROM kit.event")
    assert issued.code not in str([row["body"] for row in bodies])


async def test_the_invariants_hold_after_all_moves_and_name_what_breaks_them(tx):
    active = await activated(tx)
    await disable_and_enable(tx, active)
    await activate_again(tx, active)
    await actions.issue_activation(tx, active.id)
    assert all(finding.holds for finding in await prove(tx, queries.CHECKS))
    await tx.run("UPDATE venues.terminal SET granted = '{pharmacy.rob}', state = 'disabled' WHERE id = $1", active.id)
    assert {f.check.name for f in await prove(tx, queries.CHECKS) if not f.holds} == {"venues.granted_scenes_exist", "venues.state_has_history"}


@pytest.mark.parametrize("statement", [
    "UPDATE venues.terminal SET state = 'active'",
    """INSERT INTO venues.activation (id, terminal_id, code_hash, issued_at, expires_at)
       SELECT gen_random_uuid(), terminal_id, sha256(code_hash), issued_at, expires_at FROM venues.activation""",
])
async def test_the_database_itself_refuses_an_active_terminal_without_key_and_a_second_code(tx, statement):
    await actions.issue_activation(tx, (await terminal(tx)).id)
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.UniqueViolationError)):
        async with tx.conn.transaction():
            await tx.run(statement)


@pytest.mark.parametrize("statement", [
    "UPDATE venues.move SET reason = ''", "DELETE FROM venues.move", "DELETE FROM venues.terminal", "UPDATE venues.scene SET fields = '{}'",
    "DELETE FROM venues.activation", "UPDATE venues.activation SET code_hash = ''",
])
async def test_the_application_cannot_rewrite_what_was(tx, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with tx.conn.transaction():
            await tx.run("SET LOCAL ROLE essc_app")
            await tx.run(statement)
