"""Keys that a form brings, and secrets that a page shows once."""
import base64
from typing import Final

import msgspec

from essc.channels.api import ALGORITHMS
from essc.channels.model import ChannelKey
from essc.kit.crypto import Algorithm, PointNotOnCurve, jwk, pem
from essc.kit.errors import FieldError, Kind, Refused
from essc.kit.http.pages import PageCall
from essc.surfaces.shared.drafts import Drafts

NAMES: Final = {Algorithm.ED25519: "Ed25519", Algorithm.ES256: "ECDSA P-256", Algorithm.SM2: "SM2"}
LONGEST: Final = 2000


class PrivateKeyGiven(Refused):
    """A private key was pasted where the public half belongs; it was not kept."""

    kind, code = Kind.INVALID, "private_key_given"


class PublicKeyUnreadable(Refused):
    """What was pasted is no public key of Ed25519, P-256 or SM2, neither as PEM nor as JWK."""

    kind, code = Kind.INVALID, "public_key_unreadable"


class Shown(msgspec.Struct):
    """What the next page shows once: a private key, a management token, or both; sealed in the browser's own cookie on the way."""

    app: str = ""
    key_id: str = ""
    algorithm: str = ""
    pem: str = ""
    token: str = ""

    @property
    def download(self) -> str:
        """The private key as a link that saves it."""
        return f"data:application/x-pem-file;base64,{base64.b64encode(self.pem.encode()).decode()}"


SHOWN: Final = Drafts("essc_shown", "/dev/app")


def wanted(call: PageCall) -> jwk.Jwk | Algorithm:
    """The key that a form asks for: the developer's own public key, or the algorithm of one to make.

    Raises PrivateKeyGiven, PublicKeyUnreadable.
    """
    if call.form.text("source") == "own":
        return public_key(call.form.text("public_key", LONGEST))
    return ALGORITHMS.get(call.form.text("algorithm"), Algorithm.ED25519)


def public_key(text: str) -> jwk.Jwk:
    """A public key as PEM or JWK. Raises PrivateKeyGiven, PublicKeyUnreadable."""
    if "PRIVATE KEY" in text or '"d"' in text:
        raise PrivateKeyGiven("a private key", fields=[FieldError("public_key", "private_key_given")])
    try:
        if text.startswith("{"):
            found = msgspec.json.decode(text.encode(), type=jwk.Jwk)
            jwk.public_key(found)
            return found
        return jwk.written(*pem.public_key(text))
    except (msgspec.MsgspecError, UnicodeEncodeError, PointNotOnCurve):
        raise PublicKeyUnreadable("neither PEM nor JWK", fields=[FieldError("public_key", "public_key_unreadable")]) from None


def typed(call: PageCall, refused: Refused) -> dict[str, str]:
    """What was typed into a form, to be shown again; a private key is not."""
    return {name: text for name, text in call.form.items() if name != "public_key" or not isinstance(refused, PrivateKeyGiven)}


def told(app: str, key: ChannelKey, private: jwk.PrivateJwk | None, token: str = "") -> Shown:
    """What is to be shown of a key that was just made or taken."""
    algorithm = Algorithm(key.algorithm)
    secret = pem.written_private(algorithm, jwk.decoded(private.d)) if private else ""
    return Shown(app, key.key_id, NAMES[algorithm], secret, token)
