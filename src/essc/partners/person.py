"""The real-person check: somebody compares pictures from a camera with the person, and signs the result.

The signature is over the answer itself, so that it stays provable after the HTTP message is gone. Whether a signed answer belongs
to the question, and is good enough, is decided in room identity.
"""
import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from essc.partners.wire import Partner, PartnerNotTrusted

SCORE_MOST: Final = 10_000


class Question(NamedTuple):
    """What is asked: are these pictures of this person, alive, doing `challenge`? `photo` (of the card) only goes to an engine of our own."""

    check: str
    nonce: str
    subject: str
    name: str
    number: str
    challenge: Sequence[str]
    frames: Sequence[bytes]
    photo: bytes | None = None


class Said(msgspec.Struct, frozen=True):
    """The answer. `score` of ten thousand; `subject` and `nonce` as asked; `trace` names the case at the supplier."""

    provider: str
    check: str
    nonce: str
    subject: str
    score: int
    live: bool
    faces: int
    time: datetime
    trace: str


class PersonCheck(Protocol):
    """A face service or engine."""

    needs_photo: bool

    async def check(self, question: Question) -> Said:
        """Compare. Raises PartnerSilent (unknown: ask again with the same question), PartnerNotTrusted, PartnerRefuses."""


class _Signed(msgspec.Struct):
    answer: str
    key_id: str
    signature: str


class PersonOverHttp:
    """The client of `docs/wire/partners.md`."""

    needs_photo = False

    def __init__(self, partner: Partner) -> None:
        self._partner = partner

    async def check(self, question: Question) -> Said:
        """Ask the service and check that it signed what it says."""
        sent = question._asdict() | {"frames": [base64.b64encode(frame).decode() for frame in question.frames]}
        sent.pop("photo")
        told = await self._partner.ask("/v1/checks", sent, _Signed, request_id=f"{question.check}-{question.nonce}", signed_answer=False)
        key = self._partner.peers.get(told.key_id)
        try:
            value = base64.b64decode(told.signature, validate=True)
            said = msgspec.json.decode(told.answer, type=Said)
        except (binascii.Error, msgspec.DecodeError):
            raise PartnerNotTrusted("the face service's answer cannot be read") from None
        if key is None or not key.holds(told.answer.encode(), value):
            raise PartnerNotTrusted("the face service's signature does not fit")
        if said.time.tzinfo is None or not 0 <= said.score <= SCORE_MOST:
            raise PartnerNotTrusted("the face service's answer cannot be true")
        return said
