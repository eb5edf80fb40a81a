"""Who may do what, which roles exclude each other, what a strong password is, when tries are spent. Pure: no clock, no database, no network."""
import base64
import binascii
import hmac
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import pyotp

from essc.kit.clock import SHANGHAI
from essc.kit.errors import FieldError, Refused
from essc.names import ApprovalId, StaffId, StaffSessionId
from essc.operators import errors
from essc.operators.errors import SignInLocked, StaffPasswordWeak, StaffSessionOver
from essc.regions.model import ancestors, division, region_path

NATION: Final = "000000"
TOKEN_BYTES: Final = 32
IDLE: Final = timedelta(minutes=15)
"""Without a request for so long, the screen locks (UX E3: Idle 15 min → lock screen)."""
LONGEST: Final = timedelta(hours=12)
"""A session ends after a working day, however busy."""
TOUCH: Final = timedelta(seconds=30)
"""A session in use is written down as seen this often."""
TRIES: Final = 5
LOCK: Final = timedelta(minutes=15)
ENTRY: Final = timedelta(minutes=5)
"""How long the second factor may be given after the password."""
INVITATION: Final = timedelta(hours=72)
APPROVAL: Final = timedelta(hours=72)
"""A request that nobody decided by then has to be made again."""
OTP_SECRET_BYTES: Final = 20
"""RFC 4226 §4 R6 recommends 160 bits."""
OTP_STEP_S: Final = 30
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 128
_LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_SHORTEST_REASON: Final = 4
LONGEST_REASON: Final = 200


class Role(StrEnum):
    """What a member is; the Chinese word is the one on screens."""

    SYSTEM = "system"        # 系统管理员
    SECURITY = "security"    # 安全管理员
    AUDITOR = "auditor"      # 审计员
    MAKER = "maker"          # 经办
    CHECKER = "checker"      # 复核
    READER = "reader"        # 只读


class Permission(StrEnum):
    """One thing that a page or an action asks for."""

    OVERVIEW = "overview"
    ISSUANCE = "issuance"
    RISK_READ = "risk_read"
    RISK_ACT = "risk_act"
    VENUES_READ = "venues_read"
    VENUES_ACT = "venues_act"
    PERSON_READ = "person_read"
    PERSON_ACT = "person_act"
    AUDIT = "audit"
    STAFF = "staff"
    APPROVE = "approve"                # 复核 of business
    APPROVE_STAFF = "approve_staff"    # the second of two administrators
    EXPORT = "export"
    CHANNELS_ACT = "channels_act"
    TARGETS = "targets"                # 年度目标


ADMINS: Final = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDITOR})
"""三员: three people who watch each other, and none of whom works on cases."""
_READS: Final = frozenset({Permission.OVERVIEW, Permission.ISSUANCE, Permission.RISK_READ, Permission.VENUES_READ, Permission.PERSON_READ})
GRANTS: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.SYSTEM: frozenset({Permission.STAFF, Permission.APPROVE_STAFF, Permission.EXPORT}),
    Role.SECURITY: frozenset({Permission.RISK_READ, Permission.RISK_ACT, Permission.CHANNELS_ACT, Permission.APPROVE_STAFF, Permission.EXPORT}),
    Role.AUDITOR: frozenset({Permission.AUDIT, Permission.EXPORT}),
    Role.MAKER: _READS | {Permission.VENUES_ACT, Permission.PERSON_ACT, Permission.CHANNELS_ACT, Permission.EXPORT, Permission.TARGETS},
    Role.CHECKER: _READS | {Permission.APPROVE, Permission.EXPORT},
    Role.READER: _READS,
}
"""Table E11 of the screens' contract: administrators see C14, C3 and C13 only, the others the business of their areas."""
APPROVED_BY: Final[Mapping[str, Permission]] = {"staff": Permission.APPROVE_STAFF, "audit": Permission.APPROVE_STAFF}
"""By the first word of a request's kind: who decides it. Everything else is decided by a checker of the area."""


class MemberState(StrEnum):
    """The comment says who has the next action."""

    INVITED = "invited"      # the member sets password and second factor with the link
    ACTIVE = "active"        # nobody: the member works
    DISABLED = "disabled"    # a system administrator may invite anew


class Purpose(StrEnum):
    """What an invitation lets its bearer set: everything, or only the factor that is lost (the other one is asked for)."""

    JOIN = "join"
    FACTOR = "factor"
    PASSWORD = "password"


class ExportReason(StrEnum):
    """Why a list is taken out of the house."""

    REPORT = "report"        # 统计汇报
    CHECK = "check"          # 核对数据
    CASE = "case"            # 业务办理
    AUDIT = "audit"          # 审计检查


class Outcome(StrEnum):
    """How a request for a second person stands."""

    ASKED = "asked"          # a second person decides
    APPROVED = "approved"
    REFUSED = "refused"
    EXPIRED = "expired"      # derived: asked, and too old


@dataclass(frozen=True)
class Hashed:
    """An Argon2id hash in its encoded form, and the version of the pepper under it."""

    encoded: str
    pepper_version: int


@dataclass(frozen=True)
class Member:
    """One member of staff. `areas` are region codes, "000000" the nation; `region` is where his unit stands in the tree."""

    id: StaffId
    login: str
    name: str
    unit: str
    roles: frozenset[Role]
    areas: tuple[str, ...]
    state: MemberState
    version: int
    created_at: datetime
    since: datetime
    seen_at: datetime | None
    has_password: bool
    has_one_time_code: bool
    passkeys: int

    @property
    def region(self) -> str:
        """Where the member stands in the tree of organisations: the first area."""
        return self.areas[0]

    @property
    def admin(self) -> bool:
        """Whether the member is one of the three administrators."""
        return bool(self.roles & ADMINS)

    def may(self, permission: Permission) -> bool:
        """Whether a role of the member permits it."""
        return may(self.roles, permission)


@dataclass(frozen=True)
class Stay:
    """One staff session as it is listed."""

    id: StaffSessionId
    staff_id: StaffId
    device_name: str
    way: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    locked: bool


@dataclass(frozen=True)
class Passkey:
    """A passkey as it is listed."""

    id: bytes
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Approval:
    """A request that a second person decides. `body` holds ids and enums only."""

    id: ApprovalId
    kind: str
    subject: str
    region: str
    body: Mapping[str, str]
    reason: str
    asked_by: StaffId
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime
    outcome: Outcome
    decided_by: StaffId | None
    decided_by_name: str
    decided_at: datetime | None
    answer: str


def may(roles: Iterable[Role], permission: Permission) -> bool:
    """Whether one of `roles` permits it."""
    return any(permission in GRANTS[role] for role in roles)


def covers(areas: Iterable[str], region: str) -> bool:
    """Whether `region` is one of `areas` or lies in one. A code that no list has is covered by the nation only."""
    known = ancestors(region) if division(region) is not None else (region, NATION)
    return any(area in known for area in areas)


def approver_of(kind: str) -> Permission:
    """The permission that decides requests of a kind."""
    return APPROVED_BY.get(kind.partition(".")[0], Permission.APPROVE)


def clean_roles(roles: Iterable[str]) -> frozenset[Role]:
    """Roles that one person may have together.

    Raises MemberWrong for none or an unknown one; AuditorNotSystem, AuditorNotSecurity, SystemNotSecurity, AdminNotBusiness.
    """
    try:
        found = frozenset(Role(role) for role in roles)
    except ValueError:
        found = frozenset()
    if not found:
        raise errors.MemberWrong("no role, or an unknown one", fields=[FieldError("roles", "required")])
    excluded = excludes(found)
    if excluded is not None:
        raise excluded
    return found


def excludes(roles: frozenset[Role]) -> Refused | None:
    """Why nobody may have these roles together; None when somebody may."""
    fields = [FieldError("roles", "staff_roles_excluded")]
    if roles >= {Role.AUDITOR, Role.SYSTEM}:
        return errors.AuditorNotSystem("auditor and system administrator", fields=fields)
    if roles >= {Role.AUDITOR, Role.SECURITY}:
        return errors.AuditorNotSecurity("auditor and security administrator", fields=fields)
    if roles >= {Role.SYSTEM, Role.SECURITY}:
        return errors.SystemNotSecurity("system and security administrator", fields=fields)
    if roles & ADMINS and roles - ADMINS:
        return errors.AdminNotBusiness("an administrator with business roles", fields=fields)
    return None


def clean_areas(areas: Iterable[str], roles: frozenset[Role]) -> tuple[str, ...]:
    """Areas in force, each once, none inside another, the widest first. Raises MemberWrong, AdminNotNational."""
    given = set(areas)
    if not given or any((found := division(code)) is None or found.abolished for code in given):
        raise errors.MemberWrong("no area, or one that is not in force", fields=[FieldError("areas", "staff_area_unknown")])
    if roles & ADMINS and given != {NATION}:
        raise errors.AdminNotNational("an administrator of a part", fields=[FieldError("areas", "staff_area_unknown")])
    outer = [code for code in given if not covers(given - {code}, code)]
    return tuple(sorted(outer, key=lambda code: (len(region_path(code)), code)))


def clean_login(login: str) -> str:
    """A login in lower case. Raises MemberWrong."""
    found = login.strip().lower()
    if not _LOGIN.fullmatch(found):
        raise errors.MemberWrong("not a login", fields=[FieldError("login", "staff_login")])
    return found


def clean_name(name: str, field: str = "name", most: int = 40) -> str:
    """A name without blanks around it. Raises MemberWrong."""
    found = " ".join(name.split())
    if not 2 <= len(found) <= most:
        raise errors.MemberWrong("a name has 2 to 40 characters", fields=[FieldError(field, "required")])
    return found


def clean_reason(reason: str) -> str:
    """Why something is done. Raises ReasonMissing."""
    found = " ".join(reason.split())[:LONGEST_REASON]
    if len(found) < _SHORTEST_REASON:
        raise errors.ReasonMissing("no reason", fields=[FieldError("reason", "staff_reason")])
    return found


def check_password(password: str, login: str) -> None:
    """Refuse a password that is easy to guess, one field error per reason.

    At least twelve characters of three kinds (lower, upper, digit, other), no character four times in a row, no run such as 12345,
    not the login in it (GB/T 22239-2019 §8.1.4.1 asks for length and complexity; the length is ours). Raises StaffPasswordWeak.
    """
    lower = password.lower()
    rules = (
        ("staff_password_short", not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD),
        ("staff_password_plain", _kinds(password) < 3),
        ("staff_password_repeats", re.search(r"(.)\1{3}", password) is not None or _runs(lower)),
        ("staff_password_login", login in lower),
    )
    found = [FieldError("password", code) for code, wrong in rules if wrong]
    if found:
        raise StaffPasswordWeak("the password is too easy to guess", fields=found)


def _kinds(password: str) -> int:
    return sum((any(c.islower() for c in password), any(c.isupper() for c in password), any(c.isdigit() for c in password),
                any(not c.isalnum() for c in password)))


def _runs(password: str) -> bool:
    """Five characters in a row that go up or down by one."""
    steps = [ord(b) - ord(a) for a, b in itertools.pairwise(password)]
    return any(steps[at:at + 4] in ([1] * 4, [-1] * 4) for at in range(len(steps) - 3))


def peppered(staff_id: StaffId, password: str) -> bytes:
    """What goes through the keyed pepper."""
    return b"staff\x1f" + staff_id.bytes + password.encode()


def otp_secret(chance: bytes) -> str:
    """A secret as authenticator apps read it: base32."""
    return base64.b32encode(chance).decode()


def otp_uri(secret: str, login: str, issuer: str) -> str:
    """What the QR code of an authenticator app says."""
    return pyotp.TOTP(secret, interval=OTP_STEP_S).provisioning_uri(name=login, issuer_name=issuer)


def otp_step(secret: str, code: str, now: datetime, used: int) -> int | None:
    """The time step that `code` is of: this one or a neighbour (RFC 6238 §5.2), and later than the last one used; else None."""
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    here, totp = int(now.timestamp()) // OTP_STEP_S, pyotp.TOTP(secret, interval=OTP_STEP_S)
    fits = [step for step in (here - 1, here, here + 1) if hmac.compare_digest(totp.generate_otp(step), code)]
    return next((step for step in fits if step > used), None)


def locked_until(tries: int, tried_at: datetime | None, now: datetime) -> datetime | None:
    """Until when nobody may try a login; None when trying is allowed."""
    if tries < TRIES or tried_at is None or tried_at + LOCK <= now:
        return None
    return tried_at + LOCK


def refusal_of_lock(until: datetime, now: datetime) -> SignInLocked:
    """The refusal that says how many tries were wrong and until when to wait."""
    return SignInLocked("too many wrong tries", retry_after=max(0.0, (until - now).total_seconds()), n=TRIES,
                        time=f"{until.astimezone(SHANGHAI):%H:%M}")


def read_token(text: str) -> bytes:
    """The token that a browser or a link carries. Raises StaffSessionOver."""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise StaffSessionOver("not a token of ours") from None
    if len(found) != TOKEN_BYTES:
        raise StaffSessionOver("not a token of ours")
    return found


def written(token: bytes) -> str:
    """A token as a browser or a link carries it."""
    return base64.urlsafe_b64encode(token).decode().rstrip("=")
