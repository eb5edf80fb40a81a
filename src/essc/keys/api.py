"""Our public keys on the wire: whoever we write to checks our signatures with them."""
from typing import Annotated, Final

from msgspec import Meta

from essc.keys import queries
from essc.kit.crypto import jwk
from essc.kit.db.tx import Tx
from essc.kit.http.operations import Operations
from essc.kit.http.types import View

operations: Final = Operations("keys")
PARTNERS: Final = "partners"


class KeySetView(View):
    """A JWK set; `kid` is the keyid of the signatures. The first one signs now, the others are still to come or were before."""

    keys: Annotated[list[jwk.Jwk], Meta(description="Take a new one as soon as it stands here: it signs later.")]


@operations.reads("GET /v1/house-keys", by="public", answers=KeySetView)
async def house_keys(tx: Tx) -> KeySetView:
    """The public keys that requests of the house to its partners are signed with (RFC 9421)."""
    return KeySetView(keys=queries.public_set(tx.keys, PARTNERS))
