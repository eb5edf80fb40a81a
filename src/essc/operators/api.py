"""The session door of the console: who holds the cookie of a browser."""
from collections.abc import Mapping
from typing import Final

from essc.kit.db.pool import Database
from essc.kit.errors import Refused
from essc.operators import calls
from essc.operators.queries import StaffSession

COOKIE: Final = "essc_staff"
"""The cookie of a signed-in member, sent to the console's pages only."""
COOKIE_PATH: Final = "/console"


async def door(cookies: Mapping[str, str], db: Database) -> StaffSession | None:
    """The session of a browser, or None when there is none, it is over, or its screen is locked."""
    token = cookies.get(COOKIE, "")
    try:
        return await calls.authenticate(db, token) if token else None
    except Refused:
        return None
