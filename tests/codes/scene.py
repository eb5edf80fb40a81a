"""A holder with an e-card on a channel, a pharmacy with a terminal, and codes between them."""
from dataclasses import dataclass
from datetime import datetime, timedelta

from essc.cards.model import Card
from essc.channels.model import Channel
from essc.codes import model
from essc.codes.actions import Redeem
from essc.ecards import actions as ecards
from essc.ecards import store as links
from essc.ecards.model import Ecard, Link, epoch, sign_no
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import LinkId
from essc.venues import actions as venues
from essc.venues.model import Terminal, TerminalKind
from tests.cards import rows
from tests.channels.applications import public_key, registered

PHARMACY = "pharmacy.buy"


@dataclass(frozen=True)
class Scene:
    """Who stands at the counter."""

    card: Card
    ecard: Ecard
    link: Link
    channel: Channel
    terminal: Terminal

    def code(self, tx: Tx, *, at: datetime | None = None, nonce: int = 7, versions: int | None = None, slot: int | None = None) -> str:
        """A code as the phone would have got it at `at`."""
        second = int((at or tx.now).timestamp())
        version = epoch(self.card.version, self.ecard.version, self.link.version) if versions is None else versions
        fields = model.CodeFields(second // 3600, second % 3600, self.link.bucket, self.link.slot if slot is None else slot, version, nonce)
        return model.mint(fields, tx.keys.code_cipher(second // 3600))

    def scan(self, tx: Tx, code: str | None = None, *, request: str = "r1", after: float = 1.0, scene: str = PHARMACY, terminal: Terminal | None = None) -> Redeem:
        """The terminal's request, `after` seconds from now."""
        reader = terminal or self.terminal
        return Redeem(code=self.code(tx) if code is None else code, scene=scene, terminal_id=reader.id, request_id=request,
                      session_began=tx.now, received_at=tx.now + timedelta(seconds=after))


async def terminal_of(tx: Tx, kind: str = "pharmacy", name: str = "安康大药房（演示）") -> Terminal:
    """An activated terminal of a new venue."""
    venue = await venues.add_venue(tx, name, kind, rows.REGION, demonstration=True)
    terminal = await venues.add_terminal(tx, venue.id, "收银 1 号", TerminalKind.WINDOW)
    issued = await venues.issue_activation(tx, terminal.id)
    activated = await venues.try_activation(tx, issued.code, public_key(), "127.0.0.1")
    assert isinstance(activated, Terminal)
    return activated


async def linked(tx: Tx, card: Card, channel: Channel) -> tuple[Ecard, Link]:
    """The e-card of a card, carried on a channel."""
    ecard = await ecards.issue_with_card(tx, card.id)
    assert ecard is not None
    link_id = LinkId(ids.new(ecard.bucket, tx.now))
    link = await links.add_link(tx, link_id, ecard, channel.id, sign_no(link_id), 1)
    assert link is not None
    return ecard, link


async def staged(tx: Tx, serial: int = 1) -> Scene:
    """Everything in place for a PASS."""
    card = await rows.card(tx, serial)
    channel = await registered(tx, name=f"便民通 {serial}（演示）")
    ecard, link = await linked(tx, card, channel)
    return Scene(card, ecard, link, channel, await terminal_of(tx))


def forged(code: str) -> str:
    """The code with its last digit changed."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


