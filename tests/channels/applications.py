"""Applications for channels in one line."""
from dataclasses import replace

from essc.channels import actions
from essc.channels.model import Ability, Application, Channel, Form, Kind
from essc.kit.crypto import Algorithm, PrivateKey, jwk
from essc.kit.crypto.signing import new_secret
from essc.kit.db.tx import Tx

USUAL = Application(
    name="便民通（演示）", form=Form.APP, kind=Kind.HUMAN_RESOURCES, level=1, region="999900", abilities=(Ability.PRESENT, Ability.ISSUE),
    fields=("region", "name"),
)


def application(**changes) -> Application:
    return replace(USUAL, **changes)


async def registered(tx: Tx, *, sandbox: bool = True, **changes) -> Channel:
    """A channel; in the sandbox unless it is said otherwise, so it is active."""
    return await actions.register(tx, application(**changes), sandbox=sandbox, demonstration=True)


def public_key(algorithm: Algorithm = Algorithm.ES256) -> jwk.Jwk:
    """The public half of a fresh key."""
    return jwk.written(algorithm, PrivateKey(algorithm, new_secret(algorithm)).public)
