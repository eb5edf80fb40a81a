"""A face check between pages: begun, kept by its id in a sealed cookie, judged, and begun anew when it is over."""
from typing import Final

import msgspec

from essc.identity import calls, queries
from essc.identity.errors import CheckNotFound
from essc.identity.model import Check, Purpose, State
from essc.kit import ids
from essc.kit.errors import Refused
from essc.kit.http.pages import ANONYMOUS, PageCall
from essc.names import CheckId
from essc.surfaces.shared.forms import frames

FACE: Final = "front"


class Begun(msgspec.Struct):
    """A check under way: what it is for, its id on the wire, and whether it has passed."""

    purpose: str = ""
    check: str = ""
    passed: bool = False

    @property
    def check_id(self) -> CheckId:
        """The id. Raises CheckNotFound."""
        try:
            return CheckId(ids.parse("chk", self.check))
        except ids.BadId:
            raise CheckNotFound("no check was begun here") from None


async def pending(call: PageCall, begun: Begun, purpose: Purpose, name: str, number: str) -> Check:
    """The check of `begun` when it still takes pictures, else a new one, noted in `begun`. Raises the refusals of `identity.calls.start`."""
    found = await _open(call, begun, purpose)
    if found is None:
        found = await calls.start(call.db, call.actor, name=name, number=number, purpose=purpose, request_id=call.request_id, peer=call.peer)
        begun.purpose, begun.check, begun.passed = purpose.value, ids.wire("chk", found.id), False
    return found


async def _open(call: PageCall, begun: Begun, purpose: Purpose) -> Check | None:
    if begun.purpose != purpose.value or not begun.check or begun.passed:
        return None
    try:
        async with call.db.read_tx(call.actor if call.session else ANONYMOUS) as tx:
            found = await queries.check(tx, begun.check_id)
    except Refused:
        return None
    return found if found.state is State.PENDING and found.expires_at > call.now else None


async def judged(call: PageCall, begun: Begun) -> None:
    """Have the pictures of the form judged; notes in `begun` that the check passed. Raises the refusals of `identity.calls.submit`."""
    await calls.submit(call.db, call.actor, begun.check_id, frames(call), request_id=call.request_id)
    begun.passed = True
