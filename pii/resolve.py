"""From overlapping results to one span per mention.

A form of address, a label and a language model may each find the same name, and not to the same letter. The rule, per
entity type: of results that overlap, the one with the highest score stays, of equal scores the longest, of equal
lengths the first; then the next that overlaps none of those that stay.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import TypeVar

from pii.redact import Found

F = TypeVar("F", bound=Found)


def resolve(results: Iterable[F]) -> list[F]:
    """Results of which no two of one type overlap, in text order. Results of different types may still overlap."""
    best = sorted(results, key=lambda r: (-r.score, r.start - r.end, r.start))
    starts: dict[str, list[int]] = {}
    kept: dict[str, list[F]] = {}
    for result in best:
        begun, others = starts.setdefault(result.entity_type, []), kept.setdefault(result.entity_type, [])
        at = bisect_left(begun, result.start)
        if (at == 0 or others[at - 1].end <= result.start) and (at == len(begun) or result.end <= begun[at]):
            begun.insert(at, result.start)
            others.insert(at, result)
    return sorted((r for some in kept.values() for r in some), key=lambda r: (r.start, r.end, r.entity_type))
