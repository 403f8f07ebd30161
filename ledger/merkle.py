"""Roots and proofs of RFC 6962 trees from stored nodes (the checking side is in `ledger.verify`).

A node is named by level and index: node (0, i) is leaf i, node (level, i) the root of the complete subtree over the
leaves i·2^level to (i+1)·2^level - 1. Proofs are planned as ranges of leaves, so that all nodes are fetched at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ledger.verify import Frontier, leaf_hash, node_hash

Range = tuple[int, int]  # leaves from, to (not included)
Node = tuple[int, int]  # level, index


def merkle_root(entries: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of a list of byte strings (RFC 6962 section 2.1): one leaf can stand for a whole scan."""
    frontier = Frontier()
    for entry in entries:
        frontier.append(leaf_hash(entry))
    return frontier.root()


def inclusion_ranges(seq: int, size: int) -> list[Range]:
    """The subtrees whose roots prove that leaf `seq` is in the tree of `size` leaves (RFC 6962 section 2.1.1)."""
    if not 0 <= seq < size:
        raise ValueError(f"Leaf {seq} is not in a tree of {size} leaves.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if seq < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The subtrees whose roots prove that the tree of `old` leaves begins that of `new` (RFC 6962 section 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {old} leaves cannot begin one of {new}.")
    if old in (0, new):
        return []
    start, end, whole, path = 0, new, True, []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    return ([] if whole else [(start, end)]) + path[::-1]


def cover(leaves: Range) -> list[Node]:
    """The complete subtrees a range is made of, largest first. The range must start where such a range can."""
    start, end = leaves
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def roots(ranges: Sequence[Range], fetch: Callable[[Sequence[Node]], dict[Node, bytes]]) -> list[bytes]:
    """The root of each range; `fetch` is called once with all nodes needed."""
    found = fetch([node for leaves in ranges for node in cover(leaves)])
    result = []
    for leaves in ranges:
        *left, root = (found[node] for node in cover(leaves))
        for node in reversed(left):
            root = node_hash(node, root)
        result.append(root)
    return result


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1
