"""Venues and terminals in one line."""
from essc.kit.crypto import Algorithm, PrivateKey, jwk
from essc.kit.crypto.signing import new_secret
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.venues import actions
from essc.venues.model import Terminal, TerminalKind, Venue


class Device:
    """A terminal's own key, as its browser makes it."""

    def __init__(self, algorithm: Algorithm = Algorithm.ES256) -> None:
        self.private = PrivateKey(algorithm, new_secret(algorithm))
        self.jwk = jwk.written(algorithm, self.private.public)


async def venue(tx: Tx, kind: str = "pharmacy", region: str = "999901") -> Venue:
    """A venue in an invented city."""
    return await actions.add_venue(tx, "安康大药房（演示）", kind, region, demonstration=True)


async def terminal(tx: Tx, kind: str = "pharmacy", scenes: tuple[str, ...] = ()) -> Terminal:
    """A terminal that waits to be activated."""
    return await actions.add_terminal(tx, (await venue(tx, kind)).id, "一号窗口", TerminalKind.WINDOW, scenes=scenes)


async def activated(tx: Tx, device: Device | None = None, kind: str = "pharmacy") -> Terminal:
    """A terminal that may read."""
    added = await terminal(tx, kind)
    issued = await actions.issue_activation(tx, added.id)
    answer = await actions.try_activation(tx, issued.code, (device or Device()).jwk, "test")
    assert not isinstance(answer, Refused), answer
    return answer
