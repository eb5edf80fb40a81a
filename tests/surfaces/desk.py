"""A member of staff at a browser without scripts: signed in by a cookie, forms sent with the hidden key of the page before."""
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.kit.http.site import Site
from essc.operators import actions
from essc.operators.api import COOKIE
from essc.operators.model import Role
from essc.regions import queries as regions
from essc.surfaces.faces import FACES
from tests.operators.staffing import joined
from tests.surfaces.screen import STATIC, TEXTS, renderer


@dataclass
class Desk:
    """One browser at the console."""

    http: httpx.AsyncClient
    db: Database
    page: httpx.Response | None = None

    async def get(self, path: str) -> "Desk":
        """Open a page."""
        return await self._follow(await self.http.get(path))

    async def post(self, path: str, *, files: Any = None, **fields: Any) -> "Desk":
        """Send a form; the hidden key of the page before goes with it."""
        key = re.search(r'name="form_key" value="([^"]+)"', self.text)
        given = {"form_key": key[1]} if key else {}
        return await self._follow(await self.http.post(path, data=given | fields, files=files))

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
    def status(self) -> int:
        """The status of the page."""
        assert self.page is not None
        return self.page.status_code

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

    def seen(self, testid: str) -> int:
        """How many things of this name are on the page."""
        return self.text.count(f'data-testid="{testid}"')


@asynccontextmanager
async def desk(db: Database, *, roles: Sequence[Role] = (Role.MAKER,), areas: Sequence[str] = ("450100",), name: str = "黄海燕") -> AsyncIterator[Desk]:
    """A member who has signed in, at a site that is put together as `app` does it, in a demonstration."""
    was = regions.demonstration()
    regions.furnish(demonstration=True)
    async with db.tx(SYSTEM) as tx:
        member = await joined(tx, roles=roles, areas=areas, name=name)
        _, token = await actions.open_session(tx, member, "Linux · Chrome", "one_time_code")
    site = Site(FACES, db=db, texts=TEXTS, files=STATIC, renderer=renderer())
    headers = {"origin": "http://localhost", "accept": "text/html", "accept-language": "zh-CN"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://localhost", headers=headers, cookies={COOKIE: token}, trust_env=False) as http:
        yield Desk(http, db)
    regions.furnish(demonstration=was)
