"""The province over HTTP: what the platform may ask, and the management door that moves cards."""
import asyncio
import base64
import contextlib
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from essc_sandbox import door
from essc_sandbox.keyring import Keyring
from essc_sandbox.province import page
from essc_sandbox.province import people as invented
from essc_sandbox.province.feed import Feed
from essc_sandbox.province.holders import HOLDERS
from essc_sandbox.province.office import STATUS, MoveNotAllowed, NoSuchCard, Office
from essc_sandbox.province.portraits import portrait

FILE_COLUMNS = ("card_number", "card_identifier", "name", "number", "region", "bank_code", "generation", "issued_on", "valid_to", "status")


class Province:
    """The office, its feed, and what they answer."""

    def __init__(self, data: Path, people: int, trust: Path | None = None) -> None:
        self.office = Office(data / "province.db")
        there = self.office.invited()
        self.office.invite(invented.rows(max(0, people - there), first=there, regions=invented.COUNTRY if people >= invented.LARGE else invented.REGIONS))
        self.keyring = Keyring(data / "keys", "province")
        self.feed = Feed(self.office, self.keyring, data / "feed_url", trust=trust)

    async def photo(self, request: Request, body: dict[str, Any]) -> Response:
        """The photo of a card."""
        card = self.office.find(str(body["card_number"]))
        image = portrait(card["holder_number"], today=datetime.now(UTC).date())
        return JSONResponse({"card_number": card["number"], "media_type": "image/svg+xml", "photo": base64.b64encode(image).decode()})

    async def loss(self, request: Request, body: dict[str, Any]) -> Response:
        """A holder asks to have a card reported lost; the state changes here and comes back by the feed."""
        move = "report_temporary_loss" if body.get("temporary") else "report_loss"
        return self._once(str(body["request_id"]), str(body["card_number"]), move)

    async def lift(self, request: Request, body: dict[str, Any]) -> Response:
        """A holder found the card again."""
        return self._once(str(body["request_id"]), str(body["card_number"]), "lift_loss")

    def _once(self, request_id: str, card_number: str, move: str) -> Response:
        before = self.office.answered(request_id)
        if before is not None:
            same = (before["card_number"], before["kind"]) == (card_number, move)
            answer = {"request_id": request_id, "receipt": before["receipt"]} if same else {"error": "request_id_reused"}
            return JSONResponse(answer, status_code=200 if same else 422)
        receipt = f"R{self.office.move(card_number, move):08d}"
        self.office.answer(request_id, card_number, move, receipt)
        return JSONResponse({"request_id": request_id, "receipt": receipt}, status_code=202)

    async def desk(self, request: Request) -> Response:
        """The office's desk as a page: the twelve, their numbers, and a button for every move."""
        return HTMLResponse(page.desk([(person, self.office.find(person.number)) for person in HOLDERS]))

    async def press(self, request: Request) -> Response:
        """A button of that page was pressed."""
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if form["move"] == "replace":
            self.office.replace(form["card"])
        else:
            self.office.move(form["card"], form["move"])
        return RedirectResponse("./", status_code=303)

    async def control_move(self, request: Request) -> Response:
        """Move a card as the office would: `{"card": number or name, "move": …}`."""
        body = await request.json()
        if body["move"] == "replace":
            return JSONResponse({"card_number": self.office.replace(body["card"])})
        return JSONResponse({"sequence": self.office.move(body["card"], body["move"])})

    async def control_play(self, request: Request) -> Response:
        """The twelve people's stories: `{"act": "rehearse"}` before the card file is delivered, `{"act": "perform"}` when e-cards were issued."""
        if (await request.json())["act"] == "rehearse":
            self.office.rehearse()
            return JSONResponse({"moved": []})
        return JSONResponse({"moved": self.office.perform()})

    async def control_feed(self, request: Request) -> Response:
        """Say where events go, pause them, or lose the next ones: `{"url", "paused", "drop_next"}`."""
        body = await request.json() if request.method == "POST" else {}
        if "url" in body:
            self.feed.point_at(body["url"])
        self.feed.paused = bool(body.get("paused", self.feed.paused))
        self.feed.drop_next = int(body.get("drop_next", self.feed.drop_next))
        return JSONResponse({"url": self.feed.address(), "paused": self.feed.paused, "drop_next": self.feed.drop_next,
                             "unsent": len(self.office.unsent()), "last_answer": self.feed.last_answer})

    async def control_file(self, request: Request) -> Response:
        """The card file as CSV, with a byte order mark as spreadsheet programs write it; `?province=450000` narrows."""
        head = request.query_params.get("province", "").removesuffix("0000")
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(FILE_COLUMNS)
        for card in self.office.cards(head):
            writer.writerow((card["number"], card["identifier"], card["holder_name"], card["holder_number"], card["region"], card["bank_code"],
                             card["generation"], card["issued_on"], card["valid_to"], STATUS[card["state"]]))
        return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8")

    async def control_holders(self, request: Request) -> Response:
        """The twelve people of the sandbox, with the newest card of each."""
        return JSONResponse([
            {"situation": h.situation, "situation_en": h.situation_en, "name": h.name, "number": h.number, "mobile": h.mobile,
             "card_number": card["number"], "region": card["region"], "state": card["state"]}
            for h in HOLDERS for card in [self.office.find(h.number)]])


async def _refused(request: Request, error: Exception) -> Response:
    status = {NoSuchCard: 404, MoveNotAllowed: 409}.get(type(error), 400)
    code = {NoSuchCard: "card_unknown", MoveNotAllowed: "move_not_allowed"}.get(type(error), "unreadable")
    return JSONResponse({"error": code, "detail": str(error)}, status_code=status)


def build(data: Path, people: int = 0, trust: Path | None = None) -> Starlette:
    """The province's application over the data directory `data`, with so many invented people beside the twelve."""
    province = Province(data, people, trust)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sender = asyncio.create_task(province.feed.run())
        yield
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sender
        province.office.close()

    routes = [
        Route("/v1/photo-queries", door.signed(province.keyring, province.photo), methods=["POST"]),
        Route("/v1/loss-reports", door.signed(province.keyring, province.loss), methods=["POST"]),
        Route("/v1/loss-lifts", door.signed(province.keyring, province.lift), methods=["POST"]),
        Route("/", province.desk),
        Route("/moves", province.press, methods=["POST"]),
        Route("/_control/play", province.control_play, methods=["POST"]),
        Route("/_control/moves", province.control_move, methods=["POST"]),
        Route("/_control/feed", province.control_feed, methods=["GET", "POST"]),
        Route("/_control/card-file", province.control_file),
        Route("/_control/holders", province.control_holders),
        *door.keys(province.keyring),
    ]
    handlers: dict[Any, Any] = dict.fromkeys((NoSuchCard, MoveNotAllowed, KeyError, ValueError, json.JSONDecodeError), _refused)
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    app.state.province = province
    app.state.keyring = province.keyring
    return app
