"""The invented authenticator: written apart from us, it must show the very codes that we accept."""
import stat
from datetime import UTC, datetime

import httpx
import pytest

from essc.operators import model
from essc_sandbox.authenticator.app import build, code

SECRET = model.otp_secret(b"12345678901234567890")


@pytest.mark.parametrize("at", [59, 1111111109, 1234567890, 2000000000])
def test_its_codes_are_those_that_we_accept(at):
    assert model.otp_step(SECRET, code(SECRET, at), datetime.fromtimestamp(at, UTC), 0) == at // 30


async def test_it_keeps_accounts_in_a_file_of_its_own_and_shows_no_secret(tmp_path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(tmp_path / "a")), base_url="http://phone") as phone:
        told = await phone.post("/_control/accounts", json={"login": "zhoumin", "name": "周敏", "note": "<复核>", "secret": SECRET})
        assert (await phone.get("/codes")).json()["codes"]["zhoumin"] == told.json()["code"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(tmp_path / "a")), base_url="http://phone") as again:
        page = (await again.get("/")).text
    assert 'data-login="zhoumin"' in page and "&lt;复核&gt;" in page and SECRET not in page
    assert stat.S_IMODE((tmp_path / "a" / "accounts.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("body", [{}, {"login": "x", "name": "x", "note": "", "secret": "not base32!"}])
async def test_what_is_no_account_is_refused(tmp_path, body):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(tmp_path)), base_url="http://phone") as phone:
        assert (await phone.post("/_control/accounts", json=body)).status_code in (400, 422)
