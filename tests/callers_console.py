"""Members of staff at the console, in a browser without scripts: of a running house (`Console`), or of a site put together in the test (`desk`)."""
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.kit.http.site import Site
from essc.operators import actions, store
from essc.operators.api import COOKIE
from essc.operators.calls import comparing
from essc.operators.model import Member
from essc.surfaces.faces import FACES
from tests.callers import Line
from tests.operators.staffing import PASSWORD, code_of, joined, secret
from tests.running import House
from tests.surfaces.screen import STATIC, TEXTS, renderer

HEADERS = {"accept": "text/html", "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"}


async def colleague(db: Database, *, roles: Iterable[str] = ("maker",), areas: Sequence[str] = ("000000",), login: str = "", name: str = "韦晓兰",
                    password: bool = True) -> tuple[Member, str]:
    """A member who can really sign in with PASSWORD (unless told otherwise); and the secret of his one-time codes."""
    async with db.tx(SYSTEM) as tx:
        made = await joined(tx, roles=roles, areas=areas, login=login, name=name)
        told = await secret(tx, made)
    if not password:
        return made, told
    hashed = await comparing.hashed(db.keys, made.id, PASSWORD)
    async with db.tx(SYSTEM) as tx:
        await store.set_password(tx, made.id, hashed)
    return made, told


def hidden(name: str, text: str) -> str:
    """The value of a hidden field of a page; "" when there is none."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    return found[1] if found else ""


class Console:
    """A member of a running house, signed in with password and one-time code."""

    def __init__(self, house: House, *, roles: Iterable[str] = ("maker",), areas: Sequence[str] = ("000000",), login: str = "", name: str = "韦晓兰") -> None:
        self.line = Line(house)
        self.line.http.headers.update(HEADERS | {"origin": house.url})
        self.member, self.secret = house.operate(lambda db: colleague(db, roles=roles, areas=areas, login=login, name=name))
        self.page = self.post("/console/login", login=self.member.login, password=PASSWORD)
        self.page = self.post("/console/login/code", code=code_of(self.secret))
        assert COOKIE in self.line.http.cookies, self.page.text

    def get(self, path: str) -> httpx.Response:
        """Open a page, wherever it leads."""
        return self._follow(self.line.http.get(path))

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form, with the hidden key of the page before."""
        key = hidden("form_key", self.page.text) if hasattr(self, "page") else ""
        return self._follow(self.line.http.post(path, data=({"form_key": key} if key else {}) | fields))

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        while answer.has_redirect_location:
            answer = self.line.http.get(answer.headers["location"])
        self.page = answer
        return answer


@dataclass
class Desk:
    """One browser at a site in this process; `problem` is the code of what the page says went wrong."""

    http: httpx.AsyncClient
    db: Database
    page: httpx.Response | None = None
    member: Member | None = None
    secret: str = ""

    async def get(self, path: str) -> "Desk":
        """Open a page, wherever it leads."""
        return await self._follow(await self.http.get(path))

    async def post(self, path: str, **fields: Any) -> "Desk":
        """Send a form, with the hidden key of the page before."""
        key = hidden("form_key", self.text)
        return await self._follow(await self.http.post(path, data=({"form_key": key} if key else {}) | fields))

    async def _follow(self, answer: httpx.Response) -> "Desk":
        while answer.has_redirect_location:
            answer = await self.http.get(answer.headers["location"])
        self.page = answer
        return self

    @property
    def text(self) -> str:
        """What the browser shows."""
        return self.page.text if self.page is not None else ""

    @property
    def at(self) -> str:
        """Where it is."""
        assert self.page is not None
        return self.page.url.path

    @property
    def problem(self) -> str | None:
        """The code of the problem that the page tells, if it does."""
        found = re.search(r'data-testid="problem" data-code="([^"]+)"', self.text)
        return found[1] if found else None

    async def signed_in(self, *, password: bool = False, **how: Any) -> "Desk":
        """Somebody new sits down: a member with these roles and areas, whose session was opened without the two pages; with `password` he has a real one."""
        self.member, self.secret = await colleague(self.db, password=password, **how)
        async with self.db.tx(SYSTEM) as tx:
            _, token = await actions.open_session(tx, self.member, "Linux · Chrome", "one_time_code")
        self.http.cookies.set(COOKIE, token, domain="localhost.local", path="/console")
        return self


@asynccontextmanager
async def desk(db: Database) -> AsyncIterator[Desk]:
    """A browser at a site that is put together as `app` does it; nobody is signed in yet."""
    site = Site(FACES, db=db, texts=TEXTS, files=STATIC, renderer=renderer())
    transport = httpx.ASGITransport(site)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HEADERS | {"origin": "http://localhost"}, trust_env=False) as http:
        yield Desk(http, db)
