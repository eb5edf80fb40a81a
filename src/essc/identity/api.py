"""Proofs of the person on the wire: real-person checks and codes by SMS. Channels ask for their holders."""
import base64
from typing import Annotated, Final, Literal

from msgspec import Meta

from essc.holders.errors import (
    MobileWrong,
    NameWrong,
    NumberBirthDate,
    NumberCharacters,
    NumberChecksum,
    NumberDemonstration,
    NumberFifteenDigits,
    NumberFutureBirth,
    NumberLength,
    NumberRegion,
)
from essc.identity import calls, errors, model, queries
from essc.identity.model import Purpose, State, Way
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Refused
from essc.kit.http.operations import Call, Operations
from essc.kit.http.types import Body, Instant, Text, View, told
from essc.names import CheckId

operations: Final = Operations("identity")

NUMBER_REFUSALS: Final[tuple[type[Refused], ...]] = (
    NumberFifteenDigits, NumberLength, NumberCharacters, NumberRegion, NumberBirthDate, NumberFutureBirth, NumberChecksum, NumberDemonstration)
FRAMES_LIMIT: Final = 2_400_000
"""Bytes of a request with eight pictures of 200 KiB in base64."""

Number = Annotated[str, Meta(min_length=1, max_length=40, description="Social security number (社会保障号码)"), told(pattern="^[0-9A-Za-z]{18}$(?!\\n)")]
MobileNumber = Annotated[str, Meta(min_length=1, max_length=20), told(pattern="^1[3-9][0-9]{9}$(?!\\n)")]
SmsDigits = Annotated[str, Meta(pattern="^[0-9]{6}$(?!\\n)", description="The six digits that came by SMS")]
CheckRef = Annotated[str, Meta(pattern="^chk_[0-7][0-9a-hjkmnp-tv-z]{25}$(?!\\n)", description="Id of a check or of a code by SMS")]
Frame = Annotated[str, Meta(min_length=4, max_length=280_000, description="A JPEG of at most 200 KiB in base64"),
                  told(pattern="^/9j/([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$(?!\\n)")]


class NewCheck(Body):
    """Who wants to prove to be whom, for what, how."""

    name: Text
    number: Number
    purpose: Literal["apply", "link", "sign_in", "reset", "unlink", "unfreeze", "mobile"]
    way: Literal["face", "terminal"] = "face"


class Frames(Body):
    """One to eight pictures from the camera, in the order taken; they are judged and forgotten."""

    frames: Annotated[list[Frame], Meta(min_length=1, max_length=model.MOST_FRAMES)]


class CheckView(View):
    """A real-person check. While `pending`: have the person do what `challenge` names, then send the pictures; or show `pairing` to the
    clerk. `manual`: go to people."""

    id: str
    purpose: Purpose
    way: Way
    state: State
    nonce: str
    challenge: tuple[str, ...]
    pairing: str | None
    tries_left: int
    manual: bool
    expires_at: Instant


class NewSmsCode(Body):
    """A code for a mobile (applying), or for whoever has this number, to the mobile they have proved (everything else)."""

    purpose: Literal["apply", "link", "sign_in", "reset", "unlink", "unfreeze", "mobile"]
    mobile: MobileNumber | None = None
    number: Number | None = None


class SmsCodeView(View):
    """A code was sent, if there was somebody to send it to; answer with this id and the digits."""

    id: str
    expires_in_seconds: int


def check_id(text: str) -> CheckId:
    """The id of a check or code on the wire. Raises BadId."""
    return CheckId(ids.parse("chk", text))


def _view(check: model.Check) -> CheckView:
    return CheckView(id=ids.wire("chk", check.id), purpose=check.purpose, way=check.way, state=check.state, challenge=check.challenge,
                     nonce=base64.urlsafe_b64encode(check.nonce).decode().rstrip("="), tries_left=check.tries_left, pairing=check.pairing,
                     manual=check.state is State.FAILED, expires_at=check.expires_at)


@operations.calls("POST /v1/identity-checks", by="channel", scope="issue", answers=CheckView, status=201,
                  refuses=(NameWrong, *NUMBER_REFUSALS, errors.WayNotOffered, errors.ChecksTooOften),
                  example={"name": "韦晓兰", "number": "999901199005120129", "purpose": "apply"})
async def start(db: Database, who: Actor, call: Call, body: NewCheck) -> CheckView:
    """Begin a real-person check (实人认证): the answer names the movements to be shown to the camera.

    With `way` terminal a clerk at a counter decides instead; a face is never the only way.
    """
    return _view(await calls.start(db, who, name=body.name, number=body.number, purpose=Purpose(body.purpose), way=Way(body.way),
                                   request_id=call.request_id))


@operations.reads("GET /v1/identity-checks/{check_id}", by="channel", scope="issue", answers=CheckView, refuses=(errors.CheckNotFound,))
async def check(tx: Tx, check_id: CheckId) -> CheckView:
    """A check: whether it passed, or how many tries are left."""
    return _view(await queries.check(tx, check_id))


@operations.calls("POST /v1/identity-checks/{check_id}/frames", by="channel", scope="issue", answers=CheckView, body_limit=FRAMES_LIMIT,
                  refuses=(errors.FramesUnreadable, errors.CheckNotFound, errors.FaceTriesSpent, errors.CheckDecided, errors.CheckOver,
                           errors.WayNotOffered, errors.ChecksTooOften, errors.FaceManyPeople, errors.FaceNotLive, errors.FaceMismatch,
                           errors.AnswerNotTrusted, *calls.OF_PARTNERS),
                  example={"frames": ["/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==", "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="]})
async def frames(db: Database, who: Actor, call: Call, check_id: CheckId, body: Frames) -> CheckView:
    """Have the pictures judged. A refusal that is retryable decided nothing: send the same pictures again.

    Refusals about the face say how many tries are left; after the third the check is closed and a person decides.
    """
    try:
        pictures = [base64.b64decode(frame, validate=True) for frame in body.frames]
    except ValueError:
        raise errors.FramesUnreadable("not base64") from None
    return _view(await calls.submit(db, who, check_id, pictures, request_id=call.request_id))


@operations.calls("POST /v1/sms-codes", by="channel", scope="issue", answers=SmsCodeView, status=201,
                  refuses=(MobileWrong, *NUMBER_REFUSALS, errors.WayNotOffered, errors.SmsTooOften, *calls.OF_PARTNERS),
                  example={"purpose": "apply", "mobile": "19900000001"})
async def sms_code(db: Database, who: Actor, call: Call, body: NewSmsCode) -> SmsCodeView:
    """Send six digits by SMS: good for five minutes, five tries and one purpose; one a minute to one mobile."""
    code_id = await calls.send_code(db, who, Purpose(body.purpose), mobile=body.mobile, number=body.number, request_id=call.request_id)
    return SmsCodeView(id=ids.wire("chk", code_id), expires_in_seconds=int(model.SMS_LIFE.total_seconds()))
