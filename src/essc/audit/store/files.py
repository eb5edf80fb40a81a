"""The log's folder: tiles that never change once full, written and synced before the checkpoint that names them."""
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from essc.audit.model import tiles
from essc.audit.model.tiles import Tile

KEY: Final = "log.key"


class TileChanged(Exception):
    """A tile on disk is not what the database says: one of the two was tampered with. Nothing more is signed."""


class Folder:
    """One log below one directory. Every write is on disk when the method returns."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def read(self, path: str) -> bytes | None:
        """The file at `path`, or None."""
        try:
            return (self.directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def history(self) -> Iterator[str]:
        """The earlier checkpoints that were kept, oldest first."""
        for path in sorted((self.directory / tiles.HISTORY).glob("[0-9]*")):
            parts = path.read_text("utf-8", "replace").split("\n\n")
            for text, lines in zip(parts[0::2], parts[1::2], strict=False):
                yield f"{text}\n\n{lines}\n"

    def write(self, files: Iterable[tuple[Tile, str, bytes]]) -> None:
        """Write tiles and bundles: (tile, path, bytes). Raises TileChanged when one is there with other bytes."""
        folders: set[Path] = set()
        for tile, path, raw in files:
            there = self.read(path)
            if there == raw:
                continue
            if there is not None:
                raise TileChanged(path)
            folders |= self._put(self.directory / path, raw)
            if tile.width == tiles.WIDTH:
                shutil.rmtree(f"{self.directory / path}.p", ignore_errors=True)
        for folder in sorted(folders, reverse=True):
            _sync(folder)

    def publish(self, note: str, day: str, *, keep: bool) -> None:
        """Put a checkpoint in force, and keep it in the history of `day` when asked."""
        self._put_synced(tiles.CHECKPOINT, note.encode())
        if keep:                                     # written anew, not appended to: a kill tears what is appended where a page ends
            path = f"{tiles.HISTORY}/{day}"
            self._put_synced(path, (self.read(path) or b"") + note.encode() + b"\n")

    def _put_synced(self, path: str, raw: bytes) -> None:
        for folder in self._put(self.directory / path, raw):
            _sync(folder)

    def keep_key(self, text: str) -> None:
        """Leave the public keys beside the tiles, for whoever copies the folder. A verifier takes them from elsewhere."""
        if self.read(KEY) != text.encode():
            self._put(self.directory / KEY, text.encode())

    def _put(self, path: Path, raw: bytes) -> set[Path]:
        """Write one file whole or not at all; gives the folders that are to be synced."""
        missing = [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{path.name}.half")
        with half.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        return {path.parent, *(folder.parent for folder in missing)}


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
