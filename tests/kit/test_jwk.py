"""Public keys as a browser exports them."""
import msgspec
import pytest

from essc.kit.crypto import Algorithm, PointNotOnCurve, PrivateKey
from essc.kit.crypto import jwk as jwks
from essc.kit.crypto.jwk import Jwk
from essc.kit.crypto.signing import new_secret

ZEROS = jwks.encoded(bytes(32))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_is_read_back_as_it_was_written(algorithm):
    secret = new_secret(algorithm)
    public = PrivateKey(algorithm, secret).public
    assert jwks.public_key(jwks.written(algorithm, public)) == (algorithm, public)
    assert jwks.decoded(jwks.written_private(algorithm, secret).d) == secret


def test_a_thumbprint_is_the_one_of_rfc_8037():
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert jwks.thumbprint(Algorithm.ED25519, public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("bad", [
    Jwk("EC", "P-256", ZEROS, ZEROS), Jwk("EC", "SM2", ZEROS, ZEROS), Jwk("EC", "P-256", ZEROS, ""), Jwk("EC", "P-256", "AA", ZEROS),
    Jwk("EC", "Ed25519", ZEROS, ""), Jwk("OKP", "P-256", ZEROS, ZEROS), Jwk("OKP", "Ed25519", "no base64", ""), Jwk("OKP", "Ed25519", "é", ""),
    Jwk("OKP", "Ed25519", ZEROS + "=", ""),
])
def test_what_is_no_key_is_refused(bad):
    with pytest.raises(PointNotOnCurve):
        jwks.public_key(bad)


def test_a_private_key_is_not_taken_for_a_public_one():
    private = msgspec.json.encode(jwks.written_private(Algorithm.ES256, new_secret(Algorithm.ES256)))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(private, type=Jwk)
