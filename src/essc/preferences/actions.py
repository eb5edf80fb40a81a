"""What can be done about preferences; each function is one verb inside the caller's transaction."""
from essc.kit.db.tx import Tx
from essc.names import HolderId
from essc.preferences import events, store
from essc.preferences.model import Mode, TextSize


async def choose_mode(tx: Tx, holder_id: HolderId, mode: Mode) -> None:
    """长辈版 or 标准版, on every device of this person; answers the question that is asked once."""
    await store.choose_mode(tx, holder_id, mode)
    await tx.emit(events.ModeChosen(holder_id=holder_id, mode=mode))


async def choose_text_size(tx: Tx, holder_id: HolderId, size: TextSize) -> None:
    """字号, on every device of this person."""
    await store.choose_text_size(tx, holder_id, size)
    await tx.emit(events.TextSizeChosen(holder_id=holder_id, percent=int(size)))


async def agree(tx: Tx, holder_id: HolderId, terms: str) -> None:
    """Note which version of the terms this person has agreed to; said again it is the same."""
    if await store.agree(tx, holder_id, terms):
        await tx.emit(events.TermsAgreed(holder_id=holder_id, terms=terms))


async def forget(tx: Tx, holder_id: HolderId) -> None:
    """Drop what an erased person chose. (Told by the event that erased them: no event of its own.)"""
    await store.forget(tx, holder_id)
