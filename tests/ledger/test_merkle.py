"""Trees and proofs against the reference vectors of RFC 6962's reference implementation, and at every small size."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.merkle import Node, merkle_root
from ledger.verify import Frontier, consistency_holds, inclusion_holds, leaf_hash, node_hash

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # leaf from 0, size
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def naive_root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1 word for word: the oracle."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(naive_root(hashes[:split]), naive_root(hashes[split:]))


def proof(ranges: list[merkle.Range], hashes: Sequence[bytes]) -> list[bytes]:
    def fetch(nodes: Sequence[Node]) -> dict[Node, bytes]:
        return {(level, i): naive_root(hashes[i << level : (i + 1) << level]) for level, i in nodes}

    return merkle.roots(ranges, fetch)


def test_it_works() -> None:
    assert merkle_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [merkle_root(LEAVES[:size]).hex() for size in range(1, 9)] == ROOTS


@pytest.mark.parametrize(("seq", "size"), INCLUSION)
def test_inclusion_vectors(seq: int, size: int) -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    made = proof(merkle.inclusion_ranges(seq, size), hashes)
    assert [node.hex() for node in made] == INCLUSION[seq, size]
    assert inclusion_holds(hashes[seq], seq, size, made, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_vectors(old: int, new: int) -> None:
    made = proof(merkle.consistency_ranges(old, new), [leaf_hash(leaf) for leaf in LEAVES])
    assert [node.hex() for node in made] == CONSISTENCY[old, new]
    assert consistency_holds(old, new, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]), made)


SIZES = st.integers(0, 65)


@given(SIZES)
def test_the_frontier_is_the_tree(size: int) -> None:
    hashes = [leaf_hash(bytes([number])) for number in range(size)]
    frontier = Frontier()
    for number, leaf in enumerate(hashes):
        for level, made in enumerate(frontier.append(leaf), start=1):
            assert made == naive_root(hashes[number + 1 - (1 << level) : number + 1])
    assert frontier.root() == naive_root(hashes)


@given(st.integers(1, 65), st.data())
def test_inclusion_at_every_size(size: int, data: st.DataObject) -> None:
    seq = data.draw(st.integers(0, size - 1))
    hashes = [leaf_hash(bytes([number])) for number in range(size)]
    made, root = proof(merkle.inclusion_ranges(seq, size), hashes), naive_root(hashes)
    assert inclusion_holds(hashes[seq], seq, size, made, root)
    other = data.draw(st.integers(-1, size))
    assert other == seq or not inclusion_holds(hashes[seq], other, size, made, root)
    assert not inclusion_holds(leaf_hash(b"other leaf"), seq, size, made, root)
    assert not inclusion_holds(hashes[seq], seq, size, [*made, root], root)
    assert not made or not inclusion_holds(hashes[seq], seq, size, made[:-1], root)


@given(SIZES, st.data())
def test_consistency_at_every_size(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    hashes = [leaf_hash(bytes([number])) for number in range(new)]
    made = proof(merkle.consistency_ranges(old, new), hashes)
    before, after = naive_root(hashes[:old]), naive_root(hashes)
    assert consistency_holds(old, new, before, after, made)
    assert not consistency_holds(old, new, sha256(b"other").digest(), after, made)
    assert old == 0 or not consistency_holds(old, new, before, sha256(b"other").digest(), made)
    assert not consistency_holds(old, new, before, after, [*made, after])
    assert not made or not consistency_holds(old, new, before, after, made[:-1])
    if 0 < old < new:
        forked = [leaf_hash(b"fork"), *hashes[1:]]
        assert not consistency_holds(
            old, new, before, naive_root(forked), proof(merkle.consistency_ranges(old, new), forked)
        )


@pytest.mark.parametrize(("seq", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_is_refused(seq: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.inclusion_ranges(seq, size)


def test_a_larger_tree_does_not_begin_a_smaller_one() -> None:
    with pytest.raises(ValueError, match="cannot begin"):
        merkle.consistency_ranges(3, 2)
