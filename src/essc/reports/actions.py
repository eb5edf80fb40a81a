"""How figures are added up, and the goals that regions set. Counting tells no event of its own: it is told by those of others."""
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from essc.cards.events import CardIssued, CardMoved, CardsImported
from essc.cards.model import State
from essc.codes.events import CodePresented
from essc.ecards.events import EcardIssued, EcardLinked
from essc.kit import ids
from essc.kit.clock import business_hour
from essc.kit.db.tx import Tx
from essc.kit.outbox import Delivery
from essc.reports import model
from essc.reports.errors import TargetDecidedAlready
from essc.reports.events import TargetSet
from essc.reports.model import Earlier, Tally, Target, Way, municipality
from essc.reports.store import areas, figures
from essc.reports.store import counting as store

HOURS_KEPT: Final = timedelta(days=35)
MENDED: Final = timedelta(days=2)


async def count(tx: Tx, deliveries: Sequence[Delivery[Any]]) -> None:
    """Add up a batch of facts, each of which must come once. Whatever the order, the sums are the same."""
    by_kind: dict[type, list[Delivery[Any]]] = {}
    for one in deliveries:
        by_kind.setdefault(type(one.event), []).append(one)

    def of(*kinds: type) -> list[Delivery[Any]]:
        return [one for kind in kinds for one in by_kind.get(kind, ())]
    tally = Tally()
    await store.note(tx, max(one.recorded_at for one in deliveries))
    await _arrivals(tx, tally, of(CardsImported))
    await _moves(tx, tally, of(CardIssued, CardMoved))
    await _links(tx, tally, of(EcardIssued, EcardLinked))
    await _uses(tx, tally, of(CodePresented))
    await store.add(tx, tally)


async def _arrivals(tx: Tx, tally: Tally, files: Sequence[Delivery[CardsImported]]) -> None:
    """Cards by file: the fact names a chunk, so its cards are found by the moment they share with it."""
    moments = sorted({one.recorded_at for one in files})
    if moments:
        for row in await store.arrived(tx, moments):
            tally.stocked(row["recorded_at"], municipality(row["region"]), cards=row["many"])


async def _moves(tx: Tx, tally: Tally, moves: Sequence[Delivery[CardIssued | CardMoved]]) -> None:
    """Cards that came by the feed, and cards that were cancelled: with them goes their claimed e-card."""
    for one in moves:
        if isinstance(one.event, CardIssued) and one.event.state != State.CANCELLED:
            tally.stocked(one.recorded_at, municipality(one.event.region), cards=1)
    ended = [one for one in moves if isinstance(one.event, CardMoved) and one.event.state == State.CANCELLED != one.event.was]
    found = {row["id"]: row for row in await store.cards(tx, [one.event.card_id for one in ended])} if ended else {}
    for one in ended:
        card = found[one.event.card_id]
        tally.stocked(one.recorded_at, municipality(card["region"]), cards=-1, ecards=-1 if card["claimed"] else 0)


async def _links(tx: Tx, tally: Tally, links: Sequence[Delivery[EcardIssued | EcardLinked]]) -> None:
    """Links made; the first one of an e-card claims it, the first one ever of a person makes one person more."""
    found = {row["link_id"]: row for row in await store.links(tx, [one.event.link_id for one in links])} if links else {}
    for one in links:
        row, event = found[one.event.link_id], one.event
        region = municipality(row["region"])
        way = model.way_of(event.origin, event.way) if isinstance(event, EcardIssued) else Way.PASSWORD
        tally.issued(one.recorded_at, region, event.channel_id, event.level, way)
        tally.stocked(one.recorded_at, region, ecards=int(row["first_of_card"]), persons=int(row["first_of_person"]))


async def _uses(tx: Tx, tally: Tally, uses: Sequence[Delivery[CodePresented]]) -> None:
    """What readers were shown, where they stand."""
    if not uses:
        return
    events = [one.event for one in uses]
    regions = await store.regions_of_terminals(tx, {event.terminal_id for event in events})
    places = {terminal: municipality(region) for terminal, region in regions.items()}
    tally.presented((business_hour(event.received_at), places[event.terminal_id], event.channel_id, event.way, event.verdict) for event in events)


async def mend(tx: Tx) -> int:
    """Set what stands ready for the nation and its provinces to the sums of their municipalities, for the last days: a worker of before this was there
    counts without it. Nobody counts meanwhile. (Housekeeping: no event.) Gives the number of rows that were not right.
    """
    await store.alone(tx)
    return await areas.mend(tx, model.day_of(tx.now - MENDED))


async def forget(tx: Tx) -> int:
    """Drop the hours that no screen asks for any more; gives their number."""
    return await store.forget_hours(tx, model.day_of(tx.now - HOURS_KEPT))


async def set_target(tx: Tx, region: str, year: int, rate_bp: int) -> Target:
    """Decide what share of a region's cards is to be claimed by the end of a year; earlier decisions stay in the history.

    Raises TargetWrong, TargetDecidedAlready.
    """
    model.accepted(year, rate_bp, model.day_of(tx.now))
    target = Target(year, region, rate_bp, tx.now, f"{tx.actor.kind} {tx.actor.id}")
    target_id = ids.new(at=tx.now)
    if not await figures.keep_target(tx, target_id, target):
        raise TargetDecidedAlready("this goal was decided at this very moment")
    await tx.emit(TargetSet(target_id=target_id, year=year, region=region, rate_bp=rate_bp))
    return target


async def begin_earlier(tx: Tx) -> Earlier:
    """How far the count of what was there before this room has come; it begins with the first look."""
    return await store.earlier(tx) or await store.begin_earlier(tx)


async def moved_on(tx: Tx, was: Earlier, bucket: int, after: UUID) -> None:
    """Note that the count of earlier facts has come to `after` of `bucket`."""
    await store.move_earlier(tx, replace(was, bucket=bucket, after_id=after))


async def begin_again(tx: Tx, was: Earlier) -> None:
    """Look at all earlier facts once more, up to now."""
    await store.move_earlier(tx, Earlier(was.round + 1, 0, UUID(int=0), tx.now))


async def end_earlier(tx: Tx, was: Earlier) -> None:
    """All that was there before has been counted."""
    await store.move_earlier(tx, replace(was, round=model.DONE))
