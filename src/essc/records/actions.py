"""What is done to use records: kept from events, and disowned by the holder."""
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from essc.cards import queries as cards
from essc.ecards import actions as ecards
from essc.ecards import queries as known_ecards
from essc.ecards.model import Ecard, Freeze
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import PREFIXES, EcardId, HolderId, UseId
from essc.records import model, store
from essc.records.events import UseDisputed
from essc.records.model import Dispute, Use
from essc.risk import actions as risk
from essc.risk.model import Facts, Level, Rule, SubjectKind
from essc.venues import actions as venues


async def keep(tx: Tx, uses: Sequence[Use]) -> None:
    """Write uses into the records of their holders; those that are there stay as they are. (Told by other rooms' events: no event of its own.)

    What terminals read is added up in the same transaction, each use once: room venues shows it to whoever looks after them.
    """
    if not uses:
        return
    fresh = await store.keep(tx, uses)
    await venues.add_tallies(tx, model.tallies([use for use in uses if use.id in fresh]))


async def owners(tx: Tx, ecards_: Sequence[EcardId]) -> dict[EcardId, HolderId]:
    """Whose electronic cards these are."""
    found = await store.holders(tx, ecards_)
    return {EcardId(id): holder for id, holder in found.items()}


async def dispute(tx: Tx, holder_id: HolderId, use_id: UseId) -> Dispute:
    """我没有用过: freeze the codes on all channels, end all sessions, open a note for whoever looks into it. Said again it is the same.

    Raises UseNotFound, EcardChangedMeanwhile.
    """
    shown = await store.get(tx, holder_id, use_id)
    said = await store.dispute(tx, holder_id, use_id)
    if said is not None:
        return said
    ecard = await known_ecards.of_holder(tx, holder_id)
    if ecard is not None:
        await _stop(tx, ecard)
    said = Dispute(ids.new(ids.bucket(holder_id), tx.now), use_id, holder_id, ecard.id if ecard else None, tx.now)
    if not await store.keep_dispute(tx, said):
        return await store.dispute(tx, holder_id, use_id) or said
    await tx.emit(UseDisputed(dispute_id=said.id, use_id=use_id, holder_id=holder_id, ecard_id=said.ecard_id))
    await note(tx, Rule.USE_DISPUTED, Level.HIGH, holder_id, _facts(shown.use), said.id)
    return said


def _facts(use: Use) -> Facts:
    """What of a use may stand in a note: ids and enums."""
    told = {"use": ids.wire(PREFIXES["UseId"], use.id), "action": use.action, "verdict": use.verdict, "scene": use.scene,
            "terminal": use.terminal_id and ids.wire(PREFIXES["TerminalId"], use.terminal_id),
            "channel": use.channel_id and ids.wire(PREFIXES["ChannelId"], use.channel_id)}
    return {name: str(value) for name, value in told.items() if value}


async def note(tx: Tx, rule: Rule, level: Level, holder_id: HolderId, facts: Facts, fact_id: UUID, at: datetime | None = None) -> None:
    """Tell those on duty in the region of the holder's card of what was seen; the same fact told again counts once."""
    card = await cards.usable(tx, holder_id)
    await risk.raise_note(tx, rule=rule, level=level, subject_kind=SubjectKind.HOLDER, subject=holder_id,
                          region=card.region if card else risk.NATION, facts=facts, fact_id=fact_id, at=at)


async def _stop(tx: Tx, ecard: Ecard) -> None:
    """Freeze the codes, the holder's own freeze becoming the stronger one. What is frozen for a reason as strong stays so, and the sessions
    end all the same: whoever the holder does not know may have signed in since.
    """
    if ecard.frozen_at is None or ecard.frozen_why is Freeze.HOLDER:
        await ecards.freeze(tx, ecard.id, Freeze.NOT_ME)
    else:
        await ecards.bump(tx, ecard.id, "not_me", ends_sessions=True)
