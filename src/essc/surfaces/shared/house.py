"""What the faces need to know about the installation they are part of."""
from typing import Final

from essc.channels import queries as channels
from essc.channels.errors import ChannelNotFound
from essc.channels.model import Ability, Channel, Form, State
from essc.kit.db.tx import Tx
from essc.regions import queries as regions

_number: Final = [""]


def furnish(*, wallet_channel: str) -> None:
    """Say which channel (its ten digits) the wallet of this installation is; `app` does it once at start."""
    _number[0] = wallet_channel


async def own_channel(tx: Tx) -> Channel:
    """The channel that the wallet is: the one named at start, else the first website that issues and presents. Never an app of somebody else's.

    Raises ChannelNotFound when there is none: nobody can apply or sign in here.
    """
    if _number[0]:
        return await channels.by_number(tx, _number[0])
    able = [one for one in await channels.listed(tx) if one.standing is State.ACTIVE and one.form is Form.WEBSITE
            and {Ability.ISSUE, Ability.PRESENT} <= set(one.abilities)]
    if not able:
        raise ChannelNotFound("no active website channel issues and presents")
    return min(able, key=lambda one: one.number)


def place(region: str) -> str:
    """广西壮族自治区 南宁市: the region in words, from the province down. Raises RegionUnknown."""
    _, *below = regions.region_path(region)
    return " ".join(step.name for step in below) or region
