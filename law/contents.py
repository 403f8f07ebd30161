"""What answers and letters must contain, with citations.

Keys are what the caller has addressed: a key counts as given where the document says something about it, be it "none".
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date
from typing import Literal

from law.regimes import Regime, regime_named
from law.statute import Content, statute

__all__ = ["Content", "Kind", "missing", "required"]

Kind = Literal["access", "refusal", "extension", "ack"]


def required(kind: Kind, regime: Regime | str, on: date | None = None) -> tuple[Content, ...]:
    """What a document of that kind must contain on the day `on`; without a day, everything in force now or later.

    Empty where the regime knows no such document (the PIPL has no extension, the GDPR no acknowledgement).
    """
    contents: tuple[Content, ...] = getattr(statute(regime_named(regime)).contents, kind)
    return tuple(c for c in contents if on is None or c.valid_from is None or c.valid_from <= on)


def missing(kind: Kind, regime: Regime | str, given: AbstractSet[str], on: date | None = None) -> list[str]:
    """Keys that are required and not in `given`, in the order of the statute; empty when the document is complete."""
    return [content.key for content in required(kind, regime, on) if content.key not in given]
