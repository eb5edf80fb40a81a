"""Where a person waits for a partner: the face service and the message gateway. Intent in one transaction, answer in another.

`furnish` is called once a process by `app` with what the room needs from outside; what is not connected is not offered.
"""
import asyncio
import base64
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Final

from essc.cards import calls as provinces
from essc.cards import queries as cards
from essc.holders import model as people
from essc.holders import queries as holders
from essc.identity import actions, errors, model, queries
from essc.identity.model import Purpose, State, Way
from essc.kit import clock, ids
from essc.kit import log as logs
from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Refused
from essc.names import CheckId, HolderId
from essc.partners.person import PersonCheck, Question, Said
from essc.partners.sms import Gateway
from essc.partners.wire import PartnerNotTrusted, PartnerRefuses, PartnerSilent
from essc.regions import queries as regions

OF_PARTNERS: Final = (PartnerSilent, PartnerRefuses)
"""What partners may make of a call: nothing known (send the same again), or a no."""
SILENT_SECONDS: Final = 0.5
"""How long the answer takes to somebody who must not learn whether a message was sent; a slower gateway goes on without them."""
SMS_TEXT: Final = "【电子社保卡】验证码 {code}，5 分钟内有效。请勿告诉任何人，我们不会向您索要。"


@dataclass(frozen=True)
class Desk:
    """What the room needs from outside. None: not connected."""

    person: PersonCheck | None = None
    gateway: Gateway | None = None


Known = Callable[[Tx, HolderId], Awaitable[bool]]
"""Whether who asks has proved to be this holder before: signed in, or at a device where the holder was. A room above knows."""
_desk = [Desk()]
_sending: Final[set[asyncio.Task[None]]] = set()
log: Final = logs.get("identity")


def furnish(desk: Desk) -> None:
    """Connect the room with its partners; `app` does it once at start."""
    _desk[0] = desk


def desk() -> Desk:
    """What the room is connected with."""
    return _desk[0]


async def start(db: Database, who: Actor, *, name: str, number: str, purpose: Purpose, way: Way = Way.FACE, request_id: str = "",
                peer: str = "") -> model.Check:
    """Begin a check of a person by name and number; `peer` is the address of a stranger on a page of ours.

    Raises WayNotOffered, ChecksTooOften, and the refusals of names and numbers.
    """
    person = people.person(name, number, demonstration=regions.demonstration(), today=clock.today())
    if way is Way.SMS or purpose is Purpose.ANY or (way is Way.FACE and desk().person is None):
        raise errors.WayNotOffered(f"{way} is not offered")
    async with db.tx(who, request_id=request_id) as tx:
        return await actions.start(tx, person, purpose, way, peer=peer if who.kind == "anonymous" else "")


async def submit(db: Database, who: Actor, check_id: CheckId, frames: Sequence[bytes], *, request_id: str = "") -> model.Check:
    """Have the pictures judged; gives the check, passed. The pictures are handed on and forgotten.

    Raises FramesUnreadable, the refusals of `actions.ask`, FaceManyPeople, FaceNotLive, FaceMismatch (say how many tries are left),
    FaceTriesSpent after the third of them, AnswerNotTrusted and PartnerSilent (nothing is decided: send the same again).
    """
    model.readable_frames(list(frames))
    service = desk().person
    if service is None:
        raise errors.WayNotOffered("no face service is connected")
    async with db.tx(who, request_id=request_id) as tx:
        check, name, number = await actions.ask(tx, check_id)
    photo = await _photo(db, number) if service.needs_photo else None
    question = Question(ids.wire("chk", check.id), _text(check.nonce), _text(subject(db.keys, check.id, name, number)), name, number,
                        check.challenge, frames, photo)
    said = await _asked(service, question)
    async with db.tx(who, request_id=request_id) as tx:
        answer = model.Answer(said.provider, said.check, said.nonce, said.subject, said.score, said.live, said.faces, said.time, said.trace)
        model.trusted(answer, check=question.check, nonce=question.nonce, subject=question.subject, now=tx.now)
        refused = await actions.settle(tx, check, answer)
        decided = await queries.check(tx, check_id)
    if refused is not None:
        raise _last(decided, refused)
    return decided


async def _photo(db: Database, number: str) -> bytes | None:
    """The photo on the person's card, from the province when we have none yet; None: nobody knows one."""
    async with db.read_tx() as tx:
        holder = await holders.find(tx, number)
        card = await cards.usable(tx, holder.id) if holder else None
    found = await provinces.photo(db, card.id) if card else None
    return found.content if found else None


async def _asked(service: PersonCheck, question: Question) -> Said:
    try:
        return await service.check(question)
    except PartnerNotTrusted as error:
        raise errors.AnswerNotTrusted(error.detail) from None


def _last(check: model.Check, refused: Refused) -> Refused:
    """The third failure is told as such."""
    return errors.FaceTriesSpent(refused.detail, n=model.FAILURES) if check.state is State.FAILED else refused


def subject(keys: Keys, check_id: CheckId, name: str, number: str) -> bytes:
    """Whom an answer must be about: a keyed hash that nobody but us can make for another person or another check."""
    return keys.mac("lookup", b"face\x1f" + check_id.bytes + number.encode() + b"\x1f" + name.encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


async def send_code(db: Database, who: Actor, purpose: Purpose, *, mobile: str | None = None, number: str | None = None,
                    peer: str = "", known: Known | None = None, request_id: str = "") -> CheckId:
    """Send a six-digit code to a mobile, or to the mobile that the holder of `number` has proved; gives the id to answer with.

    `peer` is the address of a stranger on a page of ours; `known` says whether who asks has proved to be the holder before.

    Somebody unknown, or without a proved mobile, gets an id as everybody else, after as long, and no message; so for a number it is not told
    either what the gateway said. Raises MobileWrong, the refusals of numbers, WayNotOffered, SmsTooOften, PartnerSilent, PartnerRefuses.
    """
    began = clock.stopwatch()
    gateway = desk().gateway
    if gateway is None or (mobile is None) == (number is None):
        raise errors.WayNotOffered("codes by SMS need a gateway, and either a mobile or a number")
    digits = people.clean_number(number, demonstration=regions.demonstration())[0] if number else None
    async with db.tx(who, request_id=request_id) as tx:
        holder = await holders.find(tx, digits) if digits else None
        to = people.clean_mobile(mobile) if mobile else holder.mobile if holder else None
        proven = holder is not None and known is not None and await known(tx, holder.id)
        await actions.throttle_codes(tx, to, digits, peer=peer, proven=proven)
        code_id, code = await actions.make_code(tx, purpose, mobile=to, number=digits)
    sending = gateway.send(ids.wire("chk", code_id), to, SMS_TEXT.format(code=code)) if to is not None else None
    if mobile is not None and sending is not None:
        await sending
    else:
        await _in_silence(began, sending)
    return code_id


async def _in_silence(began: float, sending: Coroutine[None, None, None] | None) -> None:
    """Come back at the same moment whether anything is sent or not, and whatever comes of it."""
    if sending is not None:
        task = asyncio.create_task(_untold(sending))
        _sending.add(task)
        task.add_done_callback(_sending.discard)
    await asyncio.sleep(max(0.0, began + SILENT_SECONDS - clock.stopwatch()))


async def _untold(sending: Coroutine[None, None, None]) -> None:
    try:
        await sending
    except Refused as refused:
        log.warning("code_not_sent", reason=refused.code)


async def drained() -> None:
    """Wait for the messages that are still being handed over: before the process ends."""
    await asyncio.gather(*_sending)


async def prove_code(db: Database, who: Actor, code_id: CheckId, purpose: Purpose, digits: str, *, request_id: str = "") -> model.Evidence:
    """Judge a code that somebody typed; the try counts whatever comes of it. Raises SmsCodeOver, SmsCodeWrong."""
    async with db.tx(who, request_id=request_id) as tx:
        outcome = await actions.try_code(tx, code_id, purpose, digits)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
