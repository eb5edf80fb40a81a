"""What room holders refuses, in the order in which it is decided."""
from typing import ClassVar

from essc.kit.errors import FieldError, Kind, Refused


class PersonWrong(Refused):
    """Something about a person cannot be right; `field` says what."""

    kind, code = Kind.INVALID, "person_wrong"
    field: ClassVar[str] = "number"

    def __init__(self, detail: str = "", **params: object) -> None:
        super().__init__(detail, fields=(FieldError(self.field, self.code, detail),))
        self.params = params


class NumberFifteenDigits(PersonWrong):
    """The number has the 15 digits of before 1999, which ceased to be valid in 2013."""

    code = "number_fifteen_digits"


class NumberLength(PersonWrong):
    """The number does not have 18 characters."""

    code = "number_length"


class NumberCharacters(PersonWrong):
    """The number holds something that is neither a digit nor a Latin letter."""

    code = "number_characters"


class NumberRegion(PersonWrong):
    """The first digits of a citizen number name no province."""

    code = "number_region"


class NumberBirthDate(PersonWrong):
    """Digits 7 to 14 of the number are no day of any calendar."""

    code = "number_birth_date"


class NumberFutureBirth(PersonWrong):
    """The number says that its holder is not born yet."""

    code = "number_future_birth"


class NumberChecksum(PersonWrong):
    """The last character does not follow from the seventeen before it."""

    code = "number_checksum"


class NumberDemonstration(PersonWrong):
    """The number starts with 9999, which only a data directory marked as demonstration accepts."""

    code = "number_demonstration"


class NameWrong(PersonWrong):
    """The name is empty, too long, or holds what no name holds."""

    code, field = "name_wrong", "name"


class MobileWrong(PersonWrong):
    """The mobile number is not one of the Chinese mainland."""

    code, field = "mobile_wrong", "mobile"


class MobileUnchanged(PersonWrong):
    """The new mobile number is the one that there is."""

    code, field = "mobile_unchanged", "mobile"


class PhotoWrong(PersonWrong):
    """The photo is no JPEG, PNG or SVG, or is too large."""

    code, field = "photo_wrong", "photo"


class HolderNotFound(Refused):
    """There is no such person here, or no longer."""

    kind, code = Kind.NOT_FOUND, "holder_not_found"


class NameDiffers(Refused):
    """This number is known under another name; a person must settle which is right. Nothing was overwritten."""

    kind, code = Kind.CONFLICT, "name_differs"


class NameConflictNotFound(Refused):
    """There is no such conflict of names, or it is settled."""

    kind, code = Kind.NOT_FOUND, "name_conflict_not_found"


class HolderChangedMeanwhile(Refused):
    """Somebody changed the same person at the same moment."""

    kind, code = Kind.BUSY, "holder_changed_meanwhile"


class LookupWrong(Refused):
    """A member of staff gave no reason from the list, no words for it, or no ticket; `fields` says what. Nobody was looked for."""

    kind, code = Kind.INVALID, "lookup_wrong"


class LookupsThrottled(Refused):
    """A member of staff has looked up more people, or missed more often, than one piece of work needs."""

    kind, code = Kind.THROTTLED, "lookups_throttled"


class HolderNotInArea(Refused):
    """Nobody of this name and this number has a card in the areas of the member who asks. Which of the three it is, is not told."""

    kind, code = Kind.NOT_FOUND, "holder_not_in_area"


class LookupNotFound(Refused):
    """There is no such look-up of this member in this session."""

    kind, code = Kind.NOT_FOUND, "lookup_not_found"


class LookupOver(Refused):
    """The look-up was a quarter of an hour ago: whoever still needs it asks again, with a reason."""

    kind, code = Kind.GONE, "lookup_over"
