"""Pages for people: what a surface declares, what its functions are given, and what they answer.

    pages = Pages("wallet")

    @pages.get("/m/code", signed_in=True)
    async def code(call: PageCall) -> PageAnswer:
        async with call.read_tx() as tx:
            ...
        return call.render("wallet/code.html", code=code)

    @pages.post("/m/loss", signed_in=True, once=True)
    async def loss(call: PageCall) -> PageAnswer:
        async with call.tx() as tx:                      # `once`: the hidden field `form_key` is taken in this transaction
            await actions.request_loss(tx, ...)
        return call.redirect("/m/")

A Refused that is not caught becomes a page: sign-in (401), or the error page with its status. Catch it and answer
`call.invalid(template, refused, ...)` to show the form again (422).
"""
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from essc.kit import clock, ids, log
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import FieldError, Refused
from essc.kit.http import idempotency, refusals
from essc.kit.http.cookies import Cookie
from essc.kit.i18n import Locale, Texts

T = TypeVar("T")
_log: Final = log.get("page")

FORM_LIMIT: Final = 64 * 1024
"""Bytes of a form's body where a page says nothing else."""
PATIENCE: Final = 8.0
"""Seconds that a form which was sent twice waits for the first one, as long as a person waits."""
_LOOK_AGAIN: Final = 0.1
KEY_FIELD: Final = "form_key"
"""The hidden field that makes a form count once; `{{ form_key() }}` in a template writes it."""
ANONYMOUS: Final = Actor("anonymous", "page")


class Session(Protocol):
    """Who is signed in, as a surface's session door found it; surfaces know the rest of their own."""

    @property
    def actor(self) -> Actor:
        """The holder, terminal or channel that acts."""


SessionDoor = Callable[[Mapping[str, str], Database], Awaitable[Session | None]]
"""From a request's cookies to the session they belong to, or None. One for each face."""


@dataclass(frozen=True)
class Upload:
    """A file of a form: its bytes, and name and media type as the browser claims them (never believe them)."""

    filename: str
    media_type: str
    content: bytes


class Form(Mapping[str, str]):
    """The fields of a form, the first value of each; `all` for repeated ones, `file` for uploads.

    `too_large`: the form held more than the page's `body_limit`, so nothing of it was kept; the page says so in its own words.
    """

    def __init__(self, values: Mapping[str, Sequence[str]] | None = None, files: Mapping[str, Upload] | None = None, *, too_large: bool = False) -> None:
        self._values = values or {}
        self._files = files or {}
        self.too_large = too_large

    def __getitem__(self, name: str) -> str:
        return self._values[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str, most: int = 200) -> str:
        """A field without the blanks around it, cut to `most` characters; "" when it is not there."""
        return self.get(name, "").strip()[:most]

    def all(self, name: str) -> Sequence[str]:
        """Every value of a field."""
        return self._values.get(name, ())

    def ticked(self, name: str) -> bool:
        """Whether a check box is ticked."""
        return bool(self.get(name))

    def file(self, name: str) -> Upload | None:
        """An uploaded file that is not empty, or None."""
        found = self._files.get(name)
        return found if found is not None and found.content else None


@dataclass
class PageAnswer:
    """What a page function answers. The methods add to it and give it back."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/html; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[Cookie] = field(default_factory=list)

    def header(self, name: str, value: str) -> "PageAnswer":
        """Add a header."""
        self.headers.append((name, value))
        return self

    def cookie(self, name: str, value: str, *, max_age: int | None = None, path: str = "/") -> "PageAnswer":
        """Set a cookie (`kit.http.cookies` writes it); `max_age` in seconds, None = until the browser closes."""
        self.cookies.append(Cookie(name, value, max_age, path))
        return self

    def forget(self, name: str, *, path: str = "/") -> "PageAnswer":
        """Take a cookie away."""
        return self.cookie(name, "", max_age=0, path=path)


PageFunction = Callable[["PageCall"], Awaitable[PageAnswer]]


@dataclass(frozen=True)
class Page:
    """One declared page."""

    method: str
    path: str
    function: PageFunction
    signed_in: bool
    body_limit: int
    once: bool


class Pages:
    """The pages of one face (`wallet`, `counter`, …); its session door and sign-in address are given to the site by that name."""

    def __init__(self, face: str) -> None:
        self.face = face
        self.pages: list[Page] = []

    def get(self, path: str, *, signed_in: bool = False) -> Callable[[PageFunction], PageFunction]:
        """A page at `path`; `{name}` segments stand in `call.path`."""
        return self._declare("GET", path, signed_in=signed_in, body_limit=0, once=False)

    def post(self, path: str, *, signed_in: bool = False, body_limit: int = FORM_LIMIT, once: bool = False) -> Callable[[PageFunction], PageFunction]:
        """A form sent to `path`. `once`: sent twice, it is done once (see PageCall.tx); `body_limit` in bytes."""
        return self._declare("POST", path, signed_in=signed_in, body_limit=body_limit, once=once)

    def _declare(self, method: str, path: str, *, signed_in: bool, body_limit: int, once: bool) -> Callable[[PageFunction], PageFunction]:
        def keep(function: PageFunction) -> PageFunction:
            self.pages.append(Page(method, path, function, signed_in, body_limit, once))
            return function
        return keep


class Renderer(Protocol):
    """What turns a template and its context into text; the site gives a Jinja2 one."""

    def __call__(self, template: str, context: Mapping[str, Any]) -> str:
        """Render. Raises when the template or something it names is missing."""


@dataclass
class PageCall:
    """One request for a page."""

    face: str
    method: str
    url: str
    """Path and query as they came: where to come back to."""
    path: Mapping[str, str]
    """Parameters of the path."""
    query: Mapping[str, str]
    form: Form
    body: bytes
    """The raw body of a POST that is not a form (JSON from a script of ours)."""
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    locale: Locale
    request_id: str
    peer: str
    """The caller's network address as we see it."""
    secure: bool
    """Whether the page came over https."""
    db: Database
    session: Any
    """What the face's session door found, or None; never None on a page that is `signed_in`."""
    texts: Texts
    renderer: Renderer
    once: bool = False
    now: datetime = field(default_factory=clock.now)

    @property
    def actor(self) -> Actor:
        """Who acts: the session's actor, or nobody known."""
        return self.session.actor if self.session is not None else ANONYMOUS

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a piece of the page (and not for the whole after history lost it)."""
        return self.headers.get("hx-request") == "true" and self.headers.get("hx-history-restore-request") != "true"

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[Tx]:
        """A transaction of the signed-in actor. On a page declared `once`, raises SubmittedAlready when this form was done before."""
        async with self.db.tx(self.actor, request_id=self.request_id, now=self.now) as tx:
            if self.once:
                await self._take(tx)
            yield tx
        self.once = False

    async def _take(self, tx: Tx) -> None:
        claim = self._claim()
        if await idempotency.begin(tx, claim) is not None:
            raise refusals.SubmittedAlready("this form was sent before")
        await idempotency.finish(tx, claim, idempotency.Kept(303, b""))

    def _claim(self) -> idempotency.Claim:
        return idempotency.Claim(f"page:{self.face}:{self.actor.kind}:{self.actor.id}", self.form_key, self.url.encode())

    @asynccontextmanager
    async def done_once(self) -> AsyncIterator[None]:
        """Around what waits for a partner or a hash between its transactions, on a page declared `once`. The second waits until the first is through.

        Raises SubmittedAlready when this form was done before. What is refused leaves the form free to be sent again.
        """
        claim = self._claim()
        await self._begin(claim)
        self.once = False
        try:
            yield
        except BaseException:
            await idempotency.forget_call(self.db, self.actor, claim)
            raise
        await idempotency.finish_call(self.db, self.actor, claim, idempotency.Kept(303, b""))

    async def _begin(self, claim: idempotency.Claim) -> None:
        """Take the form. Raises SubmittedAlready, and IdempotencyInFlight when the first is not through within PATIENCE."""
        limit = clock.stopwatch() + PATIENCE
        while True:
            try:
                if await idempotency.begin_call(self.db, self.actor, claim) is None:
                    return
            except refusals.IdempotencyInFlight:
                if clock.stopwatch() > limit:
                    raise
                await asyncio.sleep(_LOOK_AGAIN)
            else:
                raise refusals.SubmittedAlready("this form was sent before")

    @asynccontextmanager
    async def read_tx(self) -> AsyncIterator[Tx]:
        """A read-only transaction of the signed-in actor."""
        async with self.db.read_tx(self.actor, request_id=self.request_id, now=self.now) as tx:
            yield tx

    async def piece(self, name: str, work: Callable[[Tx], Awaitable[T]]) -> T | None:
        """A piece of a page that may fail alone, in a transaction of its own: what `work` gives, or None when it raised, which is logged.

        What is refused (Refused) is no failure and goes on to the caller.
        """
        try:
            async with self.read_tx() as tx:
                return await work(tx)
        except Refused:
            raise
        except Exception as problem:  # noqa: BLE001 an edge: the rest of the page is worth more than none
            _log.error("piece_failed", piece=name, request_id=self.request_id, reason=type(problem).__name__)
            return None

    @property
    def form_key(self) -> str:
        """The hidden key of the form: stable under a second click, so actions can use it as the caller's id."""
        key = self.form.text(KEY_FIELD, 80)
        if not key:
            raise refusals.IdempotencyKeyMissing("the form has no hidden form_key", header=KEY_FIELD)
        return key

    def say(self, key: str, /, **params: object) -> str:
        """The sentence `key` in the caller's language."""
        return self.texts.say(self.locale, key, **params)

    def render(self, template: str, *, status: int = 200, **context: Any) -> PageAnswer:
        """A page from `surfaces/<face>/templates`, named `<face>/<file>.html`.

        Every template sees: call, session, locale, t (texts), static (lasting addresses), form_key, errors, problem.
        """
        given = {
            "call": self, "session": self.session, "locale": self.locale, "t": self.say, "errors": {}, "problem": None,
            "form_key": _fresh_form_key, "request_id": self.request_id, "status": status,
        }
        return PageAnswer(status, self.renderer(template, given | context).encode())

    def json(self, answer: Any, *, status: int = 200) -> PageAnswer:
        """An answer for a script of ours."""
        return PageAnswer(status, msgspec.json.encode(answer), "application/json")

    def invalid(self, template: str, refused: Refused, **context: Any) -> PageAnswer:
        """The form again, 422: `problem` is what went wrong and what to do, `errors` the sentence of each wrong field."""
        return self.render(template, status=422, problem=self.problem(refused), errors=self.field_errors(refused.fields), **context)

    def problem(self, refused: Refused) -> Mapping[str, str]:
        """`code`, `title` and `action` of a refusal in the caller's language."""
        key = f"error.{refused.code}"
        return {"code": refused.code, "title": self.say(f"{key}.title", **refused.params), "action": self.say(f"{key}.action", **refused.params)}

    def field_errors(self, fields: Sequence[FieldError]) -> Mapping[str, str]:
        """A sentence for each wrong field: `field.<code>` of the texts."""
        return {error.field: self.say(f"field.{error.code}") for error in fields}

    def redirect(self, where: str) -> PageAnswer:
        """303 to a local path: the answer to a form that was accepted. Raises ValueError for an address elsewhere."""
        if not is_local(where):
            raise ValueError(f"not a path of ours: {where}")
        if self.headers.get("hx-request") == "true":
            return PageAnswer(200).header("hx-redirect", quoted(where))
        return PageAnswer(303).header("location", quoted(where))

    def next(self, otherwise: str) -> str:
        """Where to go after signing in: the form's or query's `next` when it is a path of ours, else `otherwise`."""
        wish = self.form.get("next") or self.query.get("next") or ""
        return wish if is_local(wish) else otherwise


def is_local(path: str) -> bool:
    """Whether `path` stays on this site: no scheme, no other host, no way a browser would read one into it."""
    return path.startswith("/") and path[1:2] not in ("/", "\\") and all(" " < char < "\x7f" or char > "\xa0" for char in path)


def quoted(path: str) -> str:
    """A local path as a header may carry it."""
    return quote(path, safe="/?&=%#:;,+~!$'()*@-._")


def _fresh_form_key() -> str:
    return ids.wire("form", ids.new())
