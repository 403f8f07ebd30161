"""How often a person may ask, and how far back an answer reaches (Civ. Code 1798.130; 11 CCR 7023(g), 7024(h))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from law.book import Book, shipped
from law.clock import add_months
from law.regimes import Regime, Right, entitlement


@dataclass(frozen=True)
class Earlier:
    """A request the same person made before. `identical`: it asked for the very same thing."""

    right: Right | str
    received: date
    answered: bool = False
    denied: bool = False
    identical: bool = False


@dataclass(frozen=True)
class Frequency:
    """Whether a request may be refused because of earlier ones: it may, it need not, and the person is told either way."""

    may_refuse: bool
    counted: int
    cite: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class Lookback:
    """How far back an answer reaches: by default from `since` (None: no limit), and on request from `all_since`."""

    since: date | None
    all_since: date | None
    cite: str = ""
    stamp: str = ""


def frequency(
    regime: Regime, right: Right | str, received: date, earlier: Sequence[Earlier], *, book: Book | None = None
) -> Frequency:
    """Whether the statute's own limit is used up. Where it has none, only "excessive" is left, which is a ground to be argued
    (GDPR Art. 12(5)). The months roll back from `received`; only requests that were answered count, which is the careful
    reading of Civ. Code 1798.130(b)."""
    asked = entitlement(regime, right, book=book).right
    best = Frequency(False, 0)
    for rule in (book or shipped()).statute(regime).frequency:
        if asked not in rule.rights or not rule.in_force(received):
            continue
        since = add_months(received, -rule.n)
        counted = 0
        for one in earlier:
            same = entitlement(regime, one.right, book=book).right in rule.rights
            counts = one.answered if rule.counts == "answered" else one.denied and one.identical
            counted += same and counts and since < one.received <= received
        best = max(
            best,
            Frequency(counted >= rule.times, counted, rule.source, rule.stamp),
            key=lambda f: (f.may_refuse, f.counted),
        )
    return best


def lookback(regime: Regime, right: Right | str, received: date, *, book: Book | None = None) -> Lookback:
    """How far back the answer to a request received on that day reaches. Without a rule there is no limit (GDPR Art. 15)."""
    asked = entitlement(regime, right, book=book).right
    for rule in (book or shipped()).statute(regime).lookback:
        if asked in rule.rights and rule.in_force(received):
            since = add_months(received, -rule.months) if rule.months else None
            return Lookback(since, rule.all_since, rule.source, rule.stamp)
    return Lookback(None, None)
