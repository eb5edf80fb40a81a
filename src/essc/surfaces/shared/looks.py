"""How large the text is, and whether it is elder mode: what the account remembers travels in a cookie, so that every page knows it before it asks anybody."""
import re
from typing import Final, NamedTuple

from markupsafe import Markup

from essc.kit.db.tx import Tx
from essc.kit.http.pages import PageAnswer, PageCall
from essc.names import HolderId
from essc.preferences import actions, queries
from essc.preferences.model import Mode, Preference, TextSize

COOKIE: Final = "essc_look"
_WRITTEN: Final = re.compile(r"(standard|elder)\.(100|125|150|200)")
_YEAR: Final = 365 * 24 * 3600


class Look(NamedTuple):
    """A mode and a size of text."""

    mode: Mode = Mode.STANDARD
    size: TextSize = TextSize.STANDARD


def look_of(call: PageCall) -> Look:
    """How this browser shows pages."""
    found = _WRITTEN.fullmatch(getattr(call, "cookies", {}).get(COOKIE, ""))
    return Look(Mode(found[1]), TextSize(int(found[2]))) if found else Look()


def is_elder(call: PageCall) -> bool:
    """Whether this browser shows elder mode."""
    return look_of(call).mode is Mode.ELDER


def wear(call: PageCall, answer: PageAnswer, chosen: Preference | Look) -> PageAnswer:
    """Have the browser show pages as was chosen."""
    size = chosen.text_size if isinstance(chosen, Preference) else chosen.size
    return answer.cookie(COOKIE, f"{chosen.mode}.{int(size)}", max_age=_YEAR)


async def settle(tx: Tx, call: PageCall, holder_id: HolderId) -> Preference:
    """What the account says when somebody has just signed in; who chose elder mode before that, and never for the account, has chosen it now."""
    chosen = await queries.get(tx, holder_id)
    if chosen.asked_at is None and is_elder(call):
        await actions.choose_mode(tx, holder_id, Mode.ELDER)
        return await queries.get(tx, holder_id)
    return chosen


def attributes(call: PageCall, mode: str = "") -> Markup:
    """What `<html>` of a phone page carries; `mode` for pages that have only one."""
    look = look_of(call)
    elder = (mode or look.mode) == Mode.ELDER
    size = Markup(' data-zoom="{}"').format(int(look.size)) if look.size is not TextSize.STANDARD else Markup()
    return (Markup(' data-mode="elder"') if elder else Markup()) + size
