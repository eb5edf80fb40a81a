"""A check of the person between pages, before a camera or a clerk: begun, kept by its id in a sealed cookie, judged, and begun anew when it is over."""
from typing import Final

import msgspec

from essc.identity import calls, queries
from essc.identity.errors import CheckNotFound
from essc.identity.model import Check, Purpose, State, Way
from essc.kit import ids
from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import ANONYMOUS, PageCall
from essc.names import CheckId
from essc.surfaces.shared.forms import frames

FACE: Final = "front"


class NotWitnessed(Refused):
    """No clerk has confirmed this check yet."""

    kind, code = Kind.CONFLICT, "check_not_witnessed"


class Begun(msgspec.Struct):
    """A check under way: what it is for, its id on the wire, whether it has passed, and before whom."""

    purpose: str = ""
    check: str = ""
    passed: bool = False
    way: str = Way.FACE.value

    @property
    def check_id(self) -> CheckId:
        """The id. Raises CheckNotFound."""
        try:
            return CheckId(ids.parse("chk", self.check))
        except ids.BadId:
            raise CheckNotFound("no check was begun here") from None


async def pending(call: PageCall, begun: Begun, purpose: Purpose, name: str, number: str, way: Way = Way.FACE) -> Check:
    """The check of `begun` when it still waits for pictures or for a clerk, else a new one, noted in `begun`. Raises the refusals of `identity.calls.start`."""
    found = await _open(call, begun, purpose, way)
    if found is None:
        found = await calls.start(call.db, call.actor, name=name, number=number, purpose=purpose, way=way, request_id=call.request_id, peer=call.peer)
        begun.purpose, begun.check, begun.passed, begun.way = purpose.value, ids.wire("chk", found.id), False, way.value
    return found


async def _open(call: PageCall, begun: Begun, purpose: Purpose, way: Way) -> Check | None:
    if begun.purpose != purpose.value or begun.way != way.value or not begun.check or begun.passed:
        return None
    try:
        async with call.db.read_tx(call.actor if call.session else ANONYMOUS) as tx:
            found = await queries.check(tx, begun.check_id)
    except Refused:
        return None
    waits = found.state is State.PENDING or (way is Way.TERMINAL and found.state is State.PASSED)
    return found if waits and found.expires_at > call.now else None


async def judged(call: PageCall, begun: Begun) -> None:
    """Have the pictures of the form judged; notes in `begun` that the check passed. Raises the refusals of `identity.calls.submit`."""
    await calls.submit(call.db, call.actor, begun.check_id, frames(call), request_id=call.request_id)
    begun.passed = True


async def witnessed(call: PageCall, begun: Begun) -> None:
    """Whether a clerk has confirmed the check; notes it in `begun`. Raises NotWitnessed, CheckNotFound."""
    async with call.db.read_tx(call.actor if call.session else ANONYMOUS) as tx:
        found = await queries.check(tx, begun.check_id)
    if begun.way != Way.TERMINAL or found.state is not State.PASSED:
        raise NotWitnessed("no clerk has typed the digits yet")
    begun.passed = True
