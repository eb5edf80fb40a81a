"""Refusals of passwords, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class PasswordWeak(Refused):
    """The new password is not six digits, or is consecutive, repeated, or part of the holder's number."""

    kind, code = Kind.INVALID, "password_weak"


class PasswordUnchanged(Refused):
    """The new password is the old one."""

    kind, code = Kind.INVALID, "password_unchanged"


class PasswordNotSet(Refused):
    """The electronic card has no password yet, so there is nothing to compare with."""

    kind, code = Kind.CONFLICT, "password_not_set"


class PasswordLocked(Refused):
    """Too many wrong tries in a row: wait, or reset by a real-person check. Says how many tries and until when."""

    kind, code = Kind.THROTTLED, "password_locked"


class PasswordWrong(Refused):
    """The password is not the right one. Says how many tries are left."""

    kind, code = Kind.FORBIDDEN, "password_wrong"


class PasswordChangedMeanwhile(Refused):
    """Somebody set another password between the question and the answer."""

    kind, code = Kind.BUSY, "password_changed_meanwhile"


class PasswordsBusy(Refused):
    """More passwords wait to be compared than this process can hold."""

    kind, code = Kind.UNAVAILABLE, "passwords_busy"
