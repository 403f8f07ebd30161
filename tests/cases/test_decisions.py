"""Plans and what people decide about them."""

from __future__ import annotations

import shutil
import threading
from collections import Counter

import pytest
from sqlmodel import select

from cases import decisions, intake, plan, retention
from cases.errors import CaseError, Forbidden, Invalid, NotFound, NotNow, StalePlan
from cases.record import by_id
from cases.states import State
from cases.tables import Coverage, Finding
from discovery import stores
from discovery.identifiers import Kind
from notices.tables import Notice
from office import Office
from tests.cases.conftest import ANNA, Clock, Company, Make, asked, connect, drive, hash_of, lines, now, planned

TWO = "[policy]\nerasure_approvals = 2\n"


def test_it_works(at_work: Office) -> None:
    case = planned(at_work)
    decisions.approve(at_work, case.reference, "dpo", hash_of(at_work, case))
    assert now(at_work, case).state == State.FULFILLING


def test_the_same_content_is_the_same_hash(at_work: Office) -> None:
    case = planned(at_work)
    before = hash_of(at_work, case)
    able = plan.abilities(at_work)
    with at_work.unit() as unit:
        plan.make(unit.session, at_work, by_id(unit.session, case.id), able)
        unit.commit()
    assert hash_of(at_work, case) == before


@pytest.mark.parametrize("what", ["version", "ref_hash", "coverage"])
def test_other_content_is_another_hash(at_work: Office, what: str) -> None:
    case = planned(at_work)
    before = hash_of(at_work, case)
    able = plan.abilities(at_work)
    with at_work.unit() as unit:
        if what == "coverage":
            row = unit.session.exec(select(Coverage)).first()
            assert row is not None
            row.status = "failed"
        else:
            finding = unit.session.exec(select(Finding)).first()
            assert finding is not None
            setattr(finding, what, "2" if what == "version" else b"0123456789abcdef")
        unit.session.flush()
        plan.make(unit.session, at_work, by_id(unit.session, case.id), able)
        unit.commit()
    assert hash_of(at_work, case) != before


def test_a_stale_hash_is_refused(at_work: Office) -> None:
    case = planned(at_work)
    with pytest.raises(StalePlan):
        decisions.approve(at_work, case.reference, "dpo", "0" * 64)


@pytest.mark.parametrize(
    "by", ["anna.schmidt@example.com", " Anna  SCHMIDT ", "+493023125111", "ANNA.SCHMIDT@EXAMPLE.COM"]
)
def test_nobody_approves_their_own_request(at_work: Office, by: str) -> None:
    case = planned(at_work)
    with pytest.raises(Forbidden):
        decisions.approve(at_work, case.reference, by, hash_of(at_work, case))


def test_nobody_is_nobody(at_work: Office) -> None:
    case = planned(at_work)
    with pytest.raises(Invalid):
        decisions.approve(at_work, case.reference, " ", hash_of(at_work, case))


@pytest.mark.parametrize("second", ["dpo", "DPO", " dpo ", "d\u200bpo", "ｄｐｏ"])
def test_two_means_two_people(make_office: Make, company: Company, second: str) -> None:
    office = connect(make_office(TWO), company)
    case = planned(office, "erasure")
    plan_hash = hash_of(office, case)
    decisions.approve(office, case.reference, "dpo", plan_hash)
    assert (now(office, case).state, now(office, case).approvals) == (State.AWAITING_DECISION, 1)
    with pytest.raises(Forbidden):
        decisions.approve(office, case.reference, second, plan_hash)
    decisions.approve(office, case.reference, "legal", plan_hash)
    assert now(office, case).state == State.FULFILLING


def test_access_needs_one_whatever_erasure_needs(make_office: Make, company: Company) -> None:
    office = connect(make_office(TWO), company)
    case = planned(office)
    decisions.approve(office, case.reference, "dpo", hash_of(office, case))
    assert now(office, case).state == State.FULFILLING


def test_twenty_approvals_at_once_of_one_person_count_once(make_office: Make, company: Company) -> None:
    office = connect(make_office(TWO), company)
    case = planned(office, "erasure")
    plan_hash = hash_of(office, case)
    met: Counter[str] = Counter()

    def give() -> None:
        try:
            decisions.approve(office, case.reference, "dpo", plan_hash)
        except CaseError as error:
            met[type(error).__name__] += 1

    threads = [threading.Thread(target=give) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == {"Forbidden": 19}
    assert (now(office, case).state, now(office, case).approvals) == (State.AWAITING_DECISION, 1)


def test_a_first_approval_lapses(make_office: Make, company: Company, clock: Clock) -> None:
    office = connect(make_office(TWO), company)
    case = planned(office, "erasure")
    plan_hash = hash_of(office, case)
    decisions.approve(office, case.reference, "dpo", plan_hash)
    clock.forward(days=7, seconds=1)
    retention.tidy(office)
    assert now(office, case).approvals == 0
    decisions.approve(office, case.reference, "legal", plan_hash)
    assert (now(office, case).state, now(office, case).approvals) == (State.AWAITING_DECISION, 1)
    decisions.approve(office, case.reference, "dpo", plan_hash)
    assert now(office, case).state == State.FULFILLING


def test_a_change_ends_approvals(make_office: Make, company: Company) -> None:
    office = connect(make_office(TWO), company)
    case = planned(office, "erasure")
    before = hash_of(office, case)
    decisions.approve(office, case.reference, "dpo", before)
    line = str(lines(office, case)["deals", "2"]["id"])
    changed = plan.change(office, case.reference, line, "keep", "dpo", "Open invoice.", "GDPR 17(3)(e)")
    assert changed != before
    assert now(office, case).approvals == 0
    with pytest.raises(StalePlan):
        decisions.approve(office, case.reference, "legal", before)
    decisions.approve(office, case.reference, "legal", changed)
    assert now(office, case).state == State.AWAITING_DECISION
    decisions.approve(office, case.reference, "dpo", changed)
    drive(office)
    assert now(office, case).state == State.COMPLETE
    assert company.rows("SELECT title FROM deals WHERE id = 2") == [("Hedge trimming",)]


@pytest.mark.parametrize(
    ("action", "reason", "ground", "error"),
    [
        ("burn", "x", "", Invalid),
        ("export", "x", "", Invalid),
        ("keep", "", "GDPR 17(3)(b)", Invalid),
        ("keep", "x", "", Invalid),
    ],
)
def test_a_change_needs_a_reason(
    at_work: Office, action: str, reason: str, ground: str, error: type[CaseError]
) -> None:
    case = planned(at_work, "erasure")
    line = str(lines(at_work, case)["deals", "2"]["id"])
    with pytest.raises(error):
        plan.change(at_work, case.reference, line, action, "dpo", reason, ground)
    with pytest.raises(NotFound):
        plan.change(at_work, case.reference, "zz", "keep", "dpo", "x", "GDPR 17(3)(b)")


def test_a_gap_must_be_accepted(at_work: Office, company: Company) -> None:
    shutil.move(company.mail, company.folder / "away")
    case = planned(at_work)
    shown = plan.describe(at_work, case.reference)
    assert {row["store"]: row["status"] for row in shown["coverage"]} == {"crm": "searched", "mail": "failed"}
    with pytest.raises(NotNow, match="mail"):
        decisions.approve(at_work, case.reference, "dpo", shown["hash"])
    decisions.approve(at_work, case.reference, "dpo", shown["hash"], "The disk is lost; told in the letter.")
    drive(at_work)
    assert now(at_work, case).state == State.COMPLETE


def test_a_store_connected_after_the_search_must_be_searched(office: Office, company: Company) -> None:
    stores.add(office, "sql", "crm", {"url": f"sqlite:///{company.crm}"}, {}, "operator")
    case = planned(office)
    stores.add(office, "maildir", "mail", {"path": str(company.mail)}, {}, "operator")
    with pytest.raises(NotNow, match="connected after the search"):
        decisions.approve(office, case.reference, "dpo", hash_of(office, case))
    decisions.search_again(office, case.reference, "dpo")
    drive(office)
    decisions.approve(office, case.reference, "dpo", hash_of(office, case))


def test_a_record_that_cannot_be_masked_needs_a_choice(at_work: Office, company: Company) -> None:
    case = planned(at_work, "erasure")
    able = plan.abilities(at_work)
    with at_work.unit() as unit:
        for finding in unit.session.exec(
            select(Finding).where(Finding.role == "mention", Finding.strength == "strong")
        ):
            facts = {"people": 2, "sent": False, "redactable": False, "places": 1, "kept": []}
            finding.facts = at_work.vault.seal_json(f"case:{case.id}", "facts", facts)
        plan.make(unit.session, at_work, by_id(unit.session, case.id), able)
        unit.commit()
    line = lines(at_work, case)["INBOX", "mention"]
    assert (line["action"], line["ground"]) == ("leave", plan.UNREDACTABLE)
    with pytest.raises(NotNow, match="cannot-redact"):
        decisions.approve(at_work, case.reference, "dpo", hash_of(at_work, case))
    new = plan.change(at_work, case.reference, str(line["id"]), "delete", "dpo", "Nothing else is in it.")
    decisions.approve(at_work, case.reference, "dpo", new)


def test_a_refusal_needs_a_ground_of_the_law(at_work: Office) -> None:
    case = planned(at_work)
    with pytest.raises(Invalid):
        decisions.refuse(at_work, case.reference, "dpo", "no_time", "We are busy.")
    with pytest.raises(Invalid):  # covers a part only
        decisions.refuse(at_work, case.reference, "dpo", "gdpr.15_4", "Others are named.")
    decisions.refuse(at_work, case.reference, "dpo", "gdpr.12_5", "Asked every day.")
    assert now(at_work, case).state == State.REFUSED
    with pytest.raises(NotNow):
        decisions.search_again(at_work, case.reference, "dpo")


def test_an_extension_once_inside_the_period(at_work: Office, clock: Clock) -> None:
    case = planned(at_work)
    before = now(at_work, case).due
    decisions.extend(at_work, case.reference, "dpo", "Three systems, two of them in paper.")
    longer = now(at_work, case)
    assert longer.due > before
    assert longer.extended
    assert longer.due_rule
    with pytest.raises(NotNow):
        decisions.extend(at_work, case.reference, "dpo", "Again.")


def test_an_extension_comes_too_late(at_work: Office, clock: Clock) -> None:
    case = planned(at_work)
    clock.forward(days=40)
    with pytest.raises(NotNow):
        decisions.extend(at_work, case.reference, "dpo", "Late.")


def test_a_right_that_a_person_decides(at_work: Office) -> None:
    case = planned(at_work, "rectification")
    with pytest.raises(NotNow):
        decisions.approve(at_work, case.reference, "dpo", hash_of(at_work, case))
    decisions.answer(at_work, case.reference, "dpo", "The street was corrected.")
    assert now(at_work, case).state == State.COMPLETE
    with at_work.unit() as unit:
        assert "decision" in set(unit.session.exec(select(Notice.kind).where(Notice.case_id == case.id)))


def test_a_name_alone_never_decides(at_work: Office) -> None:
    case = planned(at_work)
    found = lines(at_work, case)
    for key in (("contacts", "2"), ("INBOX", "nameonly")):
        assert (found[key]["action"], found[key]["ground"]) == ("leave", plan.UNPROVEN)


def test_a_shared_mailbox_alone_never_decides(at_work: Office) -> None:
    case = planned(at_work, "access", ((Kind.EMAIL, "familie@example.net"),))
    assert {line["action"] for line in lines(at_work, case).values()} == {"leave"}
    other = planned(at_work, "erasure", ((Kind.EMAIL, "familie@example.net"), (Kind.NAME, "Clara Weiss")))
    assert {key: line["action"] for key, line in lines(at_work, other).items()} == {
        ("contacts", "4"): "anonymise",
        ("contacts", "5"): "anonymise",
    } or lines(at_work, other)["contacts", "5"]["action"] == "leave"


def test_withdrawn(at_work: Office) -> None:
    case = intake.receive(at_work, asked("erasure", ANNA), "operator").case
    decisions.withdraw(at_work, case.reference, "person")
    drive(at_work)
    assert now(at_work, case).state == State.WITHDRAWN
