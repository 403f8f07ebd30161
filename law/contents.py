"""What answers, letters, notices and records must contain, with citations.

Keys are what the caller has addressed: a key counts as given where the document says something about it, be it "none".
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date

from law.book import Book, shipped
from law.provisions import Document, Item, Kind
from law.regimes import Regime

__all__ = ["Item", "Kind", "document", "missing", "required"]


def required(kind: Kind, regime: Regime, on: date | None = None, *, book: Book | None = None) -> tuple[Item, ...]:
    """What a document of that kind must contain on the day `on`; without a day, everything in force now or later.

    Empty where the regime knows no such document (the PIPL has no extension, the GDPR no acknowledgement).
    """
    found = document(kind, regime, on, book=book)
    items = found.items if found else ()
    return tuple(item for item in items if on is None or item.valid_from is None or item.valid_from <= on)


def missing(
    kind: Kind, regime: Regime, given: AbstractSet[str], on: date | None = None, *, book: Book | None = None
) -> list[str]:
    """Keys that are required and neither in `given` nor replaced there, in the order of the statute; empty when complete."""
    return [
        item.key
        for item in required(kind, regime, on, book=book)
        if item.key not in given and not any(set(keys) <= given for keys in item.instead)
    ]


def document(kind: Kind, regime: Regime, on: date | None = None, *, book: Book | None = None) -> Document | None:
    """The rule about that kind of document, None where the regime has none. A partial refusal needs what a refusal does."""
    documents = [rule for rule in (book or shipped()).statute(regime).documents if rule.in_force(on)]
    for wanted in (kind, "refusal") if kind == "partial_refusal" else (kind,):
        for rule in documents:
            if rule.document == wanted:
                return rule
    return None
