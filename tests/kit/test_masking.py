"""What a log may show of a body: only what its schema has no room for a person in."""
import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from essc import app
from essc.kit import ids
from essc.kit.http import masking
from essc.kit.http.binding import Arguments
from essc.kit.http.masking import DOTS, base, masker, path, problem, query
from essc.kit.http.types import Base64, Digits, Text
from essc.names import PREFIXES

KNOWN = frozenset(PREFIXES.values())
OURS = ids.wire("card", ids.new())
KEY = "ckey_01kaq7xw3m2y8r5t6v9b0c1d2e"
PRIVATE = ["韦晓兰", "weixiaolan", "999901199003070026", "99990119900307002x", "13800138000", "738146", "736019284455102938475610", "Bearer abc",
           "tok_9Zq1", "1990-03-07", "data:image/jpeg;base64,/9j/", "x@example.org"]
"""A name, numbers, a mobile, a password, a code, tokens, a birthday, a picture, an address."""


class Colour(StrEnum):
    RED = "red"


class Part(msgspec.Struct):
    name: Text
    size: Annotated[int, Meta(ge=0, le=10**12)]


class Thing(msgspec.Struct):
    id: str
    colour: Colour
    way: Literal["sms", "face"]
    fragile: bool
    made_at: datetime
    born: date
    number: Digits
    picture: Base64
    version: int
    parts: list[Part]
    more: dict[str, str]
    note: Text | None = None


GOOD: dict[str, Any] = {
    "id": OURS, "colour": "red", "way": "sms", "fragile": True, "made_at": "2026-11-21T10:21:08Z", "born": "1990-03-07", "number": "999901199003070026",
    "picture": "aGVsbG8=", "version": 3, "parts": [{"name": "韦晓兰", "size": 13_800_138_000}], "more": {"mobile": "13800138000"}, "note": None}


def test_what_the_schema_leaves_no_room_in_is_shown_and_everything_else_is_dots():
    assert masker(Thing, KNOWN)(msgspec.json.encode(GOOD)) == {
        "id": OURS, "colour": "red", "way": "sms", "fragile": True, "made_at": "2026-11-21T10:21:08Z", "born": DOTS, "number": DOTS, "picture": DOTS,
        "version": 3, "parts": [{"name": DOTS, "size": DOTS}], "more": DOTS, "note": None}


@pytest.mark.parametrize("field", list(GOOD))
@given(secret=st.sampled_from(PRIVATE) | st.text(min_size=4) | st.integers(min_value=100_000))
def test_nothing_private_gets_through_any_field(field, secret):
    shown = masker(Thing, KNOWN)(msgspec.json.encode(GOOD | {field: secret}))
    value = shown[field]
    assert value in (DOTS, "red", "sms", "face") or value is None or isinstance(value, bool)


@given(body=st.recursive(st.sampled_from(PRIVATE), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(PRIVATE), inner, max_size=4)))
def test_a_body_of_another_shape_shows_neither_its_values_nor_the_names_of_its_fields(body):
    for operation in (one for room in app.OPERATIONS for one in room.operations if one.by == "channel"):
        for type_ in (Arguments(operation, PREFIXES).body_type, operation.answers):
            if type_ is not None:
                shown = msgspec.json.encode(masker(type_, KNOWN)(msgspec.json.encode(body))).decode()
                assert not [one for one in PRIVATE if one in shown]


def _filled(schema: Any, secret: str) -> Any:
    """Every text of a type is the secret."""
    if isinstance(schema, msgspec.inspect.Metadata):
        return _filled(schema.type, secret)
    if isinstance(schema, msgspec.inspect.UnionType):
        return _filled(next(one for one in schema.types if not isinstance(one, msgspec.inspect.NoneType)), secret)
    if isinstance(schema, msgspec.inspect.StructType):
        return {field.encode_name: _filled(field.type, secret) for field in schema.fields}
    if isinstance(schema, msgspec.inspect.CollectionType | msgspec.inspect.VarTupleType):
        return [_filled(schema.item_type, secret)]
    return secret


@pytest.mark.parametrize("secret", PRIVATE)
def test_no_body_of_any_operation_of_a_channel_shows_a_number_name_mobile_code_password_or_token(secret):
    for operation in (one for room in app.OPERATIONS for one in room.operations if one.by == "channel"):
        for type_ in (Arguments(operation, PREFIXES).body_type, operation.answers):
            if type_ is not None:
                raw = msgspec.json.encode(_filled(msgspec.inspect.type_info(type_), secret))
                assert secret not in msgspec.json.encode(masker(type_, KNOWN)(raw)).decode(), operation.name


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 9, b'"' + b"x" * masking.LARGEST + b'"'])
def test_what_cannot_be_read_shows_nothing(raw):
    assert masker(Thing, KNOWN)(raw) is None


def test_long_lists_are_cut():
    shown = masker(list[bool], KNOWN)(msgspec.json.encode([True] * 30))
    assert len(shown) == masking.ITEMS + 1 and shown[-1] == "+10"


def test_a_refusal_shows_its_code_and_no_sentence():
    told = {"type": "/dev/errors#x", "title": "韦晓兰", "status": 422, "code": "x", "detail": "13800138000", "request_id": "req_1", "retryable": False,
            "expected": "…", "errors": [{"field": "proof.check_id", "code": "missing", "detail": "a"}, {"field": "weixiaolan", "code": "unknown", "detail": ""}]}
    assert problem(msgspec.json.encode(told)) == {"status": 422, "code": "x", "retryable": False, "request_id": "req_1", "errors": [
        {"field": "proof.check_id", "code": "missing"}, {"field": "?", "code": "unknown"}]}
    assert problem(b"no") is None


@pytest.mark.parametrize(("line", "shown"), [
    ('"@method": POST', '"@method": POST'), ('"@path": /v1/channels/' + KEY, '"@path": /v1/channels/' + KEY),
    ('"@path": /v1/channels/weixiaolan', '"@path": /v1/channels/••••••••••'), ('"@query": ?limit=50&who=weixiaolan', '"@query": ?limit=••&•••=••••••••••'),
    ('"@query": ?13800138000', '"@query": ?•••••••••••'), ('"@query": ?weixiaolan=1', '"@query": ?••••••••••=•'), ('"@query": limit=5', '"@query": limit=•'), ('"content-type": application/json', '"content-type": application/json'),
    ('"idempotency-key": 999901199003070026', '"idempotency-key": ' + "•" * 18),
    ('"idempotency-key": 0b6c1d5e-3f2a-4c6b-9d7e-1a2b3c4d5e6f', '"idempotency-key": 0b6c1d5e-3f2a-4c6b-9d7e-1a2b3c4d5e6f'),
    ('"x-who": 韦晓兰', "•" * 12),
    (f'"@signature-params": ("@method" "@path");created=1;keyid="{KEY}";tag="essc"', f'"@signature-params": ("@method" "@path");created=1;keyid="{KEY}";tag="essc"'),
    ('"@signature-params": ("@method");created=1;nonce="weixiaolan"', '"@signature-params": ("@method");created=1' + "•" * 19),
])
def test_a_signature_base_keeps_its_length_and_hides_what_a_caller_may_have_put_in(line, shown):
    assert base(line, "/v1/channels/{channel_id}", ["limit"]) == shown and len(shown) == len(line)


@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=200), st.sampled_from(PRIVATE), st.text(alphabet="=&?/;:\"()", max_size=9))
def test_no_base_shows_anything_private(text, secret, after):
    names = ("@path", "@query", "idempotency-key", "content-type", "content-digest", "x-any", "@signature-params")
    assert not [name for name in names if secret in base(f'"{name}": {text}{secret}{after}', "/v1/channels/{channel_id}/keys", ["limit"])]


def test_addresses_show_ids_only():
    assert path(f"/v1/channels/{OURS}/keys", "/v1/channels/{channel_id}/keys") == f"/v1/channels/{OURS}/keys"
    assert path("/v1/channels/13800138000/keys/a", "/v1/channels/{channel_id}") == "/v1/channels/{channel_id}"
    assert query("", ["limit"]) == "" and query("cursor=abc&limit=5", ["limit"]) == "••••••=•••&limit=•" and not re.search(r"\d", query("13800138000=1", ["limit"]))
