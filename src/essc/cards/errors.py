"""What room cards refuses, in the order in which it is decided."""
from essc.kit.errors import Kind, Refused


class CardFileWrong(Refused):
    """A card file that cannot be imported at all. Nothing of it was taken."""

    kind, code = Kind.INVALID, "card_file_wrong"


class FileNotThere(CardFileWrong):
    """There is no file of this name, or it cannot be read."""

    kind, code = Kind.NOT_FOUND, "card_file_not_there"


class FileKindUnknown(CardFileWrong):
    """The file is none of CSV, XLSX and Parquet."""

    code = "card_file_kind_unknown"


class FileEmpty(CardFileWrong):
    """The file has no row."""

    code = "card_file_empty"


class FileEncodingWrong(CardFileWrong):
    """The text is neither UTF-8 nor GB18030, or changes its encoding on the way."""

    code = "card_file_encoding_wrong"


class FileColumnsWrong(CardFileWrong):
    """Columns are missing, unknown or named twice."""

    code = "card_file_columns_wrong"


class FileLineTooLong(CardFileWrong):
    """A line is longer than any row can be."""

    code = "card_file_line_too_long"


class FileCut(CardFileWrong):
    """The last line stops in the middle: the file was not transferred whole."""

    code = "card_file_cut"


class FileTooLarge(CardFileWrong):
    """A spreadsheet has too many rows, or unpacks to more than we are ready to hold."""

    kind, code = Kind.TOO_LARGE, "card_file_too_large"


class FileBroken(CardFileWrong):
    """The container (ZIP, Parquet) does not open."""

    code = "card_file_broken"


class FileChanged(CardFileWrong):
    """The file was changed while it was read."""

    kind, code = Kind.CONFLICT, "card_file_changed"


class RowWrong(Refused):
    """One field of one row is wrong; goes to the rejects, never to a caller of the API alone."""

    kind, code = Kind.INVALID, "card_row_wrong"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class RegionKeyUnknown(Refused):
    """No region signs with this key, or no longer."""

    kind, code = Kind.UNAUTHENTICATED, "region_key_unknown"


class RegionKeyTaken(Refused):
    """A key of this id is registered already, with other content."""

    kind, code = Kind.CONFLICT, "region_key_taken"


class RegionKeyWrong(Refused):
    """The public key cannot be read, or its algorithm is none of ours."""

    kind, code = Kind.INVALID, "region_key_wrong"


class NotThisRegion(Refused):
    """The key of one region signed a message for another."""

    kind, code = Kind.FORBIDDEN, "card_feed_not_this_region"


class CardEventInFuture(Refused):
    """An event is said to happen more than five minutes from now."""

    kind, code = Kind.INVALID, "card_event_in_future"


class CardEventForked(Refused):
    """An event names as the one before it an event that another has followed already."""

    kind, code = Kind.CONFLICT, "card_feed_forked"


class CardNotFound(Refused):
    """There is no such card, or it is not the caller's."""

    kind, code = Kind.NOT_FOUND, "card_not_found"


class CardMoveNotAllowed(Refused):
    """A card of this state does not move there."""

    kind, code = Kind.CONFLICT, "card_move_not_allowed"


class CardReplacementAccepted(Refused):
    """A new card was issued: the loss of the old one can no longer be lifted."""

    kind, code = Kind.CONFLICT, "card_replacement_accepted"


class CardMovedTooOften(Refused):
    """More than eight moves of one card in a minute."""

    kind, code = Kind.THROTTLED, "card_moved_too_often"


class CardChangedMeanwhile(Refused):
    """Somebody moved the same card at the same moment."""

    kind, code = Kind.BUSY, "card_changed_meanwhile"
