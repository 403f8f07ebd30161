"""Checking the law against dated examples: one JSON object each, with what was received and when the answer is due.

Keys: `id`, `regime`, `jurisdiction`, `request_type`, `event`, `received_at`, `controller_tz`, `facts`, `due_date`, and where hours
are counted `due_at`. Any other key is commentary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from law.book import Book
from law.clock import Due, Facts, due
from law.rule import Event, LawError


@dataclass(frozen=True)
class Failure:
    """An example that came out otherwise. `got` is a date, an instant, or why there is none."""

    id: str
    expected: str
    got: str


@dataclass(frozen=True)
class Report:
    """The result of a file."""

    total: int
    failed: tuple[Failure, ...]

    @property
    def passed(self) -> int:
        """How many came out as expected."""
        return self.total - len(self.failed)


def check(vectors: Iterable[Mapping[str, Any]], *, book: Book | None = None) -> Report:
    """Compute every example and compare. One that cannot be read counts as failed."""
    failed, total = [], 0
    for number, vector in enumerate(vectors, 1):
        total += 1
        wanted = str(vector.get("due_at") or vector.get("due_date") or "a due date")
        try:
            found = answer(vector, book=book)
            right = str(found.date) == vector.get("due_date", str(found.date))
            if vector.get("due_at"):
                right = right and found.at == datetime.fromisoformat(vector["due_at"])
            got = found.at.isoformat() if found.at and vector.get("due_at") else found.date.isoformat()
        except (LawError, KeyError, TypeError, ValueError) as error:
            right, got = False, f"{type(error).__name__}: {error}"
        if not right or wanted == "a due date":
            failed.append(Failure(str(vector.get("id", number)), wanted, got))
    return Report(total, tuple(failed))


def answer(vector: Mapping[str, Any], *, book: Book | None = None) -> Due:
    """The due date of one example. Raises LawError, KeyError or ValueError for one that cannot be read."""
    right, event = matter(vector["request_type"], vector["event"])
    received = datetime.fromisoformat(vector["received_at"])
    zone = ZoneInfo(vector["controller_tz"])
    facts = facts_of(vector.get("facts") or {})
    return due(vector["regime"], right, vector["jurisdiction"], received, zone, event, facts, book=book)


def matter(asked: str, event: str) -> tuple[str | None, str]:
    """The right and the event an example means. What belongs to no right (a breach, a complaint) is an event of its own."""
    for name in (asked, f"{asked}_{event}", f"{event}_{asked}"):
        if name in {e.value for e in Event}:
            return None, name
    return asked, event


def facts_of(given: Mapping[str, Any]) -> Facts:
    """Facts as JSON has them: dates and instants as ISO 8601, a list where something happened more than once, and a reading
    that was adopted as `true`. Raises ValueError for a fact there is none of."""
    known = {field.name for field in fields(Facts)}
    values: dict[str, Any] = {}
    readings = set(given.get("readings", ()))
    for name, value in given.items():
        if isinstance(value, bool):
            readings |= {name} if value else set()
        elif name not in known:
            raise ValueError(f"there is no fact {name}")
        elif name in ("severity", "operator"):
            values[name] = value
        elif name != "readings":
            values[name] = tuple(map(moment, value)) if isinstance(value, list) else moment(value)
    return Facts(**values, readings=frozenset(readings))


def moment(text: str) -> date | datetime:
    """A date, or an instant with its offset, in ISO 8601. Raises ValueError."""
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
