"""What there is to read: help, the terms, and what this program is. No sign-in needed."""
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.surfaces.wallet.pages.declared import pages

TERMS: Final = {"agreement": 7, "privacy": 9}
"""The two texts, and how many sections each has (`wallet.terms.<name>.<section>`)."""
TERMS_VERSION: Final = "2026-11"
"""Which version somebody agrees to. A change of meaning in either text is another version."""
QUESTIONS: Final = ("show", "refused", "lost", "password", "phone", "stranger", "unlink", "photo")
"""What people ask (`wallet.help.<name>`), with the page that helps."""
HELPS: Final = {"show": "/m/code", "refused": "/m/records", "lost": "/m/me/loss", "password": "/m/me/reset", "phone": "/m/me/devices", "stranger": "/m/records",
                "unlink": "/m/me/channels", "photo": ""}


class TextNotFound(Refused):
    """There is no such text."""

    kind, code = Kind.NOT_FOUND, "terms_not_found"


@pages.get("/m/help")
async def assist(call: PageCall) -> PageAnswer:
    """Short answers, and 12333 for everything else."""
    return call.render("wallet/help.html", questions=[(name, HELPS[name]) for name in QUESTIONS])


@pages.get("/m/terms/{name}")
async def terms(call: PageCall) -> PageAnswer:
    """用户协议 or 个人信息处理规则, whole and readable before anybody agrees. Raises TextNotFound."""
    name = call.path["name"]
    if name not in TERMS:
        raise TextNotFound(f"no text {name[:20]}")
    return call.render("wallet/terms.html", name=name, sections=range(1, TERMS[name] + 1), version=TERMS_VERSION)


@pages.get("/m/about")
async def about(call: PageCall) -> PageAnswer:
    """Which version this is, and under which terms."""
    return call.render("wallet/about.html", version=_version(), terms=TERMS_VERSION)


def _version() -> str:
    try:
        return version("essc")
    except PackageNotFoundError:
        return "0"
