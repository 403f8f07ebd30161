"""Who may ask, how sure the controller must be of them, and what it must not ask (GDPR Art. 12(6); 11 CCR 7060-7063)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from law.book import Book, shipped
from law.provisions import Demand, Proof, Requester, Risk
from law.regimes import Regime, Right, entitlement
from law.rule import LawError

_R = TypeVar("_R", Proof, Demand, Requester)


@dataclass(frozen=True)
class Answer:
    """Whether something may be done, why, and by which rule (None where no rule speaks of it)."""

    allowed: bool
    why: str
    cite: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether proof is enough. Where it is not, `instead` says what to do and `fallback` which right is left to answer."""

    proven: bool
    missing: tuple[str, ...]
    instead: str
    fallback: Right | None
    cite: str
    stamp: str


def proof(
    regime: Regime, right: Right | str, risk: Risk = "low", on: date | None = None, *, book: Book | None = None
) -> Proof:
    """The degree of certainty a right asks for; `risk` is the harm that acting for the wrong person would do.

    A rule that names the right goes before one for all. Raises LawError where the regime says nothing about identity.
    """
    asked = entitlement(regime, right, book=book).right
    law = (book or shipped()).statute(regime)
    fitting = [r for r in _of(law.proofs, asked, on) if not r.risk or risk in r.risk]
    if not fitting:
        raise LawError(f"The {law.title} says nothing about proof of identity for this right.")
    return max(fitting, key=lambda rule: (bool(rule.rights), bool(rule.risk)))


@dataclass(frozen=True)
class Shown:
    """What a person has shown: data points that matched what the company holds, a declaration under penalty of perjury, a
    sign-in just now through an account they had before; `doubt`: a reasonable doubt about them is on record."""

    points: int = 0
    declaration: bool = False
    signed_in: bool = False
    doubt: bool = False


def judge(
    regime: Regime,
    right: Right | str,
    shown: Shown,
    risk: Risk = "low",
    on: date | None = None,
    *,
    book: Book | None = None,
) -> Verdict:
    """Whether what a person has shown is enough.

    Numbers of data points are the regulation's examples and our default (11 CCR 7062), not its formula: the controller may be
    satisfied otherwise, and then says why.
    """
    rule = proof(regime, right, risk, on, book=book)
    missing: list[str] = []
    by_account = shown.signed_in and not shown.doubt
    if rule.degree == "reasonable_doubt" and shown.doubt and not shown.points:
        missing.append("information that removes the doubt")
    if shown.points < rule.points and not by_account:
        missing.append(f"{rule.points - shown.points} more matching data points")
    if rule.declaration and not shown.declaration:
        missing.append("a signed declaration under penalty of perjury")
    if missing:
        return Verdict(False, tuple(missing), rule.unmet, rule.fallback, rule.source, rule.stamp)
    return Verdict(True, (), "", None, rule.source, rule.stamp)


def may_ask(
    regime: Regime,
    right: Right | str,
    demand: str,
    facts: AbstractSet[str] = frozenset(),
    on: date | None = None,
    *,
    book: Book | None = None,
) -> Answer:
    """Whether the company may ask a person for `demand` (`id_copy`, `government_id`, `notary`, `fee`, `account` …).

    `facts` are what is on record: `doubt`, `no_other_means`, `paid` … What no rule forbids is allowed.
    """
    asked = entitlement(regime, right, book=book).right
    law = (book or shipped()).statute(regime)
    for rule in _of(law.demands, asked, on):
        lacking = [fact for fact in rule.unless if fact not in facts]
        if {demand, "anything"} & set(rule.demand) and (lacking or not rule.unless):
            only = f" It would take: {', '.join(lacking)}." if lacking else ""
            return Answer(False, f"{rule.note}{only}", rule.source, rule.stamp)
    return Answer(True, "No rule of this regime forbids it here.")


def requester(
    regime: Regime, who: str, right: Right | str | None = None, on: date | None = None, *, book: Book | None = None
) -> Requester:
    """Whether somebody in this role may ask, and what they must (`needs`) and must not (`never`) be made to show.

    Raises LawError for a role the regime does not speak of.
    """
    asked = entitlement(regime, right, book=book).right if right is not None else None
    law = (book or shipped()).statute(regime)
    fitting = [rule for rule in _of(law.requesters, asked, on) if rule.who == who]
    if not fitting:
        there = ", ".join(dict.fromkeys(rule.who for rule in law.requesters))
        raise LawError(f"The {law.title} does not speak of this kind of requester. It knows: {there or 'none'}.")
    return max(fitting, key=lambda rule: bool(rule.rights))


def _of(rules: tuple[_R, ...], right: Right | None, on: date | None) -> list[_R]:
    """The rules in force that hold for a right."""
    return [rule for rule in rules if rule.in_force(on) and (not rule.rights or right in rule.rights)]
