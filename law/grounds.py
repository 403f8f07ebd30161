"""Grounds on which a request may be refused, in whole or in part, and whether what was recorded is enough for one.

The list is the common core of each statute. National restrictions (GDPR Art. 23, the Schedules of the DPA 2018, state
carve-outs) are one ground each that demands the citation of the law relied on; they are not enumerated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from law.book import Book, shipped
from law.provisions import Ground
from law.regimes import Regime, Right, entitlement
from law.rule import LawError

__all__ = ["Ground", "Ruling", "closes", "ground", "grounds", "judge", "named", "retention"]


@dataclass(frozen=True)
class Ruling:
    """Whether a ground stands against a right, and what follows.

    `missing` is what the decision still has to state. `restrict`: what is kept may be stored and used for nothing else
    (PIPL Art. 47(2); BDSG § 35(3)). `also` is what has to be done beside refusing.
    """

    stands: bool
    whole: bool
    missing: tuple[str, ...]
    restrict: bool
    also: tuple[str, ...]
    why: str
    cite: str
    stamp: str


def grounds(
    regime: Regime, right: Right | str | None = None, on: date | None = None, *, book: Book | None = None
) -> tuple[Ground, ...]:
    """The grounds of a regime in force for a request of the day `on`; with `right` those that can be held against it."""
    asked = entitlement(regime, right, book=book).right if right is not None else None
    law = (book or shipped()).statute(regime)
    return tuple(g for g in law.grounds if g.in_force(on) and (asked is None or _open(g, asked)))


def closes(regime: Regime, *, book: Book | None = None) -> tuple[Ground, ...]:
    """The grounds that can close a request as refused in whole. Every other ground covers only a part of it."""
    return tuple(g for g in grounds(regime, book=book) if g.whole)


def named(regime: Regime, text: str, *, book: Book | None = None) -> tuple[Ground, str] | None:
    """The ground that a text begins with, by id or citation, and what follows it: `GDPR 17(3)(b), § 147 AO` is gdpr.17_3_b and
    `§ 147 AO`. None where it begins with no ground of this regime."""
    best: tuple[int, Ground] | None = None
    for candidate in grounds(regime, book=book):
        for name in (candidate.id, candidate.source, *candidate.cite, candidate.cite[0].partition(", ")[0]):
            follows = text[len(name) : len(name) + 1]
            if (
                text.startswith(name)
                and not (follows.isalnum() or follows == "(")
                and (best is None or len(name) > best[0])
            ):
                best = len(name), candidate
    return (best[1], text[best[0] :].strip(" ,;:")) if best else None


def retention(regime: Regime, *, book: Book | None = None) -> Ground | None:
    """The ground for records that another law makes the controller keep; None where the regime has none of its own."""
    return next((g for g in grounds(regime, book=book) if g.retention), None)


def ground(regime: Regime, id_: str, *, book: Book | None = None) -> Ground:
    """The ground of that id, or of that citation. Raises LawError, with the ids there are, for any other."""
    known = grounds(regime, book=book)
    for candidate in known:
        if id_ in (candidate.id, candidate.source, *candidate.cite):
            return candidate
    raise LawError(f"There is no such ground under this regime. Choose one of: {', '.join(g.id for g in known)}.")


def judge(
    regime: Regime,
    right: Right | str,
    id_: str,
    stated: Mapping[str, str],
    on: date | None = None,
    *,
    book: Book | None = None,
) -> Ruling:
    """Whether a ground is open against a right, and whether what the DPO recorded (`facts`, `statute`, `period` …) is enough.

    A blank entry counts as not recorded: the controller bears the burden (GDPR Art. 12(5); Civ. Code 1798.145(h)(3)).
    Raises LawError for a ground the regime does not know.
    """
    asked = entitlement(regime, right, book=book).right
    found = ground(regime, id_, book=book)
    missing = tuple(need for need in found.needs if not stated.get(need, "").strip())
    if not _open(found, asked):
        why = "This ground cannot be held against this right."
    elif not found.in_force(on):
        why = "This ground is not in force for a request of that day."
    elif missing:
        why = f"The decision must also state: {', '.join(missing)}."
    else:
        why = ""
    return Ruling(not why, found.whole, missing, found.effect == "restrict", found.also, why, found.source, found.stamp)


def _open(found: Ground, right: Right) -> bool:
    return right not in found.spares and (not found.rights or right in found.rights)
