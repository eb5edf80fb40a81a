"""Developers: who stands behind an app, the management token, visits, and keys that are rolled."""
from datetime import timedelta

import pytest

from essc.channels import actions, api, model, queries
from essc.channels.errors import (
    AccessUnknown,
    ApplicationWrong,
    ChannelEnded,
    ChannelKeyKnown,
    ChannelKeyNotFound,
    ChannelKeyRevoked,
    SignInThrottled,
)
from essc.channels.model import Move
from essc.kit.crypto import Algorithm, jwk
from tests.channels.applications import public_key, registered

PEER = "192.0.2.7"
SOMEBODY = model.registrant("示例科技（演示）", "陈晓明", "19900000013")


async def signed_in(tx, channel):
    """A developer of the channel with a visit, and the visit's token."""
    token = await actions.try_sign_in(tx, await actions.give_access(tx, channel.id), PEER)
    assert isinstance(token, str)
    return await queries.developer(tx, jwk.decoded(token)), token


async def test_who_stands_behind_an_app_is_kept_sealed(tx, world):
    channel = await registered(tx)
    await actions.introduce(tx, channel.id, SOMEBODY)
    kept = await tx.value("SELECT contact FROM channels.registrant WHERE channel_id = $1", channel.id)
    assert "陈晓明".encode() not in kept and b"19900000013" not in kept
    assert await queries.registrant(tx, channel.id) == SOMEBODY and await world.last_event() == "channels.introduced"
    assert await queries.registrant(tx, (await registered(tx)).id) is None


@pytest.mark.parametrize(("organisation", "name", "mobile", "field"), [
    ("x", "陈晓明", "19900000013", "organisation"), ("好" * 61, "陈晓明", "19900000013", "organisation"), ("示例科技", "陈", "19900000013", "contact_name"),
    ("示例科技", "陈晓明", "12345", "contact_mobile"), ("示例科技", "陈晓明", "1990000001３", "contact_mobile"),
])
def test_a_registrant_who_is_told_badly_is_told_which_field(organisation, name, mobile, field):
    with pytest.raises(ApplicationWrong) as refused:
        model.registrant(organisation, name, mobile)
    assert [wrong.field for wrong in refused.value.fields] == [field]


async def test_a_management_token_opens_the_portal_and_is_kept_as_a_hash_only(tx, world):
    channel = await registered(tx)
    text = await actions.give_access(tx, channel.id)
    assert text.startswith(model.ACCESS_PREFIX) and await world.last_event() == "channels.access_given"
    assert await queries.access_since(tx, channel.id) == tx.now
    assert model.read_access(text) not in await tx.value("SELECT array_agg(token_mac) FROM channels.access")
    token = await actions.try_sign_in(tx, f"  {text}\n", PEER)
    found = await queries.developer(tx, jwk.decoded(token))
    assert found.channel == channel and found.actor.id == found.wire_id and found.expires_at == tx.now + timedelta(hours=12)
    assert await world.last_event() == "channels.developer_signed_in"


@pytest.mark.parametrize("text", ["", "essc-portal-", "essc-portal-AAAA", "é", "essc-portal-" + "A" * 43, "-" * 400])
async def test_what_is_no_management_token_of_ours_is_answered_and_counted(tx, text):
    assert isinstance(await actions.try_sign_in(tx, text, PEER), AccessUnknown)


async def test_an_address_that_guesses_must_wait(tx):
    for _ in range(actions.GUESSES.count):
        await actions.try_sign_in(tx, "essc-portal-guess", PEER)
    with pytest.raises(SignInThrottled):
        await actions.try_sign_in(tx, await actions.give_access(tx, (await registered(tx)).id), PEER)


async def test_a_new_management_token_ends_the_one_before_and_whoever_is_signed_in_with_it(tx):
    channel = await registered(tx)
    old = await actions.give_access(tx, channel.id)
    token = await actions.try_sign_in(tx, old, PEER)
    await actions.give_access(tx, channel.id)
    assert await queries.developer(tx, jwk.decoded(token)) is None
    assert isinstance(await actions.try_sign_in(tx, old, PEER), AccessUnknown)


async def test_whoever_signs_out_is_out_and_the_other_visits_go_on(tx, world):
    channel = await registered(tx)
    text = await actions.give_access(tx, channel.id)
    one, other = [jwk.decoded(await actions.try_sign_in(tx, text, PEER)) for _ in range(2)]
    await actions.sign_out(tx, await queries.developer(tx, one))
    assert await world.last_event() == "channels.developer_signed_out"
    assert await queries.developer(tx, one) is None and await queries.developer(tx, other) is not None


async def test_an_app_that_has_left_gets_no_new_token(tx):
    channel = await registered(tx)
    await actions.move(tx, channel.id, Move.END, "test")
    with pytest.raises(ChannelEnded):
        await actions.give_access(tx, channel.id)


async def test_a_visit_ends_with_the_working_day(swept):
    async with swept.tx() as tx:
        channel = await registered(tx)
        _, token = await signed_in(tx, channel)
    cookies = {api.COOKIE: token}
    assert (await api.door(cookies, swept)).channel.id == channel.id
    assert [await api.door({api.COOKIE: wrong}, swept) for wrong in ("", "é", "AAAA", token[:-1])] == [None] * 4
    async with swept.tx(now=tx.now + model.VISIT) as later:
        assert await queries.developer(later, jwk.decoded(token)) is None


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_a_key_is_rolled_with_a_day_of_overlap(tx, algorithm):
    channel = await registered(tx)
    old, _ = await actions.make_key(tx, channel.id, algorithm)
    new, private = await actions.roll_key(tx, channel.id, old.key_id, algorithm)
    assert private is not None and private.kid == new.key_id
    day = tx.now + timedelta(hours=24)
    kept = {key.id: key for key in await queries.keys(tx, channel.id)}
    assert [kept[key.id].live(tx.now) for key in (old, new)] == [True, True]
    assert [kept[key.id].live(day) for key in (old, new)] == [False, True]


async def test_a_key_is_rolled_to_one_that_the_app_brings(tx):
    channel = await registered(tx)
    old, mine = await actions.add_key(tx, channel.id, public_key()), public_key(Algorithm.ED25519)
    new, private = await actions.roll_key(tx, channel.id, old.key_id, mine)
    assert private is None and jwk.written(Algorithm.ED25519, new.public) == mine


async def test_a_key_that_is_not_ours_or_over_already_is_not_rolled(tx):
    channel, other = await registered(tx), await registered(tx)
    key = await actions.add_key(tx, channel.id, public_key())
    with pytest.raises(ChannelKeyNotFound):
        await actions.roll_key(tx, other.id, key.key_id, Algorithm.ES256)
    same = jwk.written(Algorithm(key.algorithm), key.public)
    with pytest.raises(ChannelKeyKnown):
        await actions.roll_key(tx, channel.id, key.key_id, same)
    await actions.revoke_key(tx, channel.id, key.key_id, overlap=timedelta(0))
    with pytest.raises(ChannelKeyRevoked):
        await actions.roll_key(tx, channel.id, key.key_id, Algorithm.ES256)
