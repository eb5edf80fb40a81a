"""The dynamic code: what its 24 digits hold, how they are made and opened, and what a reader is told. Pure.

The construction, its argument and its test vectors are in docs/wire/code.md. In one line: the hour's last digit, then a keyed
permutation of a 23-digit number that holds second, bucket, slot, epoch and nonce, and whose upper part must be zero.
"""
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from essc.codes.errors import CardUnreadable
from essc.kit.crypto import CodeCipher

DIGITS: Final = 24
HOUR_S: Final = 3600
LIFE_S: Final = 60
"""How long a code is good for unless a region says otherwise (`code_life_seconds`)."""
SKEW_S: Final = 5
"""How far two of our clocks may differ, both ways: a process is not ready when it is more than 2 s off the database's clock, and
the second is cut off when a code is minted. A code passes from 5 s before its minted second to 5 s after its life."""
OLDEST_HOUR: Final = 8
"""A code of the hour before these cannot be told from a wrong one, because only the hour's last digit is in clear."""

SECONDS: Final = 3600
BUCKETS: Final = 1 << 10
SLOTS: Final = 1 << 24
EPOCHS: Final = 1 << 4
NONCES: Final = 1 << 8
_BUCKET, _SLOT, _EPOCH, _SECOND = 36, 12, 8, 46     # where each field begins, in bits; the nonce begins at 0
VALID: Final = SECONDS * BUCKETS * SLOTS * EPOCHS * NONCES
"""So many numbers are codes, of 10^23: what opens to VALID or more was not made by us."""

_NOISE: Final = {ord(char): None for char in " \t\r\n\u00a0\u2009\u202f\u3000-"}
_PLAIN: Final = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | _NOISE
_LONGEST: Final = 64
CARD_STRING_FIELDS: Final = 11


class CodeFields(msgspec.Struct, frozen=True):
    """What a code holds. `hour` counts from 1970; `slot` names a link within its bucket; `epoch` is the sum of the versions
    of card, e-card and link, modulo 16."""

    hour: int
    second: int
    bucket: int
    slot: int
    epoch: int
    nonce: int

    @property
    def minted_at(self) -> int:
        """The Unix second in which the code was minted."""
        return self.hour * HOUR_S + self.second


class Opened(msgspec.Struct, frozen=True):
    """A code that we made."""

    fields: CodeFields


class Forged(msgspec.Struct, frozen=True):
    """Not a code of ours. `form` says that it is not even 24 digits (cut, or from elsewhere): no guess was made with it."""

    form: bool


_WRONG_FORM: Final = Forged(form=True)
_WRONG_CHECK: Final = Forged(form=False)

Ciphers = Callable[[int], CodeCipher]
"""The cipher of an hour: `keys.code_cipher`."""


def mint(fields: CodeFields, cipher: CodeCipher) -> str:
    """The 24 digits of a code. Raises ValueError if a field is out of its range or the cipher is of another hour."""
    hour, second, bucket, slot, epoch, nonce = fields.hour, fields.second, fields.bucket, fields.slot, fields.epoch, fields.nonce
    if not (0 <= second < SECONDS and 0 <= bucket < BUCKETS and 0 <= slot < SLOTS and 0 <= epoch < EPOCHS and 0 <= nonce < NONCES):
        raise ValueError("a field of the code is out of its range")
    if cipher.hour != hour:
        raise ValueError("the cipher is of another hour")
    number = second << _SECOND | bucket << _BUCKET | slot << _SLOT | epoch << _EPOCH | nonce
    return f"{hour % 10}{cipher.encrypt(number):023d}"


def open_code(text: str, at: datetime, ciphers: Ciphers) -> Opened | Forged:
    """What `text` holds, as seen at `at` (our clock, at receipt). Says nothing about age or use: an old code opens too.

    The hour is the one of the ten hours from H-8 to H+1 (H: the hour of `at`) that ends in the first digit: one key, one
    decryption.
    """
    digits = normalised(text)
    if digits is None:
        return _WRONG_FORM
    ahead = int(at.timestamp()) // HOUR_S + 1
    hour = ahead - (ahead - int(digits[0])) % 10
    number = ciphers(hour).decrypt(int(digits[1:]))
    if number >= VALID:
        return _WRONG_CHECK
    return Opened(CodeFields(hour, number >> _SECOND, number >> _BUCKET & BUCKETS - 1, number >> _SLOT & SLOTS - 1,
                             number >> _EPOCH & EPOCHS - 1, number & NONCES - 1))


def normalised(text: str) -> str | None:
    """The 24 ASCII digits of a code as a scanner, an input method or a person gives it; None if it is not 24 digits.

    Taken away: spaces (also wide, narrow and no-break ones), tabs, line ends, hyphens. Full-width digits (U+FF10 … U+FF19)
    become ASCII. Nothing else is forgiven, no other script's digits either.
    """
    if len(text) != DIGITS or not text.isascii():
        if len(text) > _LONGEST:
            return None
        text = text.translate(_PLAIN)
    return text if len(text) == DIGITS and text.isascii() and text.isdigit() else None


def grouped(code: str) -> str:
    """The digits as people read them: six groups of four."""
    return " ".join(code[at:at + 4] for at in range(0, len(code), 4))


def age(fields: CodeFields, at: datetime) -> float:
    """Seconds since the code was minted, as of `at`; negative if it comes from the future."""
    return at.timestamp() - fields.minted_at


def burn_key(fields: CodeFields) -> int:
    """What names a code within its bucket and hour: slot 24 · second 12 · epoch 4 · nonce 8 bits."""
    return fields.slot << 24 | fields.second << 12 | fields.epoch << 8 | fields.nonce


class CardString(msgspec.Struct, frozen=True):
    """What a physical card's chip says through a terminal, as far as it identifies: region, number, card number, identifier, name."""

    region: str
    number: str
    card_number: str
    identifier: str
    name: str

    @property
    def claims(self) -> tuple[str, str, str, str]:
        """What must agree with what the province said of the card: region, number, identifier, name."""
        return self.region, self.number, self.identifier, self.name


def card_string(text: str) -> CardString:
    """The read-card string taken apart: 11 fields with `|` between them (发卡地区划, 社会保障号码, 卡号, 卡识别码, 姓名, 复位信息, 规范版本,
    发卡日期, 有效期, 终端机编号, 终端设备号). Raises CardUnreadable; what it proves is possession of a card, no more.
    """
    parts = [part.strip() for part in text.strip().split("|")]
    if len(parts) != CARD_STRING_FIELDS or not all(parts[:5]):
        raise CardUnreadable("a card gives 11 fields, the first five never empty")
    region, number, card_number, identifier, name = parts[:5]
    return CardString(region, number.upper(), card_number.upper(), identifier.upper(), name)


class Verdict(StrEnum):
    """What a reader is told, in the order in which it is decided: the first that applies."""

    READER_THROTTLED = "READER_THROTTLED"   # too many forged tries from this terminal: it learns nothing for the rest of the minute
    FORGED = "FORGED"                       # not a code of ours, or of no link that ever was
    EXPIRED = "EXPIRED"                     # too old; also: minted before a move of card, e-card or link
    NOT_YET = "NOT_YET"                     # from the future: somebody's clock is wrong
    TERMINAL_DISABLED = "TERMINAL_DISABLED"
    SCENE_NOT_ALLOWED = "SCENE_NOT_ALLOWED"
    CHANNEL_PAUSED = "CHANNEL_PAUSED"
    NOT_LINKED = "NOT_LINKED"
    CARD_REPLACED = "CARD_REPLACED"
    CARD_LOST = "CARD_LOST"
    CARD_LOCKED = "CARD_LOCKED"
    CARD_SEALED = "CARD_SEALED"
    CARD_CANCELLED = "CARD_CANCELLED"
    CARD_NOT_ENABLED = "CARD_NOT_ENABLED"
    FROZEN = "FROZEN"                       # the holder stopped the codes himself
    NOT_LEVEL2 = "NOT_LEVEL2"
    NO_CONSENT = "NO_CONSENT"               # reserved: no room decides it yet
    USED = "USED"
    PASS = "PASS"


CARD_VERDICTS: Final[dict[str, Verdict]] = {
    "lost": Verdict.CARD_LOST,
    "temporarily_lost": Verdict.CARD_LOST,
    "locked": Verdict.CARD_LOCKED,
    "sealed": Verdict.CARD_SEALED,
    "cancelled": Verdict.CARD_CANCELLED,
    "not_enabled": Verdict.CARD_NOT_ENABLED,
}
"""The verdict on a card by its state (`cards.model.State`); "active" is the only other one."""


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """What was held up to a reader. `code` is None for a physical card. `request_hash` covers terminal, request id and scene."""

    code: Opened | Forged | None
    at: datetime
    request_hash: bytes
    level_needed: int = 1
    life_s: int = LIFE_S


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the house knows about one presentation, read in the transaction that decides. States are those of their rooms."""

    terminal_state: str | None              # None: no such terminal
    venue_state: str | None
    session_current: bool = True            # the terminal's session began after its last reset
    scene_allowed: bool
    throttled: bool = False
    pruned_before: int = 0                  # codes of earlier hours are refused whatever the clock says
    channel_state: str | None = None
    link_live: bool | None = None           # None: no link ever had this slot
    card_state: str | None = None
    replaced: bool = False
    frozen: bool = False
    level: int = 1
    epoch_now: int = 0
    burnt_by: bytes | None = None           # the request that used the code
    burnt_verdict: str | None = None        # and what it was told


class Judgement(msgspec.Struct, frozen=True):
    """A verdict, the finer reason for it (stable, English, for logs and the developer), and whether it repeats an earlier answer."""

    verdict: Verdict
    reason: str = ""
    replayed: bool = False

    @property
    def burns(self) -> bool:
        """Whether the code is used up by this: only what passes for the first time is."""
        return self.verdict is Verdict.PASS and not self.replayed


def verdict(request: Presented, facts: Facts) -> Judgement:
    """What the reader is told. The order is that of `Verdict`; a request repeated word for word gets its first answer."""
    code = request.code
    if isinstance(code, Opened) and facts.burnt_by == request.request_hash and facts.burnt_verdict:
        return Judgement(Verdict(facts.burnt_verdict), "replayed", replayed=True)
    if facts.throttled:
        return Judgement(Verdict.READER_THROTTLED, "too_many_forged")
    if isinstance(code, Forged) or (code is not None and facts.link_live is None):
        return Judgement(Verdict.FORGED, "no_such_link" if isinstance(code, Opened) else "not_a_code")
    refusal = _of_time(request, facts) or _of_reader(facts)
    if code is not None:
        refusal = refusal or _of_link(facts)
    refusal = refusal or _of_card(facts)
    if code is not None:
        refusal = refusal or _of_code(code, facts)
    if refusal is None and code is not None and facts.level < request.level_needed:
        refusal = Judgement(Verdict.NOT_LEVEL2, "level")
    if refusal is None and code is not None and facts.burnt_by is not None:
        refusal = Judgement(Verdict.USED, "used")
    return refusal or Judgement(Verdict.PASS)


def _of_time(request: Presented, facts: Facts) -> Judgement | None:
    if not isinstance(request.code, Opened):
        return None
    seconds = age(request.code.fields, request.at)
    if request.code.fields.hour < facts.pruned_before:
        return Judgement(Verdict.EXPIRED, "before_the_horizon")
    if seconds > request.life_s + SKEW_S:
        return Judgement(Verdict.EXPIRED, "too_old")
    return Judgement(Verdict.NOT_YET, "from_the_future") if seconds < -SKEW_S else None


def may_read(facts: Facts) -> bool:
    """Whether the reader, its venue, its session and the scene count now."""
    return _of_reader(facts) is None


def _of_reader(facts: Facts) -> Judgement | None:
    if facts.terminal_state != "active":
        return Judgement(Verdict.TERMINAL_DISABLED, "terminal")
    if facts.venue_state != "active":
        return Judgement(Verdict.TERMINAL_DISABLED, "venue")
    if not facts.session_current:
        return Judgement(Verdict.TERMINAL_DISABLED, "session_ended")
    return None if facts.scene_allowed else Judgement(Verdict.SCENE_NOT_ALLOWED, "scene")


def _of_link(facts: Facts) -> Judgement | None:
    if facts.channel_state != "active":
        return Judgement(Verdict.CHANNEL_PAUSED, "channel")
    return None if facts.link_live else Judgement(Verdict.NOT_LINKED, "unlinked")


def _of_card(facts: Facts) -> Judgement | None:
    if facts.replaced:
        return Judgement(Verdict.CARD_REPLACED, "replaced")
    if facts.card_state == "active":
        return None
    return Judgement(CARD_VERDICTS.get(facts.card_state or "", Verdict.CARD_NOT_ENABLED), facts.card_state or "no_card")


def _of_code(code: Opened, facts: Facts) -> Judgement | None:
    if facts.frozen:
        return Judgement(Verdict.FROZEN, "frozen")
    return None if code.fields.epoch == facts.epoch_now else Judgement(Verdict.EXPIRED, "superseded")
