"""The yearly figures a large business publishes about requests (11 CCR 7102)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import mean, median
from typing import Literal

from law.book import Book, shipped
from law.regimes import Regime, Right, entitlement
from law.rule import LawError

Outcome = Literal["complied", "complied_in_part", "denied", "open"]


@dataclass(frozen=True)
class Handled:
    """One request as it was handled. `answered` is the day of the answer, None while it is open."""

    right: Right | str
    received: date
    outcome: Outcome
    answered: date | None = None


@dataclass(frozen=True)
class Row:
    """The figures of one kind of request."""

    kind: str
    received: int
    complied: int
    complied_in_part: int
    denied: int
    median_days: float | None
    mean_days: float | None


@dataclass(frozen=True)
class Table:
    """The table of a year. `obliged` is None where the number of people is not known."""

    year: int
    rows: tuple[Row, ...]
    publish_by: date
    threshold: int
    obliged: bool | None
    cite: str
    stamp: str


def metrics(
    regime: Regime, requests: Iterable[Handled], year: int, people: int | None = None, *, book: Book | None = None
) -> Table:
    """The figures of the requests received in a calendar year, a row per kind.

    `people` is how many consumers' data the business processed in that year. Raises LawError where the regime asks for no
    figures. Days run from receipt to answer; a request that is open counts as received only.
    """
    law = (book or shipped()).statute(regime)
    rule = next((one for one in law.metrics if one.in_force(date(year, 12, 31))), None)
    if rule is None:
        raise LawError(f"The {law.title} asks for no published figures.")
    mine = [one for one in requests if one.received.year == year]
    rows = []
    for kind, granted in rule.rights.items():
        asked = [one for one in mine if entitlement(regime, one.right, book=book).right in granted]
        days = [(one.answered - one.received).days for one in asked if one.answered is not None]
        count = {name: sum(one.outcome == name for one in asked) for name in ("complied", "complied_in_part", "denied")}
        rows.append(
            Row(
                kind,
                len(asked),
                count["complied"],
                count["complied_in_part"],
                count["denied"],
                float(median(days)) if days else None,
                round(mean(days), 1) if days else None,
            )
        )
    return Table(
        year,
        tuple(rows),
        date(year + 1, rule.publish_month, rule.publish_day),
        rule.threshold,
        None if people is None else people >= rule.threshold,
        rule.source,
        rule.stamp,
    )
