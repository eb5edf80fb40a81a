"""Codes as phones get them, by a session: what may show one, and what kills those that were minted before."""
from datetime import timedelta

import pytest

from essc.cards.model import State
from essc.channels import actions as channels
from essc.channels.model import Ability, Move
from essc.codes import actions, queries
from essc.codes.queries import Minted
from essc.ecards import actions as ecards
from essc.ecards.model import Freeze
from essc.identity.model import Purpose
from essc.regions import actions as regions
from essc.sessions import actions as sessions
from essc.sessions.model import Device
from tests.channels.applications import registered
from tests.codes.scene import Scene, terminal_of
from tests.ecards.house import HASHED, applied, carded, moved, proof, replaced
from tests.sandbox.people import somebody


class Phone:
    """Somebody with an e-card on one channel, signed in, before the counter of a pharmacy."""

    def __init__(self, tx, who, scene):
        self.tx, self.who, self.scene, self.seen = tx, who, scene, set()

    @classmethod
    async def made(cls, tx):
        who, channel = somebody(), await registered(tx)
        card = await carded(tx, who)
        phone = cls(tx, who, Scene(card, *await applied(tx, who, channel.id), channel, await terminal_of(tx)))
        await phone.sign_in()
        return phone

    async def sign_in(self):
        _, self.token = await sessions.open(self.tx, self.scene.link.id, Device("a-phone-1234", "手机"), "face")

    async def asked(self):
        return (await queries.mint(self.tx, [self.token]))[0]

    async def code(self):
        """One that was not shown before: one in 256 of the same second is the same."""
        while (made := await self.asked()).code in self.seen:
            pass
        assert isinstance(made, Minted), made
        self.seen.add(made.code)
        return made.code

    async def told(self, code):
        [answer] = await actions.redeem(self.tx, [self.scene.scan(self.tx, code, request=f"r-{code}")])
        return answer.verdict

    async def proved(self, purpose=Purpose.UNFREEZE):
        return await proof(self.tx, self.scene.ecard.holder_id, purpose)


async def lost(phone):
    await moved(phone.tx, phone.who, State.LOST)


async def lifted(phone):
    await lost(phone)
    await moved(phone.tx, phone.who, State.ACTIVE)


async def unlocked(phone):
    await moved(phone.tx, phone.who, State.LOCKED)
    await moved(phone.tx, phone.who, State.ACTIVE)


async def frozen(phone):
    await ecards.freeze(phone.tx, phone.scene.ecard.id, Freeze.HOLDER)


async def unfrozen(phone):
    await frozen(phone)
    await ecards.unfreeze(phone.tx, phone.scene.ecard.id, await phone.proved(), phone.who.number)


async def loss_asked_for(phone):
    await ecards.report_loss(phone.tx, phone.scene.ecard.id)


async def loss_taken_back(phone):
    await loss_asked_for(phone)
    await ecards.lift_loss(phone.tx, phone.scene.ecard.id, await phone.proved(), phone.who.number)


async def reset(phone):
    await ecards.reset_password(phone.tx, phone.scene.ecard.id, await phone.proved(Purpose.RESET), phone.who.number, HASHED)
    await phone.sign_in()


async def unlinked(phone):
    await ecards.unlink(phone.tx, phone.scene.link.id, "face")


async def linked_again(phone):
    await unlinked(phone)
    old = phone.scene
    phone.scene = Scene(old.card, *await applied(phone.tx, phone.who, old.channel.id), old.channel, old.terminal)
    await phone.sign_in()


async def not_me(phone):
    await ecards.freeze(phone.tx, phone.scene.ecard.id, Freeze.NOT_ME)


async def revoked_elsewhere(phone):
    session_id, _ = await sessions.open(phone.tx, phone.scene.link.id, Device("a-lost-phone", "手机"), "face")
    await sessions.revoke(phone.tx, phone.scene.ecard.holder_id, session_id)


async def revoked_at_a_counter(phone):
    await sessions.revoke_all(phone.tx, phone.scene.ecard.holder_id)


async def new_card(phone):
    await replaced(phone.tx, phone.who, somebody().card_number)


@pytest.mark.parametrize(("happens", "before", "works_again"), [
    (lost, "CARD_LOST", False), (lifted, "EXPIRED", True), (unlocked, "EXPIRED", True),
    (frozen, "FROZEN", False), (unfrozen, "EXPIRED", True), (not_me, "FROZEN", False),
    (loss_asked_for, "FROZEN", False), (loss_taken_back, "EXPIRED", True),
    (reset, "EXPIRED", True), (unlinked, "NOT_LINKED", False), (linked_again, "NOT_LINKED", True), (new_card, "CARD_REPLACED", False),
    (revoked_elsewhere, "EXPIRED", True), (revoked_at_a_counter, "EXPIRED", False),
], ids=lambda value: getattr(value, "__name__", None))
async def test_what_was_minted_before_stays_refused(tx, happens, before, works_again):
    phone = await Phone.made(tx)
    assert await phone.told(await phone.code()) == "PASS"
    old = await phone.code()
    await happens(phone)
    assert await phone.told(old) == before
    assert isinstance(await phone.asked(), Minted) is works_again
    if works_again:
        assert await phone.told(await phone.code()) == "PASS"
        assert await phone.told(old) == before


@pytest.mark.parametrize(("move", "refusal"), [(Move.PAUSE, "channel_paused"), (Move.END, "channel_ended")])
async def test_a_channel_that_is_stopped_shows_no_codes(tx, move, refusal):
    phone = await Phone.made(tx)
    await channels.move(tx, phone.scene.channel.id, move, "test")
    assert (await phone.asked()).code == refusal


async def test_a_channel_shows_codes_only_if_it_may_present(tx):
    phone = await Phone.made(tx)
    await channels.grant(tx, phone.scene.channel.id, [Ability.ISSUE], [], "test")
    assert (await phone.asked()).code == "ability_not_granted"
    await channels.grant(tx, phone.scene.channel.id, [Ability.ISSUE, Ability.PRESENT], [], "test")
    assert isinstance(await phone.asked(), Minted)


async def test_a_region_says_how_long_its_codes_live(tx):
    await regions.decide(tx, "450000", "code_life_seconds", "120", set_by="test")
    phone = await Phone.made(tx)
    made = await phone.asked()
    assert made.expires_at - made.minted_at == timedelta(seconds=120)
    late = [phone.scene.scan(tx, made.code, request="r1", after=127), phone.scene.scan(tx, made.code, request="r2", after=100)]
    assert [answer.verdict for answer in await actions.redeem(tx, late)] == ["EXPIRED", "PASS"]


async def test_minting_writes_nothing(tx):
    phone = await Phone.made(tx)
    before = await tx.value("SELECT count(*) FROM kit.event")
    async with tx.conn.transaction():
        await tx.run("SET TRANSACTION READ ONLY")
        await phone.code()
        assert await tx.value("SELECT count(*) FROM kit.event") == before
