"""Who has to be told of a breach of security, by when, and what the notice must say (GDPR Art. 33-34; Civ. Code 1798.82; PIPL
Art. 57)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from law.book import Book, shipped
from law.clock import NOTHING, Due, Facts, due, local_date
from law.contents import document, missing
from law.provisions import Breach, Kind
from law.regimes import Regime, regime_named
from law.rule import LawError


@dataclass(frozen=True)
class Telling:
    """Somebody who has to be told. `due` None: at once, the statute gives no number."""

    rule: Breach
    due: Due | None


@dataclass(frozen=True)
class Notice:
    """Whether a notice is complete. With `phases` what is missing may follow, without undue further delay."""

    missing: tuple[str, ...]
    phases: bool

    @property
    def may_be_sent(self) -> bool:
        """Whether it can go out as it is."""
        return not self.missing or self.phases


def tellings(
    regime: Regime,
    country: str,
    aware: datetime,
    zone: ZoneInfo,
    facts: Facts = NOTHING,
    *,
    book: Book | None = None,
) -> tuple[Telling, ...]:
    """Everybody who may have to be told of a breach the company became aware of at `aware`, and by when.

    Whether the condition of each is met (a risk to people, 500 residents) is for a person to say. A clock that holds only for
    graded incidents (`facts.severity`) does not run without its grade: the duty is then "at once".
    """
    law = (book or shipped()).statute(regime_named(regime, book=book))
    found = []
    for rule in law.breaches:
        if rule.in_force(local_date(aware, zone)):
            clock = None
            if rule.event is not None:
                try:
                    clock = due(law.regime, None, country, aware, zone, rule.event, facts, book=book)
                except LawError:
                    clock = None
            found.append(Telling(rule, clock))
    return tuple(found)


def check(regime: Regime, audience: str, given: AbstractSet[str], *, book: Book | None = None) -> Notice:
    """What a breach notice to `authority` or `individuals` lacks, and whether that may follow in phases (GDPR Art. 33(4))."""
    kind: Kind = "breach_authority" if audience == "authority" else "breach_individuals"
    rule = document(kind, regime, book=book)
    if rule is None:
        raise LawError("This regime does not prescribe a breach notice to them.")
    return Notice(tuple(missing(kind, regime, given, book=book)), rule.phases)
