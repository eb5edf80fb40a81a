"""RFC 6962 hashing, against the vectors of Certificate Transparency and against a plain recursion."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.audit.model.merkle import EMPTY_ROOT, Peaks, full_root, leaf_hash, proof, root_from_proof
from tests.audit import press

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree(leaves: list[bytes]) -> Peaks:
    grown = Peaks()
    for hash in leaves:
        grown.append(hash)
    return grown


def stored(leaves: list[bytes]):
    """The hashes of the tiles, computed by the other code."""
    return lambda level, start, end: [press.root(leaves[at << 8 * level:at + 1 << 8 * level]) for at in range(start, end)]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert Peaks().root() == EMPTY_ROOT == bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


def test_the_roots_are_those_of_certificate_transparency():
    grown = Peaks()
    for entry, expected in zip(LEAVES, ROOTS, strict=True):
        grown.append(leaf_hash(bytes.fromhex(entry)))
        assert grown.root().hex() == expected


@given(st.integers(0, 700))
def test_every_size_has_the_root_of_the_plain_recursion(size):
    leaves = press.entries(size)
    assert tree(leaves).root() == press.root(leaves)


def test_full_tiles_are_told_as_they_fill_up():
    leaves = press.entries(600)
    grown, told = Peaks(), []
    for hash in leaves:
        told += grown.append(hash)
    assert told == [(1, 0, press.root(leaves[:256])), (1, 1, press.root(leaves[256:512]))]


def test_whole_subtrees_may_be_added_at_once():
    leaves = press.entries(700)
    grown = Peaks()
    grown.add(full_root(leaves[:256]), 256)
    grown.add(full_root(leaves[256:512]), 256)
    for hash in leaves[512:]:
        grown.add(hash)
    assert (grown.root(), grown.size) == (press.root(leaves), 700)


@given(st.integers(1, 700), st.data())
def test_every_leaf_has_a_proof_and_nothing_else_has(size, data):
    leaves = press.entries(size)
    index = data.draw(st.integers(0, size - 1))
    path = proof(index, size, stored(leaves))
    root = press.root(leaves)
    assert root_from_proof(leaves[index], index, size, path) == root
    assert root_from_proof(leaf_hash(b"another"), index, size, path) != root
    assert root_from_proof(leaves[index], index, size, [*path, root]) is None
    assert root_from_proof(leaves[index], size, size, path) is None
    if size > 1:
        assert root_from_proof(leaves[index], (index + 1) % size, size, path) != root
        assert root_from_proof(leaves[index], index, size, path[:-1]) != root


@pytest.mark.parametrize(("size", "hashes"), [(3, 1), (4, 2), (0, 1)])
def test_a_tree_with_the_wrong_number_of_peaks_is_refused(size, hashes):
    with pytest.raises(ValueError, match="peaks"):
        Peaks(size, [b"x" * 32] * hashes)
