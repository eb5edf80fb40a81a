"""HTTP message signatures: the published vectors, an independent client, and every way to get it wrong."""
import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
from hypothesis import given
from hypothesis import strategies as st

from essc.kit.crypto import Algorithm, PrivateKey
from essc.kit.crypto.signing import new_secret
from essc.kit.errors import Refused
from essc.kit.http import refusals, signature, structured
from essc.kit.http.incoming import SignedRequest, headers_of
from essc.kit.http.signature import HmacKey, PublicKey
from essc.kit.http.signing import PartnerKey, SharedSecret, signed

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SECRET = b"0123456789abcdef0123456789abcdef"
KEYID = "ts_AAAA"
OURS = HmacKey(SECRET)
BODY = '{"code": "1234", "scene": "pharmacy.buy", "note": "药店"}'.encode()


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"", query: str = "", scheme: str = "https") -> SignedRequest:
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(), "scheme": scheme, "headers": pairs}
    return SignedRequest(scope, headers_of(scope), body, "req_1", NOW)


def ours(body: bytes = BODY, query: str = "", created: int | None = None, **change: str) -> SignedRequest:
    headers = signed("POST", "/v1/code-redemptions", body, key=SharedSecret(KEYID, SECRET), query=query, idempotency_key="key-1",
                     created=int(NOW.timestamp()) if created is None else created)
    return request("POST", "/v1/code-redemptions", headers | {"host": "essc.test"} | change, body, query)


def judged(found: SignedRequest, key: signature.Key | None = OURS) -> signature.Claim:
    claim = signature.claim(found)
    signature.check(claim, key)
    return claim


# ── RFC 9421 appendix B.2 to B.4, the algorithms we have ──────────────────────────────────────────────────────────────

SHARED = HmacKey(base64.b64decode("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="))
ED25519 = PublicKey("ed25519", base64.urlsafe_b64decode("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs="))
P256 = PublicKey("ecdsa-p256-sha256", b"\x04" + base64.b64decode(
    "qIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ=="))
DIGEST = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
TEST_REQUEST = request("POST", "/foo", {"Host": "example.com", "Date": "Tue, 20 Apr 2021 02:07:55 GMT", "Content-Type": "application/json",
                                        "Content-Digest": DIGEST, "Content-Length": "18"}, b'{"hello": "world"}', "param=Value&Pet=dog")
PROXIED = request("POST", "/foo", {"Host": "service.internal.example", "Client-Cert": (
    ":MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6MRswGQYDVQQKDBJMZXQncyBBdXRoZW50aWNhdGUxGzAZBgNVBAMMEkxBIEludGVybWVkaWF0ZSBDQTAeFw0yMDAxMTQyMjU1MzNa"
    "Fw0yMTAxMjMyMjU1MzNaMA0xCzAJBgNVBAMMAkJDMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8YnXXfaUgmnMtOXU/IncWalRhebrXmckC8vdgJ1p5Be5F/3YC8OthxM4+k1M6aEAEFcG"
    "zkJiNy6J84y7uzo9M6NyMHAwCQYDVR0TBAIwADAfBgNVHSMEGDAWgBRm3WjLa38lbEYCuiCPct0ZaSED2DAOBgNVHQ8BAf8EBAMCBsAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0RAQH/"
    "BBMwEYEPYmRjQGV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUCIBHda/r1vaL6G3VliL4/Di6YK0Q6bMjeSkC3dFCOOB8TAiEAx/kHSB4urmiZ0NX5r5XarmPk0wmuydBVoU4hBVZ1yhk=:")},
    query="param=Value&Pet=dog")
TRANSFORMED = request("GET", "/demo", {"Host": "example.org", "Accept": "application/json, */*"}, query="name1=Value1&Name2=value2&added=1")
REQUEST_VECTORS = [
    ("B.2.5", TEST_REQUEST, SHARED, '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
     "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="),
    ("B.2.6", TEST_REQUEST, ED25519, '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
     "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="),
    ("B.3", PROXIED, P256, '("@path" "@query" "@method" "@authority" "client-cert");created=1618884473;keyid="test-key-ecc-p256"',
     "xVMHVpawaAC/0SbHrKRs9i8I3eOs5RtTMGCWXm/9nvZzoHsIg6Mce9315T6xoklyy0yzhD9ah4JHRwMLOgmizw=="),
    ("B.4", TRANSFORMED, ED25519, '("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"',
     "ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA=="),
]


@pytest.mark.parametrize(("found", "key", "covered", "value"), [row[1:] for row in REQUEST_VECTORS], ids=[row[0] for row in REQUEST_VECTORS])
def test_the_published_vectors_of_requests_verify_and_their_changed_ones_do_not(found: SignedRequest, key: signature.Key, covered: str, value: str) -> None:
    inner = structured.inner_lists(f"sig={covered}")["sig"]
    base = signature.base_of(inner, lambda name, params: signature.component(found, name, params))
    assert key.holds(base, base64.b64decode(value))
    assert not key.holds(base.replace(b"foo", b"fop").replace(b"demo", b"dem0").replace(b"Tue", b"Wed"), base64.b64decode(value))


def test_the_published_vector_of_a_response_verifies() -> None:
    inner = structured.inner_lists('sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"')["sig-b24"]
    value = structured.byte_sequences("sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==:")["sig-b24"]
    headers = {"content-type": "application/json", "content-length": "23", "content-digest": (
        "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:")}
    assert P256.holds(signature.base_of(inner, signature.response_component(200, headers)), value)
    assert not P256.holds(signature.base_of(inner, signature.response_component(201, headers)), value)


@pytest.mark.parametrize(("body", "digest"), [(b'{"hello": "world"}\n', "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="),
                                              (b"", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")])
def test_digests_are_those_of_rfc_9530(body: bytes, digest: str) -> None:
    claim = signature.Claim(KEYID, 0, b"", b"", body, f"sha-512=:AAAA:, sha-256=:{digest}:", "")
    with pytest.raises(refusals.SignatureWrong):        # the digest is right, so the signature is looked at
        signature.check(claim, HmacKey(SECRET))


# ── an independent client ─────────────────────────────────────────────────────────────────────────────────────────────

class _Key(HTTPSignatureKeyResolver):
    def __init__(self, key: Any) -> None:
        self.key = key

    def resolve_private_key(self, key_id: str) -> Any:
        return self.key

    def resolve_public_key(self, key_id: str) -> Any:
        return self.key


PEER = [(algorithms.HMAC_SHA256, "hmac-sha256"), (algorithms.ED25519, "ed25519"), (algorithms.ECDSA_P256_SHA256, "ecdsa-p256-sha256")]


@pytest.mark.parametrize(("algorithm", "name"), PEER, ids=[name for _, name in PEER])
@pytest.mark.parametrize("query", ["", "a=1&b=%E8%8D%AF"])
@pytest.mark.parametrize("told", [True, False])
def test_what_an_independent_client_signs_is_accepted(algorithm: Any, name: str, query: str, told: bool) -> None:
    private = PrivateKey(Algorithm(name), new_secret(Algorithm(name))) if name != "hmac-sha256" else None
    theirs: Any = private._key if private else SECRET
    key: signature.Key = PublicKey(name, private.public) if private else HmacKey(SECRET)
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    prepared = requests.Request("POST", f"https://essc.test/v1/code-redemptions{'?' + query if query else ''}", data=BODY, headers={
        "Content-Type": "application/json", "Content-Digest": f"sha-256=:{digest}:", "Idempotency-Key": "key-1"}).prepare()
    HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=_Key(theirs)).sign(
        prepared, key_id=KEYID, created=NOW, tag="essc", label="mine", include_alg=told, use_existing_digest=True,
        covered_component_ids=("@method", "@path", "@query", "content-digest", "content-type", "idempotency-key"))
    found = request("POST", "/v1/code-redemptions", dict(prepared.headers), BODY, query)
    assert judged(found, key).keyid == KEYID


# ── our own client, and every way to get it wrong ─────────────────────────────────────────────────────────────────────

@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_our_client_signs_what_we_accept_with_every_algorithm(algorithm: Algorithm) -> None:
    private = PrivateKey(algorithm, new_secret(algorithm))
    for method, body, query, idempotency_key in (("POST", BODY, "", "k"), ("GET", b"", "a=1", ""), ("DELETE", b"", "", "k"), ("POST", BODY, "x=%20", "")):
        headers = signed(method, "/v1/cards/card_1", body, key=PartnerKey("k1", private), query=query, idempotency_key=idempotency_key, created=int(NOW.timestamp()))
        found = request(method, "/v1/cards/card_1", headers, body, query)
        assert judged(found, PublicKey(algorithm, private.public)).keyid == "k1"


def spoiled(headers: dict[str, str], name: str, was: str, now: str) -> dict[str, str]:
    assert was in headers[name], (name, headers[name])
    return headers | {name: headers[name].replace(was, now)}


def general(covered: str, params: str = "", **more: str) -> SignedRequest:
    """A request signed in another shape than our client's."""
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    headers = {"content-type": "application/json", "content-digest": f"sha-256=:{digest}:", "idempotency-key": "key-1", "host": "essc.test"} | more
    given = f"x=({covered}){params or f';keyid={chr(34)}{KEYID}{chr(34)};created={int(NOW.timestamp())};tag={chr(34)}essc{chr(34)}'}"
    bare = request("POST", "/v1/code-redemptions", headers, BODY)
    inner = structured.inner_lists(given)["x"]
    try:
        base = signature.base_of(inner, lambda name, found: signature.component(bare, name, found))
    except Refused:
        base = b""
    value = base64.b64encode(SharedSecret(KEYID, SECRET).sign(base)).decode()
    return request("POST", "/v1/code-redemptions", headers | {"signature-input": given, "signature": f"x=:{value}:"}, BODY)


ALL = '"@method" "@path" "@query" "content-digest" "content-type" "idempotency-key"'
MOMENT = int(NOW.timestamp())
WRONG: list[tuple[str, SignedRequest, type[Refused]]] = [
    ("no signature", request("POST", "/", {}, BODY), refusals.SignatureMissing),
    ("no input", request("POST", "/", {"signature": "sig=:AAAA:"}, BODY), refusals.SignatureMissing),
    ("garbage", request("POST", "/", {"signature": "x", "signature-input": "("}, BODY), refusals.SignatureMalformed),
    ("not base64", request("POST", "/", {"signature": "x=:A:", "signature-input": 'x=("@method");created=1'}, BODY), refusals.SignatureMalformed),
    ("label twice", request("POST", "/", {"signature": "x=:AAAA:", "signature-input": 'x=("@method"), x=("@path")'}, BODY), refusals.SignatureMalformed),
    ("parameter twice", request("POST", "/", {"signature": "x=:AAAA:", "signature-input": 'x=("@method");tag="essc";tag="essc"'}, BODY),
     refusals.SignatureMalformed),
    ("two for us", request("POST", "/", {"signature": "x=:AAAA:", "signature-input": 'x=("@method");tag="essc", y=("@path");tag="essc"'}, BODY), refusals.SignatureMalformed),
    ("value of another label", request("POST", "/", {"signature": "y=:AAAA:", "signature-input": 'x=("@method");tag="essc"'}, BODY), refusals.SignatureMissing),
    ("other tags only", request("POST", "/", {"signature": "x=:AAAA:", "signature-input": 'x=("@method");tag="a", y=("@path");tag="b"'}, BODY), refusals.SignatureMissing),
    ("no tag", general(ALL, f';created={MOMENT};keyid="{KEYID}"'), refusals.SignatureParameterMissing),
    ("no created", general(ALL, f';keyid="{KEYID}";tag="essc"'), refusals.SignatureParameterMissing),
    ("no keyid", general(ALL, f';created={MOMENT};tag="essc"'), refusals.SignatureParameterMissing),
    ("created is a text", general(ALL, f';created="{MOMENT}";keyid="{KEYID}";tag="essc"'), refusals.SignatureParameterMissing),
    *((f"{name} not covered", general(ALL.replace(f'"{name}"', "").replace("  ", " ").strip()), refusals.SignatureComponentMissing)
      for name in ("@method", "@path", "@query", "content-digest", "content-type", "idempotency-key")),
    ("covered with a parameter", general(ALL.replace('"@path"', '"@path";req')), refusals.SignatureComponentMissing),
    ("covered twice", general(ALL + ' "@method"'), refusals.SignatureMalformed),
    ("covers what is not there", general(ALL + ' "x-none"'), refusals.SignatureComponentMissing),
    ("unknown derived", general(ALL + ' "@status"'), refusals.SignatureComponentMissing),
    ("301 s old", ours(created=MOMENT - 301), refusals.SignatureExpired),
    ("301 s ahead", ours(created=MOMENT + 301), refusals.SignatureExpired),
    ("301 s old, other shape", general(ALL, f';keyid="{KEYID}";created={MOMENT - 301};tag="essc"'), refusals.SignatureExpired),
    ("expires passed", general(ALL, f';created={MOMENT};expires={MOMENT - 1};keyid="{KEYID}";tag="essc"'), refusals.SignatureExpired),
    ("another algorithm named", general(ALL, f';created={MOMENT};keyid="{KEYID}";alg="ed25519";tag="essc"'), refusals.SignatureAlgorithmWrong),
    ("none named as algorithm", general(ALL, f';created={MOMENT};keyid="{KEYID}";alg="none";tag="essc"'), refusals.SignatureAlgorithmWrong),
    ("other body", request("POST", "/v1/code-redemptions", {k.decode(): v.decode() for k, v in ours().headers.items()}, BODY + b" "), refusals.DigestMismatch),
    ("other digest algorithm", general(ALL, **{"content-digest": "sha-512=:AAAA:"}), refusals.DigestMissing),
    ("unreadable digest", general(ALL, **{"content-digest": "sha-256=AAAA"}), refusals.DigestMissing),
    ("other path", request("POST", "/v1/code-redemption", {k.decode(): v.decode() for k, v in ours().headers.items()}, BODY), refusals.SignatureWrong),
    ("other method", request("PUT", "/v1/code-redemptions", {k.decode(): v.decode() for k, v in ours().headers.items()}, BODY), refusals.SignatureWrong),
    ("other query", request("POST", "/v1/code-redemptions", {k.decode(): v.decode() for k, v in ours().headers.items()}, BODY, "a=1"), refusals.SignatureWrong),
    ("other key", ours(**{"idempotency-key": "key-2"}), refusals.SignatureWrong),
    ("other media type", ours(**{"content-type": "text/plain"}), refusals.SignatureWrong),
    ("empty signature", ours(signature="sig=::"), refusals.SignatureWrong),
]


@pytest.mark.parametrize(("found", "expected"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_each_way_to_get_it_wrong_has_a_refusal_of_its_own(found: SignedRequest, expected: type[Refused]) -> None:
    with pytest.raises(Refused) as caught:
        judged(found)
    assert type(caught.value) is expected


def test_300_seconds_either_way_are_allowed() -> None:
    for shift in (-300, 0, 300):
        judged(ours(created=MOMENT + shift))


def test_an_unknown_key_is_told_from_a_wrong_signature() -> None:
    with pytest.raises(refusals.KeyUnknown):
        judged(ours(), None)
    with pytest.raises(refusals.SignatureWrong) as caught:
        judged(ours(), HmacKey(b"another secret of 32 bytes......"))
    assert str(signature.expected_of(caught.value)).startswith('"@method": POST\n"@path": /v1/code-redemptions\n"@query": ?\n')


def test_a_signature_of_a_proxy_beside_ours_does_not_disturb() -> None:
    found = general(ALL)
    found.headers[b"signature-input"] += b', ttrp=("@path");created=1;keyid="proxy"'
    found.headers[b"signature"] += b", ttrp=:AAAA:"
    assert judged(found).keyid == KEYID


def test_both_ways_of_reading_find_the_same() -> None:
    found = ours(query="a=1&b=2")
    quick = signature.claim(found)
    full = signature._general(found, found.header(b"signature-input"), found.header(b"signature"))
    assert quick == full


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_in_the_headers_is_refused_and_never_breaks(given_input: str, value: str) -> None:
    headers = {b"signature-input": given_input.encode(), b"signature": value.encode(), b"content-type": b"application/json"}
    found = SignedRequest({"method": "POST", "path": "/", "query_string": b"", "headers": []}, headers, BODY, "r", NOW)
    with pytest.raises(Refused):
        judged(found)


@pytest.mark.parametrize("text", ['a=("b"', 'a=("b")c', 'a=("b""c")', 'a=("b");', 'a=("b"),', 'A=("b")', 'a=(b c', 'a=("b\x7f")', 'a=("b");x=1.5', 'a=(1)', ""])
def test_text_that_is_no_structured_field_is_malformed(text: str) -> None:
    with pytest.raises(structured.Malformed):
        structured.inner_lists(text)


@pytest.mark.parametrize("text", ['("a" "b";req;key="x y");n=-12;t=?0;u;v="q\\"\\\\";w=:AAEC:', "()"])
def test_an_inner_list_is_written_as_it_was_read(text: str) -> None:
    assert structured.written(structured.inner_lists(f"sig={text}")["sig"]) == text


def test_the_example_in_the_rules_of_the_wire_is_what_our_client_signs() -> None:
    told = (Path(__file__).resolve().parents[2] / "docs" / "wire" / "rules.md").read_text(encoding="utf-8")
    body = b'{"code":"407133589012664711902835","scene":"pharmacy.buy"}'
    key = SharedSecret("ts_AZqg8BwAeryN7wEjRWeJq2sAGiABAAECAwQFBgc", bytes(range(32)))
    headers = signed("POST", "/v1/code-redemptions", body, key=key, idempotency_key="0193f7c2-1", created=1763600400)
    assert f"Signature-Input: {headers['signature-input']}\nSignature: {headers['signature']}\n" in told
    assert all(f'"{name}": {headers[name]}\n' in told for name in ("content-digest", "content-type", "idempotency-key"))
