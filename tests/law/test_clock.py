"""Due dates: the examples of the authorities, the traps engines fall into, and laws that hold for every date."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from law.calendars import calendar
from law.clock import Due, Facts, due, explain
from law.regimes import Event, LawError, Regime, rights
from law.statute import statute

BERLIN = ZoneInfo("Europe/Berlin")
LONDON = ZoneInfo("Europe/London")
ANGELES = ZoneInfo("America/Los_Angeles")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def gdpr(received: str, country: str = "DE", event: str = "respond", facts: Facts = Facts()) -> Due:  # noqa: B008
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
    assert gdpr("2026-06-01T09:00+02:00", facts=Facts(**days, edpb_suspension=True)).date == date(2026, 7, 13)


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
        ("lgpd", "access", "BR", "respond", Facts(), "Choose one of: gdpr"),
        ("gdpr", "limit", "DE", "respond", Facts(), "It grants: access"),
        ("gdpr", "access", "XX", "respond", Facts(), "ISO 3166-1"),
        ("gdpr", "access", "Germany", "respond", Facts(), "ISO 3166-1"),
        ("uk_gdpr", "access", "GB-XXX", "respond", Facts(), "GB-SCT"),
        ("gdpr", "access", "DE", "ack", Facts(), "sets no period for ack of access"),
        ("gdpr", "access", "DE", "party", Facts(), "There is no such event"),
        ("pipl", "access", "CN", "extend", Facts(), "It has periods for: breach_authority, respond"),
        ("pipl", None, "CN", "breach_authority", Facts(), "sets no period for breach_authority"),
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


def test_an_unknown_chinese_year_is_not_guessed() -> None:
    with pytest.raises(LawError, match="State Council's notice"):
        due("pipl", "delete", "CN", datetime(2026, 12, 25, 9, tzinfo=SHANGHAI), SHANGHAI)


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
    for regime in Regime:
        for right in [*(r.right for r in rights(regime)), None]:
            for event in Event:
                for year in (2025, 2026, 2027):
                    received = datetime(year, 6, 20, 9, tzinfo=UTC)
                    try:
                        answer = due(regime, right, "DE", received, BERLIN, event, Facts(severity="larger"))
                    except LawError:
                        continue
                    seen.add(answer.rule)
                    assert answer.target <= answer.unrolled <= answer.date
    assert seen == {clock.id for regime in Regime for clock in statute(regime).clocks}


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from([BERLIN, LONDON, ANGELES, SHANGHAI, ZoneInfo("Pacific/Apia"), ZoneInfo("Pacific/Kiritimati")])
MONTHLY = st.sampled_from([("gdpr", "DE"), ("gdpr", "SE"), ("uk_gdpr", "GB-NIR"), ("ccpa", "US")])


@settings(deadline=None)
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


@settings(deadline=None)
@given(MOMENTS, ZONES)
def test_a_later_receipt_is_never_due_earlier(received: datetime, zone: ZoneInfo) -> None:
    one = due("gdpr", "access", "DE", received, zone)
    other = due("gdpr", "access", "DE", received + timedelta(hours=30), zone)
    assert one.date <= other.date


@settings(deadline=None)
@given(MOMENTS, ZONES)
def test_the_same_instant_in_any_notation_gives_the_same_answer(received: datetime, zone: ZoneInfo) -> None:
    assert due("gdpr", "access", "DE", received, zone) == due("gdpr", "access", "DE", received.astimezone(zone), zone)
