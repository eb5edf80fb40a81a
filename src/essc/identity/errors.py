"""Refusals of identity, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class WayNotOffered(Refused):
    """This way of proving to be the person is not offered: no face service is connected, or the region does not accept it here."""

    kind, code = Kind.CONFLICT, "identity_way_not_offered"


class ChecksTooOften(Refused):
    """Too many real-person checks of one person, or asked by one channel; says for how many minutes to wait."""

    kind, code = Kind.THROTTLED, "identity_too_often"


class CheckNotFound(Refused):
    """There is no such check here."""

    kind, code = Kind.NOT_FOUND, "identity_check_not_found"


class CheckOver(Refused):
    """The check's minutes are over: start another one."""

    kind, code = Kind.GONE, "identity_check_over"


class CheckDecided(Refused):
    """The check is decided already and takes no more pictures."""

    kind, code = Kind.CONFLICT, "identity_check_decided"


class FramesUnreadable(Refused):
    """The pictures are not one to eight JPEG images of at most 200 KiB each."""

    kind, code = Kind.INVALID, "identity_frames_unreadable"


class FaceManyPeople(Refused):
    """More than one face, or none, is in the picture."""

    kind, code = Kind.INVALID, "face_many"


class FaceNotLive(Refused):
    """The movements that were asked for were not seen."""

    kind, code = Kind.INVALID, "face_not_live"


class FaceMismatch(Refused):
    """The face is not that of the card's photo."""

    kind, code = Kind.INVALID, "face_mismatch"


class FaceTriesSpent(Refused):
    """The third failure in a row: this check is closed; a person at a counter decides, or another check starts."""

    kind, code = Kind.CONFLICT, "face_tries_spent"


class AnswerNotTrusted(Refused):
    """The face service's answer is unsigned, of another request, another subject, or old. It is not counted as a failure."""

    kind, code = Kind.UNAVAILABLE, "face_answer_not_trusted"


class EvidenceMissing(Refused):
    """There is no proof of the person under this id, for this purpose, for this number."""

    kind, code = Kind.FORBIDDEN, "identity_evidence_missing"


class EvidenceOver(Refused):
    """The proof is older than it may be."""

    kind, code = Kind.GONE, "identity_evidence_over"


class EvidenceUsed(Refused):
    """The proof was used before; each counts once."""

    kind, code = Kind.CONFLICT, "identity_evidence_used"


class SmsTooOften(Refused):
    """Too many codes to one mobile, or by one asker; says for how many minutes to wait."""

    kind, code = Kind.THROTTLED, "sms_too_often"


class SmsCodeOver(Refused):
    """The code is older than five minutes, was never sent, or was tried too often: ask for another one."""

    kind, code = Kind.GONE, "sms_code_over"


class SmsCodeWrong(Refused):
    """The code is not the one that was sent; says how many tries are left."""

    kind, code = Kind.INVALID, "sms_code_wrong"
