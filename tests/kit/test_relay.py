"""The relay to a demonstration's partners: what it passes on, and for whom."""
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from essc.kit.http.relay import Relay

PAGE, ELSEWHERE = "http://essc.test", "http://elsewhere.test"
SECRET = {"cookie": "essc_session=secret", "authorization": "Bearer secret", "accept-language": "en"}


class Partner:
    """Remembers what it was asked; away when it is told to be."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.away = False

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, text="pressed", headers={"set-cookie": "essc_session=theirs", "content-type": "text/html"})


async def through(partner: Partner, method: str, path: str, headers: Mapping[str, str] | None = None, content: bytes = b"") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.MockTransport(partner)) as inside:
        relay: Any = Relay("/sandbox", "http://127.0.0.1:9", inside)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(relay), base_url=PAGE) as outside:
            return await outside.request(method, path, headers=headers, content=content)


async def test_cookies_and_credentials_stay_here_in_both_directions() -> None:
    partner = Partner()
    answer = await through(partner, "GET", "/sandbox/sms/?mobile=199", SECRET)
    assert (answer.status_code, answer.text, "set-cookie" in answer.headers) == (200, "pressed", False)
    [asked] = partner.asked
    assert (str(asked.url), asked.headers["accept-language"]) == ("http://127.0.0.1:9/sms/?mobile=199", "en")
    assert "secret" not in str(asked.headers)


@pytest.mark.parametrize(("headers", "status"), [
    ({}, 200), ({"origin": PAGE}, 200), ({"sec-fetch-site": "same-origin", "origin": PAGE}, 200),
    ({"origin": ELSEWHERE}, 403), ({"origin": "null"}, 403), ({"sec-fetch-site": "cross-site", "origin": ELSEWHERE}, 403),
    ({"sec-fetch-site": "same-site"}, 403),
])
async def test_another_site_presses_no_button_of_a_partner(headers: dict[str, str], status: int) -> None:
    partner = Partner()
    answer = await through(partner, "POST", "/sandbox/province/_control/feed", headers, b'{"url": "http://127.0.0.1/"}')
    assert (answer.status_code, len(partner.asked)) == (status, 1 if status == 200 else 0)


@pytest.mark.parametrize("path", ["/sandbox/%00", "/sandbox//169.254.1.1/", "/sandbox/..//elsewhere.test/", "/sandbox/@elsewhere.test/", "/sandbox/%5Celsewhere.test"])
async def test_no_path_leads_to_another_host(path: str) -> None:
    partner = Partner()
    answer = await through(partner, "GET", path)
    assert answer.status_code in (200, 502)
    assert {(asked.url.host, asked.url.port) for asked in partner.asked} <= {("127.0.0.1", 9)}


async def test_what_cannot_be_passed_on_is_told_and_breaks_nothing() -> None:
    partner = Partner()
    assert (await through(partner, "POST", "/sandbox/x", content=b"x" * 70_000)).status_code == 413
    partner.away = True
    assert (await through(partner, "GET", "/sandbox/x")).status_code == 502
