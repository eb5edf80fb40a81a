"""What the pages of the audit log show: an event in words, its proof, and how the chain stands."""
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from essc.audit.actions import Seen
from essc.audit.model.note import Checkpoint
from essc.audit.model.search import Found, Result
from essc.audit.model.watch import Chain
from essc.kit.http.pages import PageCall
from essc.surfaces.shared import times

RESULTS: Final[Mapping[Result, tuple[str, str]]] = {Result.DONE: ("ok", "circle-check"), Result.REFUSED: ("bad", "circle-x")}


class Event(NamedTuple):
    """One event as the list shows it."""

    address: str
    time: str
    title: str
    kind: str
    actor: str
    actor_kind: str
    request: str
    result: tuple[str, str, str]


class ChainView(NamedTuple):
    """How the chain stands: `tone` ok, warn or bad, one sentence, and what more there is to say."""

    tone: str
    icon: str
    say: str
    more: str
    flaw: str


def thin(number: int) -> str:
    """A number in groups of three with thin spaces (ux E10)."""
    return f"{number:,}".replace(",", "\u2009")


def titles(call: PageCall, kind: str) -> str:
    """A kind of event in words, where there are some; else the kind itself."""
    key = f"console.audit.kind.{kind}"
    return call.say(key) if call.texts.has(key) else kind


def event_of(call: PageCall, one: Found, names: Mapping[str, str]) -> Event:
    """An event as the list shows it."""
    return Event(f"/console/audit/{one.id}", times.stamp(one.recorded_at), titles(call, one.kind), one.kind, names.get(one.actor_id, one.actor_id),
                 call.say(f"console.audit.actor.{one.actor_kind}"), one.request_id, (*RESULTS[one.result], call.say(f"console.audit.result.{one.result}")))


def chain_of(call: PageCall, chain: Chain) -> ChainView:
    """The sentence about the chain: from what the house's reader proved, never from how many rows there are."""
    if chain.flaw is not None:
        first, last = chain.flaw.first + 1, chain.flaw.last + 1
        where = call.say("console.audit.chain.at" if chain.flaw.exact else "console.audit.chain.between", first=thin(first), last=thin(last))
        return ChainView("bad", "triangle-alert", call.say("console.audit.chain.broken", where=where), call.say("console.audit.chain.stays"), chain.flaw.what)
    if chain.looked_at is None:
        return ChainView("warn", "clock", call.say("console.audit.chain.never"), "", "")
    say = call.say("console.audit.chain.whole", n=thin(chain.size))
    at = times.lately(chain.looked_at, call.now, call.locale)
    if chain.stale(call.now):
        return ChainView("warn", "clock", call.say("console.audit.chain.stale", at=at), say, "")
    return ChainView("ok", "shield-check", say, " · ".join([call.say("console.audit.chain.looked", at=at), _sweep(call, chain)]), "")


def _sweep(call: PageCall, chain: Chain) -> str:
    """How far the sweep over the whole log is, or when it was whole last."""
    if chain.asked_at is not None or chain.swept:
        return call.say("console.audit.chain.sweeping", n=min(100, chain.swept * 100 // max(chain.size, 1)))
    if chain.whole_at is None:
        return call.say("console.audit.chain.not_swept")
    return call.say("console.audit.chain.swept", at=times.lately(chain.whole_at, call.now, call.locale), n=thin(chain.whole_size))


def seen_of(call: PageCall, seen: Seen, names: Mapping[str, str]) -> Mapping[str, Any]:
    """One event with its proof, as its page shows it."""
    one, proof = seen.event, seen.proof
    shown: dict[str, Any] = {
        "row": event_of(call, one, names), "id": str(one.id), "actor_id": one.actor_id, "waits": proof is None, "holds": seen.holds,
        "body": [(name, _written(value)) for name, value in one.body.items()], "canonical": seen.canonical,
    }
    if proof is not None:
        root = Checkpoint.parse(proof.checkpoint).root
        shown |= {"position": thin(proof.position + 1), "size": thin(proof.size), "leaf": proof.leaf().hex(), "root": root.hex(),
                  "path": [b64encode(hash).decode() for hash in proof.hashes], "note": proof.checkpoint, "blind": b64encode(proof.blind).decode()}
    return shown


def _written(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
