"""A partner's SM2, from the standard alone, and the platform's, through OpenSSL: each checks what the other signed."""
import base64

import pytest

from essc.kit.crypto import sm2 as ours
from essc.kit.http.signature import PublicKey
from essc_sandbox import sm2 as theirs
from essc_sandbox.keyring import Keyring

WORDS = "电子社保卡 · SM2".encode()
SECRET = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")


def test_both_make_the_same_public_key_and_hold_what_the_other_signed():
    one, other = theirs.PrivateKey(SECRET), ours.SM2PrivateKey(SECRET)
    assert one.public == other.public
    assert ours.SM2PublicKey(one.public).verify(WORDS, one.sign(WORDS))
    assert theirs.PublicKey(other.public).holds(WORDS, other.sign(WORDS))


@pytest.mark.parametrize("spoilt", [lambda s: s[:-1], lambda s: bytes(64), lambda s: bytes([s[0] ^ 1]) + s[1:], lambda s: s[32:] + s[:32], lambda s: b"\xff" * 64])
def test_a_spoilt_signature_does_not_hold(spoilt):
    key = theirs.PrivateKey(SECRET)
    assert not theirs.PublicKey(key.public).holds(WORDS, spoilt(key.sign(WORDS)))


@pytest.mark.parametrize("raw", [b"", b"\x04" + bytes(64), b"\x02" + bytes(32), b"\x04" + b"\xff" * 64])
def test_what_is_no_point_of_the_curve_is_no_key(raw):
    with pytest.raises(ValueError):
        theirs.PublicKey(raw)


def test_a_partner_signs_as_the_platform_does_and_keeps_both_keys(tmp_path):
    ring = Keyring(tmp_path, "person")
    usual = ring.told()
    ring.introduce(base64.b64encode(ours.SM2PrivateKey(SECRET).public).decode())
    national = ring.told()
    assert (usual["key_id"], usual["algorithm"], national["key_id"], national["algorithm"]) == ("person-1", "ed25519", "person-sm2-1", "sm2-sm3")
    assert PublicKey(national["algorithm"], base64.b64decode(national["public_key"])).holds(WORDS, ring.private.sign(WORDS))
    assert Keyring(tmp_path, "person").told() == national
    assert oct((tmp_path / "person.sm2.key").stat().st_mode)[-3:] == "600"
