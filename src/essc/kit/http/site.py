"""The edge for people: one ASGI application for the pages of all faces and their static files."""
import gzip
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

import msgspec

from essc.kit import clock
from essc.kit.db.pool import Database
from essc.kit.errors import Kind, Refused
from essc.kit.http import cookies, problems, refusals, sites, static
from essc.kit.http.api import Observe
from essc.kit.http.forms import read_form
from essc.kit.http.incoming import Disconnected, Receive, Scope, Send, drained, headers_of, read_body, request_id
from essc.kit.http.pages import FORM_LIMIT, Form, Page, PageAnswer, PageCall, Pages, Renderer, Session, SessionDoor, is_local, quoted
from essc.kit.http.reading import query_pairs
from essc.kit.http.routing import Found, Routes
from essc.kit.i18n import LOCALES, Locale, Texts, negotiate
from essc.kit.throttle import Rate, Rates

_LAST_RESORT: Final = (Path(__file__).parent / "error_5xx.html").read_text(encoding="utf-8")
_ITS_STYLE: Final = b64encode(sha256(_LAST_RESORT.split("<style>")[1].split("</style>")[0].encode()).digest()).decode()
"""The one style that stands in a page: the last resort must need no other file, so it is allowed by its hash."""
CSP: Final = (f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'sha256-{_ITS_STYLE}'; img-src 'self' data: blob:; "
              "media-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
SECURITY: Final = [
    (b"content-security-policy", CSP.encode()), (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"), (b"cross-origin-opener-policy", b"same-origin"),
]
HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
LOCALE_COOKIE: Final = "essc_locale"
ERROR_PAGE: Final = "shared/problem.html"
YEAR: Final = 365 * 24 * 3600
OVER: Final = "session"
"""Why one is sent to sign in when a session is over."""
_SAID_TO_PEOPLE: Final = {"route_not_found": "err.404", "forbidden": "err.forbidden", "rate_limited": "err.too_many", "too_many_requests": "err.too_many"}
"""Refusals of the edge have sentences of their own for people (ux E0); a client reads those of the code. What is our trouble is err.5xx."""
DRAINED: Final = 128 * 1024 * 1024
"""Bytes of a form that are let in and dropped, so that the browser shows the page that says it was too much."""


class Face(NamedTuple):
    """A face of the site: its pages, how its session is found, where one signs in, and the cookie that says that one was signed in."""

    pages: Pages
    door: SessionDoor | None = None
    sign_in: str = "/"
    home: str = "/"
    cookie: str = ""


class SiteSettings(msgspec.Struct, frozen=True):
    """`sandbox`: answers to scripts tell the engineer's sentence too. `rate` counts by the caller's address."""

    sandbox: bool = False
    rate: Rate = Rate("page", 1200, 60)


USUAL: Final = SiteSettings()


class Target(NamedTuple):
    """A page and the face it belongs to."""

    page: Page
    face: Face


class Site:
    """`Site(faces, …)` is an ASGI application; `renderer` knows the templates, `files` are the static files."""

    def __init__(self, faces: Iterable[Face], *, db: Database, texts: Texts, files: static.Static, renderer: Renderer,
                 settings: SiteSettings = USUAL, observe: Observe | None = None) -> None:
        self.texts = texts
        self._files = files
        self._renderer = renderer
        self._db = db
        self._settings = settings
        self._observe = observe
        self._rates = Rates({"page": settings.rate})
        self._routes: Routes[Target] = Routes()
        self._homes = ["/"]
        for face in faces:
            self._homes.append(face.home)
            for page in face.pages.pages:
                self._routes.add(page.method, page.path, Target(page, face))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for a page or a static file."""
        path, asked_at = scope["path"], clock.stopwatch()
        if path.startswith(static.PREFIX):
            await self._send_static(scope, send)
            return
        visit = Visit(scope, self.texts)
        found = self._routes.find(path)
        target = found.methods.get("GET" if scope["method"] == "HEAD" else scope["method"]) if found else None
        try:
            answer = await self._answer(visit, receive, found, target)
        except Disconnected:
            return
        except Exception as error:  # noqa: BLE001  the edge: every exception becomes a page
            answer = self._trouble(visit, error, target)
        await send_page(visit, answer, send)
        if self._observe is not None:
            name = f"{target.face.pages.face} {target.page.path}" if target else "none"
            self._observe(name, answer.status, clock.stopwatch() - asked_at)

    async def _answer(self, visit: "Visit", receive: Receive, found: Found[Target] | None, target: Target | None) -> PageAnswer:
        if visit.path.startswith("/language/"):
            return _language(visit)
        if found is None:
            raise refusals.RouteNotFound("no such page")
        if target is None:
            raise refusals.MethodNotAllowed("not this method", allow=", ".join(sorted(found.methods)))
        headers = headers_of(visit.scope)
        body: bytes | None = b""
        if target.page.method == "POST":
            sites.same_site(headers, visit.scheme)
            body = await _body(receive, headers, target.page)
        taken = self._rates.take("page", visit.peer, clock.stopwatch())
        if not taken.allowed:
            raise refusals.RateLimited("more requests than the quota", retry_after=taken.retry_after)
        form = Form(too_large=True) if body is None else await read_form(visit.scope, headers, body)
        visit.session = await self._session(visit, target)
        if target.page.signed_in and visit.session is None:
            return _to_sign_in(visit, target.face, OVER if target.face.cookie in visit.cookies else "")
        path = dict(zip(found.names, found.values, strict=True))
        return await target.page.function(self._call(visit, target, path, form, body or b"", query_pairs(visit.scope["query_string"])))

    async def _session(self, visit: "Visit", target: Target) -> Session | None:
        return await target.face.door(visit.cookies, self._db) if target.face.door is not None else None

    def _call(self, visit: "Visit", target: Target | None, path: Mapping[str, str], form: Form, body: bytes,
              query: Mapping[str, str]) -> PageCall:
        return PageCall(
            face=target.face.pages.face if target else "shared", method=visit.scope["method"], url=visit.url, path=path, query=query, form=form, body=body,
            headers=visit.headers, cookies=visit.cookies, locale=visit.locale, request_id=visit.request_id, peer=visit.peer,
            secure=visit.secure, db=self._db, session=visit.session, texts=self.texts, renderer=self._renderer,
            once=target.page.once if target else False)

    def _trouble(self, visit: "Visit", error: Exception, target: Target | None) -> PageAnswer:
        refused = problems.refusal_of(error, visit.request_id)
        if isinstance(refused, refusals.SubmittedAlready):
            return PageAnswer(303).header("location", visit.url)
        if visit.wants_json:
            found = problems.problem(refused, self.texts, visit.locale, visit.request_id, sandbox=self._settings.sandbox)
            answer = PageAnswer(found.status, problems.written(found), problems.MEDIA_TYPE)
        elif refused.kind is Kind.UNAUTHENTICATED and target is not None:
            return _to_sign_in(visit, target.face, refused.code)
        else:
            answer = self._error_page(visit, refused, target)
        for name, value in problems.headers_of(refused):
            answer.header(name.decode(), value.decode())
        return answer.header("allow", str(refused.params["allow"])) if "allow" in refused.params else answer

    def _error_page(self, visit: "Visit", refused: Refused, target: Target | None) -> PageAnswer:
        status = problems.status_of(refused)
        problem = {"code": refused.code, "title": problems.title_of(self.texts, visit.locale, refused, "title"),
                   "action": problems.title_of(self.texts, visit.locale, refused, "action")}
        if said := _SAID_TO_PEOPLE.get(refused.code, "err.5xx" if status >= 500 else ""):
            problem = {"code": refused.code, "title": self.texts.say(visit.locale, said, n=ceil((refused.retry_after or 60) / 60)), "action": ""}
        try:
            call = self._call(visit, target, {}, Form(), b"", {})
            return call.render(ERROR_PAGE, status=status, problem=problem, back=target.face.home if target else self._home_of(visit.path))
        except Exception as error:  # noqa: BLE001  the page about the trouble is itself in trouble
            problems.refusal_of(error, visit.request_id)
            return PageAnswer(status, _LAST_RESORT.replace("@request_id@", visit.request_id).encode())

    def _home_of(self, path: str) -> str:
        """The home of the face that an address without a page would belong to."""
        return max((home for home in self._homes if path.startswith(home)), key=len)

    async def _send_static(self, scope: Scope, send: Send) -> None:
        given = dict(scope["headers"])
        found = self._files.find(scope["path"])
        if found is None or scope["method"] not in ("GET", "HEAD"):
            await send_page(Visit(scope, self.texts), PageAnswer(404 if found is None else 405, media_type="text/plain; charset=utf-8"), send)
            return
        file, lasting = found
        fresh = given.get(b"if-none-match", b"").decode("latin-1") == file.etag
        packed = file.packed is not None and b"gzip" in given.get(b"accept-encoding", b"")
        body = b"" if fresh else file.packed if packed and file.packed is not None else file.plain
        headers = static.headers(file, lasting=lasting, packed=packed and not fresh)
        headers += [(b"content-length", str(len(body)).encode()), *SECURITY[1:2]]
        if file.media_type.startswith("text/html"):
            headers.append(SECURITY[0])
        await send({"type": "http.response.start", "status": 304 if fresh else 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


async def _body(receive: Receive, headers: dict[bytes, bytes], page: Page) -> bytes | None:
    """The body of a form; None where a page that takes files was sent more than it takes. Raises BodyTooLarge and what `read_body` raises."""
    try:
        return await read_body(receive, headers, page.body_limit)
    except refusals.BodyTooLarge:
        if page.body_limit > FORM_LIMIT and int(headers.get(b"content-length", b"0")) > page.body_limit and await drained(receive, headers, DRAINED):
            return None
        raise


class Visit:
    """What is read from a request before it is known what it asks for."""

    def __init__(self, scope: Scope, texts: Texts) -> None:
        self.scope = scope
        self.request_id = request_id()
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.scheme: str = scope.get("scheme", "http")
        self.secure = self.scheme == "https"
        self.cookies = cookies.read(self.headers.get("cookie", ""), secure=self.secure)
        self.path: str = scope["path"]
        query = scope["query_string"].decode("latin-1")
        raw = (scope.get("raw_path") or self.path.encode()).decode("latin-1")
        self.url = f"{raw}?{query}" if query else raw
        client = scope.get("client")
        self.peer: str = client[0] if client else ""
        chosen = self.cookies.get(LOCALE_COOKIE)
        self.locale: Locale = chosen if chosen in LOCALES else negotiate(self.headers.get("accept-language", ""))
        self.session: Session | None = None

    @property
    def is_anybodys(self) -> bool:
        """Whether everybody gets the same: nobody signed in is asking, nor somebody whose half-filled form travels in a cookie."""
        return self.session is None and self.scope["method"] == "GET" and not (self.cookies.keys() - {LOCALE_COOKIE})

    @property
    def wants_json(self) -> bool:
        """Whether a script asks, not a person."""
        accept = self.headers.get("accept", "")
        return "application/json" in accept and "text/html" not in accept


def _language(visit: Visit) -> PageAnswer:
    """`/language/en?next=/m/`: keep the choice for a year and go back."""
    wish = visit.path.removeprefix("/language/")
    if wish not in LOCALES:
        raise refusals.RouteNotFound("no such language")
    back = query_pairs(visit.scope["query_string"]).get("next", "/")
    answer = PageAnswer(303).header("location", quoted(back) if is_local(back) else "/")
    return answer.cookie(LOCALE_COOKIE, wish, max_age=YEAR)


def _to_sign_in(visit: Visit, face: Face, why: str = "") -> PageAnswer:
    """To the sign-in page and back to where it was; a script is told 401."""
    if visit.wants_json:
        raise refusals.CredentialsMissing("not signed in")
    wish = visit.url if visit.scope["method"] in ("GET", "HEAD") else face.home
    reason = f"&why={quote(why)}" if why else ""
    where = f"{face.sign_in}?next={quote(wish, safe='')}{reason}"
    if visit.headers.get("hx-request") == "true":
        return PageAnswer(200).header("hx-redirect", where)
    return PageAnswer(303).header("location", where)


async def send_page(visit: Visit, answer: PageAnswer, send: Send) -> None:
    """Send a page with the headers that every page has; packed where it is worth it."""
    body = answer.body
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    headers += [(b"set-cookie", cookies.written(one, secure=visit.secure).encode("latin-1")) for one in answer.cookies]
    headers += [*SECURITY, (b"x-request-id", visit.request_id.encode()), (b"vary", b"accept-encoding, accept-language, cookie, hx-request")]
    if not any(name == b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"no-cache" if visit.is_anybodys else b"no-store"))
    if visit.secure:
        headers.append(HSTS)
    if len(body) >= static.SMALLEST_WORTH_COMPRESSING and "gzip" in visit.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 5, mtime=0)
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", str(len(body)).encode()))
    if answer.body:
        headers.append((b"content-type", answer.media_type.encode()))
        headers.append((b"content-language", visit.locale.encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if visit.scope["method"] == "HEAD" else body})
