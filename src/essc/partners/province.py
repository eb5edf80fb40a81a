"""A province's card office: gives the photo of a card, takes loss reports and their lifting. The state itself comes by the feed."""
import base64
import binascii
from typing import NamedTuple, Protocol

import msgspec

from essc.kit import ids
from essc.partners.wire import Partner, PartnerNotTrusted


class CardPhoto(NamedTuple):
    """The photo on a card, as the office keeps it."""

    media_type: str
    content: bytes


class Province(Protocol):
    """One province. Every method raises PartnerSilent (unknown), PartnerNotTrusted (unknown), PartnerRefuses (a no)."""

    async def photo(self, card_number: str) -> CardPhoto:
        """The photo on a card."""

    async def report_loss(self, card_number: str, request_id: str, *, temporary: bool = False) -> str:
        """Ask for a card to be reported lost; the same `request_id` again is the same request. Gives the office's receipt."""

    async def lift_loss(self, card_number: str, request_id: str) -> str:
        """Ask for a loss to be lifted; the same `request_id` again is the same request. Gives the office's receipt."""


class _Photo(msgspec.Struct):
    card_number: str
    media_type: str
    photo: str


class _Receipt(msgspec.Struct):
    request_id: str
    receipt: str


class ProvinceOverHttp:
    """The client of `docs/wire/partners.md`."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner

    async def photo(self, card_number: str) -> CardPhoto:
        """The photo on a card."""
        answer = await self._partner.ask("/v1/photo-queries", {"card_number": card_number}, _Photo, request_id=ids.wire("req", ids.new()))
        if answer.card_number != card_number:
            raise PartnerNotTrusted("the photo of another card")
        try:
            return CardPhoto(answer.media_type, base64.b64decode(answer.photo, validate=True))
        except binascii.Error:
            raise PartnerNotTrusted("the photo cannot be read") from None

    async def report_loss(self, card_number: str, request_id: str, *, temporary: bool = False) -> str:
        """Ask for a card to be reported lost."""
        question = {"request_id": request_id, "card_number": card_number, "temporary": temporary}
        return await self._receipt("/v1/loss-reports", question, request_id)

    async def lift_loss(self, card_number: str, request_id: str) -> str:
        """Ask for a loss to be lifted."""
        return await self._receipt("/v1/loss-lifts", {"request_id": request_id, "card_number": card_number}, request_id)

    async def _receipt(self, path: str, question: dict[str, object], request_id: str) -> str:
        answer = await self._partner.ask(path, question, _Receipt, request_id=request_id)
        if answer.request_id != request_id:
            raise PartnerNotTrusted("the receipt of another request")
        return answer.receipt
