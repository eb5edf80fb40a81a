"""A form that was not accepted is shown again with what is wrong and what to do, each field with its own sentence."""
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from essc.kit.errors import FieldError, Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.surfaces.shared.album import PictureTooLarge

FRAMES: Final = 8
FRAMES_LIMIT: Final = 2 * 1024 * 1024
"""Bytes of a form with eight pictures of 200 KiB."""


class EntriesDiffer(Refused):
    """The password was typed twice, differently."""

    kind, code = Kind.INVALID, "entries_differ"


def again(call: PageCall, template: str, refused: Refused, **context: Any) -> PageAnswer:
    """The form again, 422, with the refusal at its top and the sentences of its fields. What the server has trouble with is raised on."""
    if refused.kind is Kind.UNAUTHENTICATED or isinstance(refused, SubmittedAlready):
        raise refused
    return call.render(template, status=422, problem=call.problem(refused), errors=sentences(call, refused), **context)


def sentences(call: PageCall, refused: Refused) -> Mapping[str, str]:
    """A sentence for each wrong field: `field.<code>`, else the title of the refusal of that code."""
    return {error.field: _sentence(call, error) for error in refused.fields}


def _sentence(call: PageCall, error: FieldError) -> str:
    return call.say(f"field.{error.code}") if call.texts.has(f"field.{error.code}") else call.say(f"error.{error.code}.title")


def same_twice(call: PageCall) -> str:
    """The password of a form that asks for it twice. Raises EntriesDiffer."""
    password, repeated = call.form.text("password", 12), call.form.text("again", 12)
    if password != repeated:
        raise EntriesDiffer("typed twice, differently", fields=(FieldError("again", "entries_differ"),))
    return password


def frames(call: PageCall) -> list[bytes]:
    """The pictures that <ssc-face> put into a form. Raises PictureTooLarge when somebody sent more than these."""
    if call.form.too_large:
        raise PictureTooLarge("more than eight small pictures", n=FRAMES_LIMIT // 1024 // 1024)
    found = [call.form.file(f"frame{place}") for place in range(FRAMES)]
    return [one.content for one in found if one is not None]


def onward(path: str, call: PageCall, otherwise: str) -> str:
    """`path`, carrying on where to go afterwards."""
    return f"{path}?next={quote(call.next(otherwise), safe='/')}"
