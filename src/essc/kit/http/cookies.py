"""Names of cookies: over https each carries `__Host-`, and none that lacks it is believed.

A browser takes a cookie of that name only from the host itself, over https, for the whole host (RFC 6265bis, 4.1.3.2): neither a neighbour
under the same domain nor somebody on the line can plant a session of their own. A local demonstration over http has the plain names.
"""
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from starlette.requests import cookie_parser

HOST: Final = "__Host-"


class Cookie(NamedTuple):
    """A cookie to be set; `max_age` in seconds, None = until the browser closes. `path` is where plain http sends it."""

    name: str
    value: str
    max_age: int | None = None
    path: str = "/"


def written(cookie: Cookie, *, secure: bool) -> str:
    """The Set-Cookie line: scripts cannot read it and other sites do not send it; `secure`: the page is served over https."""
    age = "" if cookie.max_age is None else f"; Max-Age={cookie.max_age}"
    name, path, end = (HOST + cookie.name, "/", "; Secure") if secure else (cookie.name, cookie.path, "")
    return f"{name}={quote(cookie.value, safe='')}; Path={path}{age}; HttpOnly; SameSite=Lax{end}"


def read(header: str, *, secure: bool) -> Mapping[str, str]:
    """The cookies of a request by their plain names; over https only those that nobody but this host can have set."""
    given = cookie_parser(header)
    return {name.removeprefix(HOST): value for name, value in given.items() if name.startswith(HOST)} if secure else given
