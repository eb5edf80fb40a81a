"""What needs a transaction of its own: an activation, whose wrong codes must be counted although they are refused."""
from essc.kit.crypto import jwk
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.kit.errors import Refused
from essc.venues import actions
from essc.venues.model import Terminal


async def activate(db: Database, code: str, public: jwk.Jwk, *, who: Actor, peer: str, request_id: str = "") -> Terminal:
    """Activate a terminal with its code and its own public key; a wrong code is counted, then refused.

    Raises ActivationCodeMalformed, PointNotOnCurve, ActivationThrottled, ActivationCodeUnknown, ActivationCodeUsed, ActivationCodeExpired,
    VenueNotActive, TerminalDisabled.
    """
    async with db.tx(who, request_id=request_id) as tx:
        answer = await actions.try_activation(tx, code, public, peer)
    if isinstance(answer, Refused):
        raise answer
    return answer
