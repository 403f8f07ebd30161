"""Due dates: the examples of the authorities, the traps engines fall into, and laws that hold for every date."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from law.book import shipped
from law.clock import NOTHING, Due, Facts, due, explain
from law.days import Calendar
from law.extension import extension
from law.regimes import Event, LawError, regimes, rights
from law.rule import UnknownYear
from tests.law.books import shipped_with

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
BERLIN = ZoneInfo("Europe/Berlin")
LONDON = ZoneInfo("Europe/London")
ANGELES = ZoneInfo("America/Los_Angeles")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def calendar(name: str, country: str) -> Calendar:
    return shipped().days.calendar(name, country)


def gdpr(received: str, country: str = "DE", event: str = "respond", facts: Facts = NOTHING) -> Due:
    return due("gdpr", "access", country, datetime.fromisoformat(received), BERLIN, event, facts)


def uk(received: str, right: str = "access", event: str = "respond", nation: str = "GB", **facts: Any) -> Due:
    return due("uk_gdpr", right, nation, datetime.fromisoformat(received), LONDON, event, Facts(**facts))


def test_it_works() -> None:
    answer = gdpr("2027-03-04T10:00+01:00")
    assert explain(answer) == "due 5 April 2027 (one month, GDPR 12(3); moved from 4 April, Sunday)"
    assert (answer.rule, answer.version, answer.unrolled, answer.target) == (
        "gdpr.respond",
        "1",
        date(2027, 4, 4),
        date(2027, 4, 4),
    )
    assert answer.steps == (
        "received 4 March 2027 (Europe/Berlin)",
        "one month later: 4 April 2027",
        "4 April, Sunday is a day off",
        "next working day: 5 April 2027",
    )


@pytest.mark.parametrize(
    ("received", "country", "expected"),
    [
        ("2026-08-31T09:00+01:00", "IE", "2026-09-30"),  # no 31 September
        ("2026-02-28T10:00+01:00", "DE", "2026-03-30"),  # 28 March, not the end of March; a Saturday
        ("2028-02-29T10:00+01:00", "NL", "2028-03-29"),  # a month, not 30 days
        ("2026-03-31T22:30+00:00", "DE", "2026-05-04"),  # 1 April in Berlin: the local date counts
        ("2026-03-05T10:00+01:00", "DE", "2026-04-07"),  # Easter
        ("2026-12-31T23:59+01:00", "DE", "2027-02-01"),  # year end; 31 January is a Sunday
        ("2026-12-06T10:00+01:00", "DE-BY", "2027-01-06"),  # regional holidays do not count
        ("2026-03-03T10:00+01:00", "NL", "2026-04-03"),  # Good Friday is no statutory holiday
        ("2026-11-24T10:00+01:00", "FI", "2026-12-24"),  # nor Christmas Eve in Finland
        ("2026-11-24T10:00+01:00", "PL", "2026-12-28"),  # but in Poland
        ("2026-07-21T10:00+02:00", "HU", "2026-08-21"),  # swapped day off
        ("2026-05-21T10:00+03:00", "LV", "2026-06-22"),  # swapped day off of Latvia; 21 June is a Sunday
        ("2025-12-02T10:00+02:00", "BG", "2026-01-02"),  # non-working day by decree
        ("2026-05-19T10:00+02:00", "SE", "2026-06-19"),  # Midsummer Eve
        ("2026-11-24T10:00+01:00", "SE", "2026-12-24"),  # and Christmas Eve of Sweden
        ("2026-05-19T10:00+03:00", "FI", "2026-06-19"),  # Midsummer Eve of Finland
        ("2030-04-05T10:00+02:00", "NL", "2030-05-06"),  # Liberation Day is a Sunday in 2030
        ("2027-04-04T10:00+02:00", "GR", "2027-05-04"),  # substitute Labour Day
    ],
)
def test_month(received: str, country: str, expected: str) -> None:
    assert gdpr(received, country).date == date.fromisoformat(expected)


def test_extension_counts_from_receipt_and_tells_the_last_day_for_its_notice() -> None:
    # 31 January + 1 month is clamped to 28 February; the extension does not start there.
    answer = gdpr("2026-01-31T10:00+01:00", event="extend")
    assert (answer.date, answer.notice_by) == (date(2026, 4, 30), date(2026, 2, 28))


def test_identity_pauses_only_where_the_controller_chose_so() -> None:
    days: dict[str, Any] = {"identity_asked": date(2026, 6, 2), "identity_received": date(2026, 6, 12)}
    assert gdpr("2026-06-01T09:00+02:00", facts=Facts(**days)).date == date(2026, 7, 1)
    assert gdpr("2026-06-01T09:00+02:00", facts=Facts(**days, readings=frozenset({"edpb_suspension"}))).date == date(
        2026, 7, 13
    )


def test_uk_identity_restarts_the_month() -> None:
    answer = uk("2026-04-10T09:00+01:00", identity_received=datetime(2026, 4, 20, 14, tzinfo=UTC))
    assert answer.date == date(2026, 5, 20)
    assert "the period starts 20 April 2026" in answer.steps


@pytest.mark.parametrize(
    ("right", "asked", "answered", "expected"),
    [
        ("access", "2026-03-05", "2026-03-09", "2026-04-09"),  # day 0 never counts; rolled once, last
        ("access", "2026-03-10", "2026-03-10", "2026-04-07"),  # one day; 6 April is Easter Monday
        ("erasure", "2026-03-10", "2026-03-20", "2026-04-07"),  # only access pauses
    ],
)
def test_uk_clarification(right: str, asked: str, answered: str, expected: str) -> None:
    facts: dict[str, Any] = {
        "clarification_asked": date.fromisoformat(asked),
        "clarification_received": date.fromisoformat(answered),
    }
    assert uk("2026-03-05T09:00+00:00", right, **facts).date == date.fromisoformat(expected)


def test_an_unanswered_question_moves_nothing() -> None:
    assert uk("2026-03-09T09:00+00:00", clarification_asked=date(2026, 3, 10)).date == date(2026, 4, 9)


@pytest.mark.parametrize(("nation", "expected"), [("GB", "2026-11-30"), ("GB-SCT", "2026-12-01")])
def test_uk_nations_differ(nation: str, expected: str) -> None:
    assert uk("2026-10-30T09:00+00:00", nation=nation).date == date.fromisoformat(expected)


def test_uk_article_12a_holds_from_its_day() -> None:
    assert uk("2026-02-04T09:00+00:00").rule == "uk.respond.2018"
    assert uk("2026-02-05T09:00+00:00").rule == "uk.respond"


def test_uk_target_is_a_day_earlier() -> None:
    assert uk("2027-01-01T09:00+00:00").target == date(2027, 1, 31)


def test_ccpa_neither_rolls_nor_pauses() -> None:
    answer = due(
        "ccpa",
        "delete",
        "US",
        datetime(2026, 1, 15, 9, tzinfo=ANGELES),
        ANGELES,
        facts=Facts(identity_asked=date(2026, 1, 16), identity_received=date(2026, 2, 10)),
    )
    assert (answer.date, answer.target, answer.moved) == (date(2026, 3, 1), date(2026, 2, 28), None)


def test_ccpa_45_days_are_not_hours() -> None:
    # 45 times 24 hours across the start of summer time would end on the next day.
    answer = due("ccpa", "know", "US", datetime(2026, 2, 1, 23, 30, tzinfo=ANGELES), ANGELES)
    assert answer.date == date(2026, 3, 18)


def test_business_days_have_a_stricter_target() -> None:
    answer = due("ccpa", "delete", "US", datetime(2026, 11, 16, 10, tzinfo=ANGELES), ANGELES, "ack")
    assert (answer.date, answer.target) == (date(2026, 12, 1), date(2026, 11, 28))
    state = calendar("us_ca_state", "US")
    assert state.add(date(2026, 11, 16), 10) == date(2026, 12, 2)


def test_chinese_working_days_count_make_up_days() -> None:
    received = datetime(2026, 9, 21, 10, tzinfo=SHANGHAI)
    assert due("pipl", "delete", "CN", received, SHANGHAI).date == date(2026, 10, 19)


def test_breach_clock_counts_elapsed_hours() -> None:
    answer = due("gdpr", None, "DE", datetime(2026, 10, 23, 0, 30, tzinfo=BERLIN), BERLIN, "breach_authority")
    assert answer.at == datetime.fromisoformat("2026-10-25T23:30+01:00")
    assert explain(answer) == "due 25 October 2026 23:30 (72 hours, GDPR 33(1))"


@pytest.mark.parametrize(
    ("regime", "right", "country", "event", "facts", "words"),
    [
        ("lgpd", "access", "BR", "respond", NOTHING, "Choose one of: gdpr"),
        ("gdpr", "limit", "DE", "respond", NOTHING, "It grants: access"),
        ("gdpr", "access", "XX", "respond", NOTHING, "ISO 3166-1"),
        ("gdpr", "access", "Germany", "respond", NOTHING, "ISO 3166-1"),
        ("uk_gdpr", "access", "GB-XXX", "respond", NOTHING, "GB-SCT"),
        ("gdpr", "access", "DE", "ack", NOTHING, "sets no period for ack of access"),
        ("gdpr", "access", "DE", "party", NOTHING, "There is no such event"),
        ("pipl", "access", "CN", "extend", NOTHING, "It has periods for: breach_authority, respond"),
        ("pipl", None, "CN", "breach_authority", NOTHING, "sets no period for breach_authority"),
        (
            "uk_gdpr",
            "access",
            "GB",
            "respond",
            Facts(clarification_asked=date(2026, 6, 9), clarification_received=date(2026, 6, 8)),
            "lies before",
        ),
    ],
)
def test_refusals(regime: str, right: str | None, country: str, event: str, facts: Facts, words: str) -> None:
    with pytest.raises(LawError, match=words):
        due(regime, right, country, datetime(2026, 6, 1, 9, tzinfo=UTC), BERLIN, event, facts)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(LawError, match="offset from UTC"):
        due("gdpr", "access", "DE", datetime(2026, 6, 1, 9), BERLIN)  # noqa: DTZ001


LATE = datetime(2026, 12, 25, 9, tzinfo=SHANGHAI)


def test_an_unknown_chinese_year_is_not_guessed() -> None:
    with pytest.raises(UnknownYear, match="The working days of 2027 are not known"):
        due("pipl", "delete", "CN", LATE, SHANGHAI)


def test_of_an_unknown_year_there_is_a_bound() -> None:
    found = due("pipl", "delete", "CN", LATE, SHANGHAI, bound=True)
    # four working days are left in 2026; in 2027 every day could be one, but for 1 January
    assert (found.date, found.provisional) == (date(2027, 1, 12), True)
    assert "provisional" in explain(found)
    assert not due("pipl", "delete", "CN", LATE - timedelta(days=90), SHANGHAI, bound=True).provisional
    assert not due("gdpr", "access", "DE", LATE, BERLIN, bound=True).provisional


@patient
@given(st.integers(0, 364), st.data())
def test_a_bound_is_never_later_than_the_true_date(offset: int, data: st.DataObject) -> None:
    """Whatever the State Council announces (any weekday off, any weekend day worked), the bound lies not behind it."""
    received = datetime(2027, 1, 1, 9, tzinfo=SHANGHAI) + timedelta(days=offset)
    bound = due("pipl", "delete", "CN", received, SHANGHAI, bound=True)
    days = [date(2027, 1, 1) + timedelta(days=i) for i in range(730)]
    off = data.draw(st.sets(st.sampled_from([d for d in days if d.weekday() < 5]), max_size=30))
    made_up = data.draw(st.sets(st.sampled_from([d for d in days if d.weekday() >= 5]), max_size=30))
    law = {date(y, m, d) for y in (2027, 2028) for m, d in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))}
    day, n = received.date(), 15
    while n:
        day += timedelta(days=1)
        n -= day not in law | off and (day.weekday() < 5 or day in made_up)
    assert bound.date <= day


@pytest.mark.parametrize("year", [2025, 2026])
def test_state_council_days_are_those_of_the_library(year: int) -> None:
    import holidays

    library = holidays.country_holidays("CN", years=year)
    ours = calendar("cn_state_council", "CN")
    day = date(year, 1, 1)
    while day.year == year:
        work = day in library.weekend_workdays or (day.weekday() < 5 and day not in library)
        assert (ours.closed(day) is None) == work, day
        day += timedelta(days=1)


def test_every_rule_of_every_regime_computes() -> None:
    seen = set()
    graded = [Facts(severity="larger", operator=operator) for operator in ("other", "cii", "central_body")]
    for regime in regimes():
        for right in [*(r.right for r in rights(regime)), None]:
            for event in Event:
                for year in (2025, 2026, 2027):
                    for facts in graded:
                        received = datetime(year, 8, 20, 9, tzinfo=UTC)
                        try:
                            answer = due(regime, right, "DE", received, BERLIN, event, facts, bound=True)
                        except LawError:
                            continue
                        seen.add(answer.rule)
                        assert answer.target <= answer.unrolled <= answer.date
    rules = [clock for regime in regimes() for clock in shipped().statute(regime).clocks]
    assert seen == {clock.id for clock in rules if clock.status == "law"}


def test_a_proposal_is_never_applied() -> None:
    answer = due("gdpr", None, "DE", datetime(2040, 1, 1, tzinfo=UTC), BERLIN, "breach_authority")
    assert answer.period == "72 hours"
    assert shipped().rule("gdpr.breach_authority.omnibus").status == "proposal"


@pytest.mark.parametrize(
    ("regime", "country", "received", "reading", "expected"),
    [
        ("gdpr", "DE-BY", "2026-12-06T10:00+01:00", "regional_days", "2027-01-07"),  # Epiphany in Bavaria
        ("gdpr", "DE", "2026-12-06T10:00+01:00", "regional_days", "2027-01-06"),
        ("gdpr", "NL", "2026-03-03T10:00+01:00", "customary_days", "2026-04-07"),  # Good Friday to Easter Monday
        ("ccpa", "US", "2026-01-15T09:00-08:00", "ccp_12a", "2026-03-02"),
        ("ccpa", "US", "2026-01-05T09:00-08:00", "receipt_is_day_one", "2026-02-18"),
        ("uk_gdpr", "GB", "2026-06-01T09:00+01:00", "beginning_with", "2026-06-30"),
        ("uk_gdpr", "GB", "2026-06-01T09:00+01:00", "agent_authority", "2026-07-10"),
    ],
)
def test_a_controller_may_adopt_a_disputed_reading(
    regime: str, country: str, received: str, reading: str, expected: str
) -> None:
    zone = {"ccpa": ANGELES, "uk_gdpr": LONDON}.get(regime, BERLIN)
    at, happened = datetime.fromisoformat(received), {"authority_received": date(2026, 6, 10)}
    facts = Facts(**happened, readings=frozenset({reading}))
    found = due(regime, "access", country, at, zone, "respond", facts)
    assert found.date == date.fromisoformat(expected)
    assert any(step.startswith("read as: ") for step in found.steps)
    assert due(regime, "access", country, at, zone, "respond", Facts(**happened)).steps != found.steps


def test_a_bound_does_not_roll_into_a_year_that_is_not_known() -> None:
    clock = "{id: x.y, events: [respond], unit: day, n: 10, period: ten days, cite: X, confidence: K, roll: next_working_day, "
    right = "{id: x.a, right: access, title: A, cite: X, confidence: K, handling: decision}"
    book = shipped_with("x", f"rights: [{right}]\nclocks: [{clock}calendar: cn_state_council}}]")
    asked = "x", "access", "CN", datetime(2026, 12, 22, 9, tzinfo=SHANGHAI), SHANGHAI
    with pytest.raises(UnknownYear):
        due(*asked, book=book)
    found = due(*asked, bound=True, book=book)
    assert (found.unrolled, found.date, found.provisional) == (date(2027, 1, 1), date(2027, 1, 2), True)


def test_two_questions_pause_twice_and_a_day_counts_once() -> None:
    facts = Facts(
        clarification_asked=(date(2026, 3, 10), date(2026, 3, 12)),
        clarification_received=(date(2026, 3, 13), date(2026, 3, 16)),
    )
    # 5 April and the seven days from 10 to 16 March
    assert due("uk_gdpr", "access", "GB", datetime(2026, 3, 5, tzinfo=UTC), LONDON, facts=facts).date == date(
        2026, 4, 13
    )


def test_an_open_question_is_told_in_the_steps() -> None:
    steps = uk("2026-03-09T09:00+00:00", clarification_asked=date(2026, 3, 10)).steps
    assert "a question asked 10 March 2026 is not answered yet: the date stands until it is" in steps


def test_an_extension_in_time_is_valid() -> None:
    received = datetime(2026, 1, 5, 9, tzinfo=ANGELES)
    found = extension("ccpa", "know", "US", received, ANGELES, date(2026, 2, 19), ["Many records."])
    assert (found.valid, found.due.date, found.overdue_since) == (True, date(2026, 4, 5), None)


@pytest.mark.parametrize(
    ("regime", "sent", "reasons", "facts", "wrong"),
    [
        ("ccpa", "2026-02-20", ["Many records."], NOTHING, "sent after 19 February 2026"),  # N8: day 46
        ("ccpa", "2026-02-19", [" "], NOTHING, "it gives no reasons"),
        ("gdpr", "2026-02-01", ["too busy"], NOTHING, "complexity, number_of_requests"),
        ("gdpr", "2026-02-01", ["complexity"], Facts(extension_sent=date(2026, 1, 20)), "extended before"),
    ],
)
def test_an_extension_that_is_not_valid(regime: str, sent: str, reasons: list[str], facts: Facts, wrong: str) -> None:
    received = datetime(2026, 1, 5, 9, tzinfo=ANGELES)
    found = extension(regime, "access", "US", received, ANGELES, date.fromisoformat(sent), reasons, facts)
    assert not found.valid
    assert found.due.rule.endswith(".respond")
    assert wrong in " ".join(found.wrong)
    assert (found.overdue_since == date(2026, 2, 19)) == ("sent after" in wrong)


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from([BERLIN, LONDON, ANGELES, SHANGHAI, ZoneInfo("Pacific/Apia"), ZoneInfo("Pacific/Kiritimati")])
MONTHLY = st.sampled_from([("gdpr", "DE"), ("gdpr", "SE"), ("uk_gdpr", "GB-NIR"), ("ccpa", "US")])


@patient
@given(MOMENTS, ZONES, MONTHLY, st.sampled_from(["respond", "extend"]))
def test_a_due_date_lies_after_the_local_date_of_receipt(
    received: datetime, zone: ZoneInfo, place: tuple[str, str], event: str
) -> None:
    regime, country = place
    answer = due(regime, "access", country, received, zone, event)
    start = received.astimezone(zone).date()
    assert start < answer.target <= answer.unrolled <= answer.date
    assert (answer.moved is None) == (answer.unrolled == answer.date)
    if regime != "ccpa":
        assert calendar("national", country).closed(answer.date) is None
        months = 1 if event == "respond" else 3
        assert answer.unrolled.month == (start.month + months - 1) % 12 + 1
        assert answer.unrolled.day <= start.day
        if answer.unrolled.day < start.day:
            assert (answer.unrolled + timedelta(days=1)).day == 1


@patient
@given(MOMENTS, ZONES)
def test_a_later_receipt_is_never_due_earlier(received: datetime, zone: ZoneInfo) -> None:
    one = due("gdpr", "access", "DE", received, zone)
    other = due("gdpr", "access", "DE", received + timedelta(hours=30), zone)
    assert one.date <= other.date


@patient
@given(MOMENTS, ZONES)
def test_the_same_instant_in_any_notation_gives_the_same_answer(received: datetime, zone: ZoneInfo) -> None:
    assert due("gdpr", "access", "DE", received, zone) == due("gdpr", "access", "DE", received.astimezone(zone), zone)
