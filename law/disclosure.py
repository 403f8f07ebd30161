"""What no answer may show, even to the person themself, and the sentence that stands in its place (11 CCR 7024(d)).

Works on the types of findings, never on text: masking is the caller's, by the spans it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from law.book import Book, shipped
from law.provisions import Withheld
from law.regimes import Regime, Right, entitlement


@dataclass(frozen=True)
class Withholding:
    """One type of finding that stays out of an answer. `sentence` says with particularity what was collected."""

    entity: str
    sentence: str
    cite: str
    stamp: str


def withheld(
    regime: Regime,
    right: Right | str,
    entities: Iterable[str],
    language: str = "en",
    on: date | None = None,
    *,
    book: Book | None = None,
) -> tuple[Withholding, ...]:
    """Which of these entity types must stay out of an answer to this right, each once, in the order given."""
    rules = _rules(regime, right, on, book)
    found = []
    for entity in dict.fromkeys(entities):
        for rule in rules:
            if entity in rule.entities:
                sentence = rule.sentence.get(language, rule.sentence["en"])
                found.append(Withholding(entity, sentence, rule.source, rule.stamp))
                break
    return tuple(found)


def never(regime: Regime, right: Right | str, on: date | None = None, *, book: Book | None = None) -> frozenset[str]:
    """Every entity type that must stay out of an answer to this right; empty where the regime has no such rule."""
    return frozenset(entity for rule in _rules(regime, right, on, book) for entity in rule.entities)


def _rules(regime: Regime, right: Right | str, on: date | None, book: Book | None) -> list[Withheld]:
    asked = entitlement(regime, right, book=book).right
    rules = (book or shipped()).statute(regime).withheld
    return [rule for rule in rules if rule.in_force(on) and (not rule.rights or asked in rule.rights)]
