"""The clock of a request: set and moved by the law, watched, and provisional where a calendar is not known."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from cases import deadlines, decisions, identity, intake, plan, statutes, view
from cases.errors import Invalid, NotNow
from cases.tables import Case, Decision
from law import book
from law.clock import NOTHING, due
from law.regimes import LawError
from ledger.tables import LedgerLeaf
from notices.tables import Notice
from office import Office
from tests.cases.conftest import Clock, Company, Make, asked, connect, drive, hash_of, lines, now, planned

LATE = datetime(2026, 12, 25, 1, tzinfo=UTC)
CHINA = '[controller]\ncountry = "CN"\ntime_zone = "Asia/Shanghai"\n'
YEAR = """
years:
  cn_state_council:
    2027:
      closed: [[2027-01-01, 2027-01-03], [2027-10-01, 2027-10-07]]
      worked: [2027-01-09]
      cite: invented for this test
"""


def actions(office: Office) -> list[str]:
    with office.unit() as unit:
        return [json.loads(leaf.body)["action"] for leaf in unit.session.exec(select(LedgerLeaf))]


def objects(office: Office, action: str) -> list[str]:
    with office.unit() as unit:
        bodies = [json.loads(leaf.body) for leaf in unit.session.exec(select(LedgerLeaf))]
    return [body["object"] for body in bodies if body["action"] == action]


def reminders(office: Office) -> list[str]:
    with office.unit() as unit:
        rows = unit.session.exec(select(Notice).where(Notice.kind == "deadline").order_by(Notice.queued_at)).all()  # type: ignore[arg-type]
        return [row.dedupe.split(":", 2)[2] for row in rows]


def decided(office: Office, kind: str) -> Decision:
    with office.unit() as unit:
        return unit.session.exec(select(Decision).where(Decision.kind == kind)).one()


def test_it_works(office: Office) -> None:
    case = intake.receive(office, asked(received_at=datetime(2026, 2, 28, 9, tzinfo=UTC)), "operator").case
    assert (
        deadlines.shown(case)
        == "due 30 March 2026 (one month, GDPR 12(3); moved from 28 March, Saturday; 29 March, Sunday)"
    )
    assert (case.due_target, case.notice_by) == (date(2026, 3, 28), date(2026, 3, 28))
    assert not case.provisional
    assert [stamp.partition("@")[0] for stamp in case.rules.split()] == ["gdpr.access", "gdpr.respond", "gdpr.identity"]


def uk(make_office: Make, right: str = "access") -> tuple[Office, Case]:
    office = make_office('[controller]\ncountry = "GB-SCT"\ntime_zone = "Europe/London"\n')
    return office, intake.receive(office, asked(right, regime="uk_gdpr", country="GB-SCT"), "operator").case


def test_a_clarification_stops_the_clock_of_the_united_kingdom(make_office: Make, clock: Clock) -> None:
    office, case = uk(make_office)
    assert case.due == date(2026, 4, 2)
    clock.forward(days=10)
    deadlines.record(office, case.reference, "clarification_asked", date(2026, 3, 5), "dpo")
    assert now(office, case).due == date(2026, 4, 2)
    assert "not answered yet" in now(office, case).due_why
    deadlines.record(office, case.reference, "clarification_received", date(2026, 3, 9), "dpo")
    moved = now(office, case)
    assert (moved.due, moved.notice_by) == (date(2026, 4, 7), date(2026, 4, 7))
    assert actions(office)[-3:] == ["clock.noted", "clock.noted", "due.set"]
    identity.attest(office, case.reference, "dpo", "Signed in.")
    decisions.extend(office, case.reference, "dpo", "Many records.")
    assert now(office, case).due == date(2026, 6, 8)  # 2 June, five days paused, a Sunday


def test_only_where_the_statute_says_so(office: Office, clock: Clock) -> None:
    case = intake.receive(office, asked(), "operator").case
    clock.forward(days=10)
    for name, day in (("identity_asked", 3), ("identity_received", 9)):
        deadlines.record(office, case.reference, name, date(2026, 3, day), "dpo")
    assert now(office, case).due == date(2026, 4, 2)


def test_unless_the_company_follows_the_other_reading(make_office: Make, clock: Clock) -> None:
    office = make_office('[policy]\nreadings = ["edpb_suspension"]\n')
    case = intake.receive(office, asked(), "operator").case
    clock.forward(days=10)
    for name, day in (("identity_asked", 3), ("identity_received", 9)):
        deadlines.record(office, case.reference, name, date(2026, 3, day), "dpo")
    moved = now(office, case)
    assert moved.due == date(2026, 4, 8)
    assert "reading:edpb_suspension" in moved.rules.split()
    assert "read as: Days of waiting for proof of identity" in moved.due_why


def test_a_reading_that_there_is_not_is_told_at_once(make_office: Make) -> None:
    with pytest.raises(Invalid, match="There is no such reading: generous"):
        intake.receive(make_office('[policy]\nreadings = ["generous"]\n'), asked(), "operator")


@pytest.mark.parametrize(
    ("name", "day", "by", "words"),
    [
        ("extension_sent", date(2026, 3, 2), "dpo", "no such event"),
        ("identity_received", date(2026, 3, 2), "dpo", "no open identity_asked"),
        ("identity_asked", date(2026, 3, 1), "dpo", "between the receipt"),
        ("identity_asked", date(2026, 3, 3), "dpo", "between the receipt"),
        ("identity_asked", date(2026, 3, 2), " ", "who notes it"),
    ],
)
def test_events_that_cannot_be(office: Office, name: str, day: date, by: str, words: str) -> None:
    case = intake.receive(office, asked(), "operator").case
    with pytest.raises(Invalid, match=words):
        deadlines.record(office, case.reference, name, day, by)


def test_a_clock_that_has_ended_stands_still(office: Office) -> None:
    case = intake.receive(office, asked(), "operator").case
    decisions.withdraw(office, case.reference, "dpo")
    with pytest.raises(NotNow):
        deadlines.record(office, case.reference, "identity_asked", date(2026, 3, 2), "dpo")


def test_staff_are_reminded_at_the_set_points_and_once_each(office: Office, clock: Clock) -> None:
    case = intake.receive(office, asked(), "operator").case  # due 2 April
    drive(office)
    assert deadlines.watch(office).reminded == 0
    said = []
    for _ in range(34):
        clock.forward(days=1)
        for _ in range(2):
            deadlines.watch(office)
        said.append(len(reminders(office)))
    assert reminders(office) == [
        "14:2026-04-02", "7:2026-04-02", "extension:2026-04-02", "3:2026-04-02", "1:2026-04-02", "overdue:2026-04-02"
    ]  # fmt: skip
    assert said[-1] == 6
    assert now(office, case).overdue
    assert actions(office).count("request.overdue") == 1
    assert view.summary(now(office, case))["overdue"] is True


def test_a_reminder_names_nobody_and_goes_to_staff(make_office: Make, clock: Clock) -> None:
    office = make_office('[notices]\nstaff = "dpo@company.example"\n')
    case = intake.receive(office, asked(), "operator").case
    drive(office)
    clock.forward(days=20)
    deadlines.watch(office)
    drive(office)
    written = [path.read_text("utf-8") for path in office.settings.letters.iterdir()]
    (mail,) = [text for text in written if "due soon" in text]
    assert "To: dpo@company.example" in mail
    assert case.reference in mail
    assert "anna" not in mail.lower()


def test_a_watch_that_was_away_sends_one_reminder_not_all(office: Office, clock: Clock) -> None:
    intake.receive(office, asked(), "operator")
    clock.forward(days=30)
    assert deadlines.watch(office) == deadlines.Watched(reminded=2, overdue=0, settled=0)
    assert set(reminders(office)) == {"1:2026-04-02", "extension:2026-04-02"}


def test_an_extended_request_is_not_overdue_on_the_first_day(office: Office, clock: Clock) -> None:
    case = intake.receive(office, asked(), "operator").case
    identity.attest(office, case.reference, "dpo", "Signed in.")
    decisions.extend(office, case.reference, "dpo", "Many records.")
    clock.forward(days=35)
    assert deadlines.watch(office).overdue == 0
    assert reminders(office) == []


def china(make_office: Make, clock: Clock) -> tuple[Office, Case]:
    clock.at = LATE
    office = make_office(CHINA)
    return office, intake.receive(office, asked("erasure", regime="pipl", country="CN"), "operator").case


def test_a_request_is_received_though_the_calendar_is_not_known(make_office: Make, clock: Clock) -> None:
    office, case = china(make_office, clock)
    assert case.provisional
    assert "provisional" in deadlines.shown(case)
    before = case.due
    assert deadlines.watch(office).settled == 0
    assert deadlines.load_calendar(office, YEAR, "operator")[-1] == "cn_state_council 2027"
    assert deadlines.watch(office).settled == 1
    final = now(office, case)
    assert (final.due, final.provisional) == (date(2027, 1, 15), False)
    assert final.due >= before
    assert "calendar.loaded" in actions(office)
    assert objects(office, "due.set")[-1].endswith("pipl.app:2027-01-15")
    shanghai = ZoneInfo("Asia/Shanghai")
    law = statutes.book_of(office)
    assert due("pipl", "erasure", "CN", LATE, shanghai, "respond", NOTHING, book=law).date == final.due


def test_a_second_year_is_added_to_the_first(make_office: Make, clock: Clock) -> None:
    office, _ = china(make_office, clock)
    deadlines.load_calendar(office, YEAR, "operator")
    years = deadlines.load_calendar(
        office, YEAR.replace("2027", "2028").replace("2028-01-09", "2028-01-08"), "operator"
    )
    assert years[-2:] == ["cn_state_council 2027", "cn_state_council 2028"]


def test_a_calendar_that_does_not_fit_changes_nothing(make_office: Make, clock: Clock) -> None:
    office, case = china(make_office, clock)
    with pytest.raises(LawError, match="only Saturdays and Sundays"):
        deadlines.load_calendar(office, YEAR.replace("2027-01-09", "2027-01-08"), "operator")
    assert not statutes.calendar_file(office.settings.home).exists()
    assert deadlines.settle(office) == 0
    assert now(office, case).provisional


def test_a_broken_calendar_file_refuses_nobody(
    make_office: Make, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.at = LATE
    office = make_office(CHINA)
    file = statutes.calendar_file(office.settings.home)
    file.parent.mkdir()
    file.write_text("years: [", "utf-8")
    made = intake.receive(office, asked("erasure", regime="pipl", country="CN"), "operator").case
    assert made.provisional
    assert "no valid YAML" in caplog.text


@pytest.fixture
def other_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """From here on the files say: an answer within ten days, version 2."""
    folder = tmp_path / "rules"

    def change() -> None:
        shutil.copytree(str(book.RULES), folder)
        file = folder / "gdpr.yaml"
        text = file.read_text("utf-8")
        old = "    events: [respond]\n    unit: month\n    n: 1\n    period: one month\n    clamp: last_day_of_month\n"
        assert text.count(old) == 1
        new = '    version: "2"\n    events: [respond]\n    unit: day\n    n: 10\n    period: ten days\n'
        file.write_text(text.replace(old, new), "utf-8")
        monkeypatch.setattr(book, "RULES", folder)
        book.shipped.cache_clear()

    yield change  # type: ignore[misc]
    book.shipped.cache_clear()


def test_a_changed_rule_file_changes_no_past_decision(at_work: Office, clock: Clock, other_law: object) -> None:
    case = planned(at_work)
    decisions.extend(at_work, case.reference, "dpo", "Many records.")
    decisions.approve(at_work, case.reference, "dpo", hash_of(at_work, case))
    before, shown = now(at_work, case), view.show(at_work, case.reference)
    approved = decided(at_work, "approve").rules
    assert "gdpr.extend@1#" in approved
    assert "gdpr.access_answer@1#" in approved
    other_law()  # type: ignore[operator]
    clock.forward(days=1)
    deadlines.watch(at_work)
    after = now(at_work, case)
    assert (after.due, after.due_rule, after.due_version, after.due_note) == (
        before.due, before.due_rule, before.due_version, before.due_note
    )  # fmt: skip
    assert after.rules == before.rules
    assert decided(at_work, "approve").rules == approved
    assert view.show(at_work, case.reference)["decisions"] == shown["decisions"]
    fresh = intake.receive(at_work, asked("rectification"), "operator").case
    assert (fresh.due, fresh.due_version) == (date(2026, 3, 13), "2")
    assert "gdpr.respond@2#" in fresh.rules


def test_a_refusal_keeps_its_ground_and_letter(office: Office) -> None:
    case = intake.receive(office, asked(), "operator").case
    with pytest.raises(Invalid, match="must also state: statute"):
        decisions.refuse(office, case.reference, "dpo", "gdpr.23", "Professional secrecy.")
    decisions.refuse(office, case.reference, "dpo", "gdpr.23", "Professional secrecy.", "§ 29 BDSG")
    kept = {stamp.partition("@")[0] for stamp in decided(office, "refuse").rules.split()}
    assert kept == {"gdpr.access", "gdpr.respond", "gdpr.identity", "gdpr.23", "gdpr.refusal_letter"}


def test_vouching_keeps_the_rule_of_proof(office: Office) -> None:
    case = intake.receive(office, asked("know", regime="ccpa", country="US"), "operator").case
    identity.attest(office, case.reference, "dpo", "Signed in.")
    assert "ccpa.identity.specific@1#" in decided(office, "attest").rules


@pytest.mark.parametrize(
    ("ground", "words"),
    [
        ("Civ. Code 1798.105(d)(8)", "no ground of the law"),
        ("GDPR 21(1)", "cannot be held against this right"),
        ("GDPR 17(3)(b)", "must also state: statute"),
    ],
)
def test_a_record_is_kept_only_on_a_ground_that_stands(at_work: Office, ground: str, words: str) -> None:
    case = planned(at_work, "erasure")
    line = str(next(iter(lines(at_work, case).values()))["id"])
    with pytest.raises(Invalid, match=words):
        plan.change(at_work, case.reference, line, "keep", "dpo", "Invoices.", ground)
    plan.change(at_work, case.reference, line, "keep", "dpo", "Invoices.", "gdpr.17_3_b: § 147 AO")
    assert "GDPR 17(3)(b), § 147 AO" in {entry["ground"] for entry in lines(at_work, case).values()}
    assert "gdpr.17_3_b@1#" in decided(at_work, "change").rules


def test_retention_is_told_under_the_law_of_the_request(make_office: Make, company: Company) -> None:
    office = connect(
        make_office(
            '[[policy.retention]]\nid = "won"\nstore = "crm"\ncollection = "deals"\nfield = "stage"\nvalues = ["won"]\n'
            'since_field = "closed_on"\nyears = 8\nground = "GDPR 17(3)(b)"\nstatute = "§ 147 AO"\n'
        ),
        company,
    )
    case = intake.receive(office, asked("delete", regime="ccpa", country="US"), "operator").case
    identity.attest(office, case.reference, "service", "Signed in.")
    drive(office)
    kept = {entry["ground"] for entry in lines(office, case).values() if entry["action"] == "keep"}
    assert kept == {"Civ. Code 1798.105(d)(8), § 147 AO until 2033-05-01"}


def test_the_dpo_is_told_what_the_law_says(office: Office) -> None:
    case = intake.receive(office, asked("know", regime="ccpa", country="US"), "operator").case
    law = view.show(office, case.reference)["law"]
    assert law["proof"]["degree"] == "reasonably_high"
    assert law["proof"]["declaration"] is True
    assert law["proof"]["not_on_record"] == [
        "3 more matching data points",
        "a signed declaration under penalty of perjury",
    ]
    identity.attest(office, case.reference, "dpo", "Signed in.")
    told = view.show(office, case.reference)["law"]["proof"]
    assert told["not_on_record"] == ["a signed declaration under penalty of perjury"]
    assert "US_SSN" in law["never_disclosed"]
    assert law["looks_back_to"] == "2025-03-02"
    assert "Civ. Code 1798.130(b)" in {ground["cite"] for ground in law["grounds"]}
    assert any("Categories sold or shared" in line for line in law["answer_lacks"])


def test_a_third_request_to_know_in_twelve_months_is_told(at_work: Office, clock: Clock) -> None:
    for counted in range(3):
        case = intake.receive(at_work, asked("know", regime="ccpa", country="US"), "operator").case
        assert view.show(at_work, case.reference)["law"]["asked_before"]["counted"] == 0  # nothing is proven yet
        identity.attest(at_work, case.reference, "service", "Signed in.")
        told = view.show(at_work, case.reference)["law"]["asked_before"]
        assert (told["counted"], told["may_refuse"]) == (counted, counted == 2)
        drive(at_work)
        decisions.approve(at_work, case.reference, "dpo", hash_of(at_work, case))
        drive(at_work)
        clock.forward(days=60)


def test_an_extension_nobody_is_told_of_does_not_hold(office: Office) -> None:
    case = intake.receive(office, asked(), "operator").case
    with pytest.raises(NotNow, match="no proven address"):
        decisions.extend(office, case.reference, "dpo", "Many records.")
    assert now(office, case).due == case.due


def test_an_answer_that_lacks_something_is_told_before_it_is_approved(make_office: Make, company: Company) -> None:
    office = connect(make_office('[controller]\nrecipients = "Our mail host."\n'), company)
    case = planned(office)
    lacking = plan.describe(office, case.reference)["answer_lacks"]
    assert "Storage period or how it is decided (GDPR 15(1)(d))" in lacking
    assert not any("15(1)(c)" in line for line in lacking)
    assert plan.describe(office, planned(office, "erasure").reference)["answer_lacks"] == []


def test_a_letter_that_lacks_something_is_not_sent(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        __import__("notices.contents", fromlist=["REMEDIES"]).REMEDIES, "gdpr", frozenset({"authority"})
    )
    case = intake.receive(office, asked(), "operator").case
    with pytest.raises(NotNow, match="would lack what the law asks of it: court"):
        decisions.refuse(office, case.reference, "dpo", "gdpr.12_5", "Asked every day.")
    assert now(office, case).state == "received"
