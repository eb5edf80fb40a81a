"""Suites, signatures and the permutation, against the published vectors of their standards."""
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.kit.crypto import (
    INTERNATIONAL,
    NATIONAL,
    Algorithm,
    DigitPermutation,
    NotAuthentic,
    PointNotOnCurve,
    PrivateKey,
    random_bytes,
    suite_by_id,
    suite_named,
    verify,
)
from essc.kit.crypto.permutation import DOMAIN
from essc.kit.crypto.signing import new_secret
from essc.kit.crypto.suites import NONCE

SUITES = [INTERNATIONAL, NATIONAL]
suites = pytest.mark.parametrize("suite", SUITES, ids=lambda s: s.name)
KEY = bytes(range(32))

RFC8998_PLAIN = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
HMAC_SM3_TEXT = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def b64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# ── published vectors ──

def test_sm4_block_is_that_of_gb_t_32907_annex_a():
    key = h("0123456789ABCDEFFEDCBA9876543210")
    assert NATIONAL.blocks(key)(key) == h("681EDF34D206965E86B3E94F536E4246")


def test_aes_256_block_is_that_of_fips_197_annex_c3():
    assert INTERNATIONAL.blocks(KEY)(h("00112233445566778899aabbccddeeff")) == h("8ea2b7ca516745bfeafc49904b496089")


def test_sm4_gcm_is_that_of_rfc_8998_annex_a1():
    sealed = NATIONAL.aead(h("0123456789ABCDEFFEDCBA9876543210")).encrypt(
        h("00001234567800000000ABCD"), RFC8998_PLAIN, h("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"))
    assert sealed == h("17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
                       "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D83DE3541E4C2B58177E065A9BF7B62EC")


def test_aes_256_gcm_is_that_of_the_gcm_submission_case_16():
    sealed = INTERNATIONAL.aead(h("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")).encrypt(
        h("cafebabefacedbaddecaf888"),
        h("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"),
        h("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
    assert sealed[-16:] == h("76fc6ece0f4e1768cddf8853bb2d551b")


@pytest.mark.parametrize(("key", "text", "mac"), [
    (bytes(range(1, 33)), HMAC_SM3_TEXT, "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"),
    (bytes(range(1, 38)), b"\xcd" * 50, "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae"),
])
def test_hmac_sm3_is_that_of_gm_t_0042_annex_d3(key, text, mac):
    assert NATIONAL.mac(key, text) == h(mac)


def test_hmac_sha_256_is_that_of_rfc_4231_case_2():
    assert INTERNATIONAL.mac(b"Jefe", b"what do ya want for nothing?") == h("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")


def test_derivation_is_one_block_of_hkdf_expand_rfc_5869_case_1():
    prk = h("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    assert INTERNATIONAL.derive(prk, h("f0f1f2f3f4f5f6f7f8f9"), 32) == h("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")


def test_ed25519_is_that_of_rfc_8032_test_1():
    key = PrivateKey(Algorithm.ED25519, h("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert key.public == h("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert key.sign(b"") == h("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                              "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")


def test_es256_takes_the_signature_of_rfc_7515_annex_a3():
    public = b"\x04" + b64("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU") + b64("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
    signed = b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    signature = b64("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
    assert verify(Algorithm.ES256, public, signed, signature)


# ── sealing ──

@suites
@given(plain=st.binary(max_size=200), aad=st.binary(max_size=50))
def test_what_was_sealed_opens_with_the_same_context_only(suite, plain, aad):
    key = KEY[:suite.key_bytes]
    sealed = suite.seal(key, random_bytes(NONCE), plain, aad)
    assert suite.open(key, sealed, aad) == plain
    with pytest.raises(NotAuthentic):
        suite.open(key, sealed, aad + b"x")


@suites
def test_one_changed_bit_anywhere_does_not_open(suite):
    key = KEY[:suite.key_bytes]
    sealed = suite.seal(key, bytes(NONCE), b"a plain text of some length", b"context")
    for place in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(NotAuthentic):
            suite.open(key, bytes(changed), b"context")


@suites
@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27])
def test_a_value_cut_short_does_not_open(suite, length):
    key = KEY[:suite.key_bytes]
    with pytest.raises(NotAuthentic):
        suite.open(key, suite.seal(key, bytes(NONCE), b"", b"")[:length], b"")


@suites
def test_a_suite_is_found_again_by_name_and_by_id(suite):
    assert suite_named(suite.name.value) is suite_by_id(suite.id) is suite


@suites
@pytest.mark.parametrize("length", [0, 33])
def test_a_derivation_gives_one_block_at_most(suite, length):
    with pytest.raises(ValueError):
        suite.derive(KEY, b"purpose", length)


@suites
def test_one_encryptor_serves_many_threads(suite):
    block, inputs = suite.blocks(KEY[:suite.key_bytes]), [n.to_bytes(16, "big") for n in range(400)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(block, inputs)) == [suite.blocks(KEY[:suite.key_bytes])(one) for one in inputs]


# ── signatures ──

@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_signature_verifies_for_its_key_and_message_only(algorithm):
    key, other = (PrivateKey(algorithm, new_secret(algorithm)) for _ in range(2))
    signature = key.sign(b"message")
    assert len(signature) == 64
    assert verify(algorithm, key.public, b"message", signature)
    assert not verify(algorithm, key.public, b"massage", signature)
    assert not verify(algorithm, other.public, b"message", signature)
    assert not any(verify(algorithm, key.public, b"message", wrong) for wrong in (b"", signature[:-1], signature + b"\0", bytes(64), b"\xff" * 64))


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_private_key_shows_nothing_of_itself(algorithm):
    secret = new_secret(algorithm)
    shown = repr(PrivateKey(algorithm, secret)) + str(PrivateKey(algorithm, secret))
    assert secret.hex() not in shown and repr(secret) not in shown


@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.SM2])
@pytest.mark.parametrize("public", [
    b"", b"\x04" + bytes(64), b"\x04" + b"\xff" * 64, b"\x02" + b"\x01" * 32, b"\x00", b"\x04" + (1).to_bytes(32, "big") * 2, b"\x06" + bytes(64),
], ids=["empty", "origin", "beyond", "compressed", "infinity", "off_curve", "hybrid"])
def test_what_is_not_a_point_of_the_curve_is_refused(algorithm, public):
    with pytest.raises(PointNotOnCurve):
        verify(algorithm, public, b"message", bytes(64))


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32, b"\x01" * 31, b"\x01" * 33])
@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.SM2])
def test_a_scalar_out_of_range_is_no_key(algorithm, secret):
    with pytest.raises(ValueError):
        PrivateKey(algorithm, secret)


# ── the permutation of 23 digits ──

@suites
@given(number=st.integers(0, DOMAIN - 1))
def test_the_permutation_undoes_itself(suite, number):
    cipher = DigitPermutation(7, suite.blocks(bytes(16)))
    image = cipher.encrypt(number)
    assert 0 <= image < DOMAIN
    assert cipher.decrypt(image) == number and cipher.encrypt(cipher.decrypt(number)) == number


@pytest.mark.parametrize("number", [-1, DOMAIN])
def test_the_permutation_takes_nothing_outside_its_domain(number):
    cipher = DigitPermutation(7, INTERNATIONAL.blocks(bytes(16)))
    for direction in (cipher.encrypt, cipher.decrypt):
        with pytest.raises(ValueError):
            direction(number)
