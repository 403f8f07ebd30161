"""When something is due: the arithmetic of statutory periods.

Periods are counted in local calendar days of the establishment that answers: the instant of receipt is turned into its
local date first, and a due date means until 24:00 local on that day (Reg. (EEC, Euratom) No 1182/71 Art. 3; Gov. Code
6800). The day of receipt is not counted. Months end on the same day number, or on the last day of a shorter month.
Rolling over days off happens once, last. Which rule holds is data (`law/rules`), chosen by the day of receipt.

An open pause (asked, not yet answered) does not move a due date: until the answer is there, the earlier date stands.
"""

from __future__ import annotations

import calendar as month_lengths
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from law.calendars import Calendar, calendar
from law.regimes import Event, LawError, Regime, Right, regime_named, resolve
from law.statute import Clock, Pause, statute

_Day: TypeAlias = date  # `date` is also a field of Due


@dataclass(frozen=True)
class Facts:
    """What has happened since receipt and matters to a clock. Instants must be aware; dates are local dates."""

    identity_asked: date | datetime | None = None
    identity_received: date | datetime | None = None
    fee_paid: date | datetime | None = None
    clarification_asked: date | datetime | None = None
    clarification_received: date | datetime | None = None
    edpb_suspension: bool = False  # count the time while waiting for identity as a pause (EDPB 01/2022 s. 5.3)
    severity: str | None = None  # of an incident: `larger` as graded by China's reporting measures


@dataclass(frozen=True)
class Due:
    """A due date and how it came about.

    `date` is the last day; `at` the exact instant where the statute counts hours. `unrolled` is the day before rolling
    over days off, `moved` the days off that moved it ("4 April, Sunday"). `target` is the stricter internal date.
    `notice_by` is the last day on which an extension can still be announced.
    """

    date: _Day
    rule: str
    version: str
    cite: tuple[str, ...]
    period: str
    steps: tuple[str, ...]
    moved: str | None
    unrolled: _Day
    target: _Day
    at: datetime | None = None
    notice_by: _Day | None = None


def due(
    regime: Regime | str,
    right: Right | str | None,
    country: str,
    received: datetime,
    zone: ZoneInfo,
    event: Event | str = Event.RESPOND,
    facts: Facts = Facts(),
) -> Due:
    """The date by which `event` is due for a request (or breach, or complaint: `right` None) received at `received`.

    `country` is where the controller acts: ISO 3166-1 alpha-2, or a nation of the United Kingdom (`GB-SCT`).
    `extend` gives the new due date after a valid extension; whether its notice was sent in time is the caller's fact.
    Raises LawError where the regime has no such period, for an unknown country, or for facts that cannot be.
    """
    regime = regime_named(regime)
    right = resolve(regime, right).right if right is not None else None
    start = local_date(received, zone)
    rule = _rule(regime, right, _event(event), start, facts.severity)
    days = calendar(rule.calendar or "national", country)
    if rule.unit == "hour":
        return _in_hours(rule, received, zone)
    begin = max([start, *(_fact(name, facts, zone) or start for name in rule.anchor if name != "receipt")])
    steps = [f"received {_long(start)} ({zone.key})"]
    if begin != start:
        steps.append(f"the period starts {_long(begin)}")
    end = _add(rule, begin, days)
    steps.append(f"{rule.period} later: {_long(end)}")
    if paused := _paused(rule.pause, right, begin, facts, zone):
        end += timedelta(days=paused)
        steps.append(f"{paused} days paused: {_long(end)}")
    rolled, moved = _roll(rule, end, days)
    steps += [f"{reason} is a day off" for reason in moved]
    if moved:
        steps.append(f"next working day: {_long(rolled)}")
    return Due(
        date=rolled,
        rule=rule.id,
        version=rule.version,
        cite=rule.cite,
        period=rule.period,
        steps=tuple(steps),
        moved="; ".join(moved) or None,
        unrolled=end,
        target=_target(rule, begin, end, days),
        notice_by=due(regime, right, country, received, zone, Event.RESPOND, facts).unrolled if rule.notice else None,
    )


def explain(due: Due) -> str:
    """One line for staff: "due 5 April 2027 (one month, GDPR 12(3); moved from 4 April, Sunday)"."""
    clock = f" {due.at:%H:%M}" if due.at else ""
    moved = f"; moved from {due.moved}" if due.moved else ""
    return f"due {_long(due.date)}{clock} ({due.period}, {due.cite[0]}{moved})"


def local_date(moment: date | datetime, zone: ZoneInfo) -> date:
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


def _rule(regime: Regime, right: Right | None, event: Event, day: date, severity: str | None) -> Clock:
    law = statute(regime)
    for rule in law.clocks:  # at most one holds: the file is refused otherwise
        if rule.holds(event, right, day, severity):
            return rule
    asked = f"{event} of {right}" if right else str(event)
    there = sorted({str(e) for rule in law.clocks if not rule.rights or right in rule.rights for e in rule.events})
    raise LawError(
        f"The {law.title} sets no period for {asked} of a matter received on {_long(day)}. "
        f"It has periods for: {', '.join(there) or 'nothing that fits'}."
    )


def _fact(name: str, facts: Facts, zone: ZoneInfo) -> date | None:
    moment = getattr(facts, name)
    return None if moment is None else local_date(moment, zone)


def _add(rule: Clock, start: date, days: Calendar) -> date:
    if rule.unit == "month":
        return _add_months(start, rule.n)
    if rule.unit == "day":
        return start + timedelta(days=rule.n)
    return days.add(start, rule.n)


def _add_months(start: date, n: int) -> date:
    """Same day number n months later, or the last day of that month (Reg. 1182/71 Art. 3(2)(c))."""
    years, month = divmod(start.month - 1 + n, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, month_lengths.monthrange(year, month)[1]))


def _paused(pause: Pause | None, right: Right | None, start: date, facts: Facts, zone: ZoneInfo) -> int:
    if pause is None or (pause.rights and right not in pause.rights):
        return 0
    if pause.enabled_by and not getattr(facts, pause.enabled_by):
        return 0
    asked, answered = _fact(pause.asked, facts, zone), _fact(pause.answered, facts, zone)
    if asked is None or answered is None:
        return 0
    if answered < asked:
        raise LawError(f"{pause.answered} lies before {pause.asked}: correct the two dates.")
    if pause.count == "difference":
        return (answered - asked).days
    first = max(asked, start + timedelta(days=1))
    return max(0, (answered - first).days + 1)


def _roll(rule: Clock, day: date, days: Calendar) -> tuple[date, list[str]]:
    moved: list[str] = []
    while rule.roll and (reason := days.closed(day)):
        moved.append(f"{day.day} {day:%B}, {reason}")
        day += timedelta(days=1)
    return day, moved


def _target(rule: Clock, start: date, unrolled: date, days: Calendar) -> date:
    readings = [calendar(name, days.country).add(start, rule.n) for name in rule.safe.calendars]
    return min([unrolled - timedelta(days=rule.safe.days_before), *readings])


def _in_hours(rule: Clock, received: datetime, zone: ZoneInfo) -> Due:
    """Elapsed hours: weekends, holidays and clock changes do not matter."""
    at = (received.astimezone(UTC) + timedelta(hours=rule.n)).astimezone(zone)
    steps = (f"known {received.astimezone(zone):%d %B %Y %H:%M} ({zone.key})", f"{rule.period} later: {at:%d %B %H:%M}")
    return Due(at.date(), rule.id, rule.version, rule.cite, rule.period, steps, None, at.date(), at.date(), at=at)


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
