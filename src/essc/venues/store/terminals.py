"""Venues, terminals, activation codes, and what is proved about them."""
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from essc.kit.db.tx import Tx
from essc.names import TerminalId
from essc.venues.errors import VenueChangedMeanwhile
from essc.venues.model import Activation, Function, Scene, Terminal, TerminalKind, TerminalState, Venue, VenueState
from essc.venues.store.walks import begin

_VENUE: Final = "SELECT id, name, kind, region, state, version, created_at, since FROM venues.venue"
_TERMINAL: Final = """
SELECT t.id, t.venue_id, t.number, t.name, t.kind, t.state, t.granted, t.algorithm, t.public, t.activated_at, t.sessions_since, t.last_session_at,
       t.version, t.created_at, t.since, t.software,
       v.state AS venue_state, v.name AS venue_name, v.kind AS venue_kind, v.region, k.scenes || t.granted AS scenes
  FROM venues.terminal t JOIN venues.venue v ON v.id = t.venue_id JOIN venues.kind k ON k.code = v.kind"""


def _venue(row: Record) -> Venue:
    return Venue(row["id"], row["name"], row["kind"], row["region"], VenueState(row["state"]), row["version"], row["created_at"], row["since"])


def _terminal(row: Record) -> Terminal:
    given = dict(row)
    return Terminal(**given | {
        "kind": TerminalKind(given["kind"]), "state": TerminalState(given["state"]), "venue_state": VenueState(given["venue_state"]),
        "granted": tuple(given["granted"]), "scenes": tuple(dict.fromkeys(given["scenes"])),
    })


async def kinds(tx: Tx) -> list[Record]:
    """The kinds of venue with their titles and scenes."""
    return await tx.rows("SELECT code, title_zh, title_en, scenes FROM venues.kind ORDER BY code")


async def scenes(tx: Tx) -> list[Scene]:
    """Every scene, by code."""
    rows = await tx.rows("SELECT code, title_zh, title_en, function, fields, level FROM venues.scene ORDER BY code")
    return [Scene(r["code"], r["title_zh"], r["title_en"], Function(r["function"]), tuple(r["fields"]), r["level"]) for r in rows]


async def insert_venue(tx: Tx, venue: Venue) -> None:
    """Keep a new venue."""
    await tx.run(
        "INSERT INTO venues.venue (id, name, kind, region, state, version, created_at, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        venue.id, venue.name, venue.kind, venue.region, venue.state, venue.version, venue.created_at, venue.since,
    )


async def find_venue(tx: Tx, venue_id: UUID) -> Venue | None:
    """One venue."""
    row = await tx.row(f"{_VENUE} WHERE id = $1", venue_id)
    return _venue(row) if row else None


async def venues(tx: Tx, *, region: str | None, after: UUID | None, limit: int) -> list[Venue]:
    """Venues in order of their coming; `region` is the beginning of a code, such as 45 or 4501."""
    rows = await tx.rows(
        f"{_VENUE} WHERE ($1::text IS NULL OR region LIKE $1 || '%') AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3", region, after, limit)
    return [_venue(row) for row in rows]


async def save_venue(tx: Tx, venue: Venue, *, was: Venue) -> None:
    """Write the new state only if the venue is still what the decision was made on. Raises VenueChangedMeanwhile."""
    changed = await tx.run(
        "UPDATE venues.venue SET state = $3, version = $4, since = $5 WHERE id = $1 AND version = $2",
        venue.id, was.version, venue.state, venue.version, venue.since,
    )
    if not changed:
        raise VenueChangedMeanwhile(f"the venue is no longer at version {was.version}")


async def insert_terminal(tx: Tx, terminal: Terminal) -> bool:
    """Keep a new terminal; False when its number is taken."""
    kept = bool(await tx.run(
        """INSERT INTO venues.terminal (id, venue_id, number, name, kind, state, granted, version, created_at, since)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (number) DO NOTHING""",
        terminal.id, terminal.venue_id, terminal.number, terminal.name, terminal.kind, terminal.state, list(terminal.granted), terminal.version,
        terminal.created_at, terminal.since,
    ))
    if kept:
        await begin(tx, [(terminal.id, terminal.region)])
    return kept


async def find_terminal(tx: Tx, terminal_id: UUID) -> Terminal | None:
    """One terminal with its venue, as it stands now."""
    row = await tx.row(f"{_TERMINAL} WHERE t.id = $1", terminal_id)
    return _terminal(row) if row else None


async def find_terminals(tx: Tx, terminals: Collection[UUID]) -> dict[UUID, Terminal]:
    """Terminals with their venues, as they stand now, by id."""
    return {row["id"]: _terminal(row) for row in await tx.rows(f"{_TERMINAL} WHERE t.id = ANY ($1)", list(terminals))}


async def find_terminal_by_number(tx: Tx, number: str) -> Terminal | None:
    """One terminal by its twelve digits."""
    row = await tx.row(f"{_TERMINAL} WHERE t.number = $1", number)
    return _terminal(row) if row else None


async def terminal_named(tx: Tx, venue_id: UUID, name: str) -> Terminal | None:
    """The terminal of a venue that has this name, the oldest of several."""
    row = await tx.row(f"{_TERMINAL} WHERE t.venue_id = $1 AND t.name = $2 ORDER BY t.id LIMIT 1", venue_id, name)
    return _terminal(row) if row else None


async def lock_terminal(tx: Tx, terminal_id: UUID) -> Terminal | None:
    """One terminal, held until the end of the transaction: sessions, activations and moves of it come one after the other."""
    await tx.run("SELECT FROM venues.terminal WHERE id = $1 FOR NO KEY UPDATE", terminal_id)
    return await find_terminal(tx, terminal_id)


async def terminals(tx: Tx, *, venue_id: UUID | None, after: UUID | None, limit: int) -> list[Terminal]:
    """Terminals in order of their coming, of one venue or of all."""
    rows = await tx.rows(
        f"{_TERMINAL} WHERE ($1::uuid IS NULL OR t.venue_id = $1) AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3", venue_id, after, limit)
    return [_terminal(row) for row in rows]


async def save_terminal(tx: Tx, terminal: Terminal, *, was: Terminal) -> None:
    """Write the terminal only if it is still what the decision was made on. Raises VenueChangedMeanwhile."""
    changed = await tx.run(
        """UPDATE venues.terminal SET state = $3, granted = $4, algorithm = $5, public = $6, activated_at = $7, sessions_since = $8, version = $9,
                  since = $10 WHERE id = $1 AND version = $2""",
        terminal.id, was.version, terminal.state, list(terminal.granted), terminal.algorithm, terminal.public, terminal.activated_at,
        terminal.sessions_since, terminal.version, terminal.since,
    )
    if not changed:
        raise VenueChangedMeanwhile(f"the terminal is no longer at version {was.version}")


async def note_session(tx: Tx, terminal_id: TerminalId, began_at: datetime, software: str | None) -> None:
    """Keep when the newest session of a terminal began, and of which program it is when it said so."""
    await tx.run("UPDATE venues.terminal SET last_session_at = greatest(last_session_at, $2), software = coalesce($3, software) WHERE id = $1",
                 terminal_id, began_at, software)
    await tx.run("UPDATE venues.sighting SET last_at = $2 WHERE terminal_id = $1 AND last_at < $2", terminal_id, began_at)


async def note_move(tx: Tx, subject_id: UUID, version: int, *, move: str, was: str | None, state: str, reason: str) -> None:
    """Keep one line of the history of a venue or a terminal."""
    await tx.run(
        "INSERT INTO venues.move (subject_id, version, move, was, state, reason, moved_by, moved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        subject_id, version, move, was, state, reason, tx.actor.id, tx.now,
    )


async def moves(tx: Tx, subject_id: UUID) -> list[Record]:
    """The history of a venue or a terminal, newest first."""
    return await tx.rows(
        "SELECT version, move, was, state, reason, moved_by, moved_at FROM venues.move WHERE subject_id = $1 ORDER BY version DESC", subject_id)


async def revoke_activations(tx: Tx, terminal_id: TerminalId) -> None:
    """End the code that waits for this terminal, if there is one."""
    await tx.run("UPDATE venues.activation SET revoked_at = $2 WHERE terminal_id = $1 AND used_at IS NULL AND revoked_at IS NULL", terminal_id, tx.now)


async def insert_activation(tx: Tx, activation_id: UUID, terminal_id: TerminalId, code_hash: bytes, expires_at: datetime) -> bool:
    """Keep a new code's hash; False when there is one like it."""
    return bool(await tx.run(
        """INSERT INTO venues.activation (id, terminal_id, code_hash, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (code_hash) DO NOTHING""", activation_id, terminal_id, code_hash, tx.now, expires_at))


async def find_activation(tx: Tx, hashes: Sequence[bytes]) -> Activation | None:
    """The code that has one of these hashes (one for each version of the key). Only who holds its terminal may rely on its state."""
    row = await tx.row(
        "SELECT id, terminal_id, expires_at, used_at, used_by, revoked_at FROM venues.activation WHERE code_hash = ANY ($1::bytea[])", list(hashes))
    return Activation(**dict(row)) if row else None


async def use_activation(tx: Tx, activation_id: UUID, used_by: str) -> None:
    """Use a code up. Raises VenueChangedMeanwhile when somebody else did meanwhile."""
    changed = await tx.run(
        "UPDATE venues.activation SET used_at = $2, used_by = $3 WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL", activation_id, tx.now, used_by)
    if not changed:
        raise VenueChangedMeanwhile("the activation code was used meanwhile")


async def active_without_key(tx: Tx) -> list[UUID]:
    """Terminals that are active and have no key."""
    return [row["id"] for row in await tx.rows("SELECT id FROM venues.terminal WHERE state = 'active' AND public IS NULL")]


async def with_two_codes(tx: Tx) -> list[UUID]:
    """Terminals with more than one code that is neither used nor revoked."""
    rows = await tx.rows(
        "SELECT terminal_id FROM venues.activation WHERE used_at IS NULL AND revoked_at IS NULL GROUP BY terminal_id HAVING count(*) > 1")
    return [row["terminal_id"] for row in rows]


async def with_unknown_scene(tx: Tx) -> list[UUID]:
    """Terminals that are granted a scene that does not exist."""
    rows = await tx.rows(
        "SELECT t.id FROM venues.terminal t WHERE EXISTS (SELECT FROM unnest(t.granted) g WHERE NOT EXISTS (SELECT FROM venues.scene s WHERE s.code = g))")
    return [row["id"] for row in rows]


async def without_history(tx: Tx) -> list[UUID]:
    """Venues and terminals whose last line of history is not their state."""
    rows = await tx.rows(
        """SELECT s.id FROM (SELECT id, version, state FROM venues.venue UNION ALL SELECT id, version, state FROM venues.terminal) s
             LEFT JOIN venues.move m ON m.subject_id = s.id AND m.version = s.version WHERE m.state IS DISTINCT FROM s.state""")
    return [row["id"] for row in rows]
