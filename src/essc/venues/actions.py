"""What can be done to venues and terminals; each function is one verb inside the caller's transaction."""
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from essc.kit import ids, throttle
from essc.kit.clock import SHANGHAI
from essc.kit.crypto import jwk, random_bytes
from essc.kit.db.tx import Tx
from essc.kit.errors import FieldError, Refused
from essc.names import TerminalId, VenueId
from essc.venues import events, model, queries
from essc.venues.errors import (
    ActivationCodeUnknown,
    ActivationThrottled,
    SandboxTerminalsNotHere,
    SceneUnknown,
    TerminalNotFound,
    TerminalsNotImported,
    VenueChangedMeanwhile,
    VenueNotActive,
    VenueWrong,
)
from essc.venues.model import DayTally, Move, Planned, SessionKey, Terminal, TerminalKind, TerminalState, Venue, VenueState
from essc.venues.store import desk, walks
from essc.venues.store import terminals as store

LOOKUP: Final = "lookup"
OF_ADDRESS: Final = throttle.Rate("venues.activation.address", 10, 600)
"""Activation codes that one address may try in ten minutes; a right one gives the quota back."""
OF_PART: Final = throttle.Rate("venues.activation.part", 20, 600)
"""Codes with the same two first characters that may be tried in ten minutes from anywhere: 900 parts, so at most 1,800 guesses a
minute over all addresses, against 6.6·10¹¹ codes; with a thousand codes waiting one is found in 250 days of such a flood."""
TALLIES_KEPT: Final = timedelta(days=400)
"""How long it is kept how often a terminal read on a day: a year to compare with."""
SANDBOX_VENUE: Final = "沙箱药店（演示）"
SANDBOX_TERMINAL: Final = "沙箱终端"
SANDBOX_REGION: Final = "450100"
"""Where the terminals stand that developers try things with."""
DRAWS: Final = 100
"""A number or a code is drawn again when somebody has it; the spaces do not fill up that far."""


class Issued(msgspec.Struct, frozen=True):
    """A new activation code in clear, which is shown once, and until when it waits."""

    code: str
    expires_at: datetime


class Session(msgspec.Struct, frozen=True):
    """A new session: the key id to sign with, the secret (told once, kept nowhere), and its time."""

    key_id: str
    secret: bytes
    began_at: datetime
    expires_at: datetime


def everywhere(region: str) -> bool:
    """What covers every region: whoever works at the machine itself."""
    return True


async def add_venue(tx: Tx, name: str, kind: str, region: str, *, demonstration: bool, covered: Callable[[str], bool] = everywhere) -> Venue:
    """Let an organisation read the card. `kind` is one of venues.kind; `covered` says whether a region is the caller's. Raises VenueWrong."""
    clean = model.clean_name("name", name, 60)
    if kind not in await queries.kinds(tx):
        raise VenueWrong("there is no such kind of venue", fields=[FieldError("kind", "unknown")])
    place = model.venue_region(region, demonstration=demonstration)
    if not covered(place):
        raise VenueWrong("outside the areas of the caller", fields=[FieldError("region", "region_outside")])
    venue = Venue(VenueId(ids.new(at=tx.now)), clean, kind, place, VenueState.ACTIVE, 1, tx.now, tx.now)
    await store.insert_venue(tx, venue)
    await store.note_move(tx, venue.id, 1, move="add", was=None, state=venue.state, reason="")
    await tx.emit(events.VenueAdded(venue_id=venue.id, venue_kind=kind, region=place))
    return venue


async def move_venue(tx: Tx, venue_id: VenueId, move: Move, reason: str) -> Venue:
    """Pause, resume or close a venue; its terminals follow at once. Raises VenueNotFound, VenueMoveNotAllowed, VenueChangedMeanwhile."""
    was = await queries.venue(tx, venue_id)
    moved = model.moved(was, move, tx.now)
    await store.save_venue(tx, moved, was=was)
    await store.note_move(tx, venue_id, moved.version, move=move, was=was.state, state=moved.state, reason=reason)
    await tx.emit(events.VenueMoved(venue_id=venue_id, was=was.state, state=moved.state, version=moved.version))
    return moved


async def add_terminal(tx: Tx, venue_id: VenueId, name: str, kind: TerminalKind, *, scenes: Iterable[str] = ()) -> Terminal:
    """Give a venue one more terminal, to be activated. `scenes` are granted beside those of the venue's kind.

    Raises VenueNotFound, VenueWrong, VenueNotActive, SceneUnknown.
    """
    venue = await queries.venue(tx, venue_id)
    clean = model.clean_name("name", name, 40)
    if venue.state is not VenueState.ACTIVE:
        raise VenueNotActive("the venue is not active")
    granted = await _known_scenes(tx, scenes)
    terminal = await _numbered(tx, venue, clean, kind, granted)
    await store.note_move(tx, terminal.id, 1, move="add", was=None, state=terminal.state, reason="")
    await tx.emit(events.TerminalAdded(terminal_id=terminal.id, venue_id=venue_id, terminal_kind=kind))
    return terminal


async def _numbered(tx: Tx, venue: Venue, name: str, kind: TerminalKind, granted: tuple[str, ...]) -> Terminal:
    """Keep the terminal under twelve digits that nobody has: the region of its venue and a serial that is drawn."""
    scenes = (await queries.kinds(tx))[venue.kind].scenes
    for _ in range(DRAWS):
        terminal = Terminal(
            TerminalId(ids.new(at=tx.now)), venue.id, _number(venue.region), name, kind, TerminalState.REGISTERED, granted, None, None, None, None, None, 1,
            tx.now, tx.now, venue.state, venue.name, venue.kind, venue.region, tuple(dict.fromkeys((*scenes, *granted))),
        )
        if await store.insert_terminal(tx, terminal):
            return terminal
    raise VenueChangedMeanwhile("no free number was drawn")


def _number(region: str) -> str:
    """Twelve digits for a terminal: where it stands, and a serial that says nothing."""
    return f"{region}{int.from_bytes(random_bytes(8), 'big') % 1_000_000:06}"


async def import_terminals(tx: Tx, sha256: bytes, lines: model.Lines, covered: Callable[[str], bool], *, demonstration: bool) -> list[Terminal]:
    """Take a file of new terminals (hash of its bytes, its lines as model.COLUMNS name them) whole, or nothing of it.

    A venue is found again by name and region, or made; `covered` says whether a region is the member's. Raises TerminalsNotImported.
    """
    kinds = await queries.kinds(tx)
    words = {word.lower(): kind.code for kind in kinds.values() for word in (kind.code, kind.title_zh, kind.title_en)}
    plans, wrong = model.planned(lines, words, covered, demonstration=demonstration)
    there = await desk.namesakes(tx, list({plan.venue for plan in plans}))
    wrong += await _taken(tx, plans, there)
    if wrong:
        raise TerminalsNotImported(sorted(wrong, key=lambda one: one[0]))
    made = {(plan.region, plan.venue): plan for plan in plans if (plan.region, plan.venue) not in there}
    fresh = {place: Venue(VenueId(ids.new(at=tx.now)), plan.venue, plan.venue_kind, plan.region, VenueState.ACTIVE, 1, tx.now, tx.now)
             for place, plan in made.items()}
    await desk.insert_venues(tx, list(fresh.values()))
    venues = {place: venue for place, (venue, _, _) in there.items()} | {place: venue.id for place, venue in fresh.items()}
    terminals = await _all_numbered(tx, [(plan, venues[plan.region, plan.venue], kinds[plan.venue_kind].scenes) for plan in plans])
    await _tell_imported(tx, sha256, list(fresh.values()), terminals)
    return terminals


async def _taken(tx: Tx, plans: Sequence[Planned], there: Mapping[tuple[str, str], tuple[VenueId, str, VenueState]]) -> model.Wrong:
    """Lines whose venue is another kind, or not active, or has a terminal of that name."""
    known = await desk.terminal_names(tx, [venue for venue, _, _ in there.values()])
    wrong: model.Wrong = []
    for plan in plans:
        found = there.get((plan.region, plan.venue))
        if found is None:
            continue
        venue, kind, state = found
        if kind != plan.venue_kind:
            wrong.append((plan.line, FieldError("venue_kind", "venue_kind_differs")))
        if state is not VenueState.ACTIVE:
            wrong.append((plan.line, FieldError("venue", "venue_not_active")))
        if (venue, plan.name) in known:
            wrong.append((plan.line, FieldError("name", "terminal_there")))
    return wrong


async def _all_numbered(tx: Tx, wanted: Sequence[tuple[Planned, VenueId, tuple[str, ...]]]) -> list[Terminal]:
    """Keep many terminals, each under twelve digits that nobody has; a few statements for all of them."""
    kept: dict[int, Terminal] = {}
    for _ in range(DRAWS):
        open_ = [one for one in wanted if one[0].line not in kept]
        if not open_:
            return [kept[plan.line] for plan, _, _ in wanted]
        drawn = {plan.line: _drawn(tx, plan, venue, scenes) for plan, venue, scenes in open_}
        single = list({terminal.number: terminal for terminal in drawn.values()}.values())
        taken = await desk.insert_terminals(tx, single)
        kept |= {line: terminal for line, terminal in drawn.items() if terminal.id in taken}
    raise VenueChangedMeanwhile("no free numbers were drawn")


def _drawn(tx: Tx, plan: Planned, venue: VenueId, scenes: tuple[str, ...]) -> Terminal:
    return Terminal(TerminalId(ids.new(at=tx.now)), venue, _number(plan.region), plan.name, plan.kind, TerminalState.REGISTERED, (), None, None, None,
                    None, None, 1, tx.now, tx.now, VenueState.ACTIVE, plan.venue, plan.venue_kind, plan.region, scenes)


async def _tell_imported(tx: Tx, sha256: bytes, venues: Sequence[Venue], terminals: Sequence[Terminal]) -> None:
    added = [*((one.id, one.state.value) for one in venues), *((one.id, one.state.value) for one in terminals)]
    await desk.note_added(tx, added, "import")
    await tx.emit_all([
        *(events.VenueAdded(venue_id=one.id, venue_kind=one.kind, region=one.region) for one in venues),
        *(events.TerminalAdded(terminal_id=one.id, venue_id=one.venue_id, terminal_kind=one.kind) for one in terminals),
        events.TerminalsImported(import_id=ids.new(at=tx.now), sha256=sha256.hex(), venues=len(venues), terminals=len(terminals))])


async def add_tallies(tx: Tx, tallies: Sequence[DayTally]) -> None:
    """Add to what terminals have read. (Told by room records, which keeps each use once: no event of its own.)"""
    if tallies:
        await desk.add_tallies(tx, tallies)


async def forget_tallies(tx: Tx) -> int:
    """Drop days older than `TALLIES_KEPT`, but the last of each terminal. (Housekeeping: no event.) Gives how many went."""
    return await desk.forget_tallies(tx, (tx.now - TALLIES_KEPT).astimezone(SHANGHAI).date())


async def mend_sightings(tx: Tx) -> int:
    """Note terminals that a process of before sightings were there added or heard of without them. (Housekeeping: no event.) Gives how many."""
    return await walks.mend(tx, (tx.now - timedelta(days=1)).astimezone(SHANGHAI).date())


async def grant_scenes(tx: Tx, terminal_id: TerminalId, scenes: Iterable[str], reason: str) -> Terminal:
    """Set the scenes that a terminal may use beside those of its venue's kind. Raises TerminalNotFound, SceneUnknown, VenueChangedMeanwhile."""
    was = await _held(tx, terminal_id)
    granted = await _known_scenes(tx, scenes)
    now = replace(was, granted=granted, version=was.version + 1)
    await _save(tx, now, was, "grant", reason)
    await tx.emit(events.ScenesGranted(terminal_id=terminal_id, scenes=granted, version=now.version))
    return await queries.terminal(tx, terminal_id)


async def _known_scenes(tx: Tx, wanted: Iterable[str]) -> tuple[str, ...]:
    known, asked = await queries.scenes(tx), sorted(set(wanted))
    for code in asked:
        if code not in known:
            raise SceneUnknown(f"no scene {code[:40]}")
    return tuple(asked)


async def _held(tx: Tx, terminal_id: TerminalId) -> Terminal:
    found = await store.lock_terminal(tx, terminal_id)
    if found is None:
        raise TerminalNotFound("no such terminal")
    return found


async def _save(tx: Tx, now: Terminal, was: Terminal, move: str, reason: str) -> None:
    await store.save_terminal(tx, now, was=was)
    await store.note_move(tx, now.id, now.version, move=move, was=was.state, state=now.state, reason=reason)


async def issue_activation(tx: Tx, terminal_id: TerminalId, *, life: timedelta = model.ACTIVATION_LIFE) -> Issued:
    """Make a code that activates the terminal once; the one before it counts no longer. The code is answered and not kept.

    A terminal that is active may be activated again: with another key, its old sessions being over then.
    Raises TerminalNotFound, VenueNotActive, TerminalDisabled.
    """
    terminal = await _held(tx, terminal_id)
    model.require_activatable(terminal)
    await store.revoke_activations(tx, terminal_id)
    expires_at = tx.now + life
    for _ in range(DRAWS):
        code = model.activation_code(random_bytes(16))
        if await store.insert_activation(tx, ids.new(at=tx.now), terminal_id, _code_hash(tx, code, tx.keys.mac_version(LOOKUP)), expires_at):
            await tx.emit(events.ActivationIssued(terminal_id=terminal_id, expires_at=expires_at))
            return Issued(code, expires_at)
    raise VenueChangedMeanwhile("no free code was drawn")


def _code_hash(tx: Tx, code: str, version: int) -> bytes:
    return tx.keys.mac(LOOKUP, b"venues.activation|" + code.encode(), version)


async def try_activation(tx: Tx, text: str, public: jwk.Jwk, peer: str) -> Terminal | Refused:
    """Activate the terminal that the code belongs to with this public key. The same code with the same key again is answered alike.

    A code that does not fit is *answered*, not raised, because the guess must be counted and kept: the caller commits, then raises it.
    Raises ActivationCodeMalformed, PointNotOnCurve, ActivationThrottled, VenueNotActive, TerminalDisabled, which count nothing.
    """
    code = model.clean_activation_code(text)
    algorithm, raw = jwk.public_key(public)
    address = await _count_guess(tx, code, peer)
    hashes = [_code_hash(tx, code, version) for version in tx.keys.mac_versions(LOOKUP)]
    found = await store.find_activation(tx, hashes)
    if found is None:
        await _tell_guessing(tx, address)
        return ActivationCodeUnknown("no terminal has this code")
    was = await _held(tx, found.terminal_id)
    activation = await store.find_activation(tx, hashes) or found       # again, now that nobody else can use it
    key = jwk.thumbprint(algorithm, raw)
    refused = model.activation_refused(activation, was, key, tx.now)
    if refused is not None:
        return refused
    await throttle.forgive(tx, OF_ADDRESS, address)
    if activation.used_at is not None:
        return was
    now = model.activated(was, algorithm, raw, tx.now)
    await store.use_activation(tx, activation.id, key)
    await _save(tx, now, was, "activate", "")
    await tx.emit(events.TerminalActivated(terminal_id=now.id, venue_id=now.venue_id, algorithm=algorithm, again=was.public is not None, version=now.version))
    return now


async def _count_guess(tx: Tx, code: str, peer: str) -> bytes:
    """Count one try, by the address it came from and by the part of the code space it looks into. Gives the key of the address."""
    address = tx.keys.mac(LOOKUP, b"venues.activation.address|" + peer.encode(), tx.keys.mac_version(LOOKUP))
    for rate, key in ((OF_ADDRESS, address), (OF_PART, code[:2].encode())):
        spent = await throttle.spend(tx, rate, key)
        if not spent.allowed:
            raise ActivationThrottled("too many wrong codes", retry_after=spent.retry_after, n=int(spent.retry_after // 60) + 1)
    return address


async def _tell_guessing(tx: Tx, address: bytes) -> None:
    """Tell of a wrong code that used up the tries of its address; the tries after it are refused, and told of no more."""
    if await throttle.waiting(tx, OF_ADDRESS, [address]):
        await tx.emit(events.ActivationGuessed(address_id=UUID(bytes=address[:16]), tries=OF_ADDRESS.count))


async def sandbox_terminal(tx: Tx, whose: str, *, demonstration: bool) -> tuple[Terminal, Issued]:
    """A terminal to try things with for the app `whose` (its wire id), and a code that activates it: the same one each time.

    Only where all people are invented. Raises SandboxTerminalsNotHere, VenueNotActive, TerminalDisabled.
    """
    if not demonstration:
        raise SandboxTerminalsNotHere("this is not a demonstration data directory")
    there = (await desk.namesakes(tx, [SANDBOX_VENUE])).get((SANDBOX_REGION, SANDBOX_VENUE))
    venue_id = there[0] if there else (await add_venue(tx, SANDBOX_VENUE, "pharmacy", SANDBOX_REGION, demonstration=True)).id
    name = f"{SANDBOX_TERMINAL} {whose[-8:]}"
    terminal = await store.terminal_named(tx, venue_id, name) or await add_terminal(tx, venue_id, name, TerminalKind.WINDOW)
    return terminal, await issue_activation(tx, terminal.id)


async def disable(tx: Tx, terminal_id: TerminalId, reason: str) -> Terminal:
    """Stop a terminal, its sessions and its waiting code at once. Raises TerminalNotFound, TerminalMoveNotAllowed, VenueChangedMeanwhile."""
    was = await _held(tx, terminal_id)
    now = model.disabled(was, tx.now)
    await _save(tx, now, was, "disable", reason)
    await store.revoke_activations(tx, terminal_id)
    await tx.emit(events.TerminalMoved(terminal_id=terminal_id, was=was.state, state=now.state, version=now.version))
    return now


async def enable(tx: Tx, terminal_id: TerminalId, reason: str) -> Terminal:
    """Let a disabled terminal work again; it must open a new session. Raises TerminalNotFound, TerminalMoveNotAllowed, VenueChangedMeanwhile."""
    was = await _held(tx, terminal_id)
    now = model.enabled(was, tx.now)
    await _save(tx, now, was, "enable", reason)
    await tx.emit(events.TerminalMoved(terminal_id=terminal_id, was=was.state, state=now.state, version=now.version))
    return now


async def open_session(tx: Tx, terminal_id: TerminalId, software: str | None = None) -> Session:
    """Open a session of eight hours for a terminal that has proved its key and may have named its program (at most 40 characters).

    Raises TerminalNotFound, TerminalDisabled, VenueNotActive.
    """
    terminal = await _held(tx, terminal_id)
    began = model.session_begins(terminal, tx.now)
    model.require_reader(terminal, began)
    expires = began + model.SESSION_LIFE
    key_id = model.session_key_id(terminal_id, expires, tx.keys.mac_version(queries.SESSION_KEY), random_bytes(model.NONCE_BYTES))
    await store.note_session(tx, terminal_id, began, software)
    await tx.emit(events.SessionOpened(terminal_id=terminal_id, expires_at=expires))
    return Session(key_id, queries.session_secret(tx.keys, model.session_key(key_id)), began, expires)


async def beat(tx: Tx, sessions: Sequence[SessionKey]) -> list[Refused | None]:
    """Note that terminals are there; gives why one may not read, else None. (A sign of life: no event of its own.)

    Answers TerminalNotFound, TerminalDisabled, VenueNotActive, TerminalSessionEnded.
    """
    known = await store.find_terminals(tx, {one.terminal_id for one in sessions})
    refused = [_refused(known.get(one.terminal_id), one.began_at) for one in sessions]
    there = sorted({one.terminal_id for one, why in zip(sessions, refused, strict=True) if why is None})
    if there:
        await walks.heard(tx, there, [tx.now] * len(there))
    return refused


def _refused(terminal: Terminal | None, session_began: datetime) -> Refused | None:
    if terminal is None:
        return TerminalNotFound("no such terminal")
    try:
        model.require_reader(terminal, session_began)
    except Refused as refused:
        return refused
    return None


async def revoke_sessions(tx: Tx, terminal_id: TerminalId, reason: str) -> Terminal:
    """End every session of a terminal at once; it may open a new one. Raises TerminalNotFound, VenueChangedMeanwhile."""
    was = await _held(tx, terminal_id)
    now = replace(was, sessions_since=model.revocation(was, tx.now), version=was.version + 1)
    await _save(tx, now, was, "revoke_sessions", reason)
    assert now.sessions_since is not None
    await tx.emit(events.SessionsRevoked(terminal_id=terminal_id, since=now.sessions_since))
    return now
