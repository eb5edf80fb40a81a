"""The twelve people of the sandbox, one for each situation a channel must handle. Everybody here is invented.

Their numbers start with 9999, a prefix that no division of the country has, and carry a valid check character (GB 11643).
"""
from dataclasses import dataclass
from datetime import date

PREFIX = "999901"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CARD_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RID = "D156000005"


@dataclass(frozen=True)
class Card:
    """One physical card as the card office keeps it. `state` is an AAZ502 word, `identifier` is AAZ501."""

    number: str
    identifier: str
    region: str
    bank_code: str
    generation: int
    issued_on: date
    valid_to: date
    state: str


@dataclass(frozen=True)
class Holder:
    """One invented person, the situation they stand for, and their cards, oldest first."""

    situation: str
    situation_en: str
    name: str
    number: str
    mobile: str
    cards: tuple[Card, ...]

    @property
    def card(self) -> Card:
        """The newest card."""
        return self.cards[-1]

    @property
    def woman(self) -> bool:
        """Whether the order digit is even."""
        return int(self.number[16]) % 2 == 0

    @property
    def born(self) -> date:
        """The birth date that the number carries."""
        return date(int(self.number[6:10]), int(self.number[10:12]), int(self.number[12:14]))


def citizen_number(first_17: str) -> str:
    """The 17 digits with their check character (GB 11643)."""
    return first_17 + "10X98765432"[sum(w * int(d) for w, d in zip(_WEIGHTS, first_17, strict=True)) % 11]


def card_number(first_8: str) -> str:
    """The eight digits with their check character (GB 11714)."""
    check = 11 - sum(w * int(d) for w, d in zip(_CARD_WEIGHTS, first_8, strict=True)) % 11
    return first_8 + {10: "X", 11: "0"}.get(check, str(check))


def card_identifier(region: str, serial: int) -> str:
    """A chip identifier: region, the registered application provider, sixteen hexadecimal digits."""
    return f"{region}{_RID}{serial:016X}"


def _card(serial: int, region: str, state: str = "active", *, issued: date = date(2021, 3, 15), generation: int = 3) -> Card:
    return Card(card_number(f"9999{serial:04d}"), card_identifier(region, serial), region, "105", generation,
                issued, date(issued.year + 10, issued.month, issued.day), state)


def _holder(place: int, situation: str, situation_en: str, name: str, born: str, woman: bool, cards: tuple[Card, ...]) -> Holder:
    number = citizen_number(f"{PREFIX}{born}{place * 10 + (2 if woman else 1):03d}")
    return Holder(situation, situation_en, name, number, f"1990000{place:04d}", cards)


NANNING, GUILIN, URUMQI = "450100", "450300", "650100"

HOLDERS: tuple[Holder, ...] = (
    _holder(1, "正常", "normal", "韦晓兰", "19900512", True, (_card(1, NANNING),)),
    _holder(2, "未开通支付", "payment not opened", "周启航", "20040903", False, (_card(2, NANNING, issued=date(2023, 9, 1)),)),
    _holder(3, "挂失", "card reported lost", "黄志强", "19830721", False, (_card(3, NANNING, "lost"),)),
    _holder(4, "锁定", "card locked", "陆春燕", "19880214", True, (_card(4, GUILIN, "locked"),)),
    _holder(5, "封存", "card sealed", "蒙大山", "19751130", False, (_card(5, GUILIN, "sealed"),)),
    _holder(6, "注销", "card cancelled", "韦国栋", "19691008", False, (_card(6, NANNING, "cancelled"),)),
    _holder(7, "已换卡", "card replaced", "农美玲", "19920606", True,
            (_card(7, NANNING, "cancelled", issued=date(2015, 6, 1), generation=2), _card(107, NANNING, issued=date(2025, 6, 2)))),
    _holder(8, "未成年人", "minor", "小满", "20190521", True, (_card(8, NANNING, issued=date(2024, 6, 1)),)),
    _holder(9, "有亲情账户", "has a family account", "李建国", "19580317", False, (_card(9, NANNING, issued=date(2020, 1, 6)),)),
    _holder(10, "认证到期", "certification due", "王秀兰", "19600825", True, (_card(10, NANNING, issued=date(2020, 1, 6)),)),
    _holder(11, "余额不足", "balance too low", "阿依古丽", "19970110", True, (_card(11, URUMQI, issued=date(2022, 2, 21)),)),
    _holder(12, "人脸不匹配", "face does not match", "何家明", "19850429", False, (_card(12, GUILIN),)),
)

FACE_DOES_NOT_MATCH = HOLDERS[11].number
"""The one person whose face never matches the photo of the card."""


def find(situation: str) -> Holder:
    """The holder of a situation, named in Chinese or English. Raises KeyError."""
    for holder in HOLDERS:
        if situation in (holder.situation, holder.situation_en, holder.name):
            return holder
    raise KeyError(situation)
