"""All SQL on ecards.*."""
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asyncpg import ForeignKeyViolationError, Record

from essc.ecards.errors import EcardChangedMeanwhile, EcardNotFound, LinkNotFound
from essc.ecards.model import DRAWS, Ecard, Freeze, Link, Origin, slot
from essc.kit import ids
from essc.kit.crypto import random_bytes
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import CardId, ChannelId, EcardId, HolderId, LinkId

_ECARD: Final = "id, holder_id, card_id, version, origin, created_at, frozen_at, frozen_why, sessions_since"
_LINK: Final = "id, ecard_id, holder_id, channel_id, sign_no, sign_seq, slot, level, version, linked_at, unlinked_at"


async def add(tx: Tx, ecard: Ecard) -> bool:
    """Write an e-card; False when its card has one."""
    return await tx.run(
        """INSERT INTO ecards.ecard (bucket, id, holder_id, card_id, version, origin, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (bucket, card_id) DO NOTHING""",
        ecard.bucket, ecard.id, ecard.holder_id, ecard.card_id, ecard.version, ecard.origin, ecard.created_at,
    ) == 1


async def get(tx: Tx, ecard_id: EcardId) -> Ecard:
    """An e-card. Raises EcardNotFound."""
    return _ecard(await tx.row(f"SELECT {_ECARD} FROM ecards.ecard WHERE bucket = $1 AND id = $2", ids.bucket(ecard_id), ecard_id))


async def lock(tx: Tx, ecard_id: EcardId) -> Ecard:
    """An e-card, held until the transaction ends. Raises EcardNotFound."""
    row = await tx.row(f"SELECT {_ECARD} FROM ecards.ecard WHERE bucket = $1 AND id = $2 FOR UPDATE", ids.bucket(ecard_id), ecard_id)
    return _ecard(row)


async def of_card(tx: Tx, card_id: CardId) -> Ecard | None:
    """The e-card of a card, or None."""
    row = await tx.row(f"SELECT {_ECARD} FROM ecards.ecard WHERE bucket = $1 AND card_id = $2", ids.bucket(card_id), card_id)
    return None if row is None else _ecard(row)


async def of_holder(tx: Tx, holder_id: HolderId) -> list[Ecard]:
    """The e-cards of a person, the newest first: one for each card they had."""
    rows = await tx.rows(
        f"SELECT {_ECARD} FROM ecards.ecard WHERE bucket = $1 AND holder_id = $2 ORDER BY created_at DESC, id DESC",
        ids.bucket(holder_id), holder_id)
    return [_ecard(row) for row in rows]


async def save(tx: Tx, ecard: Ecard, *, was: Ecard) -> bool:
    """Write the e-card, one version on, if it is still what the decision was made on."""
    return await tx.run(
        """UPDATE ecards.ecard SET version = $4, frozen_at = $5, frozen_why = $6, sessions_since = $7
            WHERE bucket = $1 AND id = $2 AND version = $3""",
        ecard.bucket, ecard.id, was.version, ecard.version, ecard.frozen_at, ecard.frozen_why, ecard.sessions_since,
    ) == 1


async def add_link(tx: Tx, link_id: LinkId, ecard: Ecard, channel_id: ChannelId, sign_no: str, level: int) -> Link | None:
    """Link an e-card to a channel, in a slot that nobody ever had; None when the person has a live link there.

    Slots are drawn until a free one is found: with a million links in a bucket, sixteen draws fail once in 10^19.
    Raises EcardChangedMeanwhile when a live link carries another e-card of the person.
    """
    await _carry(tx, ecard)
    for _ in range(DRAWS):
        row = await tx.row(
            f"""INSERT INTO ecards.link (bucket, id, ecard_id, holder_id, channel_id, sign_no, sign_seq, slot, level, linked_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING {_LINK}""",
            ecard.bucket, link_id, ecard.id, ecard.holder_id, channel_id, sign_no, await _next_seq(tx, ecard), slot(random_bytes(3)), level, tx.now)
        if row is not None:
            return _link(row)
        if await live_link(tx, ecard.holder_id, channel_id) is not None:
            return None
    return None


async def _carry(tx: Tx, ecard: Ecard) -> None:
    """Let the person's links carry this e-card; the database refuses that while a live one carries another."""
    try:
        await tx.run(
            """INSERT INTO ecards.carried AS c (bucket, holder_id, ecard_id) VALUES ($1, $2, $3)
               ON CONFLICT (bucket, holder_id) DO UPDATE SET ecard_id = excluded.ecard_id WHERE c.ecard_id <> excluded.ecard_id""",
            ecard.bucket, ecard.holder_id, ecard.id)
    except ForeignKeyViolationError:
        raise EcardChangedMeanwhile("a live link carries another e-card") from None


async def _next_seq(tx: Tx, ecard: Ecard) -> int:
    return 1 + int(await tx.value("SELECT count(*) FROM ecards.link WHERE bucket = $1 AND ecard_id = $2", ecard.bucket, ecard.id))


async def link(tx: Tx, link_id: LinkId) -> Link:
    """A link, live or ended. Raises LinkNotFound."""
    return _link(await tx.row(f"SELECT {_LINK} FROM ecards.link WHERE bucket = $1 AND id = $2", ids.bucket(link_id), link_id))


async def live_link(tx: Tx, holder_id: HolderId, channel_id: ChannelId) -> Link | None:
    """The person's live link on a channel, or None."""
    row = await tx.row(
        f"SELECT {_LINK} FROM ecards.link WHERE bucket = $1 AND holder_id = $2 AND channel_id = $3 AND unlinked_at IS NULL",
        ids.bucket(holder_id), holder_id, channel_id)
    return None if row is None else _link(row)


async def live_links(tx: Tx, holder_id: HolderId) -> list[Link]:
    """The person's live links, oldest first."""
    rows = await tx.rows(
        f"SELECT {_LINK} FROM ecards.link WHERE bucket = $1 AND holder_id = $2 AND unlinked_at IS NULL ORDER BY linked_at, id",
        ids.bucket(holder_id), holder_id)
    return [_link(row) for row in rows]


async def of_channel(tx: Tx, channel_id: ChannelId, limit: int) -> list[Link]:
    """Live links of a channel, whatever the bucket; there is no index for it, so only where few people are: in the sandbox."""
    rows = await tx.rows(f"SELECT {_LINK} FROM ecards.link WHERE channel_id = $1 AND unlinked_at IS NULL ORDER BY id LIMIT $2", channel_id, limit)
    return [_link(row) for row in rows]


async def end_link(tx: Tx, was: Link, at: datetime) -> bool:
    """End a link, one version on; False when it ended meanwhile."""
    return await tx.run(
        """UPDATE ecards.link SET unlinked_at = $4, version = version + 1
            WHERE bucket = $1 AND id = $2 AND version = $3 AND unlinked_at IS NULL""", was.bucket, was.id, was.version, at,
    ) == 1


async def channel_names(tx: Tx, channels: Sequence[ChannelId]) -> dict[ChannelId, str]:
    """The names of channels."""
    rows = await tx.rows("SELECT id, name FROM channels.pub_channel WHERE id = ANY ($1)", list(channels))
    return {ChannelId(row["id"]): row["name"] for row in rows}


def _ecard(row: Record | None) -> Ecard:
    if row is None:
        raise EcardNotFound("no such e-card")
    return Ecard(EcardId(row["id"]), HolderId(row["holder_id"]), CardId(row["card_id"]), row["version"], Origin(row["origin"]), row["created_at"],
                 row["frozen_at"], Freeze(row["frozen_why"]) if row["frozen_why"] else None, row["sessions_since"])


def _link(row: Record | None) -> Link:
    if row is None:
        raise LinkNotFound("no such link")
    return Link(LinkId(row["id"]), EcardId(row["ecard_id"]), HolderId(row["holder_id"]), ChannelId(row["channel_id"]), row["sign_no"],
                row["sign_seq"], row["slot"], row["level"], row["version"], row["linked_at"], row["unlinked_at"])


async def _of_no_card(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT e.id FROM ecards.ecard e WHERE NOT EXISTS (
             SELECT 1 FROM cards.pub_card c WHERE c.bucket = e.bucket AND c.id = e.card_id AND c.holder_id = e.holder_id)""")
    return [ids.wire("ecard", row["id"]) for row in rows]


async def carried_by(tx: Tx, channel_ids: Sequence[ChannelId]) -> int:
    """How many people carry an e-card on one of these channels, counted over every bucket."""
    return int(await tx.value("SELECT count(DISTINCT (bucket, holder_id)) FROM ecards.link WHERE unlinked_at IS NULL AND channel_id = ANY($1)",
                              list(channel_ids)))


async def _two_live_ecards(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT holder_id FROM ecards.link WHERE unlinked_at IS NULL GROUP BY bucket, holder_id HAVING count(DISTINCT ecard_id) > 1""")
    return [ids.wire("hold", row["holder_id"]) for row in rows]


async def _linked_without_password(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT DISTINCT l.ecard_id FROM ecards.link l WHERE NOT EXISTS (
             SELECT 1 FROM passwords.pub_password p WHERE p.bucket = l.bucket AND p.ecard_id = l.ecard_id)""")
    return [ids.wire("ecard", row["ecard_id"]) for row in rows]


CHECKS: Final = (
    Check("ecards.one_card_each", "every e-card belongs to a card of the same person (一一对应)", _of_no_card),
    Check("ecards.one_live_each", "nobody has live links of two e-cards (唯一映射)", _two_live_ecards),
    Check("ecards.linked_has_password", "every e-card that was linked has a password", _linked_without_password),
)
