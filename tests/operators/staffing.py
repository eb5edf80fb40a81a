"""Members of staff for tests, through the same verbs as everybody: invited, joined with password and one-time code."""
import itertools
import time
from collections.abc import Iterable, Sequence

import pyotp

from essc.kit.db.tx import Tx
from essc.names import StaffId
from essc.operators import actions, model, queries, store
from essc.operators.model import Hashed, Member, Role
from essc.operators.queries import StaffSession

PASSWORD = "Guard-the-bridge-26"
_numbers = itertools.count(1)


async def staff(tx: Tx, *, roles: Iterable[Role | str] = (Role.MAKER,), areas: Sequence[str] = ("000000",), login: str = "", name: str = "韦晓兰") -> StaffSession:
    """A member who has joined and is signed in, in the test's own transaction. The hash is no real one: pages are not signed in with it."""
    member = await joined(tx, roles=roles, areas=areas, login=login, name=name)
    _, token = await actions.open_session(tx, member, "Linux · Chrome", "one_time_code")
    return (await queries.authenticate(tx, model.read_token(token)))[0]


async def joined(tx: Tx, *, roles: Iterable[Role | str] = (Role.MAKER,), areas: Sequence[str] = ("000000",), login: str = "", name: str = "韦晓兰",
                 hashed: Hashed | None = None) -> Member:
    """A member who has set password and second factor."""
    wanted = model.clean_roles(str(role) for role in roles)
    member_id = await store.add_member(tx, login or f"member{next(_numbers)}", name, "示例单位", wanted, model.clean_areas(areas, wanted))
    assert member_id is not None
    invited = await actions._link(tx, await store.member(tx, member_id), model.Purpose.JOIN)
    await actions.join(tx, model.read_token(invited.token), hashed=hashed or Hashed("$argon2id$never", 1), step=1)
    return await store.member(tx, StaffId(member_id))


async def secret(tx: Tx, member: Member) -> str:
    """The secret of a member's one-time codes."""
    kept = await store.otp_secret(tx, member.id)
    assert kept is not None
    return kept[0]


def code_of(secret: str, at: float | None = None) -> str:
    """The one-time code of a moment (now when None)."""
    return pyotp.TOTP(secret).at(int(at if at is not None else time.time()))
