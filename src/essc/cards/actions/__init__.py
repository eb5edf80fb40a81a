"""What can be done about cards; each function is one verb inside the caller's transaction."""
from essc.cards.actions.asking import end_temporary_losses, forget_holder, request_lift, request_loss, request_refused, request_sent
from essc.cards.actions.importing import Chunk, Counts, begin_file, finish_file, import_chunk, make_chunk, rejects
from essc.cards.actions.keys import end_region_key, register_region_key
from essc.cards.actions.looking import look_up
from essc.cards.actions.reporting import Answer, StatusEvent, follow_held, report

__all__ = [
    "Answer", "Chunk", "Counts", "StatusEvent", "begin_file", "end_region_key", "end_temporary_losses", "finish_file", "follow_held",
    "forget_holder", "import_chunk", "look_up", "make_chunk", "register_region_key", "rejects", "report", "request_lift", "request_loss", "request_refused",
    "request_sent",
]
