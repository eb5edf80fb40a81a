"""Use records on the wire: for the holder alone."""
from datetime import datetime
from functools import cache
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from essc.ecards.errors import EcardChangedMeanwhile
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.http.operations import Operations, Principal
from essc.kit.http.types import ID_TAIL, Body, Day, Nothing, View
from essc.kit.i18n import Texts
from essc.kit.paging import CursorInvalid, Page, Paged
from essc.names import PREFIXES, ChannelId, HolderId, TerminalId, UseId
from essc.records import actions, queries
from essc.records.errors import UseNotFound
from essc.records.model import Action, Filter, Kind, Outcome, Shown, Since
from essc.sessions.queries import SignedIn
from essc.venues.errors import TerminalNotFound

operations: Final = Operations("records")
_CHANNEL: Final = PREFIXES["ChannelId"]


class UseFilter(Body):
    """Which uses are wanted. Days are days in Shanghai, both included."""

    kind: Kind | None = None
    outcome: Outcome | None = None
    channel_id: Annotated[str, Meta(pattern=f"^{_CHANNEL}_{ID_TAIL}$(?!\\n)")] | None = None
    since: Day | None = None
    until: Day | None = None

    def wanted(self) -> Filter:
        """The same for the queries."""
        channel = ChannelId(ids.parse(_CHANNEL, self.channel_id)) if self.channel_id else None
        return Filter(self.kind, self.outcome, channel, self.since, self.until)


class UseView(View):
    """A use of the holder's card. `verdict` is a reader's code (PASS, CARD_LOST, …) or the reason; `fields` are those that were read."""

    id: str
    kind: Kind
    action: Action
    title_zh: str
    title_en: str
    outcome: Outcome
    verdict: str | None
    occurred_at: datetime
    recorded_at: datetime
    place: str | None
    terminal: str | None
    terminal_id: str | None
    channel: str | None
    channel_id: str | None
    scene: str | None
    fields: list[str]
    way: str | None
    request_id: str
    disputed_at: datetime | None


class DisputeView(View):
    """That the holder's word was taken. The codes are frozen on all channels and all sessions are over, this one too."""

    use_id: str
    said_at: datetime
    frozen: bool


class WorkFilter(Body):
    """From when on is counted: the shift (since the terminal's sessions were last ended, at the longest 24 hours) or the day in Shanghai."""

    since: Since = Since.SHIFT


class CountView(View):
    """So often in this scene and way this verdict."""

    scene: str
    way: str
    verdict: str
    count: int


class WorkView(View):
    """What a terminal did. `forged`: held up and none of ours (of nobody, so without a scene); `mismatched`: the clerk said that it was another person."""

    began_at: datetime
    counted_at: datetime
    counts: list[CountView]
    mismatched: int
    forged: int


@cache
def _texts() -> Texts:
    return Texts.load()


def view(shown: Shown) -> UseView:
    """A use as it is sent."""
    use, key = shown.use, f"records.action.{shown.use.action}"
    return UseView(
        id=_wire("UseId", use.id), kind=use.kind, action=use.action, title_zh=shown.scene_zh or _texts().say("zh-CN", key),
        title_en=shown.scene_en or _texts().say("en", key), outcome=use.outcome, verdict=use.verdict, occurred_at=use.occurred_at,
        recorded_at=use.recorded_at, place=shown.venue_name, terminal=shown.terminal_name,
        terminal_id=_wire("TerminalId", use.terminal_id) if use.terminal_id else None, channel=shown.channel_name,
        channel_id=_wire("ChannelId", use.channel_id) if use.channel_id else None, scene=use.scene, fields=list(use.fields), way=use.way,
        request_id=use.request_id, disputed_at=shown.disputed_at,
    )


def _wire(name: str, id: UUID) -> str:
    return ids.wire(PREFIXES[name], id)


def _holder(who: Principal) -> HolderId:
    session: SignedIn = who.extra
    return session.holder_id


@operations.reads("GET /v1/me/uses", by="holder", answers=Paged[UseView], refuses=(CursorInvalid,))
async def uses(tx: Tx, who: Principal, page: Page, query: UseFilter) -> Paged[UseView]:
    """What was done with the holder's card, newest first, refusals too (用卡记录)."""
    found = await queries.uses(tx, _holder(who), page, query.wanted())
    return Paged(items=[view(one) for one in found.items], next_cursor=found.next_cursor)


@operations.reads("GET /v1/me/uses/{use_id}", by="holder", answers=UseView, refuses=(UseNotFound,))
async def use(tx: Tx, who: Principal, use_id: UseId) -> UseView:
    """One use. Its place in the audit log is proved by `GET /v1/audit/proofs/{use_id}`."""
    return view(await queries.use(tx, _holder(who), use_id))


@operations.writes("POST /v1/me/uses/{use_id}/disputes", by="holder", answers=DisputeView, status=201,
                   refuses=(UseNotFound, EcardChangedMeanwhile), example={})
async def dispute(tx: Tx, who: Principal, use_id: UseId, body: Nothing) -> DisputeView:
    """Say "this was not me" (我没有用过): codes are frozen, every session ends, and somebody looks into it."""
    said = await actions.dispute(tx, _holder(who), use_id)
    return DisputeView(use_id=_wire("UseId", said.use_id), said_at=said.said_at, frozen=said.ecard_id is not None)


@operations.reads("GET /v1/terminals/{terminal_id}/work", by="terminal", answers=WorkView, refuses=(TerminalNotFound,))
async def work(tx: Tx, who: Principal, terminal_id: TerminalId, query: WorkFilter) -> WorkView:
    """What the terminal that asks verified since its shift (or the day) began: counts by scene, way and verdict, nobody's name (交班)."""
    if who.actor.id != _wire("TerminalId", terminal_id):
        raise TerminalNotFound("not the caller's terminal")
    told = await queries.work(tx, terminal_id, query.since)
    return WorkView(began_at=told.began_at, counted_at=told.counted_at, mismatched=told.mismatched, forged=told.forged,
                     counts=[CountView(scene=one.scene, way=one.way, verdict=one.verdict, count=one.count) for one in told.counts])
