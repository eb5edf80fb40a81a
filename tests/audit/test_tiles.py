"""Where tiles stand: the examples of C2SP tlog-tiles."""
import pytest

from essc.audit.model import tiles
from essc.audit.model.tiles import Tile
from tests.audit import press


@pytest.mark.parametrize(("tile", "path"), [
    (Tile(0, 0, 256), "tile/0/000"), (Tile(0, 1234067, 256), "tile/0/x001/x234/067"), (Tile(2, 7, 1), "tile/2/007.p/1"),
    (Tile(1, 1000, 255), "tile/1/x001/000.p/255"), (Tile(0, 999, 256), "tile/0/999"),
])
def test_paths_are_those_of_the_specification(tile, path):
    assert tile.path() == path
    assert tile.bundle() == "tile/entries/" + path.split("/", 2)[2]
    assert press.place(tile.index) == path.split("/", 2)[2].partition(".p")[0]


def test_a_tree_of_70_000_has_the_tiles_that_the_specification_counts():
    found = [[tile.width for tile in tiles.tiles(70_000, level)] for level in tiles.levels(70_000)]
    assert found == [[256] * 273 + [112], [256, 17], [1]]


def test_a_tree_of_256_has_a_full_tile_and_one_hash_above():
    assert [list(tiles.tiles(256, level)) for level in tiles.levels(256)] == [[Tile(0, 0, 256)], [Tile(1, 0, 1)]]


@pytest.mark.parametrize(("since", "size", "expected"), [
    (0, 0, []), (5, 5, []), (5, 6, [Tile(0, 0, 6)]), (255, 256, [Tile(0, 0, 256)]), (256, 257, [Tile(0, 1, 1)]),
    (250, 600, [Tile(0, 0, 256), Tile(0, 1, 256), Tile(0, 2, 88)]),
])
def test_only_what_is_new_is_written(since, size, expected):
    assert list(tiles.tiles(size, 0, since)) == expected


def test_bundles_read_back_and_half_entries_are_dropped():
    packed = tiles.pack_entries([b"one", b"", b"three"])
    assert tiles.unpack_entries(packed) == [b"one", b"", b"three"]
    assert tiles.unpack_entries(packed[:-1]) == [b"one", b""]
    assert tiles.unpack_hashes(b"a" * 32 + b"b" * 31) == [b"a" * 32]
