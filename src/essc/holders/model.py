"""Who a person is and what a number, a name and a mobile number may look like. Pure: no clock, no database, no network."""
import re
import unicodedata
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from essc.holders.errors import (
    LookupNotFound,
    LookupOver,
    LookupWrong,
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
    PersonWrong,
    PhotoWrong,
)
from essc.kit.errors import FieldError
from essc.names import HolderId, LookupId, StaffId, StaffSessionId
from essc.regions.model import Prefix, citizen_prefix

DEMONSTRATION_PREFIX: Final = "9999"
"""No division has these digits and none ever will; numbers that start so belong to invented people."""
LONGEST_NAME: Final = 50
LARGEST_PHOTO: Final = 200 * 1024
MEDIA_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/svg+xml"})
FIELDS: Final = ("name", "number", "mobile")
"""What stands in a person's sealed blob, in this order."""

LOOKUP_LIFE: Final = timedelta(minutes=15)
"""How long a member of staff may come back to what he looked up without asking anew."""
FULL_LIFE: Final = timedelta(seconds=60)
"""How long a field is shown in full after it was asked for."""
LOOKED_AT: Final = ("name_masked", "number_masked", "mobile_masked", "cards", "links", "uses", "checks")
"""What a look-up shows without asking again."""
LONGEST_NOTE: Final = 200
_TICKET: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]{3,39}")

_CHECK: Final = "10X98765432"                   # GB 11643-1999 §4.4, ISO 7064 MOD 11-2
_PROVINCE: Final = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")   # GB/T 2260: every province there is or was
_CITIZEN: Final = re.compile(r"[0-9]{17}[0-9X]")
_ANY: Final = re.compile(r"[0-9A-Z]{18}")
_OLD: Final = re.compile(r"[0-9]{15}")
_PLAIN_NAME: Final = re.compile(r"[\u4e00-\u9fff]{1,50}")
_DOTS: Final = str.maketrans(dict.fromkeys("•‧∙・．⋅᛫", "·"))
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")


class NumberKind(StrEnum):
    """Which rule a social security number follows."""

    CITIZEN = "citizen"        # GB 11643
    HONG_KONG = "hong_kong"    # residence permit 810000…
    MACAO = "macao"            # residence permit 820000…
    TAIWAN = "taiwan"          # residence permit 830000…
    FOREIGNER = "foreigner"    # 18 characters, no check character assumed


class Person(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A name and a number that can be right, normalised. `person` makes one from what somebody typed."""

    name: str
    number: str
    kind: NumberKind


class Holder(msgspec.Struct, frozen=True):
    """A person we know, opened. Show `masked_name` and `masked_number` unless the person asked to see them."""

    id: HolderId
    bucket: int
    kind: NumberKind
    name: str
    number: str
    mobile: str | None
    mobile_proved_at: datetime | None
    enrolled_at: datetime

    @property
    def masked_name(self) -> str:
        """韦*兰."""
        return mask_name(self.name)

    @property
    def masked_number(self) -> str:
        """9999**********0026."""
        return mask_number(self.number)

    @property
    def masked_mobile(self) -> str | None:
        """199****0001, or None when no mobile was proved."""
        return mask_mobile(self.mobile) if self.mobile else None

    @property
    def prefix(self) -> Prefix | None:
        """What there is to say about the first six digits of the number; None for foreigners, whose numbers name no place."""
        return prefix_of(self.number, self.kind)

    def __repr__(self) -> str:
        return f"Holder({self.id})"


class Photo(msgspec.Struct, frozen=True):
    """The photo on a person's card."""

    media_type: str
    content: bytes


class Conflict(msgspec.Struct, frozen=True):
    """A known number that came with another name, opened."""

    id: str
    holder_id: HolderId
    name: str
    offered: str
    found_at: datetime


class LookupReason(StrEnum):
    """Why a member of staff looks somebody up; the holder reads it."""

    ASKED = "asked"            # 持卡人咨询: the holder asks for help
    CASE = "case"              # 业务办理: something is done for the holder
    COMPLAINT = "complaint"    # 投诉处理
    RISK = "risk"              # 风险核查
    OFFICIAL = "official"      # 依法协助: a court or another authority asks


class FreezeReason(StrEnum):
    """Why a member of staff stops somebody's codes; it stands in the audit log."""

    HOLDER = "holder"          # 持卡人要求
    STOLEN = "stolen"          # 疑似冒用
    RISK = "risk"              # 风险核查


class Asked(msgspec.Struct, frozen=True):
    """What a member of staff gives before anything is looked up."""

    reason: LookupReason
    note: str
    ticket: str


class Lookup(msgspec.Struct, frozen=True):
    """Somebody was looked up, and what of it is shown in full at this moment. `note` and `ticket` are opened."""

    id: LookupId
    holder_id: HolderId
    staff_id: StaffId
    stay_id: StaffSessionId
    area: str
    level: str
    asked: Asked
    looked_at: datetime
    full: frozenset[str] = frozenset()

    @property
    def expires_at(self) -> datetime:
        """Until when its page can be opened."""
        return self.looked_at + LOOKUP_LIFE


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The keyed hashes of one person under one version of the look-up key."""

    version: int
    hash: bytes
    name_hash: bytes


class Candidate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A person ready to be written, sealed under a salt of their own, in case nobody has the number yet. `marks` are newest first."""

    marks: tuple[Mark, ...]
    bucket: int
    id: HolderId
    kind: str
    salt: bytes
    sealed: bytes
    name: str


class Packed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A candidate as rows ready to be copied, for the usual case that nobody has the number."""

    hash: bytes
    name_hash: bytes
    holder: bytes
    salt: bytes
    by_number: bytes


class Known(msgspec.Struct, frozen=True):
    """Whom a number leads to."""

    id: HolderId
    bucket: int
    salt: bytes
    name_hash: bytes
    fresh: bool = False


def person(name: str, number: str, *, demonstration: bool, today: date | None = None) -> Person:
    """A person of what somebody typed or a file says. Raises the refusals of `clean_number` and `clean_name`."""
    text, kind = clean_number(number, demonstration=demonstration, today=today)
    return Person(clean_name(name), text, kind)


def number(text: str, demonstration: bool, today: date | None = None) -> tuple[str, NumberKind]:
    """The same as `clean_number`, with the flag in its usual place."""
    return clean_number(text, demonstration=demonstration, today=today)


def clean_number(text: str, *, demonstration: bool, today: date | None = None) -> tuple[str, NumberKind]:
    """The number in its one spelling (NFKC, no spaces, capital X) and its kind.

    Citizen numbers and the residence permits of Hong Kong, Macao and Taiwan follow GB 11643: a day that was, not after `today` (when
    given), and the check character. Others have 18 letters and digits; no checksum is assumed of them. A prefix of six digits that no
    longer is, or never was known to us, is no reason to refuse. Raises a PersonWrong.
    """
    if not (text.isascii() and _CITIZEN.fullmatch(text)):
        text = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not _ANY.fullmatch(text):
        raise _wrong_shape(text)
    if not _CITIZEN.fullmatch(text) or (text[0] == "9" and not text.startswith(DEMONSTRATION_PREFIX)):
        return text, NumberKind.FOREIGNER
    kind = _kind(text[:6])
    if text[0] == "9" and not demonstration:
        raise NumberDemonstration("numbers starting with 9999 belong to demonstrations")
    born, weight = _birth(text[6:14])
    if born is None:
        raise NumberBirthDate("digits 7 to 14 are no date")
    if today is not None and born > today:
        raise NumberFutureBirth("digits 7 to 14 are in the future")
    if _CHECK[(_weight(text[:6], 17) + weight + _weight(text[14:17], 3)) % 11] != text[17]:
        raise NumberChecksum("the last character does not fit the others")
    return text, kind


def prefix_of(number: str, kind: NumberKind) -> Prefix | None:
    """The place that a number names, with the note that is kept: in force, gone, known to no list, a permit, invented. None for foreigners."""
    return None if kind is NumberKind.FOREIGNER else citizen_prefix(number)


def _wrong_shape(text: str) -> PersonWrong:
    if _OLD.fullmatch(text):
        return NumberFifteenDigits("15 digits are the form of before 1999")
    if len(text) != 18:
        return NumberLength("a number has 18 characters")
    return NumberCharacters("a number is made of digits and Latin letters")


@lru_cache(8192)
def _kind(prefix: str) -> NumberKind:
    if prefix.startswith(DEMONSTRATION_PREFIX):
        return NumberKind.CITIZEN
    if not _PROVINCE.match(prefix):
        raise NumberRegion("the first two digits name no province")
    permits = {"810000": NumberKind.HONG_KONG, "820000": NumberKind.MACAO, "830000": NumberKind.TAIWAN}
    return permits.get(prefix, NumberKind.CITIZEN)


@lru_cache(65536)
def _birth(text: str) -> tuple[date | None, int]:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])), _weight(text, 11)
    except ValueError:
        return None, 0


@lru_cache(16384)
def _weight(digits: str, place: int) -> int:
    """What `digits` add to the checksum when the first of them is `place` places before the check character (weights 2^place mod 11)."""
    return sum(int(digit) << place - at for at, digit in enumerate(digits)) % 11


def born(number: str) -> date | None:
    """The birth date that a number of GB 11643 carries; None for other numbers."""
    return _birth(number[6:14])[0] if _CITIZEN.fullmatch(number) and (number[0] != "9" or number.startswith(DEMONSTRATION_PREFIX)) else None


def clean_name(text: str) -> str:
    """The name in its one spelling (NFKC, one kind of middle dot, single spaces). Raises NameWrong."""
    if _PLAIN_NAME.fullmatch(text):
        return text
    name = " ".join(unicodedata.normalize("NFKC", text).translate(_DOTS).split())
    if not name or len(name) > LONGEST_NAME:
        raise NameWrong(f"a name has 1 to {LONGEST_NAME} characters", longest=LONGEST_NAME)
    if not all(char in " ·'’-.," or unicodedata.category(char)[0] in "LM" for char in name) or not unicodedata.category(name[0]).startswith("L"):
        raise NameWrong("a name is made of letters, middle dots, spaces and hyphens", longest=LONGEST_NAME)
    return name


def clean_mobile(text: str) -> str:
    """Eleven digits of a mobile number of the mainland, without country code. Raises MobileWrong."""
    digits = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86")
    if not _MOBILE.fullmatch(digits):
        raise MobileWrong("a mobile number has 11 digits and starts with 13 to 19")
    return digits


def clean_photo(content: bytes, media_type: str) -> Photo:
    """A photo of a kind and size that we keep. Raises PhotoWrong."""
    if media_type not in MEDIA_TYPES or not 0 < len(content) <= LARGEST_PHOTO:
        raise PhotoWrong("a photo is a JPEG, PNG or SVG", largest=LARGEST_PHOTO // 1024)
    return Photo(media_type, content)


def mask_name(name: str) -> str:
    """First and last character: 韦*兰, 李*, 阿*提."""
    return f"{name[0]}*{name[-1]}" if len(name) > 2 else f"{name[:1]}*"


def mask_number(number: str) -> str:
    """The first and the last four characters: 9999**********0026. What is too short for that is all stars."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) > 11 else "*" * len(number)


def mask_mobile(mobile: str) -> str:
    """The first three and the last four digits: 199****0001."""
    return f"{mobile[:3]}****{mobile[-4:]}"


def asked(reason: str, note: str, ticket: str) -> Asked:
    """What a member of staff typed, in order. Raises LookupWrong naming every field that is not.

    A ticket has four to forty letters, digits and `. _ / -`, and is no social security number: those stand sealed only.
    """
    words, number = " ".join(note.split()), ticket.strip()
    wrong = [] if reason in set(LookupReason) else [FieldError("reason", "lookup_reason")]
    if not 4 <= len(words) <= LONGEST_NOTE:
        wrong.append(FieldError("note", "lookup_note"))
    if not _TICKET.fullmatch(number) or _ANY.fullmatch(number.upper()):
        wrong.append(FieldError("ticket", "lookup_ticket"))
    if wrong:
        raise LookupWrong("what a look-up needs is not there", fields=wrong)
    return Asked(LookupReason(reason), words, number)


def require_open(lookup: Lookup, staff_id: StaffId, stay_id: StaffSessionId, now: datetime) -> None:
    """Refuse what another member, or another session of the same one, looked up, and what is too long ago. Raises LookupNotFound, LookupOver."""
    if (lookup.staff_id, lookup.stay_id) != (staff_id, stay_id):
        raise LookupNotFound("a look-up of another session")
    if lookup.expires_at <= now:
        raise LookupOver("the look-up is too long ago")
