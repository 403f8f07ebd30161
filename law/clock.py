"""When something is due: the arithmetic of statutory periods.

Periods are counted in local calendar days of the establishment that answers: the instant of receipt is turned into its
local date first, and a due date means until 24:00 local on that day (Reg. (EEC, Euratom) No 1182/71 Art. 3; Gov. Code
6800). The day of receipt is not counted. Months end on the same day number, or on the last day of a shorter month.
Rolling over days off happens once, last. Which rule holds is data (`law/rules`), chosen by the day of receipt.

An open pause (asked, not yet answered) does not move a due date: until the answer is there, the earlier date stands.
"""

from __future__ import annotations

import calendar as month_lengths
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from law.book import Book, shipped
from law.days import Calendar
from law.period import Clock, DateFact, Pause
from law.regimes import Event, LawError, Regime, Right, entitlement, regime_named

_Day: TypeAlias = date  # `date` is also a field of Due
_DAY = timedelta(days=1)
Moment: TypeAlias = date | datetime
"""A local date, or an aware instant."""


@dataclass(frozen=True)
class Facts:
    """What has happened since receipt and matters to a clock. Instants must be aware; dates are local dates.

    What can happen more than once (a second question to the person) is a tuple, in the order it happened. `readings` are
    the disputed readings that the controller has adopted. `severity` and `operator` grade an incident.
    """

    identity_asked: Moment | Sequence[Moment] | None = None
    identity_received: Moment | Sequence[Moment] | None = None
    fee_asked: Moment | Sequence[Moment] | None = None
    fee_paid: Moment | Sequence[Moment] | None = None
    authority_asked: Moment | Sequence[Moment] | None = None
    authority_received: Moment | Sequence[Moment] | None = None
    clarification_asked: Moment | Sequence[Moment] | None = None
    clarification_received: Moment | Sequence[Moment] | None = None
    extension_sent: Moment | Sequence[Moment] | None = None
    readings: frozenset[str] = frozenset()
    severity: str = ""
    operator: str = "other"

    def days(self, name: DateFact, zone: ZoneInfo) -> list[date]:
        """The local days on which something happened, earliest first."""
        value = getattr(self, name)
        moments: Iterable[Moment] = () if value is None else (value,) if isinstance(value, date) else value
        return sorted(local_date(moment, zone) for moment in moments)


NOTHING = Facts()


@dataclass(frozen=True)
class Due:
    """A due date and how it came about.

    `date` is the last day; `at` the exact instant where the statute counts hours. `unrolled` is the day before rolling
    over days off, `moved` the days off that moved it ("4 April, Sunday"). `target` is the stricter internal date: the
    earliest reading anybody defends. `notice_by` is the last day on which an extension can safely be announced.
    `provisional`: the calendar of a year is not known yet, and the true date is this one or a later one, never an earlier.
    """

    date: _Day
    rule: str
    version: str
    stamp: str
    cite: tuple[str, ...]
    confidence: str
    period: str
    steps: tuple[str, ...]
    moved: str | None
    unrolled: _Day
    target: _Day
    at: datetime | None = None
    notice_by: _Day | None = None
    provisional: bool = False

    @property
    def because(self) -> str:
        """Why, in brackets behind the date: "one month, GDPR 12(3); moved from 4 April, Sunday"."""
        parts = [f"{self.period}, {self.cite[0]}"]
        if self.moved:
            parts.append(f"moved from {self.moved}")
        if self.provisional:
            parts.append("provisional: the official calendar is not loaded yet, the date can only become later")
        return "; ".join(parts)


def due(  # noqa: PLR0913 - each is a fact of the matter
    regime: Regime,
    right: Right | str | None,
    country: str,
    received: datetime,
    zone: ZoneInfo,
    event: Event | str = Event.RESPOND,
    facts: Facts = NOTHING,
    *,
    bound: bool = False,
    book: Book | None = None,
) -> Due:
    """The date by which `event` is due for a request (or breach, or complaint: `right` None) received at `received`.

    `country` is where the controller acts: ISO 3166-1 alpha-2, or a nation or region of it (`GB-SCT`).
    `extend` gives the new due date after a valid extension; whether its notice was valid says `law.extension`.
    Raises LawError where the regime has no such period, for an unknown country, or for facts that cannot be, and
    UnknownYear where days are counted in a year that is not known; with `bound` that gives the earliest date it can be.
    """
    book = book or shipped()
    regime = regime_named(regime, book=book)
    granted = entitlement(regime, right, book=book).right if right is not None else None
    start = local_date(received, zone)
    rule = _rule(book, regime, granted, _event(event), start, facts)
    if rule.unit == "hour":
        return _in_hours(rule, received, zone)
    counted = _adopted(rule, facts, book)
    days = book.calendar(counted.calendar, country) if counted.calendar else None
    begin = _begin(counted, start, facts, zone)
    steps = [f"received {long(start)} ({zone.key})"]
    steps += [f"read as: {reading.title}" for reading in rule.readings if reading.id in facts.readings]
    if begin != start:
        steps.append(f"the period starts {long(begin)}")
    end = _end(counted, begin, granted, days, facts, zone, bound, steps)
    rolled, moved = _roll(counted, end, days, bound)
    steps += [f"{reason} is a day off" for reason in moved]
    if moved:
        steps.append(f"next working day: {long(rolled)}")
    first = (
        due(regime, granted, country, received, zone, Event.RESPOND, facts, bound=bound, book=book)
        if rule.notice
        else None
    )
    return Due(
        date=rolled,
        rule=rule.id,
        version=rule.version,
        stamp=rule.stamp,
        cite=rule.cite,
        confidence=rule.confidence,
        period=rule.period,
        steps=tuple(steps),
        moved="; ".join(moved) or None,
        unrolled=end,
        target=min([end, *_readings(rule, start, granted, country, facts, zone, bound, book)]),
        notice_by=first.unrolled if first else None,
        provisional=days is not None and not days.knows(begin, rolled),
    )


def explain(due: Due) -> str:
    """One line for staff: "due 5 April 2027 (one month, GDPR 12(3); moved from 4 April, Sunday)"."""
    clock = f" {due.at:%H:%M}" if due.at else ""
    return f"due {long(due.date)}{clock} ({due.because})"


def local_date(moment: Moment, zone: ZoneInfo) -> date:
    """The calendar day of an instant in `zone`; a plain date is one already. Raises LawError for a naive instant."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise LawError("A time without zone has no date in law. Give the time with its offset from UTC.")
    return moment.astimezone(zone).date()


def _event(event: Event | str) -> Event:
    try:
        return Event(str(event))
    except ValueError:
        raise LawError(f"There is no such event. Choose one of: {', '.join(Event)}.") from None


def _rule(book: Book, regime: Regime, right: Right | None, event: Event, day: date, facts: Facts) -> Clock:
    law = book.statute(regime)
    graded = {"severity": facts.severity, "operator": facts.operator}
    for rule in law.clocks:  # at most one holds: the file is refused otherwise
        if rule.holds(event, right, day, graded):  # type: ignore[arg-type]
            return rule
    asked = f"{event} of {right}" if right else str(event)
    there = sorted({str(e) for rule in law.clocks for e in rule.events if rule.about(e, right)})
    raise LawError(
        f"The {law.title} sets no period for {asked} of a matter received on {long(day)}. "
        f"It has periods for: {', '.join(there) or 'nothing that fits'}."
    )


def _adopted(rule: Clock, facts: Facts, book: Book) -> Clock:
    """The rule as this controller reads it. Raises LawError for a reading that no rule has."""
    if unknown := facts.readings - book.readings.keys():
        raise LawError(f"There is no such reading: {', '.join(sorted(unknown))}. Known: {', '.join(book.readings)}.")
    for reading in rule.readings:
        if reading.id in facts.readings:
            rule = rule.model_copy(update=reading.change())
    return rule


def _begin(rule: Clock, start: date, facts: Facts, zone: ZoneInfo) -> date:
    """The day the period runs from: the latest of what the rule is anchored to."""
    return max([start, *(day for name in rule.anchor if name != "receipt" for day in facts.days(name, zone))])


def _end(
    rule: Clock,
    begin: date,
    right: Right | None,
    days: Calendar | None,
    facts: Facts,
    zone: ZoneInfo,
    bound: bool,
    steps: list[str],
) -> date:
    """The last day before rolling; what was counted is added to `steps`."""
    end = _add(rule, begin, days, bound) + timedelta(days=rule.shift)
    steps.append(f"{rule.period} later: {long(end)}")
    paused, still_open = _paused(rule.pause, right, begin, facts, zone)
    if paused:
        end += timedelta(days=paused)
        steps.append(f"{paused} days paused: {long(end)}")
    if still_open:
        steps.append(f"a question asked {long(still_open)} is not answered yet: the date stands until it is")
    return end


def _readings(
    rule: Clock,
    start: date,
    right: Right | None,
    country: str,
    facts: Facts,
    zone: ZoneInfo,
    bound: bool,
    book: Book,
) -> list[date]:
    """Where the period ends, before rolling, under each disputed reading and under the rule as it stands."""
    ends = []
    for counted in rule.ways:
        days = book.calendar(counted.calendar, country) if counted.calendar else None
        begin = _begin(counted, start, facts, zone)
        ends.append(_end(counted, begin, right, days, facts, zone, bound, []))
    return ends


def _add(rule: Clock, start: date, days: Calendar | None, bound: bool) -> date:
    if rule.unit == "month":
        return add_months(start, rule.n)
    if rule.unit == "day" or days is None:
        return start + timedelta(days=rule.n)
    return days.add(start, rule.n, bound=bound)


def add_months(start: date, n: int) -> date:
    """Same day number n months later, or the last day of that month (Reg. 1182/71 Art. 3(2)(c))."""
    years, month = divmod(start.month - 1 + n, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, month_lengths.monthrange(year, month)[1]))


def _paused(
    pause: Pause | None, right: Right | None, start: date, facts: Facts, zone: ZoneInfo
) -> tuple[int, date | None]:
    """Days paused, and since when a question is open. Days that lie in two pauses count once."""
    if pause is None or (pause.rights and right not in pause.rights):
        return 0, None
    asked, answered = facts.days(pause.asked, zone), facts.days(pause.answered, zone)
    paused: set[date] = set()
    for question, answer in zip(asked, answered, strict=False):
        if answer < question:
            raise LawError(f"{pause.answered} lies before {pause.asked}: correct the two dates.")
        first = question + _DAY if pause.count == "difference" else max(question, start + _DAY)
        paused |= {first + timedelta(days=i) for i in range((answer - first).days + 1)}
    return len(paused), asked[len(answered)] if len(asked) > len(answered) else None


def _roll(rule: Clock, day: date, days: Calendar | None, bound: bool) -> tuple[date, list[str]]:
    moved: list[str] = []
    while rule.roll and days and (reason := days.closed(day, bound=bound)):
        moved.append(f"{day.day} {day:%B}, {reason}")
        day += _DAY
    return day, moved


def _in_hours(rule: Clock, received: datetime, zone: ZoneInfo) -> Due:
    """Elapsed hours: weekends, holidays and clock changes do not matter."""
    at = (received.astimezone(UTC) + timedelta(hours=rule.n)).astimezone(zone)
    steps = (f"known {received.astimezone(zone):%d %B %Y %H:%M} ({zone.key})", f"{rule.period} later: {at:%d %B %H:%M}")
    end = at.date()
    return Due(
        date=end,
        rule=rule.id,
        version=rule.version,
        stamp=rule.stamp,
        cite=rule.cite,
        confidence=rule.confidence,
        period=rule.period,
        steps=steps,
        moved=None,
        unrolled=end,
        target=end,
        at=at,
    )


def long(day: date) -> str:
    """A date as sentences have it: "5 April 2027"."""
    return f"{day.day} {day:%B %Y}"
