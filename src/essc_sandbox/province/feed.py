"""The sender of status events: signed, in order, again and again until the platform has taken them."""
import asyncio
import contextlib
import json
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from essc_sandbox import signatures
from essc_sandbox.keyring import Keyring
from essc_sandbox.province.office import Event, Office

PAUSE_SECONDS = 0.2
RETRY_SECONDS = 1.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass
class Feed:
    """Where events go. Nothing is sent before the platform's address is known, or while paused."""

    office: Office
    keyring: Keyring
    settings: Path
    paused: bool = False
    drop_next: int = 0
    trust: Path | None = None   # a certificate to believe beside the usual ones: the platform's self-signed one
    last_answer: dict[str, object] = field(default_factory=dict)

    def address(self) -> str | None:
        """The platform's address for events, or None."""
        return self.settings.read_text(encoding="utf-8").strip() if self.settings.exists() else None

    def point_at(self, url: str) -> None:
        """Send to `url` from now on. Raises ValueError unless it is of this machine: nobody may have our letters sent through the network."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not (host in LOOPBACK or host.endswith(".localhost")):
            raise ValueError("events go to this machine only")
        self.settings.write_text(url, encoding="utf-8")

    async def run(self) -> None:
        """Send what is unsent, for ever."""
        verify = ssl.create_default_context(cafile=str(self.trust)) if self.trust else True
        async with httpx.AsyncClient(timeout=10, trust_env=False, verify=verify) as client:
            while True:  # noqa: ASYNC110 (a post office looks every so often)
                await asyncio.sleep(PAUSE_SECONDS if await self.flush(client) else RETRY_SECONDS)

    async def flush(self, client: httpx.AsyncClient) -> bool:
        """Send one message if there is one and we may; False when the platform did not take it."""
        url = self.address()
        if self.paused or url is None:
            return True
        events = self._kept(self.office.unsent())
        if not events:
            return True
        taken = False
        with contextlib.suppress(httpx.HTTPError):
            taken = await self._post(client, url.replace("{region}", events[0].province), events)
        if taken:
            self.office.sent(events)
        return taken

    def _kept(self, events: list[Event]) -> list[Event]:
        lost, kept = events[:self.drop_next], events[self.drop_next:]
        self.drop_next -= len(lost)
        self.office.sent(lost, mark=2)
        return kept

    async def _post(self, client: httpx.AsyncClient, url: str, events: list[Event]) -> bool:
        body = json.dumps(message(events), ensure_ascii=False).encode()
        parts = urlsplit(url)
        headers = {"content-type": "application/json", "content-digest": signatures.digest(body),
                   "idempotency-key": f"{events[0].province}-{events[0].sequence}-{events[-1].sequence}"}
        covered = signatures.request_components("POST", parts.path, parts.query, headers)
        headers |= signatures.sign(self.keyring.private, self.keyring.key_id, covered)
        answer = await client.post(url, content=body, headers=headers)
        self.last_answer = {"status": answer.status_code, "body": answer.text[:2000]}
        return answer.is_success


def message(events: list[Event]) -> dict[str, object]:
    """The message as `docs/wire/partners.md` describes it: events of one province, each with its number and the card's number before it."""
    return {"region": events[0].province, "events": [_event(event) for event in events]}


def _event(event: Event) -> dict[str, object]:
    told: dict[str, object] = {
        "sequence": event.sequence, "card_previous_sequence": event.previous, "card_number": event.card_number,
        "state": event.state, "occurred_at": event.occurred_at,
    }
    if event.move == "issue":
        card = event.card
        told["card"] = {
            "card_identifier": card["identifier"], "name": card["holder_name"], "number": card["holder_number"], "region": card["region"],
            "bank_code": card["bank_code"], "generation": card["generation"], "issued_on": card["issued_on"], "valid_to": card["valid_to"],
            "replaces": event.replaces,
        }
    return told
