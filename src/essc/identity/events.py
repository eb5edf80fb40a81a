"""Facts about proofs of the person for others: ids and enums, never a name, a number or a picture."""
from typing import ClassVar

from essc.kit.events import Event
from essc.names import CheckId, TerminalId


class CheckStarted(Event, frozen=True, kw_only=True):
    """Somebody wants to prove to be a person."""

    kind: ClassVar[str] = "identity.check_started"
    subject: ClassVar[str] = "check_id"
    check_id: CheckId
    purpose: str
    way: str


class PersonProved(Event, frozen=True, kw_only=True):
    """The person was proved (011 人脸认证成功, 010 短信认证成功, 012 实人认证成功); the proof counts once."""

    kind: ClassVar[str] = "identity.proved"
    subject: ClassVar[str] = "check_id"
    check_id: CheckId
    purpose: str
    way: str
    level: int
    score_band: str | None
    provider: str | None
    terminal_id: TerminalId | None


class PersonNotProved(Event, frozen=True, kw_only=True):
    """A try failed, and why; `closed` when it was the last."""

    kind: ClassVar[str] = "identity.not_proved"
    subject: ClassVar[str] = "check_id"
    check_id: CheckId
    purpose: str
    way: str
    reason: str
    closed: bool


class ProofUsed(Event, frozen=True, kw_only=True):
    """A proof was used up."""

    kind: ClassVar[str] = "identity.proof_used"
    subject: ClassVar[str] = "check_id"
    check_id: CheckId
    purpose: str


class SmsCodeSent(Event, frozen=True, kw_only=True):
    """A code was made and handed to the message gateway."""

    kind: ClassVar[str] = "identity.sms_code_sent"
    subject: ClassVar[str] = "check_id"
    check_id: CheckId
    purpose: str
