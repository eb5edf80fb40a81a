"""Reading the form of a page: bounded, in UTF-8, without control characters that no keyboard makes."""
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from essc.kit.http import refusals
from essc.kit.http.incoming import Scope
from essc.kit.http.pages import Form, Upload

MOST_FIELDS: Final = 200
MOST_FILES: Final = 12


async def read_form(scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> Form:
    """The form in `body`; an empty one when the body is something else. Raises MalformedForm."""
    media = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media == b"application/x-www-form-urlencoded":
        return Form(_values(body))
    if media == b"multipart/form-data":
        return await _parts(scope, body)
    return Form()


def _values(body: bytes) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise refusals.MalformedForm("not a form in UTF-8") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(_clean(value))
    return found


def _clean(value: str) -> str:
    if "\x00" in value:
        raise refusals.MalformedForm("NUL in a field")
    return value


async def _parts(scope: Scope, body: bytes) -> Form:
    async def once() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    if not body.rstrip().endswith(b"--"):
        raise refusals.MalformedForm("the form breaks off")
    values: dict[str, list[str]] = {}
    files: dict[str, Upload] = {}
    try:
        async with Request(scope, once).form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=max(len(body), 1)) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = Upload(value.filename or "", value.content_type or "", await value.read())
                else:
                    values.setdefault(name, []).append(_clean(value))
    except (MultiPartException, UnicodeDecodeError) as error:
        raise refusals.MalformedForm("not a form") from error
    return Form(values, files)
