"""Static files: read once at start, compressed once, served under an address that changes with any of them.

`/static/<mark>/ssc.css` is for ever (immutable) because the mark is a hash over all files; a script may import its
neighbours by relative addresses and gets those of the same mark. `/static/ssc.css` is the newest one (checked by ETag).
"""
import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

PREFIX: Final = "/static/"
SMALLEST_WORTH_COMPRESSING: Final = 500

_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8", ".png": "image/png", ".jpg": "image/jpeg", ".ico": "image/x-icon", ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json; charset=utf-8", ".json": "application/json; charset=utf-8", ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8", ".woff2": "font/woff2",
}
_ALREADY_SMALL: Final = frozenset({".png", ".jpg", ".ico", ".woff2"})


class File(NamedTuple):
    """One file as it is sent."""

    media_type: str
    etag: str
    plain: bytes
    packed: bytes | None


class Static:
    """The static files of all faces, in memory. `folders` maps a prefix ("" for the shared ones) to a directory."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._files = {name: _load(path) for prefix, folder in folders.items() for name, path in _walk(prefix, folder)}
        digest = hashlib.sha256("".join(f"{name}{self._files[name].etag}" for name in sorted(self._files)).encode())
        self.mark = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The lasting address of a file. Raises KeyError when there is none of that name: a template is wrong."""
        if name not in self._files:
            raise KeyError(f"no static file {name}")
        return f"{PREFIX}{self.mark}/{name}"

    def find(self, path: str) -> tuple[File, bool] | None:
        """The file at an address below /static/, and whether the address is a lasting one."""
        rest = path.removeprefix(PREFIX)
        mark, _, name = rest.partition("/")
        lasting = mark == self.mark
        found = self._files.get(name if lasting else rest)
        return None if found is None else (found, lasting)


def headers(file: File, *, lasting: bool, packed: bool) -> list[tuple[bytes, bytes]]:
    """The headers that go with a file."""
    keep = b"public, max-age=31536000, immutable" if lasting else b"no-cache"
    found = [(b"content-type", file.media_type.encode()), (b"etag", file.etag.encode()), (b"cache-control", keep),
             (b"x-content-type-options", b"nosniff")]
    if file.packed is not None:
        found.append((b"vary", b"accept-encoding"))
    if packed:
        found.append((b"content-encoding", b"gzip"))
    return found


def _walk(prefix: str, folder: Path) -> list[tuple[str, Path]]:
    before = f"{prefix}/" if prefix else ""
    return [(before + path.relative_to(folder).as_posix(), path) for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in _MEDIA_TYPES]


def _load(path: Path) -> File:
    plain = path.read_bytes()
    worth = len(plain) >= SMALLEST_WORTH_COMPRESSING and path.suffix not in _ALREADY_SMALL
    packed = gzip.compress(plain, 6, mtime=0) if worth else None
    return File(_MEDIA_TYPES[path.suffix], f'"{hashlib.sha256(plain).hexdigest()[:20]}"', plain, packed)
