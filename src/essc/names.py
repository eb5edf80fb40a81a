"""The ids that rooms share. The prefix is what stands before the id on the wire."""
from typing import Final, NewType
from uuid import UUID

HolderId = NewType("HolderId", UUID)
CardId = NewType("CardId", UUID)
EcardId = NewType("EcardId", UUID)
LinkId = NewType("LinkId", UUID)
ChannelId = NewType("ChannelId", UUID)
VenueId = NewType("VenueId", UUID)
TerminalId = NewType("TerminalId", UUID)
CheckId = NewType("CheckId", UUID)
SessionId = NewType("SessionId", UUID)
UseId = NewType("UseId", UUID)
MessageId = NewType("MessageId", UUID)
NoteId = NewType("NoteId", UUID)
StaffId = NewType("StaffId", UUID)
StaffSessionId = NewType("StaffSessionId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
LookupId = NewType("LookupId", UUID)

PREFIXES: Final[dict[str, str]] = {
    "HolderId": "hold", "CardId": "card", "EcardId": "ecard", "LinkId": "link", "ChannelId": "chan", "VenueId": "ven",
    "TerminalId": "term", "CheckId": "chk", "SessionId": "sess", "UseId": "use", "MessageId": "msg", "NoteId": "note",
    "StaffId": "staff", "StaffSessionId": "stay", "ApprovalId": "appr", "LookupId": "look",
}
