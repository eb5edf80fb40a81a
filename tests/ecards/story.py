"""What people do, as they do it: with codes from their telephone and pictures from their camera. Every step commits."""
from essc.ecards import calls
from essc.ecards.calls import Mobile, Proof
from essc.ecards.model import Ecard, Link
from essc.identity import calls as proving
from essc.identity.model import Purpose
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.names import ChannelId
from tests.ecards.house import applied, carded, channel
from tests.sandbox.connected import Partners
from tests.sandbox.people import Somebody, somebody

FRAMES = [b"\xff\xd8\xff one", b"\xff\xd8\xff two"]
PASSWORD = "738146"


async def face(db: Database, who: Somebody, purpose: Purpose) -> Proof:
    """The person passes a face check."""
    check = await proving.start(db, SYSTEM, name=who.name, number=who.number, purpose=purpose)
    return Proof((await proving.submit(db, SYSTEM, check.id, FRAMES)).id)


async def sms(db: Database, partners: Partners, who: Somebody, purpose: Purpose, *, to_mobile: bool = False) -> Proof:
    """The person gets a code (an hour after the one before) and reads it."""
    async with db.tx() as tx:
        await tx.run("DELETE FROM kit.throttle")
    to = {"mobile": who.mobile} if to_mobile else {"number": who.number}
    code_id = await proving.send_code(db, SYSTEM, purpose, **to)
    return Proof(code_id, await partners.last_code(who.mobile))


async def holder(db: Database, partners: Partners, on: ChannelId | None = None) -> tuple[Somebody, Ecard, Link]:
    """Somebody with a card, who applied with face, mobile and password."""
    who = somebody()
    async with db.tx() as tx:
        await carded(tx, who)
    mobile = Mobile(who.mobile, await sms(db, partners, who, Purpose.APPLY, to_mobile=True))
    ecard, link = await calls.apply(db, SYSTEM, who.person, on or channel(), await face(db, who, Purpose.APPLY), PASSWORD, mobile=mobile)
    return who, ecard, link


async def quick_holder(db: Database) -> tuple[Somebody, Ecard, Link]:
    """Somebody with a card and an e-card, without the waiting; the password is nobody's."""
    who = somebody()
    async with db.tx() as tx:
        await carded(tx, who)
        return who, *await applied(tx, who)
