from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from essc.kit.errors import Refused
from essc.operators import errors, model
from essc.operators.model import ADMINS, GRANTS, Permission, Role

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SECRET = model.otp_secret(b"twenty bytes of chance"[:20])
ADMIN_PERMISSIONS = {Permission.STAFF, Permission.APPROVE_STAFF, Permission.RISK_READ, Permission.RISK_ACT, Permission.CHANNELS_ACT, Permission.AUDIT,
                     Permission.EXPORT}


@pytest.mark.parametrize(("roles", "refused"), [
    (["auditor", "system"], errors.AuditorNotSystem),
    (["auditor", "security"], errors.AuditorNotSecurity),
    (["system", "security"], errors.SystemNotSecurity),
    (["auditor", "system", "security"], errors.AuditorNotSystem),
    (["system", "maker"], errors.AdminNotBusiness),
    (["auditor", "reader"], errors.AdminNotBusiness),
    ([], errors.MemberWrong),
    (["minister"], errors.MemberWrong),
])
def test_some_roles_no_one_person_may_have(roles, refused):
    with pytest.raises(refused):
        model.clean_roles(roles)


@pytest.mark.parametrize("roles", [["system"], ["security"], ["auditor"], ["maker", "checker"], ["reader"]])
def test_the_others_one_person_may_have(roles):
    assert model.clean_roles(roles) == {Role(role) for role in roles}


def test_the_three_administrators_share_no_screen_of_business_and_business_none_of_theirs():
    for role in ADMINS:
        assert GRANTS[role] <= ADMIN_PERMISSIONS
    for role in set(Role) - ADMINS:
        assert not GRANTS[role] & {Permission.STAFF, Permission.AUDIT, Permission.RISK_ACT, Permission.APPROVE_STAFF}
    assert [role for role in Role if Permission.STAFF in GRANTS[role]] == [Role.SYSTEM]
    assert [role for role in Role if Permission.AUDIT in GRANTS[role]] == [Role.AUDITOR]
    assert [role for role in Role if Permission.RISK_ACT in GRANTS[role]] == [Role.SECURITY]


@pytest.mark.parametrize(("areas", "region", "covered"), [
    (["000000"], "450100", True), (["450000"], "450100", True), (["450100"], "450100", True), (["450100"], "450000", False), (["450100"], "000000", False),
    (["110000", "450100"], "450102", True), (["110000"], "450102", False), (["000000"], "123456", True), (["450000"], "123456", False),
])
def test_an_area_covers_what_lies_in_it(areas, region, covered):
    assert model.covers(areas, region) is covered


@pytest.mark.parametrize(("areas", "kept"), [
    (["450100", "450000"], ("450000",)), (["450100", "110000"], ("110000", "450100")), (["000000", "450100"], ("000000",)),
])
def test_an_area_inside_another_is_not_kept_beside_it(areas, kept):
    assert model.clean_areas(areas, frozenset({Role.MAKER})) == kept


@pytest.mark.parametrize(("areas", "roles", "refused"), [
    ([], {Role.MAKER}, errors.MemberWrong), (["123456"], {Role.MAKER}, errors.MemberWrong), (["450000"], {Role.SYSTEM}, errors.AdminNotNational),
])
def test_some_areas_nobody_may_have(areas, roles, refused):
    with pytest.raises(refused):
        model.clean_areas(areas, frozenset(roles))


@pytest.mark.parametrize(("password", "reasons"), [
    ("Guard-the-bridge-26", []), ("青山绿水-Ab9-山高月小", []),
    ("Short-1", ["staff_password_short"]), ("alllowercaseletters", ["staff_password_plain"]), ("Aaaaa-bridge-26x", ["staff_password_repeats"]),
    ("Bridge-12345-over", ["staff_password_repeats"]), ("Bridge-edcba-over1", ["staff_password_repeats"]), ("Huanghaiyan-2026!", ["staff_password_login"]),
    ("aaaa", ["staff_password_short", "staff_password_plain", "staff_password_repeats"]), ("x" * 129 + "A1-", ["staff_password_short", "staff_password_repeats"]),
])
def test_a_password_is_long_mixed_and_not_a_run(password, reasons):
    try:
        model.check_password(password, "huanghaiyan")
        found = []
    except errors.StaffPasswordWeak as weak:
        found = [field.code for field in weak.fields]
    assert found == reasons


def test_a_one_time_code_counts_in_its_half_minute_and_beside_it_and_once():
    code, here = pyotp.TOTP(SECRET).at(NOW), int(NOW.timestamp()) // 30
    assert model.otp_step(SECRET, code, NOW, 0) == here
    assert model.otp_step(SECRET, code, NOW + timedelta(seconds=30), 0) == here
    assert model.otp_step(SECRET, code, NOW - timedelta(seconds=30), 0) == here
    assert model.otp_step(SECRET, code, NOW + timedelta(seconds=75), 0) is None
    assert model.otp_step(SECRET, code, NOW, here) is None
    assert [model.otp_step(SECRET, wrong, NOW, 0) for wrong in ("", "12345", "1234567", "abcdef", "１２３４５６")] == [None] * 5


@pytest.mark.parametrize(("secret", "at", "code"), [  # RFC 6238 appendix B, SHA-1, the last six digits
    (b"12345678901234567890", 59, "287082"), (b"12345678901234567890", 1111111109, "081804"), (b"12345678901234567890", 2000000000, "279037"),
])
def test_one_time_codes_are_those_of_rfc_6238(secret, at, code):
    assert model.otp_step(model.otp_secret(secret), code, datetime.fromtimestamp(at, UTC), 0) == at // 30


@pytest.mark.parametrize(("kind", "permission"), [("staff.rights", Permission.APPROVE_STAFF), ("channels.pause", Permission.APPROVE), ("audit.export", Permission.APPROVE_STAFF)])
def test_what_is_about_staff_an_administrator_decides_the_rest_a_checker(kind, permission):
    assert model.approver_of(kind) is permission


@pytest.mark.parametrize("login", ["", "ab", "1abc", "Ä", "has space", "x" * 33, "a@b.example"])
def test_a_login_is_short_and_plain(login):
    with pytest.raises(Refused):
        model.clean_login(login)


def test_a_login_is_the_same_in_capitals():
    assert model.clean_login(" HuangHaiyan ") == "huanghaiyan"
