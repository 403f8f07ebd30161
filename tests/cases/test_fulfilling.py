"""Carrying out a plan: killed at any commit and started again, each record has exactly one effect; and what stops it."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import zipfile
from base64 import b64encode
from collections import Counter
from contextlib import closing

import pytest
from sqlalchemy import event
from sqlmodel import select

from cases import answering, confirming, decisions, fulfilling
from cases.errors import NotNow
from cases.states import State
from cases.tables import ActionRow, Case, Decision, Package
from discovery import stores
from office import Office
from tests.cases.conftest import EMAIL, Clock, Company, Make, approved, connect, drive, hash_of, lines, now, planned


class Killed(BaseException):
    """Stands for a kill: nothing of ours catches it, and what was not committed is gone."""


def actions(office: Office, case: Case) -> Counter[str]:
    with office.unit() as unit:
        return Counter(unit.session.exec(select(ActionRow.state).where(ActionRow.case_id == case.id)))


def counting(company: Company) -> None:
    """Count every effect in the CRM, by triggers that our code knows nothing of."""
    company.sql("CREATE TABLE effects (what TEXT)")
    for table in ("contacts", "deals", "notes"):
        company.sql(
            f"CREATE TRIGGER u_{table} AFTER UPDATE ON {table} BEGIN INSERT INTO effects VALUES ('{table}' || OLD.id); END;"
            f"CREATE TRIGGER d_{table} AFTER DELETE ON {table} BEGIN INSERT INTO effects VALUES ('{table}' || OLD.id); END;"
        )


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "at", [2, 5, 13, *(pytest.param(at, marks=pytest.mark.faults) for at in (1, 3, 4, 6, 8, 10, 16, 20, 24))]
)
def test_a_kill_at_a_commit(make_office: Make, company: Company, at: int, moment: str) -> None:
    counting(company)
    office = connect_without_effects(make_office, company)
    case = approved(office, "erasure")
    seen = 0

    def strike(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            raise Killed

    original = office.engine.dialect.do_commit

    def commit(connection: object) -> None:
        if moment == "after":
            original(connection)  # type: ignore[arg-type]
            strike()
        else:
            strike()
            original(connection)  # type: ignore[arg-type]

    office.engine.dialect.do_commit = commit  # type: ignore[method-assign]
    struck = False
    try:
        fulfilling.fulfil(office, case.id)
    except Killed:
        struck = True
    finally:
        office.engine.dialect.do_commit = original  # type: ignore[method-assign]
    office.engine.dispose()
    assert struck or seen < at
    fulfilling.fulfil(office, case.id)
    assert now(office, case).state == State.CONFIRMING
    assert set(actions(office, case)) <= {"done", "already"}
    assert sum(actions(office, case).values()) == 7
    assert Counter(company.rows("SELECT what FROM effects")) == Counter(
        [("contacts1",), ("deals1",), ("deals2",), ("notes1",)]
    )
    mails = company.mails()
    assert len(mails) == 4
    assert "sent" not in mails
    assert not any(b"23125" in mail for mail in mails.values())
    drive(office)
    assert now(office, case).state == State.COMPLETE


def connect_without_effects(make_office: Make, company: Company) -> Office:
    office = make_office()
    options = {"url": f"sqlite:///{company.crm}", "exclude": "effects"}
    stores.add(office, "sql", "crm", options, {}, "operator")
    stores.add(office, "maildir", "mail", {"path": str(company.mail)}, {}, "operator")
    return office


@pytest.mark.parametrize("at", [1, 3])
def test_a_kill_while_the_package_is_built(at_work: Office, at: int) -> None:
    case = approved(at_work)
    seen = 0

    @event.listens_for(at_work.engine, "commit")
    def strike(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            raise Killed

    with pytest.raises(Killed):
        fulfilling.fulfil(at_work, case.id)
    event.remove(at_work.engine, "commit", strike)
    at_work.engine.dispose()
    drive(at_work)
    assert now(at_work, case).state == State.COMPLETE
    with at_work.unit() as unit:
        packages = unit.session.exec(select(Package).where(Package.case_id == case.id)).all()
    assert len(packages) == 1
    assert [path.name for path in at_work.settings.packages.iterdir()] == [packages[0].file]


def test_a_record_that_changed_is_not_touched_and_comes_back_in_a_new_plan(at_work: Office, company: Company) -> None:
    case = approved(at_work, "erasure")
    company.sql("UPDATE contacts SET remarks = 'Ordered again.' WHERE id = 1")
    drive(at_work, only=("fulfil",))
    assert company.rows("SELECT last_name, remarks FROM contacts WHERE id = 1") == [("Schmidt", "Ordered again.")]
    assert now(at_work, case).state == State.LOCATING
    drive(at_work)
    assert now(at_work, case).state == State.AWAITING_DECISION
    assert lines(at_work, case)["contacts", "1"]["action"] == "anonymise"
    decisions.approve(at_work, case.reference, "dpo@company.example", hash_of(at_work, case))
    drive(at_work)
    assert now(at_work, case).state == State.COMPLETE


def test_a_record_that_changed_is_not_handed_out(at_work: Office, company: Company) -> None:
    case = approved(at_work)
    company.sql("UPDATE contacts SET remarks = 'Ordered again.' WHERE id = 1")
    drive(at_work)
    assert now(at_work, case).state == State.AWAITING_DECISION
    with at_work.unit() as unit:
        assert not [p for p in unit.session.exec(select(Package)) if p.built_at]
    decisions.approve(at_work, case.reference, "dpo", hash_of(at_work, case))
    drive(at_work)
    assert now(at_work, case).state == State.COMPLETE


def test_a_record_that_vanished_counts_as_already_gone(at_work: Office, company: Company) -> None:
    case = approved(at_work, "erasure")
    (company.mail / "cur" / "sent:2,S").unlink()
    drive(at_work)
    assert now(at_work, case).state == State.COMPLETE
    assert actions(at_work, case)["already"] == 1


def test_the_approval_is_asked_for_before_every_effect(at_work: Office, company: Company) -> None:
    """It ends between the second and the third effect: the third does not happen."""
    case = approved(at_work, "erasure")
    original, done = fulfilling._perform, []

    def perform(*values: object) -> None:
        if len(done) == 2:
            with at_work.unit() as unit:
                for row in unit.session.exec(select(Decision).where(Decision.kind == "approve")):
                    row.live = False
                unit.commit()
        done.append(1)
        original(*values)  # type: ignore[arg-type]

    fulfilling._perform = perform  # type: ignore[assignment]
    try:
        fulfilling.fulfil(at_work, case.id)
    finally:
        fulfilling._perform = original
    assert actions(at_work, case) == {"done": 2, "pending": 5}
    assert now(at_work, case).state == State.AWAITING_DECISION


def test_an_approval_lapses_in_the_midst_of_the_work(at_work: Office, clock: Clock) -> None:
    case = approved(at_work, "erasure")
    clock.forward(days=8)
    drive(at_work)
    assert now(at_work, case).state == State.AWAITING_DECISION
    assert actions(at_work, case) == {}


def test_a_store_that_is_busy_loses_nothing(make_office: Make, company: Company, clock: Clock) -> None:
    office = make_office()
    stores.add(office, "sql", "crm", {"url": f"sqlite:///{company.crm}", "timeout": "0.1"}, {}, "operator")
    case = approved(office, "erasure")
    with closing(sqlite3.connect(company.crm)) as other:
        other.execute("BEGIN EXCLUSIVE")
        drive(office)
    assert now(office, case).state == State.FULFILLING
    assert company.rows("SELECT last_name FROM contacts WHERE id = 1") == [("Schmidt",)]
    clock.forward(hours=1)
    drive(office)
    assert now(office, case).state == State.COMPLETE


def test_rows_go_before_what_they_refer_to(make_office: Make, company: Company) -> None:
    office = make_office()
    rules = '{"contacts": {"erase": "delete"}, "deals": {"erase": "delete"}, "notes": {"erase": "delete"}}'
    company.sql("UPDATE contacts SET referred_by = NULL")
    stores.add(office, "sql", "crm", {"url": f"sqlite:///{company.crm}", "rules": rules}, {}, "operator")
    case = approved(office, "erasure")
    drive(office)
    assert now(office, case).state == State.COMPLETE
    assert company.rows("SELECT id FROM contacts ORDER BY id") == [(2,), (3,), (4,), (5,)]
    assert company.rows("SELECT id FROM deals") == [(3,)]


def test_rows_that_others_hang_off_call_a_person(make_office: Make, company: Company) -> None:
    office = make_office()
    rules = '{"contacts": {"erase": "delete"}}'
    stores.add(office, "sql", "crm", {"url": f"sqlite:///{company.crm}", "rules": rules}, {}, "operator")
    case = approved(office, "erasure")  # Boris's row still says who referred him
    drive(office)
    assert (now(office, case).state, now(office, case).note) == (State.NEEDS_ATTENTION, "action-failed")
    with office.unit() as unit:
        problems = unit.session.exec(select(ActionRow.problem).where(ActionRow.state == "failed")).all()
    assert len(problems) == 1
    assert "still point to this record" in problems[0]


RETENTION = """
[[policy.retention]]
id = "customers"
store = "crm"
collection = "contacts"
ground = "GDPR 17(3)(b)"
statute = "§ 257 HGB"
"""


def test_what_hangs_off_a_kept_row_is_anonymised_once(make_office: Make, company: Company) -> None:
    office = connect(make_office(RETENTION), company)
    case = approved(office, "erasure")
    drive(office)
    assert (now(office, case).state, now(office, case).note) == (State.COMPLETE, "")
    assert company.rows("SELECT email FROM contacts WHERE id = 1") == [(EMAIL,)]
    assert company.rows("SELECT title FROM deals WHERE id = 2") != [("Hedge trimming",)]


def test_what_came_in_meanwhile_is_a_new_plan(at_work: Office, company: Company) -> None:
    case = approved(at_work, "erasure")
    drive(at_work, only=("fulfil",))
    company.post(EMAIL, "info@company.example", "Wait", "One more thing.", "late")
    drive(at_work)
    assert now(at_work, case).state == State.AWAITING_DECISION
    assert lines(at_work, case)["INBOX", "late"]["action"] == "delete"


def test_a_store_that_cannot_be_searched_again_calls_a_person(at_work: Office, company: Company) -> None:
    case = approved(at_work, "erasure")
    drive(at_work, only=("fulfil",))
    shutil.move(company.mail, company.folder / "away")
    drive(at_work)
    assert (now(at_work, case).state, now(at_work, case).note) == (State.NEEDS_ATTENTION, "store-not-searched")
    shutil.move(company.folder / "away", company.mail)
    decisions.search_again(at_work, case.reference, "dpo")
    drive(at_work)
    decisions.approve(at_work, case.reference, "dpo", hash_of(at_work, case))
    drive(at_work)
    assert now(at_work, case).state == State.COMPLETE


@pytest.mark.parametrize("damage", ["gone", "changed", "cut"])
def test_a_damaged_package_is_not_handed_out(at_work: Office, damage: str) -> None:
    case = approved(at_work)
    drive(at_work, only=("fulfil",))
    (file,) = at_work.settings.packages.iterdir()
    if damage == "gone":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-40])
    else:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    drive(at_work)
    assert (now(at_work, case).state, now(at_work, case).note) == (State.NEEDS_ATTENTION, "package-damaged")
    with pytest.raises(NotNow):
        answering.finished(at_work, case.reference, "answer")


def test_the_package_is_the_same_twice(at_work: Office) -> None:
    first = approved(at_work)
    drive(at_work)
    data = b"".join(answering.read(at_work, answering.finished(at_work, first.reference, "answer")))
    with at_work.unit() as unit:
        package = unit.session.exec(select(Package)).one()
        (at_work.settings.packages / package.file).unlink()
        package.built_at = None
        unit.commit()
    again = answering.ensure(at_work, first.id, package.plan_id)
    assert b"".join(answering.read(at_work, again)) == data


def answered(office: Office, company: Company, **files: bytes) -> dict[str, bytes]:
    """The answer to Anna after a mail with such files came for her."""
    company.post("sales@company.example", EMAIL, "List", "See the list.", "list", **files)
    case = approved(office)
    drive(office)
    data = b"".join(answering.read(office, answering.finished(office, case.reference, "answer")))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_attachments_with_other_peoples_data_go_out_masked(at_work: Office, company: Company) -> None:
    found = answered(at_work, company, **{"list.txt": f"boris@example.com sold to {EMAIL}".encode()})
    (name,) = (name for name in found if name.endswith("list.txt"))
    assert found[name] == f"[another person] sold to {EMAIL}".encode()
    (box,) = (name for name in found if name.endswith(".mbox"))
    assert b64encode(found[name]) in found[box].replace(b"\n", b"")
    assert not any(b"boris@example.com" in content for content in found.values())
    assert json.loads(found["withheld.json"]) == []


def test_attachments_that_cannot_be_masked_stay_behind(at_work: Office, company: Company) -> None:
    found = answered(at_work, company, **{"list.rtf": b"{\\rtf1 boris@example.com KANARIE-FILE}"})
    assert not any(b"KANARIE-FILE" in content for content in found.values())
    assert [one["count"] for one in json.loads(found["withheld.json"])] == [1]


def test_nothing_is_done_in_another_state(at_work: Office) -> None:
    case = planned(at_work, "erasure")
    fulfilling.fulfil(at_work, case.id)
    confirming.conclude(at_work, case.id)
    assert now(at_work, case).state == State.AWAITING_DECISION
    assert actions(at_work, case) == {}
