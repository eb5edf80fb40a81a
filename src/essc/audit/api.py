"""The log on the wire: proofs for holders, and the published files as they are, for anybody."""
import asyncio
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from essc.audit import queries
from essc.audit.errors import ProofNotFound, ProofNotYet, TileNotFound
from essc.audit.store.files import Folder
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.http.operations import Operations
from essc.kit.http.types import View
from essc.names import PREFIXES, HolderId, UseId

operations: Final = Operations("audit")

PREFIX: Final = "/audit/"
"""Where the published log stands: `/audit/checkpoint`, `/audit/tile/0/000`, `/audit/tile/entries/000` (C2SP tlog-tiles)."""
_FILE: Final = re.compile(r"^(checkpoint|log\.key|tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/)*[0-9]{3}"
                          r"(\.p/([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?)$")
_TEXT: Final = b"text/plain; charset=utf-8"

Send = Callable[[dict[str, Any]], Awaitable[None]]


class ProofView(View):
    """That a use is in the log. entry = SHA-256(blind ‖ event); leaf = SHA-256(0x00 ‖ entry); with `hashes` it leads to the checkpoint's root."""

    use_id: str
    event: str
    blind: str
    position: int
    size: int
    hashes: list[str]
    checkpoint: str
    proof: str


class CheckpointView(View):
    """The newest signed checkpoint."""

    size: int
    note: str
    signed_at: datetime


@operations.reads("GET /v1/audit/proofs/{use_id}", by="holder", answers=ProofView, refuses=(ProofNotFound, ProofNotYet))
async def proof(tx: Tx, use_id: UseId) -> ProofView:
    """The inclusion proof of one of the holder's own uses, good without us: keep it with the public key of the log."""
    found = await queries.prove(tx, use_id, HolderId(ids.parse(PREFIXES["HolderId"], tx.actor.id)))
    return ProofView(
        use_id=ids.wire(PREFIXES["UseId"], use_id), event=found.event.decode(), blind=_base64(found.blind), position=found.position, size=found.size,
        hashes=[_base64(hash) for hash in found.hashes], checkpoint=found.checkpoint, proof=found.text(),
    )


@operations.reads("GET /v1/audit/checkpoint", by="public", answers=CheckpointView, refuses=(TileNotFound,))
async def checkpoint(tx: Tx) -> CheckpointView:
    """The newest signed checkpoint of the audit log. The log itself is served as files below /audit/ (C2SP tlog-tiles)."""
    found = await queries.checkpoint(tx)
    if found is None:
        raise TileNotFound("nothing was signed yet")
    return CheckpointView(size=found["size"], note=found["note"], signed_at=found["signed_at"])


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


class Published:
    """The published files as an ASGI application; `app` gives it every path below PREFIX. Nothing else of the folder is shown."""

    def __init__(self, directory: Path) -> None:
        self._folder = Folder(directory)

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        """Answer GET and HEAD; whatever is no tile, bundle, checkpoint or key of the log is not found."""
        path = scope["path"].removeprefix(PREFIX)
        raw = None
        if scope["method"] in ("GET", "HEAD") and _FILE.match(path):
            raw = await asyncio.to_thread(self._folder.read, path)
        moving = not path.startswith("tile/")
        headers = [(b"content-type", _TEXT if moving or raw is None else b"application/octet-stream"), (b"x-content-type-options", b"nosniff"),
                   (b"access-control-allow-origin", b"*"), (b"content-length", str(len(raw or b"")).encode()),
                   (b"cache-control", b"no-cache" if moving or raw is None else b"public, max-age=31536000, immutable")]
        await send({"type": "http.response.start", "status": 200 if raw is not None else 404, "headers": headers})
        await send({"type": "http.response.body", "body": raw or b"" if scope["method"] != "HEAD" else b""})
