"""Electronic cards on the wire. Channels apply and link for their holders; holders see, unlink and freeze their own.

Names of the existing product: `sign_no` signNo, `sign_seq` signSeq, `level` signLevel, `linked_at` signDate, `valid_to` validDate,
`region` aab301, `action_type` actionType, `channel_number` channelNo (docs/wire/partners.md).
"""
from datetime import date, datetime
from typing import Annotated, Final, Protocol

from msgspec import Meta

from essc.cards.errors import CardMoveNotAllowed, CardReplacementAccepted
from essc.channels.model import Channel
from essc.ecards import actions, calls, errors, queries
from essc.ecards.calls import Mobile, Proof
from essc.ecards.model import ActionType, Ecard, Freeze, Link, Standing
from essc.holders import queries as holders
from essc.holders.errors import NameWrong
from essc.identity import errors as proofs
from essc.identity.api import NUMBER_REFUSALS, CheckRef, MobileNumber, Number, SmsDigits, check_id
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.http.operations import Call, Operations, Principal
from essc.kit.http.types import Body, Nothing, Text, View, told
from essc.names import EcardId, HolderId, LinkId
from essc.passwords.errors import PasswordLocked, PasswordsBusy, PasswordWeak, PasswordWrong

operations: Final = Operations("ecards")

PasswordText = Annotated[str, Meta(min_length=1, max_length=20, description="Six digits"), told(pattern="^[0-9]{6}$(?!\\n)")]
PROOFS: Final = (proofs.SmsCodeOver, proofs.SmsCodeWrong, proofs.EvidenceMissing, proofs.EvidenceOver, proofs.EvidenceUsed)
CARD: Final = (errors.NameMismatch, errors.NoCard, errors.CardLost, errors.CardLocked, errors.CardSealed, errors.CardNotEnabled,
               errors.CardCancelled, errors.CardReplaced)
PASSWORDS: Final = (PasswordLocked, PasswordWrong, PasswordsBusy)
_CHECK: Final = "chk_01jd5k3m9h8q2v7x4t6w0y1z3a"


class SignedIn(Protocol):
    """What an authenticator of holders remembers of a session."""

    holder_id: HolderId
    ecard_id: EcardId
    link_id: LinkId


class ProofGiven(Body):
    """A check that passed, or the id of a code by SMS with its digits."""

    check_id: CheckRef
    code: SmsDigits | None = None

    def proof(self) -> Proof:
        """As the room takes it."""
        return Proof(check_id(self.check_id), self.code)


class MobileGiven(Body):
    """A mobile number with the code that was sent there."""

    number: MobileNumber
    proof: ProofGiven


class Application(Body):
    """Who applies, the proof, and the password for all channels."""

    name: Text
    number: Number
    proof: ProofGiven
    password: PasswordText
    mobile: MobileGiven | None = None


class NewLink(Body):
    """Who wants to use the e-card here too: a proof and the password."""

    name: Text
    number: Number
    proof: ProofGiven
    password: PasswordText


class Unlinking(Body):
    """One of the two: a proof (face, SMS, a clerk), or the password."""

    proof: ProofGiven | None = None
    password: PasswordText | None = None


class Reset(Body):
    """Who forgot the password, the proof, and the new one."""

    name: Text
    number: Number
    proof: ProofGiven
    password: PasswordText


class Replaced(Body):
    """Whose card was replaced, and a proof of the person."""

    name: Text
    number: Number
    proof: ProofGiven


class WithProof(Body):
    """A verb that needs a proof of the person."""

    proof: ProofGiven


class IssuedView(View):
    """The e-card on this channel. `action_type`: 001 applied, 002 by password, 003 unlinked."""

    ecard_id: str
    link_id: str
    sign_no: str
    sign_seq: int
    level: int
    linked_at: datetime
    action_type: ActionType


class LinkView(View):
    """The e-card on one channel."""

    id: str
    sign_no: str
    sign_seq: int
    level: int
    channel_id: str
    channel_name: str
    linked_at: datetime
    here: bool


class Me(View):
    """The holder's card as it stands now. Name and number are masked; `standing` decides what can be done."""

    name: str
    number: str
    mobile: str | None
    region: str
    bank_code: str
    issued_on: date
    valid_to: date
    standing: Standing
    usable: bool
    ecard_id: str
    links: list[LinkView]


class EndedView(View):
    """A link that has ended."""

    link_id: str
    sign_no: str
    sign_seq: int


class UnlinkedView(View):
    """Every link of a replaced card has ended: the person can apply again."""

    action_type: ActionType
    items: list[EndedView]


class ResetView(View):
    """The password was set anew, on all channels at once."""

    action_type: ActionType


class FrozenView(View):
    """Whether codes are shown."""

    ecard_id: str
    frozen_at: datetime | None
    why: Freeze | None


class LossView(View):
    """The province was asked; the card's state follows by its feed."""

    card_id: str
    state: str
    asked_at: datetime | None


def _issued(ecard: Ecard, link: Link, action: ActionType) -> IssuedView:
    return IssuedView(ecard_id=ids.wire("ecard", ecard.id), link_id=ids.wire("link", link.id), sign_no=link.sign_no, sign_seq=link.sign_seq,
                      level=link.level, linked_at=link.linked_at, action_type=action)


def _frozen(ecard: Ecard) -> FrozenView:
    return FrozenView(ecard_id=ids.wire("ecard", ecard.id), frozen_at=ecard.frozen_at, why=ecard.frozen_why)


def _channel(principal: Principal) -> Channel:
    channel: Channel = principal.extra
    return channel


def _me(principal: Principal) -> SignedIn:
    session: SignedIn = principal.extra
    return session


@operations.calls("POST /v1/ecards", by="channel", scope="issue", answers=IssuedView, status=201,
                  refuses=(NameWrong, *NUMBER_REFUSALS, PasswordWeak, *PROOFS, *CARD, errors.AlreadyIssued, errors.HeldElsewhere,
                           proofs.WayNotOffered, *PASSWORDS, errors.EcardChangedMeanwhile),
                  example={"name": "韦晓兰", "number": "999901199005120129", "proof": {"check_id": _CHECK}, "password": "738146"})
async def apply(db: Database, who: Principal, call: Call, body: Application) -> IssuedView:
    """Apply for the electronic card (申领, level 1): a proof of the person, a physical card in use, and a password set now.

    The password counts on all channels and has nothing to do with the PIN of the physical card. A code by SMS as the proof is good for
    somebody who applies again (after a replaced card, or when all channels were unlinked), with the password that they had.
    """
    mobile = Mobile(body.mobile.number, body.mobile.proof.proof()) if body.mobile else None
    person = calls.person_of(body.name, body.number)
    ecard, link = await calls.apply(db, who.actor, person, _channel(who).id, body.proof.proof(), body.password, mobile=mobile,
                                    request_id=call.request_id)
    return _issued(ecard, link, ActionType.APPLIED)


@operations.calls("POST /v1/ecards/links", by="channel", scope="issue", answers=IssuedView, status=201,
                  refuses=(NameWrong, *NUMBER_REFUSALS, *PROOFS, *CARD, errors.AlreadyIssued, errors.EcardNotFound, *PASSWORDS,
                           errors.EcardChangedMeanwhile),
                  example={"name": "韦晓兰", "number": "999901199005120129", "proof": {"check_id": _CHECK, "code": "402917"}, "password": "738146"})
async def link(db: Database, who: Principal, call: Call, body: NewLink) -> IssuedView:
    """Carry an e-card that is held on another channel here too, with its password only (直接验密签发)."""
    person = calls.person_of(body.name, body.number)
    ecard, made = await calls.link(db, who.actor, person, _channel(who).id, body.proof.proof(), body.password, request_id=call.request_id)
    return _issued(ecard, made, ActionType.LINKED_BY_PASSWORD)


@operations.calls("POST /v1/ecards/unlinkings", by="channel", scope="issue", answers=UnlinkedView,
                  refuses=(NameWrong, *NUMBER_REFUSALS, *PROOFS, errors.NameMismatch, errors.EcardNotFound, errors.LinkEnded, errors.EcardChangedMeanwhile),
                  example={"name": "韦晓兰", "number": "999901199005120129", "proof": {"check_id": _CHECK}})
async def unlink_replaced(db: Database, who: Actor, call: Call, body: Replaced) -> UnlinkedView:
    """After the physical card was replaced: end its electronic card on all channels, without being signed in, so that one can apply again.

    The proof is one for `unlink`. An electronic card whose physical card was not replaced is ended by its holder, signed in, channel by channel.
    """
    ended = await calls.unlink_replaced(db, who, calls.person_of(body.name, body.number), body.proof.proof(), request_id=call.request_id)
    return UnlinkedView(action_type=ActionType.UNLINKED,
                        items=[EndedView(link_id=ids.wire("link", one.id), sign_no=one.sign_no, sign_seq=one.sign_seq) for one in ended])


@operations.calls("POST /v1/password-resets", by="channel", scope="issue", answers=ResetView,
                  refuses=(NameWrong, *NUMBER_REFUSALS, PasswordWeak, *PROOFS, errors.EcardNotFound, proofs.WayNotOffered, PasswordsBusy),
                  example={"name": "韦晓兰", "number": "999901199005120129", "proof": {"check_id": _CHECK}, "password": "509371"})
async def reset_password(db: Database, who: Actor, call: Call, body: Reset) -> ResetView:
    """Set a new password without the old one (重置密码). It counts on all channels at once; older sessions and codes are dead."""
    person = calls.person_of(body.name, body.number)
    await calls.reset_password(db, who, person, body.proof.proof(), body.password, request_id=call.request_id)
    return ResetView(action_type=ActionType.PASSWORD_RESET)


@operations.reads("GET /v1/me", by="holder", answers=Me, refuses=(errors.LinkNotFound,))
async def me(tx: Tx, who: Principal) -> Me:
    """The signed-in holder's card: how it stands, and the channels that carry it."""
    session = _me(who)
    found = await queries.standings(tx, session.link_id)
    holder = await holders.get(tx, session.holder_id)
    links = [LinkView(id=ids.wire("link", one.id), sign_no=one.sign_no, sign_seq=one.sign_seq, level=one.level, channel_name=name,
                      channel_id=ids.wire("chan", one.channel_id), linked_at=one.linked_at, here=one.id == session.link_id)
             for one, name in await queries.links(tx, session.holder_id)]
    return Me(name=holder.masked_name, number=holder.masked_number, mobile=holder.masked_mobile, region=found.card.region,
              bank_code=found.card.bank_code, issued_on=found.card.issued_on, valid_to=found.card.valid_to, standing=found.standing,
              usable=found.standing.usable, ecard_id=ids.wire("ecard", found.ecard.id), links=links)


@operations.calls("POST /v1/me/links/{link_id}/unlinking", by="holder", answers=IssuedView,
                  refuses=(errors.ProofNeeded, errors.LinkNotFound, *PROOFS, *PASSWORDS, errors.LinkEnded, errors.EcardChangedMeanwhile),
                  example={"password": "738146"})
async def unlink(db: Database, who: Principal, call: Call, link_id: LinkId, body: Unlinking) -> IssuedView:
    """End the e-card on one channel (解除关联), by face, SMS, a clerk or the password; the other channels are untouched."""
    async with db.read_tx(who.actor) as tx:
        own = await queries.link(tx, link_id)
        ecard = await queries.get(tx, own.ecard_id)
    if own.holder_id != _me(who).holder_id:
        raise errors.LinkNotFound("not a link of yours")
    proof = body.proof.proof() if body.proof else None
    ended = await calls.unlink(db, who.actor, link_id, proof=proof, password=body.password, request_id=call.request_id)
    return _issued(ecard, ended, ActionType.UNLINKED)


@operations.writes("POST /v1/me/freeze", by="holder", answers=FrozenView, refuses=(errors.EcardFrozenAlready, errors.EcardChangedMeanwhile),
                   example={})
async def freeze(tx: Tx, who: Principal, body: Nothing) -> FrozenView:
    """Stop showing and accepting codes on all channels, at once."""
    return _frozen(await actions.freeze(tx, _me(who).ecard_id, Freeze.HOLDER))


@operations.calls("POST /v1/me/unfreeze", by="holder", answers=FrozenView,
                  refuses=(*PROOFS, errors.EcardNotFrozen, proofs.WayNotOffered, errors.EcardChangedMeanwhile),
                  example={"proof": {"check_id": _CHECK}})
async def unfreeze(db: Database, who: Principal, call: Call, body: WithProof) -> FrozenView:
    """Show codes again, on a proof of the person. Codes from before stay dead."""
    return _frozen(await calls.unfreeze(db, who.actor, _me(who).ecard_id, body.proof.proof(), request_id=call.request_id))


@operations.writes("POST /v1/me/loss", by="holder", answers=LossView, refuses=(CardMoveNotAllowed, errors.EcardChangedMeanwhile), example={})
async def report_loss(tx: Tx, who: Principal, body: Nothing) -> LossView:
    """Report the physical card lost (挂失): codes stop at once, the province is asked, the card's state follows by its feed."""
    card = await actions.report_loss(tx, _me(who).ecard_id)
    return LossView(card_id=ids.wire("card", card.id), state=card.state, asked_at=card.loss_requested_at)


@operations.calls("POST /v1/me/loss/lifting", by="holder", answers=LossView,
                  refuses=(*PROOFS, CardMoveNotAllowed, CardReplacementAccepted, proofs.WayNotOffered),
                  example={"proof": {"check_id": _CHECK}})
async def lift_loss(db: Database, who: Principal, call: Call, body: WithProof) -> LossView:
    """The card was found (解挂): the province is asked, on a proof of the person; its feed brings the card back."""
    card = await calls.lift_loss(db, who.actor, _me(who).ecard_id, body.proof.proof(), request_id=call.request_id)
    return LossView(card_id=ids.wire("card", card.id), state=card.state, asked_at=None)
