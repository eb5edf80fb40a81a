"""How a card that stands so-and-so looks in the wallet: table E7 of the screens, the only place where a standing becomes a look."""
from dataclasses import dataclass
from typing import Final, NamedTuple


class Action(NamedTuple):
    """Something a holder can do about a card that cannot be used: its text key below `wallet.act`, where it leads, and how its button looks."""

    name: str
    address: str
    style: str = "p"


class Look(NamedTuple):
    """`style` is the class of the card face: "" blue, "off" grey, "dashed"; `icon` goes with the words `wallet.standing.<standing>`."""

    style: str
    icon: str
    usable: bool
    actions: tuple[Action, ...] = ()


LIFT: Final = Action("lift", "/m/me/loss")
UNLINK: Final = Action("unlink", "/m/me/channels")
UNLINK_TOO: Final = Action("unlink", "/m/me/channels", "s")
REAPPLY: Final = Action("reapply", "/m/apply")
UNFREEZE: Final = Action("unfreeze", "/m/me/unfreeze")

LOOKS: Final[dict[str, Look]] = {
    "normal": Look("", "circle-check", True),
    "level1": Look("", "circle-check", True),
    "temp_lost": Look("off", "triangle-alert", False, (LIFT,)),
    "lost": Look("off", "triangle-alert", False, (LIFT, UNLINK_TOO)),
    "locked": Look("off", "triangle-alert", False, (UNLINK_TOO,)),
    "not_enabled": Look("dashed", "info", False),
    "sealed": Look("dashed", "info", False, (UNLINK_TOO,)),
    "cancelled": Look("off", "circle-x", False, (UNLINK,)),
    "replaced": Look("off", "info", False, (UNLINK,)),
    "unlinked": Look("dashed", "info", False, (REAPPLY,)),
    "frozen": Look("off", "lock", False, (UNFREEZE,)),
}


@dataclass(frozen=True)
class CardFace:
    """A card as its holder sees it: masked, with the words and the look of its standing."""

    name: str
    number: str
    region: str
    photo: str
    standing: str
    level: int
    days_left: int | None = None
    """Days until a temporary loss ends by itself, where the region says so."""

    @property
    def look(self) -> str:
        """The class of the card face."""
        return LOOKS[self.standing].style

    @property
    def icon(self) -> str:
        """The icon beside the words of the standing."""
        return LOOKS[self.standing].icon

    @property
    def usable(self) -> bool:
        """Whether a code can be shown."""
        return LOOKS[self.standing].usable

    @property
    def actions(self) -> tuple[Action, ...]:
        """What the holder can do about it."""
        return LOOKS[self.standing].actions
