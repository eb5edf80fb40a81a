"""What is done with codes: judge what readers hold up, for a whole batch at once; and what a clerk says of the person."""
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final

import msgspec

from essc.cards import queries as cards
from essc.cards.model import Card, Detail
from essc.codes import model, store
from essc.codes.errors import PresentationUnknown
from essc.codes.events import BurnsPruned, CodePresented, PersonCompared, Way
from essc.codes.model import Forged, Judgement, Opened, Verdict
from essc.ecards.model import epoch
from essc.holders import queries as holders
from essc.holders.model import Holder, Photo
from essc.identity import actions as identity
from essc.kit import ids
from essc.kit.db.tx import Actor, Record, Tx
from essc.names import CardId, HolderId, NoteId, TerminalId
from essc.regions import queries as regions
from essc.risk import actions as risk
from essc.risk.model import Facts, Level, Rule, SubjectKind
from essc.sessions import actions as sessions
from essc.venues import queries as venues

FORGED_TRIES_A_MINUTE: Final = 20
"""So many forged codes a minute from one terminal are mistakes of a scanner; more are guesses, and it is not answered for the rest of the minute."""
COMPARE_WITHIN: Final = timedelta(minutes=10)
"""A clerk compares the person while they stand there."""
REPORT_WITHIN: Final = timedelta(minutes=10)
"""The forged tries that are told with a clerk's report are those of so long."""
FORGED_KEPT: Final = timedelta(hours=25)
"""The longest shift is a day, and counts the forged tries of its terminal."""
PERSONAL: Final = frozenset({"name", "name_masked", "number", "number_masked"})
PERSON_CHECK: Final = "counter.person_check"
"""In this scene the clerk's word is a proof of the person, for what somebody signed in does (room identity)."""
_NOWHERE: Final = -1


class Redeem(msgspec.Struct, frozen=True, kw_only=True):
    """One code held up to one reader. `request_id` is the reader's own id for this try; `received_at` our clock at receipt."""

    code: str
    scene: str
    terminal_id: TerminalId
    request_id: str
    session_began: datetime
    received_at: datetime

    @property
    def actor(self) -> Actor:
        """The terminal, as the log names it."""
        return Actor("terminal", ids.wire("term", self.terminal_id))


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a terminal read from the chip of a physical card (the 11 fields of LD/T 33, `|` between them)."""

    text: str
    scene: str
    terminal_id: TerminalId
    session_began: datetime
    received_at: datetime


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """The disclosed fields of one holder; a field that the scene does not name, or that nobody has, is absent. `photo` is a data: address."""

    name: str | None = None
    name_masked: str | None = None
    number: str | None = None
    number_masked: str | None = None
    photo: str | None = None
    region: str | None = None
    card_last4: str | None = None
    level: int | None = None


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a clerk says of the person: whether it is the one on the photo, which check on the phone is meant (its six digits), and whether
    the phone is lost, so that every session of the holder ends."""

    matched: bool
    pairing: str | None = None
    end_sessions: bool = False


class Redeemed(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about one presentation, with the ids that the decision was made on.

    `decided_at` and `card_version` (the card state that the verdict saw) are those of the first answer when this one repeats it.
    """

    judgement: Judgement
    facts: Record
    minted_at: datetime | None
    decided_at: datetime
    card_version: int | None
    reader_may_see: bool = True

    @property
    def verdict(self) -> Verdict:
        """The word for the reader."""
        return self.judgement.verdict


async def redeem(tx: Tx, requests: Sequence[Redeem]) -> list[Redeemed]:
    """Judge presented codes, each on its own: a bad one never spoils its neighbours.

    One round trip looks at reader, channel, link, card and burn; the model decides; what passes is burnt, and a burn that another
    request made first turns PASS into USED. Forged tries are counted, all others of a known holder are told.
    """
    presented = [_presented(tx, request) for request in requests]
    pointers = [_pointer(p, request) for p, request in zip(presented, requests, strict=True)]
    rows = await store.look(tx, pointers, _minute(tx.now))
    asked = await _with_rules(tx, presented, rows)
    facts = _facts_of(asked, rows, requests)
    judged, owners = await _burn(tx, asked, facts, pointers, rows)
    await _count_guesses(tx, [request.terminal_id for p, j, request in zip(asked, judged, requests, strict=True) if _is_guess(p, j)])
    answers = [_redeemed(j, row, owners.get(n), p, facts[n], tx.now) for n, (j, row, p) in enumerate(zip(judged, rows, asked, strict=True))]
    await _tell(tx, answers, requests)
    return answers


def _presented(tx: Tx, request: Redeem) -> model.Presented:
    opened = model.open_code(request.code, request.received_at, tx.keys.code_cipher)
    asked = b"\x1f".join((request.terminal_id.bytes, request.request_id.encode(), request.scene.encode()))
    return model.Presented(code=opened, at=request.received_at, request_hash=sha256(asked).digest())


def _pointer(presented: model.Presented, request: Redeem) -> store.Pointer:
    if not isinstance(presented.code, Opened):
        return store.Pointer(0, 0, _NOWHERE, _NOWHERE, request.terminal_id, request.scene)
    fields = presented.code.fields
    return store.Pointer(fields.bucket, fields.hour, fields.slot, model.burn_key(fields), request.terminal_id, request.scene)


def _minted_at(presented: model.Presented) -> datetime | None:
    return datetime.fromtimestamp(presented.code.fields.minted_at, UTC) if isinstance(presented.code, Opened) else None


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // 60


async def _with_rules(tx: Tx, presented: Sequence[model.Presented], rows: Sequence[Record]) -> list[model.Presented]:
    """Each presentation with the level its scene needs and the life its card's region gives to codes."""
    places = sorted({row["region"] for row in rows if row["region"]})
    lives = await regions.setting_of_many(tx, places, "code_life_seconds") if places else {}
    return [msgspec.structs.replace(p, level_needed=row["level_needed"] or 1, life_s=int(lives.get(row["region"], model.LIFE_S)))
            for p, row in zip(presented, rows, strict=True)]


def _facts_of(asked: Sequence[model.Presented], rows: Sequence[Record], requests: Sequence[Redeem]) -> list[model.Facts]:
    """What is known of each presentation. A reader that guesses many times in one batch is not answered beyond its tries either."""
    tries: Counter[TerminalId] = Counter()
    facts = []
    for presented, row, request in zip(asked, rows, requests, strict=True):
        facts.append(_facts(row, request.session_began, tries[request.terminal_id]))
        if row["link_id"] is None and not (isinstance(presented.code, Forged) and presented.code.form):
            tries[request.terminal_id] += 1
    return facts


def _facts(row: Record, session_began: datetime, tries: int = 0) -> model.Facts:
    known = row["link_id"] is not None
    return model.Facts(
        terminal_state=row["terminal_state"], venue_state=row["venue_state"], scene_allowed=bool(row["scene_allowed"]),
        session_current=row["sessions_since"] is None or session_began >= row["sessions_since"],
        throttled=row["forged_tries"] + tries >= FORGED_TRIES_A_MINUTE, pruned_before=row["pruned_before"],
        channel_state=row["channel_state"], link_live=row["unlinked_at"] is None if known else None,
        card_state=row["card_state"], replaced=bool(row["replaced"]),
        frozen=row["frozen_at"] is not None or bool(row["loss_requested"]), level=row["level"] or 1,
        epoch_now=epoch(row["card_version"], row["ecard_version"], row["link_version"]) if known else 0,
        burnt_by=row["burnt_hash"], burnt_verdict=row["burnt_verdict"],
    )


async def _burn(tx: Tx, asked: Sequence[model.Presented], facts: Sequence[model.Facts], pointers: Sequence[store.Pointer],
                rows: Sequence[Record]) -> tuple[list[Judgement], dict[int, Record]]:
    """Burn what passes; whoever finds the code burnt meanwhile is judged again, now that it is known by whom: those burns by place."""
    judged = [model.verdict(p, fact) for p, fact in zip(asked, facts, strict=True)]
    mine = {n: _to_burn(pointers[n], asked[n], rows[n]) for n, judgement in enumerate(judged) if judgement.burns}
    won = await store.burn(tx, list(mine.values()), tx.now)
    late = {}
    for n, burn in mine.items():
        if (burn.place, burn.request_hash) in won:
            won.discard((burn.place, burn.request_hash))
        else:
            late[n] = burn.place
    owners = await store.burns(tx, list(late.values())) if late else {}
    for n, place in late.items():
        owner = owners[place]
        judged[n] = model.verdict(asked[n], msgspec.structs.replace(facts[n], burnt_by=owner["burnt_hash"], burnt_verdict=owner["burnt_verdict"]))
    return judged, {n: owners[place] for n, place in late.items()}


def _redeemed(judgement: Judgement, row: Record, owner: Record | None, presented: model.Presented, facts: model.Facts, now: datetime) -> Redeemed:
    minted_at = _minted_at(presented)
    if not judgement.replayed:
        return Redeemed(judgement=judgement, facts=row, minted_at=minted_at, decided_at=now, card_version=row["card_version"])
    first = row if owner is None else owner
    return Redeemed(judgement=judgement, facts=row, minted_at=minted_at, decided_at=first["burnt_at"], card_version=first["burnt_version"],
                    reader_may_see=model.may_read(facts))


def _to_burn(pointer: store.Pointer, presented: model.Presented, row: Record) -> store.Burn:
    return store.Burn(pointer.bucket, pointer.hour, pointer.key, pointer.terminal_id, presented.request_hash, row["card_version"], pointer.scene)


def _is_guess(presented: model.Presented, judgement: Judgement) -> bool:
    """Whether somebody tried 24 digits that we never gave out. A scan cut short, or something else's code, is no guess."""
    return judgement.verdict is Verdict.FORGED and not (isinstance(presented.code, Forged) and presented.code.form)


async def _count_guesses(tx: Tx, terminals: Sequence[TerminalId]) -> None:
    """A guess has no holder to be told to, so it is counted for its terminal and minute; whoever is not answered any more is noted."""
    if not terminals:
        return
    fresh, tries = Counter(terminals), await store.count_forged(tx, terminals, _minute(tx.now))
    for terminal_id in sorted(id for id, many in tries.items() if many - fresh[TerminalId(id)] < FORGED_TRIES_A_MINUTE <= many):
        await _note_terminal(tx, Rule.FORGED_FLOOD, Level.HIGH, TerminalId(terminal_id), {"tries": tries[terminal_id]})


async def report_forgery(tx: Tx, terminal_id: TerminalId, scene: str) -> NoteId:
    """A clerk says that what was held up is none of our codes: noted for whoever is on duty where the venue stands. Gives the note.

    The code itself is not told: 24 digits that are none of ours may still be somebody's something. Raises TerminalNotFound.
    """
    tries = await store.forged_tries(tx, terminal_id, _minute(tx.now) - int(REPORT_WITHIN.total_seconds()) // 60)
    return await _note_terminal(tx, Rule.FORGED_REPORTED, Level.MEDIUM, terminal_id, {"scene": scene, "forged_tries_10min": tries})


async def _note_terminal(tx: Tx, rule: Rule, level: Level, terminal_id: TerminalId, facts: Facts) -> NoteId:
    terminal = await venues.terminal(tx, terminal_id)
    return await risk.raise_note(tx, rule=rule, level=level, subject_kind=SubjectKind.TERMINAL, subject=terminal_id, region=terminal.region, facts=facts)


async def _tell(tx: Tx, answers: Sequence[Redeemed], requests: Sequence[Redeem]) -> None:
    told = [(answer, request) for answer, request in zip(answers, requests, strict=True)
            if answer.facts["holder_id"] is not None and answer.verdict is not Verdict.FORGED and not answer.judgement.replayed
            and answer.facts["terminal_known"]]
    await tx.emit_all([_event(answer, request, "code") for answer, request in told], by=[(request.actor, request.request_id) for _, request in told])


def _event(answer: Redeemed, request: Redeem | Reading, way: Way) -> CodePresented:
    facts = answer.facts
    return CodePresented(
        holder_id=facts["holder_id"], card_id=facts["card_id"], ecard_id=facts["ecard_id"], link_id=facts["link_id"],
        channel_id=facts["channel_id"], terminal_id=request.terminal_id, venue_id=facts["venue_id"], scene=request.scene,
        verdict=answer.verdict, fields=tuple(facts["fields"]) if answer.verdict is Verdict.PASS else (), way=way,
        card_version=facts["card_version"], minted_at=answer.minted_at, received_at=request.received_at,
    )


async def disclose(tx: Tx, answers: Sequence[Redeemed]) -> list[Shown | None]:
    """What each reader gets to see: after a PASS just the fields of its scene, else nothing. The events name the same fields.

    A reader that was stopped since hears its first verdict again and sees nobody.
    """
    seen = [answer.verdict is Verdict.PASS and answer.reader_may_see for answer in answers]
    passed = [answer.facts for answer, may in zip(answers, seen, strict=True) if may]
    people = {who.id: who for who in await holders.get_many(tx, [facts["holder_id"] for facts in passed if PERSONAL & set(facts["fields"])])}
    cards_ = await cards.details(tx, [facts["card_id"] for facts in passed if "card_last4" in facts["fields"]])
    photos = await holders.photos(tx, [facts["holder_id"] for facts in passed if "photo" in facts["fields"]])
    return [_shown(answer.facts, people, cards_, photos) if may else None for answer, may in zip(answers, seen, strict=True)]


def _shown(facts: Record, people: Mapping[HolderId, Holder], details: Mapping[CardId, Detail], photos: Mapping[HolderId, Photo]) -> Shown:
    who, photo = people.get(facts["holder_id"]), photos.get(facts["holder_id"])
    fields = set(facts["fields"])
    values = {
        "name": who and who.name, "name_masked": who and who.masked_name, "number": who and who.number, "number_masked": who and who.masked_number,
        "photo": photo and f"data:{photo.media_type};base64,{b64encode(photo.content).decode()}", "region": facts["region"],
        "card_last4": details[facts["card_id"]].card_number[-4:] if facts["card_id"] in details else None, "level": facts["level"],
    }
    return Shown(**{name: value for name, value in values.items() if name in fields})


async def read_card(tx: Tx, reading: Reading) -> tuple[Redeemed, Shown | None]:
    """Judge a physical card by what its chip said: same scene, fields and verdicts as a code, and the same line in 用卡记录.

    The string proves possession only; the clerk compares the photo. A string that names no card of ours, or another person than ours,
    is FORGED. Raises CardUnreadable when it is no card string at all.
    """
    judgement, facts = await _judged_card(tx, reading)
    answer = Redeemed(judgement=judgement, facts=facts, minted_at=None, decided_at=tx.now, card_version=facts["card_version"])
    await _count_guesses(tx, [reading.terminal_id] if judgement.verdict is Verdict.FORGED else [])
    if facts["holder_id"] is not None and facts["terminal_known"]:
        await tx.emit(_event(answer, reading, "physical_card"))
    return answer, (await disclose(tx, [answer]))[0]


async def _judged_card(tx: Tx, reading: Reading) -> tuple[Judgement, Record]:
    said = model.card_string(reading.text)
    card = await cards.by_number(tx, said.card_number)
    pointer = store.Pointer(0, 0, _NOWHERE, _NOWHERE, reading.terminal_id, reading.scene)
    row = (await store.look(tx, [pointer], _minute(tx.now), card_id=card.id if card and await _is_of(tx, card, said) else None))[0]
    facts = _facts(row, reading.session_began)
    if row["card_id"] is None and not facts.throttled:
        return Judgement(Verdict.FORGED, "no_such_card"), row
    return model.verdict(model.Presented(code=None, at=reading.received_at, request_hash=b""), facts), row


async def _is_of(tx: Tx, card: Card, said: model.CardString) -> bool:
    """Whether the string says of this card what the province said of it."""
    detail, who = await cards.detail(tx, card.id), await holders.get(tx, card.holder_id)
    ours = (card.region, who.number, detail.identifier.upper(), who.name)
    return all(compare_digest(mine.encode(), theirs.encode()) for mine, theirs in zip(ours, said.claims, strict=True))


async def compare_person(tx: Tx, code: str, terminal_id: TerminalId, word: Word, received_at: datetime) -> PersonCompared:
    """The clerk's word, after a PASS at this terminal, whether the person is the one on the photo.

    In the scene of person checks it is a proof. Raises PresentationUnknown unless the code passed at this very terminal within the last
    ten minutes, and as `identity.actions.record_terminal_check`.
    """
    opened = model.open_code(code, received_at, tx.keys.code_cipher)
    if not isinstance(opened, Opened):
        raise PresentationUnknown("not a code")
    place = (opened.fields.bucket, opened.fields.hour, model.burn_key(opened.fields))
    burn = (await store.burns(tx, [place])).get(place)
    if burn is None or burn["terminal_id"] != terminal_id or tx.now - burn["burnt_at"] > COMPARE_WITHIN:
        raise PresentationUnknown("no code passed here just now")
    holder_id = await store.holder_of_slot(tx, opened.fields.bucket, opened.fields.slot)
    fact = PersonCompared(holder_id=holder_id, terminal_id=terminal_id, scene=burn["scene"], matched=word.matched, presented_at=burn["burnt_at"])
    return await _compared(tx, fact, word)


async def compare_card_person(tx: Tx, reading: Reading, word: Word) -> PersonCompared | PresentationUnknown:
    """The same for a physical card that still lies in the reader: it is judged anew, and nothing is disclosed.

    A string that is FORGED counts as a guess, as `read_card` counts it, so the caller commits before raising what comes back.
    Raises CardUnreadable, PresentationUnknown unless it passes, and as `compare_person`.
    """
    judgement, facts = await _judged_card(tx, reading)
    if judgement.verdict is Verdict.FORGED:
        await _count_guesses(tx, [reading.terminal_id])
        return PresentationUnknown(f"this card does not pass here: {judgement.verdict}")
    if judgement.verdict is not Verdict.PASS:
        raise PresentationUnknown(f"this card does not pass here: {judgement.verdict}")
    fact = PersonCompared(holder_id=facts["holder_id"], terminal_id=reading.terminal_id, scene=reading.scene, matched=word.matched,
                          presented_at=reading.received_at)
    return await _compared(tx, fact, word)


async def _compared(tx: Tx, fact: PersonCompared, word: Word) -> PersonCompared:
    await tx.emit(fact)
    if fact.matched and fact.scene == PERSON_CHECK:
        await identity.record_terminal_check(tx, fact.holder_id, fact.terminal_id, word.pairing)
        if word.end_sessions:
            await sessions.revoke_all(tx, fact.holder_id, "counter")
    return fact


async def prune(tx: Tx) -> int:
    """Drop the burns that no live code can need; answers the hour before which every code is refused."""
    hour = int(tx.now.timestamp()) // model.HOUR_S - 1
    was = await store.horizon(tx)
    if hour <= was:
        return was
    before = await store.prune(tx, hour)
    await store.forget_forged(tx, _minute(tx.now - FORGED_KEPT))
    await tx.emit(BurnsPruned(run_id=ids.new(at=tx.now), hour=before))
    return before
