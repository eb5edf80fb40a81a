"""Refusals of electronic cards, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class NameMismatch(Refused):
    """Name and number are not of one person that we know (姓名与社会保障号码不匹配)."""

    kind, code = Kind.INVALID, "ecard_name_mismatch"


class NoCard(Refused):
    """No physical card was found for this person: apply for one first (未查询到您的社保卡)."""

    kind, code = Kind.NOT_FOUND, "ecard_no_card"


class CardNotUsable(Refused):
    """The physical card is not in use, so there is no electronic one. The subclass says how it stands."""

    kind, code = Kind.CONFLICT, "ecard_card_not_usable"


class CardLost(CardNotUsable):
    """The card is reported lost."""

    code = "card_lost"


class CardLocked(CardNotUsable):
    """The card is locked."""

    code = "card_locked"


class CardSealed(CardNotUsable):
    """The card is sealed."""

    code = "card_sealed"


class CardNotEnabled(CardNotUsable):
    """The card is not enabled yet."""

    code = "card_not_enabled"


class CardCancelled(CardNotUsable):
    """The card is cancelled; the electronic card can only be unlinked."""

    code = "card_cancelled"


class CardReplaced(CardNotUsable):
    """There is a new card: unlink the old electronic one, then apply again."""

    code = "card_replaced"


class AlreadyIssued(Refused):
    """The person has an electronic card on this channel: sign in."""

    kind, code = Kind.CONFLICT, "ecard_already_issued"


class HeldElsewhere(Refused):
    """The person has an electronic card on another channel: link this one with its password."""

    kind, code = Kind.CONFLICT, "ecard_held_elsewhere"


class EcardNotFound(Refused):
    """The person has no electronic card."""

    kind, code = Kind.NOT_FOUND, "ecard_not_found"


class LinkNotFound(Refused):
    """There is no such link, or it is not the caller's."""

    kind, code = Kind.NOT_FOUND, "ecard_link_not_found"


class LinkEnded(Refused):
    """The link was ended: there is nothing left to do with it."""

    kind, code = Kind.GONE, "ecard_link_ended"


class ProofNeeded(Refused):
    """The verb needs a proof: a face check, a code by SMS, a clerk, or the password."""

    kind, code = Kind.FORBIDDEN, "ecard_proof_needed"


class EcardFrozenAlready(Refused):
    """The electronic card is frozen already."""

    kind, code = Kind.CONFLICT, "ecard_frozen_already"


class EcardNotFrozen(Refused):
    """The electronic card is not frozen."""

    kind, code = Kind.CONFLICT, "ecard_not_frozen"


class EcardChangedMeanwhile(Refused):
    """Somebody changed the same electronic card at the same moment."""

    kind, code = Kind.BUSY, "ecard_changed_meanwhile"
