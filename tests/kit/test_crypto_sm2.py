"""SM2 through OpenSSL: the annex's vector, the command line as a peer, and everything that must not pass."""
import _ssl
import ctypes.util
import os
import shutil
import subprocess
from base64 import b64encode
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.kit.crypto import NATIONAL, PointNotOnCurve, SignatureMalformed, SM2Unavailable, openssl, random_bytes, sm2

# GM/T 0003.5-2012 annex A.2 = GB/T 32918.5-2017 annex A: key, message and signature on the recommended curve.
ANNEX_D = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
ANNEX_P = bytes.fromhex("0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
                        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")
ANNEX_R = "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
ANNEX_S = "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
ANNEX = bytes.fromhex(ANNEX_R + ANNEX_S)
MESSAGE = b"message digest"

EACH_WAY = 1000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 20
peer = pytest.mark.skipif(shutil.which("openssl") is None, reason="the peer is the openssl command, which is not installed here")
halves = st.integers(1, sm2.N - 1)


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_the_annex_key_has_the_annex_point():
    assert sm2.SM2PrivateKey(ANNEX_D).public == ANNEX_P


def test_the_annex_signature_verifies():
    assert sm2.SM2PublicKey(ANNEX_P).verify(MESSAGE, ANNEX)


@pytest.mark.parametrize("id", [b"", b"1234567812345679", b"12345678123456781", b"\0" * 16])
def test_a_signature_is_bound_to_the_distinguishing_id(id):
    assert not sm2.SM2PublicKey(ANNEX_P, id).verify(MESSAGE, ANNEX)
    own = sm2.SM2PrivateKey(ANNEX_D, id).sign(MESSAGE)
    assert sm2.SM2PublicKey(ANNEX_P, id).verify(MESSAGE, own) and not sm2.SM2PublicKey(ANNEX_P).verify(MESSAGE, own)


R, S = int(ANNEX_R, 16), int(ANNEX_S, 16)
WRONG = {
    "r=0": raw(0, S), "s=0": raw(R, 0), "r=n": raw(sm2.N, S), "s=n": raw(R, sm2.N), "r>n": raw(2**256 - 1, S), "s>n": raw(R, 2**256 - 1),
    "r+s=n": raw(R, sm2.N - R), "swapped": raw(S, R), "s negated": raw(R, sm2.N - S), "r+1": raw(R + 1, S), "s-1": raw(R, S - 1), "ones": raw(1, 1),
    "n-1": raw(sm2.N - 1, sm2.N - 1), "short": ANNEX[:-1], "long": ANNEX + b"\0", "empty": b"", "der": sm2.to_der(ANNEX), "all zero": bytes(64),
}


@pytest.mark.parametrize("wrong", list(WRONG.values()), ids=list(WRONG))
def test_no_wrong_signature_verifies(wrong):
    assert not sm2.SM2PublicKey(ANNEX_P).verify(MESSAGE, wrong)


def test_every_changed_bit_of_a_signature_is_seen():
    key = sm2.SM2PublicKey(ANNEX_P)
    for place in range(0, 512, 3):
        changed = bytearray(ANNEX)
        changed[place // 8] ^= 1 << place % 8
        assert not key.verify(MESSAGE, bytes(changed))


@given(halves, halves)
def test_der_and_raw_are_two_ways_to_write_the_same(r, s):
    assert sm2.from_der(sm2.to_der(raw(r, s))) == raw(r, s)


GOOD = sm2.to_der(ANNEX)
BAD_DER = {
    "trailing byte": GOOD + b"\0", "cut": GOOD[:-1], "empty": b"", "not a sequence": b"\x31" + GOOD[1:], "long form length": b"\x30\x81" + GOOD[1:],
    "length short": bytes((0x30, GOOD[1] - 1)) + GOOD[2:], "trailing inside": bytes((0x30, GOOD[1] + 2)) + GOOD[2:] + b"\x05\0",
    "r not minimal": b"\x30\x08\x02\x02\x00\x01\x02\x02\x00\x01", "r negative": b"\x30\x06\x02\x01\xff\x02\x01\x01", "r=0": b"\x30\x06\x02\x01\x00\x02\x01\x01",
    "r empty": b"\x30\x05\x02\x00\x02\x01\x01", "one integer": b"\x30\x03\x02\x01\x01", "three": b"\x30\x09" + b"\x02\x01\x01" * 3,
    "s of 40 bytes": b"\x30\x2d\x02\x01\x01\x02\x28" + b"\x01" * 40, "indefinite": b"\x30\x80" + GOOD[2:] + b"\0\0", "octets": b"\x30\x06\x04\x01\x01\x02\x01\x01",
}


@pytest.mark.parametrize("der", list(BAD_DER.values()), ids=list(BAD_DER))
def test_only_the_one_der_form_is_read(der):
    with pytest.raises(SignatureMalformed):
        sm2.from_der(der)


@given(st.binary(max_size=80))
def test_no_bytes_make_the_der_reader_stumble(junk):
    with suppress(SignatureMalformed):
        assert sm2.to_der(sm2.from_der(junk)) == junk


@pytest.mark.parametrize("public", [
    ANNEX_P[:-1] + b"\x00", ANNEX_P[:33] + bytes(32), b"\x04" + (sm2.P).to_bytes(32, "big") + ANNEX_P[33:], ANNEX_P[1:], b"\x03" + ANNEX_P[1:33],
], ids=["off the curve", "y=0", "x=p", "no prefix", "compressed"])
def test_a_point_that_is_not_on_the_curve_is_refused(public):
    with pytest.raises(PointNotOnCurve):
        sm2.SM2PublicKey(public)


@pytest.mark.parametrize("scalar", [0, sm2.N - 1, sm2.N, 2**256 - 1])
def test_the_scalar_lies_between_1_and_n_minus_2(scalar):
    with pytest.raises(ValueError):
        sm2.SM2PrivateKey(scalar.to_bytes(32, "big"))


def test_the_largest_and_smallest_scalars_sign():
    for scalar in (1, 2, sm2.N - 2):
        key = sm2.SM2PrivateKey(scalar.to_bytes(32, "big"))
        assert sm2.SM2PublicKey(key.public).verify(MESSAGE, key.sign(MESSAGE))


@pytest.mark.parametrize("length", [0, 1, 55, 56, 63, 64, 65, 1000, 100_000])
def test_messages_of_every_length_with_zero_bytes_in_them(length):
    key, message = sm2.SM2PrivateKey(ANNEX_D), bytes(length)
    signature = key.sign(message)
    assert sm2.SM2PublicKey(ANNEX_P).verify(message, signature)
    assert not sm2.SM2PublicKey(ANNEX_P).verify(message + b"\0", signature)


def test_two_signatures_of_one_message_differ():
    key = sm2.SM2PrivateKey(ANNEX_D)
    assert key.sign(MESSAGE) != key.sign(MESSAGE)


def resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux's /proc")
def test_keys_and_contexts_are_given_back():
    def round_of_use() -> None:
        key = sm2.SM2PrivateKey(ANNEX_D)
        assert sm2.SM2PublicKey(key.public).verify(MESSAGE, key.sign(MESSAGE))
    for _ in range(50):
        round_of_use()
    before = resident_kb()
    for _ in range(300):
        round_of_use()
    assert resident_kb() - before < 600     # 300 leaked keys and contexts would be several MB


@pytest.mark.parametrize("places", [[], [None], ["/nowhere/libcrypto.so.3"], [ctypes.util.find_library("c")]],
                         ids=["none", "built in", "missing", "not OpenSSL"])
def test_without_openssl_3_sm2_is_unavailable_and_says_so(places):
    with pytest.raises(SM2Unavailable, match="SM2 unavailable"):
        openssl.first_usable(places)


def test_openssl_is_found_again_behind_what_is_missing():
    assert sm2.available()
    assert openssl.first_usable([None, "/nowhere/libcrypto.so.3", _ssl.__file__]).OpenSSL_version_num() >= 0x30000000


# ── the openssl command as a peer ──

def pem(folder: Path, name: str, label: str, der: bytes) -> Path:
    path = folder / name
    path.write_text(f"-----BEGIN {label}-----\n{b64encode(der).decode()}\n-----END {label}-----\n")
    return path


def run(*args: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, args)], capture_output=True, timeout=20, check=False)


@peer
def test_the_openssl_command_takes_every_signature_of_ours(tmp_path):
    key = sm2.SM2PrivateKey(sm2_secret())
    public = pem(tmp_path, "public.pem", "PUBLIC KEY", sm2._SPKI + key.public)
    for n in range(EACH_WAY):
        (tmp_path / "message").write_bytes(message := random_bytes(1 + n))
        (tmp_path / "signature").write_bytes(sm2.to_der(key.sign(message)))
        done = run("pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678",
                   "-in", tmp_path / "message", "-sigfile", tmp_path / "signature")
        assert done.returncode == 0, done.stderr


@peer
def test_we_take_every_signature_of_the_openssl_command(tmp_path):
    private = tmp_path / "private.pem"
    assert run("genpkey", "-algorithm", "SM2", "-out", private).returncode == 0
    public = sm2.SM2PublicKey(run("pkey", "-in", private, "-pubout", "-outform", "DER").stdout[-65:])
    for n in range(EACH_WAY):
        (tmp_path / "message").write_bytes(message := random_bytes(1 + n))
        done = run("pkeyutl", "-sign", "-inkey", private, "-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678",
                   "-in", tmp_path / "message", "-out", tmp_path / "signature")
        assert done.returncode == 0, done.stderr
        signature = sm2.from_der((tmp_path / "signature").read_bytes())
        assert public.verify(message, signature) and not public.verify(message + b"x", signature)


@peer
def test_the_openssl_command_makes_the_same_hmac_sm3(tmp_path):
    (tmp_path / "content").write_bytes(b"Hi There" * 9)
    theirs = run("dgst", "-sm3", "-mac", "HMAC", "-macopt", "hexkey:" + "0b" * 32, "-binary", tmp_path / "content").stdout
    assert theirs == NATIONAL.mac(b"\x0b" * 32, b"Hi There" * 9)


@peer
def test_the_openssl_command_enciphers_with_sm4_as_we_do(tmp_path):
    (tmp_path / "content").write_bytes(content := random_bytes(160))
    theirs = run("enc", "-sm4-ecb", "-nopad", "-K", bytes(range(16)).hex(), "-in", tmp_path / "content").stdout
    assert theirs == NATIONAL.blocks(bytes(range(16)))(content)


def sm2_secret() -> bytes:
    return random_bytes(31).rjust(32, b"\x01")
