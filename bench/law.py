"""What a due date costs: `python bench/law.py [--json]`.

Each figure stands beside the plain alternative in the same run: relativedelta and the `holidays` library by hand, a loop over its
days for business days. The alternative gives a date only; ours also says by which rule, why, and the stricter target.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

sys.path.insert(0, str(Path(__file__).parents[1]))

from law.book import RULES, Book, shipped
from law.clock import due

ROUNDS, DATES = 5, 2000
MOMENTS = [datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(hours=7 * i % 17000) for i in range(DATES)]
CASES = {
    "a month (GDPR, Germany)": ("gdpr", "access", "DE", "Europe/Berlin", "respond"),
    "an extension (GDPR, Germany)": ("gdpr", "access", "DE", "Europe/Berlin", "extend"),
    "ten business days (CCPA)": ("ccpa", "delete", "US", "America/Los_Angeles", "ack"),
    "forty-five days (CCPA)": ("ccpa", "delete", "US", "America/Los_Angeles", "respond"),
    "72 hours (GDPR)": ("gdpr", None, "DE", "Europe/Berlin", "breach_authority"),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    as_json = parser.parse_args().json
    started = time.perf_counter()
    Book.read(RULES)
    found: dict[str, object] = {"reading the rules, ms": round(1000 * (time.perf_counter() - started), 1)}
    shipped()
    for name, (regime, right, country, key, event) in CASES.items():
        zone = ZoneInfo(key)
        ours = per_date(lambda at, r=regime, w=right, c=country, z=zone, e=event: due(r, w, c, at, z, e))
        plain = per_date(plainly(country, zone, event, regime))
        found[name] = {"ours, µs": round(ours, 1), "plain, µs": round(plain, 1), "times": round(ours / plain, 1)}
    if as_json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return
    print(f"reading the rules: {found.pop('reading the rules, ms')} ms")
    for name, row in found.items():
        print(f"{name}: {row['ours, µs']} µs; plain {row['plain, µs']} µs ({row['times']} times)")  # type: ignore[index]


def per_date(one: Callable[[datetime], object]) -> float:
    """Microseconds a date, the median of some rounds after one to warm up."""
    times = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        for moment in MOMENTS:
            one(moment)
        times.append(1e6 * (time.perf_counter() - started) / DATES)
    return median(times[1:])


def plainly(country: str, zone: ZoneInfo, event: str, regime: str) -> Callable[[datetime], object]:
    """The same date as somebody would write it for this one case."""
    days = holidays.country_holidays(country, years=range(2025, 2032))

    def off(day: date) -> bool:
        return day.weekday() > 4 or day in days

    def month(at: datetime) -> date:
        day = at.astimezone(zone).date() + relativedelta(months=3 if event == "extend" else 1)
        while off(day):
            day += timedelta(days=1)
        return day

    def business(at: datetime) -> date:
        day, left = at.astimezone(zone).date(), 10
        while left:
            day += timedelta(days=1)
            left -= not off(day)
        return day

    if event == "ack":
        return business
    if event == "breach_authority":
        return lambda at: (at + timedelta(hours=72)).astimezone(zone)
    return month if regime == "gdpr" else lambda at: at.astimezone(zone).date() + timedelta(days=45)


if __name__ == "__main__":
    main()
