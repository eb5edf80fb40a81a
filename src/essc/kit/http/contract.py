"""What an operation may answer: its own refusals, and those that come with what it reads and who may call it."""
from collections.abc import Mapping, Sequence
from typing import Final

from essc.kit import batch, ids, paging, throttle
from essc.kit.errors import Refused
from essc.kit.http import problems, refusals
from essc.kit.http.binding import Arguments
from essc.kit.http.operations import Operation
from essc.kit.paging import Page

Refusals = Sequence[type[Refused]]

EVERY: Final[Refusals] = (
    refusals.HeaderDuplicated, refusals.HeadersTooLarge, refusals.TextNotPlain, refusals.InvalidRequest, refusals.RateLimited, refusals.Busy,
    refusals.InternalError, refusals.DatabaseUnavailable, refusals.BodyTooLarge, refusals.BodyTooSlow,
)
BODY: Final[Refusals] = (refusals.MalformedJson, refusals.DuplicateKey, refusals.MediaTypeUnsupported, refusals.ValueNotAccepted, ids.BadId)
PATH: Final[Refusals] = (ids.BadId, refusals.RouteNotFound, refusals.MethodNotAllowed)
KEY: Final[Refusals] = (refusals.IdempotencyKeyMissing, refusals.IdempotencyKeyReused, refusals.IdempotencyInFlight)
QUEUE: Final[Refusals] = (batch.QueueFull, batch.OutcomeUnknown, batch.ItemRefused, batch.ShuttingDown)
SIGNED: Final[Refusals] = (
    refusals.SignatureMissing, refusals.SignatureMalformed, refusals.SignatureParameterMissing, refusals.SignatureComponentMissing,
    refusals.SignatureExpired, refusals.KeyUnknown, refusals.SignatureAlgorithmWrong, refusals.DigestMissing, refusals.DigestMismatch,
    refusals.SignatureWrong,
)
CALLERS: Final[Mapping[str, Refusals]] = {
    "public": (), "holder": (refusals.CredentialsMissing, refusals.CrossSite), "channel": SIGNED, "terminal": SIGNED, "terminal-key": SIGNED,
    "region": SIGNED,
}
_PAGED: Final[Refusals] = (paging.CursorInvalid,)
_THROTTLED: Final = throttle.Throttled


def may_refuse(operation: Operation, arguments: Arguments, callers: Mapping[str, Refusals]) -> list[type[Refused]]:
    """Every refusal of an operation, its own first. `callers` adds what the rooms' authenticators refuse, by kind of caller."""
    found: list[type[Refused]] = [*operation.refuses, *CALLERS[operation.by], *callers.get(operation.by, ())]
    if operation.scope is not None and operation.by != "public":
        found.append(refusals.ScopeMissing)
    for applies, more in ((arguments.body_type is not None, BODY), (bool(arguments.path), PATH), (operation.idempotent, KEY),
                          (Page in arguments.query_types, _PAGED), (operation.kind == "batched", QUEUE), (True, EVERY)):
        if applies:
            found += more
    return list(dict.fromkeys(found))


def by_status(found: Refusals) -> dict[int, list[type[Refused]]]:
    """Refusals by their status, in ascending order; one of each code."""
    sorted_: dict[int, dict[str, type[Refused]]] = {}
    for refused in found:
        sorted_.setdefault(problems.status_of(refused), {}).setdefault(refused.code, refused)
    return {status: list(sorted_[status].values()) for status in sorted(sorted_)}
