"""The message gateway: hands short texts to telephones."""
from typing import Protocol

import msgspec

from essc.partners.wire import Partner, PartnerNotTrusted


class Gateway(Protocol):
    """A message gateway. `send` raises PartnerSilent (unknown), PartnerNotTrusted (unknown), PartnerRefuses (not sent)."""

    async def send(self, message_id: str, mobile: str, text: str) -> None:
        """Hand over one message; the same `message_id` again is the same message."""


class _Taken(msgspec.Struct):
    id: str


class GatewayOverHttp:
    """The client of `docs/wire/partners.md`."""

    def __init__(self, partner: Partner) -> None:
        self._partner = partner

    async def send(self, message_id: str, mobile: str, text: str) -> None:
        """Hand over one message."""
        taken = await self._partner.ask("/v1/messages", {"id": message_id, "mobile": mobile, "text": text}, _Taken, request_id=message_id)
        if taken.id != message_id:
            raise PartnerNotTrusted("the receipt of another message")
