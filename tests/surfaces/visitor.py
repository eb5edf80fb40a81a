"""A browser without scripts: forms are filled in and sent, cookies kept, redirects followed."""
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from essc.channels import actions as channels
from essc.channels import queries as known_channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.kit.http.site import Site
from essc.surfaces.faces import FACES
from tests.ecards.house import carded
from tests.sandbox.connected import Partners
from tests.sandbox.people import Somebody, somebody
from tests.surfaces.screen import STATIC, TEXTS, renderer

WALLET = "电子社保卡（测试）"
PASSWORD, OTHER = "738146", "509371"
FRAMES = {f"frame{place}": (f"frame{place}.jpg", b"\xff\xd8\xff\xe0" + bytes([place]) * 200, "image/jpeg") for place in range(3)}


@dataclass
class Visitor:
    """One browser, the person before it, and the partners behind the house."""

    http: httpx.AsyncClient
    who: Somebody
    partners: Partners
    db: Database
    page: httpx.Response | None = None

    async def get(self, path: str) -> "Visitor":
        """Open a page."""
        return await self._follow(await self.http.get(path))

    async def post(self, path: str, *, files: Any = None, **fields: str) -> "Visitor":
        """Send a form; the hidden key of the page before goes with it."""
        key = re.search(r'name="form_key" value="([^"]+)"', self.text)
        given = {"form_key": key[1]} if key else {}
        return await self._follow(await self.http.post(path, data=given | fields, files=files))

    async def _follow(self, answer: httpx.Response) -> "Visitor":
        """As browsers do after 303: a plain GET, without anything that described the form."""
        while answer.has_redirect_location:
            answer = await self.http.get(answer.headers["location"])
        self.page = answer
        return self

    async def later(self) -> None:
        """So much later that another code may be sent."""
        async with self.db.tx(SYSTEM) as tx:
            await tx.run("DELETE FROM kit.throttle")

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
        found = re.search(r'data-testid="(?:problem|no-code)" data-code="([^"]+)"', self.text)
        return found[1] if found else None

    @property
    def standing(self) -> str | None:
        """How the card on the page stands."""
        found = re.search(r'data-standing="([^"]+)"', self.text)
        return found[1] if found else None

    async def to_face(self) -> "Visitor":
        """Apply as far as the face check."""
        await self.post("/m/apply/consent", agree="yes")
        await self.post("/m/apply/details", name=self.who.name, number=self.who.number)
        await self.post("/m/apply/mobile", mobile=self.who.mobile)
        return await self.post("/m/apply/sms", code=await self.partners.last_code(self.who.mobile))

    async def applied(self) -> "Visitor":
        """Apply to the end; signed in afterwards."""
        await self.to_face()
        await self.post("/m/apply/face", files=FRAMES)
        return await self.post("/m/apply/password", password=PASSWORD, again=PASSWORD)


@asynccontextmanager
async def visitors(db: Database, partners: Partners, who: Somebody | None = None) -> AsyncIterator[Visitor]:
    """A visitor of a site that is put together as `app` does it."""
    await _channel(db)
    who = who or somebody()
    async with db.tx(SYSTEM) as tx:
        await carded(tx, who)
    site = Site(FACES, db=db, texts=TEXTS, files=STATIC, renderer=renderer())
    headers = {"origin": "http://localhost", "accept": "text/html", "user-agent": "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://localhost", headers=headers, trust_env=False) as http:
        yield Visitor(http, who, partners, db)


async def _channel(db: Database) -> None:
    async with db.tx(SYSTEM) as tx:
        if WALLET not in [one.name for one in await known_channels.listed(tx)]:
            await channels.register(tx, Application(WALLET, Form.WEBSITE, Kind.HUMAN_RESOURCES, 1, "000000", tuple(Ability), ("name",)), sandbox=True, demonstration=True)
