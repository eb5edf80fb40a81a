"""扫一扫: what a code is that somebody holds up, and whether this wallet can do anything with it. What was read is never opened by itself.

Today it can open pages of its own, and say what another card's code is for. A kiosk's or a merchant's code will be one more `Kind` with their rooms.
"""
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode, urlsplit

from essc.codes.model import normalised
from essc.kit.errors import Kind as Refusal
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall, is_local
from essc.surfaces.shared import album
from essc.surfaces.shared.forms import again
from essc.surfaces.wallet.pages.declared import pages

OWN: Final = ("/m", "/m/")
LONGEST: Final = 2000


class Kind(StrEnum):
    """What a code is."""

    OWN = "own"          # a page of this wallet
    CARD = "card"        # the code of an electronic social security card, somebody's or one's own
    UNKNOWN = "unknown"  # everything else: other people's addresses above all


class NoPicture(Refused):
    """The form came without a picture."""

    kind, code = Refusal.INVALID, "picture_missing"


@pages.get("/m/scan", signed_in=True)
async def aim(call: PageCall) -> PageAnswer:
    """The camera, and the album."""
    return call.render("wallet/scan.html", most=album.LARGEST)


@pages.post("/m/scan", signed_in=True, body_limit=album.FORM_LIMIT)
async def read(call: PageCall) -> PageAnswer:
    """What was read by the camera (`text`), or the picture on which it is to be read (`picture`)."""
    try:
        text = call.form.text("text", LONGEST) or await _on_picture(call)
    except Refused as refused:
        return again(call, "wallet/scan.html", refused, most=album.LARGEST)
    kind, where = judged(text, call.headers.get("host", ""))
    return call.redirect(f"/m/scan/said?{urlencode({'kind': kind.value, 'where': where})}")


@pages.get("/m/scan/said", signed_in=True)
async def said(call: PageCall) -> PageAnswer:
    """What it was. The address names a kind and at most a page of ours, never what was read."""
    kind = call.query.get("kind", "")
    where = _own_path(call.query.get("where", ""))
    known = kind in (Kind.OWN, Kind.CARD) and bool(where)
    return call.render("wallet/scan_said.html", kind=kind if known else Kind.UNKNOWN.value, where=where)


async def _on_picture(call: PageCall) -> str:
    if call.form.too_large:
        raise album.PictureTooLarge("more than a photo", n=album.LARGEST // 1024 // 1024)
    found = call.form.file("picture")
    if found is None:
        raise NoPicture("no picture")
    return await album.code_on(found.content)


def judged(text: str, host: str) -> tuple[Kind, str]:
    """What a code is, with the page of ours that it names; `host` is what we are called by the one who asks. Nothing is looked up."""
    if normalised(text) is not None:
        return Kind.CARD, "/m/code"
    return (Kind.OWN, where) if (where := _own_page(text.strip(), host)) else (Kind.UNKNOWN, "")


def _own_page(text: str, host: str) -> str:
    """The path of an address of this wallet, "" for every other text."""
    try:
        parts = urlsplit(text)
        same = parts.scheme in ("http", "https") and bool(host) and parts.netloc.lower() == host.lower()
    except ValueError:
        return ""
    return _own_path(parts.path) if same else ""


def _own_path(path: str) -> str:
    """`path` when it is a page of the wallet, else ""."""
    ours = (path in OWN or path.startswith("/m/")) and is_local(path) and ".." not in path and "%" not in path
    return path if ours else ""
