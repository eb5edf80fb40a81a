"""What can be done to a note; each function is one verb inside the caller's transaction."""
from datetime import datetime
from typing import Final
from uuid import UUID

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import NoteId
from essc.risk import events, model, queries, store
from essc.risk.model import Act, Closing, Facts, Level, Note, Rule, State, SubjectKind

NATION: Final = "000000"


async def raise_note(tx: Tx, *, rule: str, level: Level, subject_kind: str, subject: UUID, region: str = NATION, facts: Facts,
                     fact_id: UUID | None = None, at: datetime | None = None) -> NoteId:
    """Note a fact about a channel, terminal, holder, address or region, for whoever is on duty in its region.

    While a note of the same rule and subject is not closed it is counted up instead. `fact_id` is the caller's own id of the fact: told
    again it changes nothing, not even after the note was closed. `at` is when it was seen, if not now. `facts` are counts, enums and wire ids.
    Raises ValueError for a rule or kind that does not exist.
    """
    known = Rule(rule), SubjectKind(subject_kind)
    if fact_id is not None and (told := await store.note_of_fact(tx, subject, known[0], fact_id)) is not None:
        return told
    bucket = ids.bucket(subject)
    note = Note(id=NoteId(ids.new(bucket, tx.now)), rule=known[0], level=Level(level), subject_kind=known[1], subject=subject, region=region, facts=facts,
                count=1, state=State.OPEN, version=1, raised_at=at or tx.now, last_at=at or tx.now)
    kept = await store.raise_or_count(tx, note)
    await store.keep_sighting(tx, note, kept["id"], fact_id or ids.new(bucket, tx.now))
    await tx.emit(events.NoteRaised(note_id=kept["id"], about=subject, subject_kind=note.subject_kind, rule=note.rule,
                                    level=Level(kept["level"]).word, region=region, count=kept["count"]))
    return NoteId(kept["id"])


async def take(tx: Tx, note_id: NoteId) -> Note:
    """Take a note over. Raises NoteNotFound, NoteMoveNotAllowed, NoteChangedMeanwhile."""
    was = (await queries.get(tx, note_id)).note
    now = model.taken(was, tx.actor.id)
    await store.save(tx, now, was=was, move="take", word="")
    await tx.emit(events.NoteTaken(note_id=note_id, about=now.subject, version=now.version))
    return now


async def remark(tx: Tx, note_id: NoteId, text: str) -> Note:
    """Write a remark on the timeline. Raises NoteReasonMissing, NoteNotFound, NoteMoveNotAllowed, NoteChangedMeanwhile."""
    word = model.reason(text)
    was = (await queries.get(tx, note_id)).note
    now = model.worked_on(was, tx.actor.id)
    await store.save(tx, now, was=was, move="remark", word=word)
    await tx.emit(events.NoteRemarked(note_id=note_id, about=now.subject, version=now.version))
    return now


async def act(tx: Tx, note_id: NoteId, done: Act, text: str) -> Note:
    """Write down what was done because of a note; the caller does it in the same transaction, by the verb of its room.

    Raises NoteReasonMissing, NoteNotFound, NoteMoveNotAllowed, NoteChangedMeanwhile.
    """
    word = model.reason(text)
    was = (await queries.get(tx, note_id)).note
    now = model.worked_on(was, tx.actor.id)
    await store.save(tx, now, was=was, move=done, word=word)
    await tx.emit(events.NoteActedOn(note_id=note_id, about=now.subject, act=done, version=now.version))
    return now


async def close(tx: Tx, note_id: NoteId, closing: Closing, text: str) -> Note:
    """Close a note, as handled or as a false alarm. Raises NoteReasonMissing, NoteNotFound, NoteMoveNotAllowed, NoteChangedMeanwhile."""
    word = model.reason(text)
    was = (await queries.get(tx, note_id)).note
    now = model.closed(was, tx.actor.id, closing)
    await store.save(tx, now, was=was, move=closing, word=word)
    await tx.emit(events.NoteClosed(note_id=note_id, about=now.subject, closing=closing, version=now.version))
    return now
