"""Facts about staff for others: ids and enums only."""
from typing import ClassVar

from essc.kit.events import Event
from essc.names import ApprovalId, StaffId, StaffSessionId


class MemberInvited(Event, frozen=True, kw_only=True):
    """A member was invited (`purpose`: join, or the factor that is set anew). The link itself is told to the inviter only."""

    kind: ClassVar[str] = "operators.member_invited"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    roles: tuple[str, ...]
    areas: tuple[str, ...]
    purpose: str


class MemberJoined(Event, frozen=True, kw_only=True):
    """The member has set password and second factor, or the one that was missing."""

    kind: ClassVar[str] = "operators.member_joined"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    purpose: str


class RightsChanged(Event, frozen=True, kw_only=True):
    """Roles or areas of a member are others now."""

    kind: ClassVar[str] = "operators.rights_changed"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    roles_before: tuple[str, ...]
    roles: tuple[str, ...]
    areas_before: tuple[str, ...]
    areas: tuple[str, ...]
    version: int


class MemberDisabled(Event, frozen=True, kw_only=True):
    """A member may not sign in any more; all sessions ended."""

    kind: ClassVar[str] = "operators.member_disabled"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    version: int


class FactorReset(Event, frozen=True, kw_only=True):
    """A factor of a member counts no longer (`factor`: factor, password); sessions ended, a link to set it anew was given out."""

    kind: ClassVar[str] = "operators.factor_reset"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    factor: str


class PasskeyAdded(Event, frozen=True, kw_only=True):
    """A member has registered a passkey."""

    kind: ClassVar[str] = "operators.passkey_added"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId


class PasskeyRemoved(Event, frozen=True, kw_only=True):
    """A member has removed a passkey."""

    kind: ClassVar[str] = "operators.passkey_removed"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId


class PasswordChanged(Event, frozen=True, kw_only=True):
    """A member has changed the password, knowing the old one; all other sessions ended."""

    kind: ClassVar[str] = "operators.password_changed"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId


class SignedIn(Event, frozen=True, kw_only=True):
    """A member signed in (`way`: one_time_code, passkey)."""

    kind: ClassVar[str] = "operators.signed_in"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    session_id: StaffSessionId
    way: str


class SignInRefused(Event, frozen=True, kw_only=True):
    """Somebody tried to sign in as a member and was refused (`why`: password, one_time_code, passkey, disabled, locked)."""

    kind: ClassVar[str] = "operators.sign_in_refused"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    why: str


class ScreenLocked(Event, frozen=True, kw_only=True):
    """A screen was locked, by the member or by idling."""

    kind: ClassVar[str] = "operators.screen_locked"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    session_id: StaffSessionId


class ScreenUnlocked(Event, frozen=True, kw_only=True):
    """The password was given again on a locked screen."""

    kind: ClassVar[str] = "operators.screen_unlocked"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    session_id: StaffSessionId


class SignedOut(Event, frozen=True, kw_only=True):
    """A session was ended (`why`: signed_out, member, administrator, disabled, rights, factor, password)."""

    kind: ClassVar[str] = "operators.signed_out"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    session_id: StaffSessionId
    why: str


class ListExported(Event, frozen=True, kw_only=True):
    """A member took a list out of the house (`reason`: report, check, case, audit)."""

    kind: ClassVar[str] = "operators.list_exported"
    subject: ClassVar[str] = "staff_id"
    staff_id: StaffId
    list: str
    count: int
    area: str
    reason: str


class ApprovalAsked(Event, frozen=True, kw_only=True):
    """A member asks for something that a second person decides."""

    kind: ClassVar[str] = "operators.approval_asked"
    subject: ClassVar[str] = "approval_id"
    approval_id: ApprovalId
    asked_by: StaffId
    what: str
    about: str
    region: str


class ApprovalGiven(Event, frozen=True, kw_only=True):
    """A second person agreed, and it was done in the same moment."""

    kind: ClassVar[str] = "operators.approval_given"
    subject: ClassVar[str] = "approval_id"
    approval_id: ApprovalId
    asked_by: StaffId
    decided_by: StaffId
    what: str
    about: str
    region: str


class ApprovalRefused(Event, frozen=True, kw_only=True):
    """A second person did not agree."""

    kind: ClassVar[str] = "operators.approval_refused"
    subject: ClassVar[str] = "approval_id"
    approval_id: ApprovalId
    asked_by: StaffId
    decided_by: StaffId
    what: str
    about: str
    region: str
