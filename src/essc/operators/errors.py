"""Refusals of staff, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class StaffSessionOver(Refused):
    """There is no such staff session, or it has ended: by its age, by signing out, or because somebody ended it."""

    kind, code = Kind.UNAUTHENTICATED, "staff_session_over"


class ScreenLocked(Refused):
    """Nobody has worked on this screen for a quarter of an hour: the password is asked again."""

    kind, code = Kind.UNAUTHENTICATED, "staff_screen_locked"


class NetworkNotAllowed(Refused):
    """The console may be opened only from the networks that the installation names."""

    kind, code = Kind.FORBIDDEN, "staff_network_not_allowed"


class NotPermitted(Refused):
    """The member's roles or areas do not reach this far."""

    kind, code = Kind.FORBIDDEN, "staff_not_permitted"


class SignInLocked(Refused):
    """Too many wrong tries in a row for this login, whether it exists or not: wait. Says how many and until when."""

    kind, code = Kind.THROTTLED, "staff_sign_in_locked"


class SignInWrong(Refused):
    """Login and password do not belong together; an unknown login is told the same. Says how many tries are left."""

    kind, code = Kind.FORBIDDEN, "staff_sign_in_wrong"


class OneTimeCodeWrong(Refused):
    """The one-time code is not the right one, or was used before. Says how many tries are left."""

    kind, code = Kind.FORBIDDEN, "staff_one_time_code_wrong"


class PasskeyRefused(Refused):
    """The browser's answer does not prove a passkey that we know."""

    kind, code = Kind.FORBIDDEN, "staff_passkey_refused"


class StaffPasswordsBusy(Refused):
    """More passwords wait to be compared than this process can hold."""

    kind, code = Kind.UNAVAILABLE, "staff_passwords_busy"


class MemberDisabled(Refused):
    """The account is disabled; told only to whoever knows its password."""

    kind, code = Kind.FORBIDDEN, "staff_member_disabled"


class MemberNotReady(Refused):
    """A factor has to be set anew with the link that an administrator gave out; told only to whoever knows the password."""

    kind, code = Kind.CONFLICT, "staff_member_not_ready"


class EntryOver(Refused):
    """The sign-in that was begun is too old, or was finished: begin again."""

    kind, code = Kind.GONE, "staff_entry_over"


class InvitationOver(Refused):
    """The link was used, revoked, or is too old, or there never was one."""

    kind, code = Kind.GONE, "staff_invitation_over"


class StaffPasswordWeak(Refused):
    """The password is shorter than twelve characters, of one kind of characters, repetitive, or holds the login."""

    kind, code = Kind.INVALID, "staff_password_weak"


class MemberNotFound(Refused):
    """There is no such member, or not for the one who asks."""

    kind, code = Kind.NOT_FOUND, "staff_member_not_found"


class MemberWrong(Refused):
    """Login, name, roles or areas of a member are missing or not such."""

    kind, code = Kind.INVALID, "staff_member_wrong"


class LoginTaken(Refused):
    """There is a member with this login."""

    kind, code = Kind.CONFLICT, "staff_login_taken"


class AuditorNotSystem(Refused):
    """One person may not be auditor and system administrator."""

    kind, code = Kind.INVALID, "staff_auditor_not_system"


class AuditorNotSecurity(Refused):
    """One person may not be auditor and security administrator."""

    kind, code = Kind.INVALID, "staff_auditor_not_security"


class SystemNotSecurity(Refused):
    """One person may not be system and security administrator."""

    kind, code = Kind.INVALID, "staff_system_not_security"


class AdminNotBusiness(Refused):
    """One of the three administrators may not work on cases: no maker, checker or reader."""

    kind, code = Kind.INVALID, "staff_admin_not_business"


class AdminNotNational(Refused):
    """The three administrators work for the whole house, so their area is the nation."""

    kind, code = Kind.INVALID, "staff_admin_not_national"


class OwnRights(Refused):
    """Nobody changes his own roles, areas, state or factors on the page that does it for others."""

    kind, code = Kind.CONFLICT, "staff_own_rights"


class LastSystemAdmin(Refused):
    """The last active system administrator can neither be disabled nor become something else."""

    kind, code = Kind.CONFLICT, "staff_last_system_admin"


class MemberChangedMeanwhile(Refused):
    """Somebody else changed the member at the same moment."""

    kind, code = Kind.BUSY, "staff_member_changed_meanwhile"


class MemberMoveNotAllowed(Refused):
    """What is asked for does not fit the member's state: a disabled member is disabled already, an active one needs no link."""

    kind, code = Kind.CONFLICT, "staff_member_move_not_allowed"


class BootstrapDone(Refused):
    """There is a member who may invite others: the command line invites only the first."""

    kind, code = Kind.CONFLICT, "staff_bootstrap_done"


class LastFactor(Refused):
    """The last second factor of a member cannot be taken away."""

    kind, code = Kind.CONFLICT, "staff_last_factor"


class ReasonMissing(Refused):
    """What is done here needs a reason of at least four characters."""

    kind, code = Kind.INVALID, "staff_reason_missing"


class ApprovalNotFound(Refused):
    """There is no such request, or not for the one who asks."""

    kind, code = Kind.NOT_FOUND, "staff_approval_not_found"


class OwnRequest(Refused):
    """Whoever asked may not approve: 不能复核自己提交的内容."""

    kind, code = Kind.CONFLICT, "staff_own_request"


class ApprovalExpired(Refused):
    """Nobody decided in time: ask again."""

    kind, code = Kind.GONE, "staff_approval_expired"


class ApprovalDecided(Refused):
    """Somebody decided this request before."""

    kind, code = Kind.CONFLICT, "staff_approval_decided"


class ApprovalPending(Refused):
    """The same is asked for already, and waits for a second person."""

    kind, code = Kind.CONFLICT, "staff_approval_pending"
