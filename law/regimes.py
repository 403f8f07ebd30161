"""The regimes, the rights they grant, and what the engine does about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from law.book import Book, shipped
from law.provisions import Condition, Entitlement
from law.rule import Event, LawError, Right

__all__ = [
    "Event",
    "LawError",
    "Regime",
    "Resolution",
    "Right",
    "conditions",
    "regime_named",
    "regimes",
    "resolve",
    "rights",
]

Regime: TypeAlias = str
"""The name of a regime: that of its file. `regimes()` lists them."""


@dataclass(frozen=True)
class Resolution:
    """A right under a regime. `automatic`: the engine finds, plans and, once approved, carries it out; `decision`: a
    person decides and acts, the engine keeps clock, letters and record. `proof` `forbidden`: identity must not be
    verified. `stamp` names the rule and its version."""

    regime: Regime
    right: Right
    title: str
    cite: str
    handling: Literal["automatic", "decision"]
    proof: Literal["required", "forbidden"]
    stamp: str


def regimes(*, granting: bool = False, book: Book | None = None) -> tuple[Regime, ...]:
    """Every regime; with `granting` only those under which a person can ask the company itself for something."""
    return tuple(name for name, law in (book or shipped()).statutes.items() if law.rights or not granting)


def regime_named(name: Regime, *, book: Book | None = None) -> Regime:
    """The regime of that name, case ignored. Raises LawError for a name that is none."""
    return (book or shipped()).statute(name).regime


def rights(regime: Regime, on: date | None = None, *, book: Book | None = None) -> tuple[Resolution, ...]:
    """Every right the regime grants to somebody who asks on the day `on` (without a day: now or later), in its file's order."""
    law = (book or shipped()).statute(regime)
    forbidden = {right for rule in law.proofs if rule.degree == "forbidden" for right in rule.rights}
    return tuple(
        Resolution(
            law.regime,
            entry.right,
            entry.title,
            entry.source,
            entry.handling,
            "forbidden" if entry.right in forbidden else "required",
            entry.stamp,
        )
        for entry in law.rights
        if entry.in_force(on)
    )


def resolve(regime: Regime, right: Right | str, on: date | None = None, *, book: Book | None = None) -> Resolution:
    """What the engine does about a right.

    The statute's own words are understood too (`know` and `delete` under the CCPA, `correct` under the PIPL), and where
    a regime has only a near right under another name, that one is returned (CCPA: `objection` is the opt-out).
    Raises LawError for an unknown regime or a right that the regime does not grant; the text lists what there is.
    """
    granted = rights(regime, on, book=book)
    wanted = entitlement(regime, right, book=book).right
    for found in granted:
        if found.right is wanted:
            return found
    title = (book or shipped()).statute(regime).title
    raise LawError(f"The {title} does not grant this right to a request of that day. It grants: {_names(granted)}.")


def entitlement(regime: Regime, right: Right | str, *, book: Book | None = None) -> Entitlement:
    """The rule that grants a right. Raises LawError as `resolve` does."""
    law = (book or shipped()).statute(regime)
    name = str(right).lower()
    for entry in law.rights:
        if name == entry.right or name in entry.names:
            return entry
    granted = rights(regime, book=book)
    raise LawError(
        f"The {law.title} does not grant this right. It grants: {_names(granted) or 'none to be asked for here'}."
    )


def conditions(
    regime: Regime, right: Right | str, facts: Mapping[str, str], *, book: Book | None = None
) -> tuple[Condition, ...]:
    """The conditions of a right that the stated facts do not meet; each says what to do, and what to offer, instead.

    A fact that is not stated counts as not met: the DPO has not yet looked (GDPR Art. 17(1), 18(1), 20(1), 21(1)).
    """
    entry = entitlement(regime, right, book=book)
    return tuple(one for one in entry.conditions if facts.get(one.fact, "") not in one.one_of)


def _names(granted: tuple[Resolution, ...]) -> str:
    return ", ".join(entry.right for entry in granted)
