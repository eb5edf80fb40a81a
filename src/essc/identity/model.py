"""What proves that somebody is the person, for what, how strongly and how long. Pure: no clock, no database, no network.

A face is never the only way (measures on face recognition of 2025, facts §4.7), and no picture of a face is ever kept:
what stays is the result, a band of the score, the supplier, the time and the trace id.
"""
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Final

from essc.identity import errors
from essc.kit.errors import Refused
from essc.names import CheckId, TerminalId


class Purpose(StrEnum):
    """What the proof is for; a proof for one thing is none for another."""

    APPLY = "apply"            # a first electronic card, or one after a replaced card
    LINK = "link"              # another channel
    SIGN_IN = "sign_in"
    RESET = "reset"            # a new password without the old one
    UNLINK = "unlink"
    UNFREEZE = "unfreeze"
    MOBILE = "mobile"          # another mobile number: of the person, and a code by SMS of that number
    ANY = "any"                # only from a terminal, and only good for what needs a live session besides


class Way(StrEnum):
    """How it was proved. The names are those of the regions' settings."""

    FACE = "face"
    SMS = "sms_password"       # a code by SMS; the password is asked for besides by whoever uses it
    TERMINAL = "terminal"      # a clerk compared person and photo


class State(StrEnum):
    """Of a check. The comment says who has the next action."""

    PENDING = "pending"        # the person, or the clerk
    PASSED = "passed"          # whoever asked for the proof
    FAILED = "failed"          # final; the person starts anew or goes to a counter


class Band(StrEnum):
    """The score is kept as a band only."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


LEVEL: Final = {Way.SMS: 1, Way.FACE: 2, Way.TERMINAL: 2}
"""How strong a way is: 1 proves a telephone, 2 a person."""
CHECK_LIFE: Final = timedelta(minutes=10)
ANSWER_LIFE: Final = timedelta(minutes=5)
ANSWER_AHEAD: Final = timedelta(minutes=1)
FAILURES: Final = 3
"""After so many failures the way goes to people, not to machines (UX A1, face.mismatch)."""
ASKS: Final = 12
"""How often one check may ask the face service, unknown answers included."""
SCORE_MEDIUM, SCORE_HIGH = 8_000, 9_000
"""Of ten thousand. The threshold is our policy, never the engine's; lower than medium is no match."""
MOST_FRAMES: Final = 8
LARGEST_FRAME: Final = 200 * 1024
JPEG: Final = b"\xff\xd8\xff"
ACTIONS: Final = ("blink", "open_mouth", "shake_head", "nod")
"""What the person can be asked to do; two of them, drawn anew for every try."""
WITH_SESSION: Final = frozenset({Purpose.UNLINK, Purpose.UNFREEZE, Purpose.MOBILE})
"""What a clerk's look without a pairing is good for: verbs of somebody who is signed in. Or a stranger could use it elsewhere."""
SMS_LIFE: Final = timedelta(minutes=5)
SMS_TRIES: Final = 5


@dataclass(frozen=True)
class Check:
    """A real-person check under way. `nonce` and `challenge` are new after every failure; a clerk types `pairing` from the phone."""

    id: CheckId
    purpose: Purpose
    way: Way
    state: State
    number_hash: bytes
    nonce: bytes
    challenge: tuple[str, ...]
    failures: int
    asks: int
    expires_at: datetime
    pairing: str | None = None

    @property
    def tries_left(self) -> int:
        """How many failures it still takes until it closes."""
        return max(0, FAILURES - self.failures)


@dataclass(frozen=True)
class Evidence:
    """The proof that came out of a check, a code by SMS, or a clerk's look."""

    id: CheckId
    purpose: Purpose
    way: Way
    level: int
    holder_number_hash: bytes | None
    mobile_hash: bytes | None
    score_band: Band | None
    provider: str | None
    trace: str | None
    terminal_id: TerminalId | None
    proved_at: datetime
    expires_at: datetime
    used: bool


@dataclass(frozen=True)
class Answer:
    """What the face service said, its signature already checked. `score` is of ten thousand."""

    provider: str
    check: str
    nonce: str
    subject: str
    score: int
    live: bool
    faces: int
    time: datetime
    trace: str


def trusted(answer: Answer, *, check: str, nonce: str, subject: str, now: datetime) -> None:
    """Whether a signed answer is the answer to this question: bound to it, and minutes old at most. Raises AnswerNotTrusted."""
    if answer.check != check or answer.nonce != nonce:
        raise errors.AnswerNotTrusted("an answer to another question")
    if answer.subject != subject:
        raise errors.AnswerNotTrusted("an answer about another person")
    if not now - ANSWER_LIFE <= answer.time <= now + ANSWER_AHEAD:
        raise errors.AnswerNotTrusted("an answer of another time")


def verdict(answer: Answer, tries_left: int) -> Refused | None:
    """Why the person is not proved by this answer, in order of precedence; None when proved. `tries_left` counts this one off."""
    if answer.faces != 1:
        return errors.FaceManyPeople(f"{answer.faces} faces in the picture", n=tries_left)
    if not answer.live:
        return errors.FaceNotLive("the movements were not seen", n=tries_left)
    if band(answer.score) is Band.LOW:
        return errors.FaceMismatch("not the face of the card's photo", n=tries_left)
    return None


def band(score: int) -> Band:
    """The band of a score of ten thousand."""
    return Band.HIGH if score >= SCORE_HIGH else Band.MEDIUM if score >= SCORE_MEDIUM else Band.LOW


def readable_frames(frames: list[bytes]) -> None:
    """Raises FramesUnreadable unless there are one to eight JPEG images of at most 200 KiB."""
    if not 1 <= len(frames) <= MOST_FRAMES:
        raise errors.FramesUnreadable(f"one to {MOST_FRAMES} pictures")
    if any(not frame.startswith(JPEG) or len(frame) > LARGEST_FRAME for frame in frames):
        raise errors.FramesUnreadable(f"JPEG pictures of at most {LARGEST_FRAME // 1024} KiB")


def challenge(chance: bytes) -> tuple[str, str]:
    """Two different movements, drawn by two random bytes."""
    first = chance[0] % len(ACTIONS)
    return ACTIONS[first], ACTIONS[(first + 1 + chance[1] % (len(ACTIONS) - 1)) % len(ACTIONS)]


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, the /64 of an IPv6 one (whoever has one of these has all), else the text itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ip_network((found, 64), strict=False))


def six_digits(chance: bytes) -> str:
    """Six digits of eight random bytes; the bias is below 2^-44."""
    return f"{int.from_bytes(chance[:8], 'big') % 1_000_000:06d}"


def usable(evidence: Evidence, purpose: Purpose, number_hashes: list[bytes], now: datetime) -> None:
    """Whether a proof holds for this purpose and person. Raises EvidenceMissing, EvidenceOver, EvidenceUsed."""
    about = evidence.holder_number_hash in number_hashes if evidence.holder_number_hash else False
    fits = evidence.purpose is purpose or (evidence.purpose is Purpose.ANY and purpose in WITH_SESSION)
    if not fits or not about:
        raise errors.EvidenceMissing("no proof for this purpose and person")
    if evidence.expires_at <= now:
        raise errors.EvidenceOver("the proof is too old")
    if evidence.used:
        raise errors.EvidenceUsed("the proof was used before")
