"""A second calculation of every due date, written from the statutes and day by day, shares no code with the first one.

Months are found by walking day by day until the day number comes round; business days by walking and asking; pauses by
asking of each day whether it lies in one; hours by stepping. Zones, clock changes, leap days and year ends are all drawn.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import holidays
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from law.clock import Facts, due

DAY = timedelta(days=1)
EDGES = [
    datetime(2028, 2, 28, 22, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
    datetime(2026, 1, 30, 23, 30, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 3, 8, 9, 59, tzinfo=UTC),
    datetime(2027, 5, 31, 3, tzinfo=UTC),
    datetime(2031, 8, 31, 12, tzinfo=UTC),
]
MOMENTS = st.one_of(
    st.sampled_from(EDGES),
    st.datetimes(datetime(2026, 6, 20), datetime(2035, 6, 30), timezones=st.just(UTC)),  # noqa: DTZ001
)
ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
COUNTRIES = st.sampled_from(["DE", "FR", "IT", "ES", "PL", "IE", "AT", "DK", "PT", "CZ", "SE"])
patient = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def off(day: date, country: str, part: str | None = None, weekend: tuple[int, ...] = (5, 6)) -> bool:
    return day.weekday() in weekend or day in holidays.country_holidays(country, subdiv=part, years=day.year)


def local(moment: datetime, zone: ZoneInfo) -> date:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return (datetime(1970, 1, 1) + timedelta(seconds=moment.timestamp()) + offset).date()  # noqa: DTZ001


def months_on(start: date, n: int) -> date:
    """Walk forward; the n-th month that begins holds the end, on the same number or its last day."""
    day, begun = start, 0
    while begun < n:
        day += DAY
        begun += day.day == 1
    while day.day < start.day and (day + DAY).day != 1:
        day += DAY
    return day


def rolled(day: date, country: str, part: str | None = None) -> date:
    while off(day, country, part):
        day += DAY
    return day


@patient
@given(MOMENTS, ZONES, COUNTRIES, st.sampled_from([("respond", 1), ("extend", 3)]))
def test_months_of_the_union(received: datetime, zone: ZoneInfo, country: str, event: tuple[str, int]) -> None:
    expected = rolled(months_on(local(received, zone), event[1]), country)
    assert due("gdpr", "erasure", country, received, zone, event[0]).date == expected


@patient
@given(
    MOMENTS,
    ZONES,
    st.sampled_from(["ENG", "SCT", "WLS", "NIR"]),
    st.sampled_from([("respond", 1), ("extend", 3)]),
    st.sampled_from(["access", "erasure"]),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 25)), max_size=3),
    st.none() | st.integers(0, 30),
)
def test_months_of_the_united_kingdom(
    received: datetime,
    zone: ZoneInfo,
    nation: str,
    event: tuple[str, int],
    right: str,
    questions: list[tuple[int, int]],
    proven: int | None,
) -> None:
    start = local(received, zone)
    assume(start >= date(2026, 2, 5))  # Article 12A
    asked, answered, at = [], [], start
    for wait, takes in questions:  # one after the other
        at += wait * DAY
        asked.append(at)
        at += takes * DAY
        answered.append(at)
    begin = start if proven is None else start + proven * DAY
    stopped, day = 0, begin
    while day <= at:
        day += DAY  # the first day after the start
        stopped += any(a <= day <= b for a, b in zip(asked, answered, strict=True))
    end = months_on(begin, event[1])
    if right == "access":
        for _ in range(stopped):
            end += DAY
    facts = Facts(
        clarification_asked=asked,
        clarification_received=answered,
        identity_received=None if proven is None else begin,
    )
    found = due("uk_gdpr", right, f"GB-{nation}", received, zone, event[0], facts)
    one_off = date(2026, 6, 15)
    assert found.unrolled == end
    if not one_off <= end <= one_off + 2 * DAY:
        assert found.date == rolled(end, "GB", nation)


@patient
@given(MOMENTS, ZONES, st.sampled_from([("respond", 45, 0), ("extend", 90, 0), ("ack", 0, 10)]))
def test_days_of_california(received: datetime, zone: ZoneInfo, event: tuple[str, int, int]) -> None:
    name, days, business = event
    day = local(received, zone)
    for _ in range(days):
        day += DAY
    while business:
        day += DAY
        business -= not off(day, "US")
    assert due("ccpa", "delete", "US", received, zone, name).date == day


@patient
@given(st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 20), timezones=st.just(UTC)), ZONES)  # noqa: DTZ001
def test_working_days_of_china(received: datetime, zone: ZoneInfo) -> None:
    library = holidays.country_holidays("CN", years=[2025, 2026])
    day, left = local(received, zone), 15
    while left:
        day += DAY
        left -= day in library.weekend_workdays or (day.weekday() < 5 and day not in library)
    if day.year < 2027:
        assert due("pipl", "delete", "CN", received, zone).date == day


@patient
@given(MOMENTS, ZONES)
def test_elapsed_hours(received: datetime, zone: ZoneInfo) -> None:
    found = due("gdpr", None, "DE", received, zone, "breach_authority")
    minutes, at = 0, received
    while minutes < 72 * 60:
        at += timedelta(minutes=30)
        minutes += 30
    assert found.at is not None
    assert found.at.timestamp() - received.timestamp() == 72 * 3600
    assert found.at == at
    assert found.date == local(at, zone)
