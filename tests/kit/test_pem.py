"""Keys as PEM: what OpenSSL writes is read, and what we write OpenSSL reads."""
import subprocess

import pytest

from essc.kit.crypto import Algorithm, PointNotOnCurve, PrivateKey, pem
from essc.kit.crypto.signing import new_secret


def openssl(text: str, *words: str) -> str:
    """What `openssl pkey` makes of a key."""
    return subprocess.run(["openssl", "pkey", *words], input=text, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_goes_to_openssl_and_comes_back(algorithm):
    secret = new_secret(algorithm)
    public = PrivateKey(algorithm, secret).public
    told = openssl(pem.written_private(algorithm, secret), "-pubout")
    assert pem.public_key(told) == (algorithm, public)
    assert told == pem.written_public(algorithm, public) == openssl(told, "-pubin", "-pubout")


WHOLE = pem.written_public(Algorithm.ED25519, bytes(32))


@pytest.mark.parametrize("text", [
    "", "hello", WHOLE.replace("PUBLIC", "PRIVATE"), WHOLE.replace("MCow", "MCox"), WHOLE.replace("\n-----END", "AAAA\n-----END"),
    WHOLE.replace("A", "é", 1), pem.written_private(Algorithm.ES256, b"\x01" * 32), WHOLE.splitlines()[0],
])
def test_what_is_no_public_key_of_ours_is_refused(text):
    with pytest.raises(PointNotOnCurve):
        pem.public_key(text)


def test_blanks_around_it_and_other_line_ends_do_no_harm():
    assert pem.public_key("  " + WHOLE.replace("\n", "\r\n") + "  ")[0] is Algorithm.ED25519
