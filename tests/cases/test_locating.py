"""Searching: every store is accounted for, twice is once, and whose record it is."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from cases import decisions, locating, scans
from cases.matching import Matcher, Strength
from cases.states import State
from cases.subject import Subject
from cases.tables import Coverage, Finding, Step
from connectors.contract import Field, FieldType, Participant, Record, Ref, Text, TextKind
from connectors.errors import StoreError
from discovery import stores
from discovery.identifiers import Kind, Normal
from office import Office
from tests.cases.conftest import EMAIL, NAME, PHONE, Company, drive, lines, now, planned

OURS = (
    Normal(Kind.EMAIL, EMAIL),
    Normal(Kind.PHONE, PHONE),
    Normal(Kind.NAME, NAME),
    Normal(Kind.EMAIL, "info@x.example"),
)


def row(**values: tuple[str, FieldType]) -> Record:
    return Record(Ref("c", "1"), "1", tuple(Field(name, value, kind) for name, (value, kind) in values.items()))


def mail(text: str, *people: Participant) -> Record:
    return Record(Ref("c", "1"), "1", texts=(Text("body", text, TextKind.BODY),), participants=people)


N, E, P, T = FieldType.NAME, FieldType.EMAIL, FieldType.PHONE, FieldType.TEXT


@pytest.mark.parametrize(
    ("record", "strength"),
    [
        (row(email=(EMAIL, E)), "certain"),
        (row(email=(EMAIL, E), name=("Anna Schmidt", N)), "certain"),
        (row(email=(EMAIL, E), name=("Anna Schmitd", N)), "certain"),
        (row(email=(EMAIL, E), name=("Anna", N)), "certain"),
        (row(email=(EMAIL, E), name=("Boris Petrov", N)), "possible"),
        (row(phone=("030 23125-111", P)), "certain"),
        (row(phone=("0049 30 23125111", P)), "certain"),
        (row(phone=("030 23125-112", P)), None),
        (row(name=("Anna Schmidt", N)), "possible"),
        (row(name=("Schmidt, Anna", N)), "possible"),
        (row(email=("another.anna@example.org", E), name=("Anna Schmidt", N)), "possible"),
        (row(email=("info@x.example", E)), "possible"),
        (row(email=("info@x.example", E), name=("Anna Schmidt", N)), "certain"),
        (row(email=("info@x.example", E), name=("Boris Petrov", N)), "possible"),
        (row(notes=(f"write to {EMAIL}", T)), "strong"),
        (row(notes=("call 030 23125111", T)), "strong"),
        (row(notes=("write to info@x.example", T)), "possible"),
        (row(notes=("Anna Schmidt: info@x.example", T)), "strong"),
        (mail("hi", Participant("from", EMAIL)), "certain"),
        (mail("hi", Participant("to", EMAIL), Participant("to", "boris@example.com")), "certain"),
        (mail("hi", Participant("to", "info@x.example")), "possible"),
        (mail("Anna Schmidt came by"), "possible"),
        (mail("Boris came by"), None),
    ],
)
def test_strength(record: Record, strength: str | None) -> None:
    match = Matcher(Subject(OURS), ("info",)).match(record)
    assert (match.strength if match else None) == strength


def test_what_was_only_typed_is_possible_at_most() -> None:
    subject = Subject(OURS, frozenset(OURS[1:]))
    matcher = Matcher(subject, ("info",))
    for record in (row(phone=(PHONE, P)), row(notes=("call 030 23125111", T)), row(email=("info@x.example", E))):
        match = matcher.match(record)
        assert match
        assert match.strength is Strength.POSSIBLE
    both = matcher.match(row(phone=(PHONE, P), email=(EMAIL, E)))
    assert both
    assert both.strength is Strength.CERTAIN


def test_it_works(at_work: Office) -> None:
    case = planned(at_work)
    with at_work.unit() as unit:
        covered = {c.store: (c.status, c.records, c.found) for c in unit.session.exec(select(Coverage))}
    assert covered == {"crm": ("searched", 10, 6), "mail": ("searched", 5, 4)}
    found = lines(at_work, case)
    assert found["contacts", "1"]["strength"] == "certain"
    assert found["deals", "1"]["role"] == "linked"
    assert found["notes", "1"]["role"] == "linked"


def test_who_hangs_off_somebody_is_not_theirs(at_work: Office) -> None:
    """Anna referred Boris: his row points to hers."""
    found = lines(at_work, planned(at_work, "erasure"))
    assert (found["contacts", "3"]["strength"], found["contacts", "3"]["action"]) == ("possible", "leave")
    assert ("deals", "3") not in found


def test_searching_twice_is_searching_once(at_work: Office) -> None:
    case = planned(at_work)
    decisions.search_again(at_work, case.reference, "dpo")
    for _ in range(2):
        locating.search_store(at_work, case.id, "crm")
    with at_work.unit() as unit:
        mine = unit.session.exec(select(Finding).where(Finding.round == 2)).all()
        assert len(unit.session.exec(select(Coverage).where(Coverage.round == 2)).all()) == 1
    assert len(mine) == len({finding.ref_hash for finding in mine}) == 6
    drive(at_work)
    assert now(at_work, case).state == State.AWAITING_DECISION


def test_a_search_that_comes_late_writes_nothing(at_work: Office) -> None:
    case = planned(at_work)
    with at_work.unit() as unit:
        before = sorted(unit.session.exec(select(Finding.id)))
    locating.search_store(at_work, case.id, "crm")
    locating.store_failed(at_work, case.id, "crm", "It did not answer.")
    with at_work.unit() as unit:
        assert sorted(unit.session.exec(select(Finding.id))) == before
        assert {row.status for row in unit.session.exec(select(Coverage))} == {"searched"}


def test_a_store_that_failed_is_searched_when_it_is_back(at_work: Office, company: Company) -> None:
    company.crm.rename(company.folder / "away")
    case = planned(at_work)
    with at_work.unit() as unit:
        failed = unit.session.exec(select(Coverage).where(Coverage.status == "failed")).one()
    assert failed.store == "crm"
    assert failed.reason
    (company.folder / "away").rename(company.crm)
    decisions.search_again(at_work, case.reference, "dpo")
    drive(at_work)
    assert ("contacts", "1") in lines(at_work, case)


def test_a_store_that_goes_away_half_way_leaves_nothing(at_work: Office, company: Company) -> None:
    case = planned(at_work)
    decisions.search_again(at_work, case.reference, "dpo")
    company.sql("DROP TABLE notes")
    company.sql("ALTER TABLE deals RENAME TO sales")
    company.crm.write_bytes(company.crm.read_bytes()[:5000])
    with pytest.raises(StoreError):
        locating.search_store(at_work, case.id, "crm")
    with at_work.unit() as unit:
        assert not unit.session.exec(select(Finding).where(Finding.round == 2)).all()


def test_a_removed_store_is_searched_no_more(at_work: Office) -> None:
    stores.remove(at_work, "mail", "operator")
    case = planned(at_work)
    assert {key[0] for key in lines(at_work, case)} == {"contacts", "deals", "notes"}


def test_a_request_whose_step_was_lost_is_taken_up_again(at_work: Office) -> None:
    """Killed between the end of its step and the call for a person: the watch makes the step due again."""
    case = planned(at_work)
    decisions.search_again(at_work, case.reference, "dpo")
    with at_work.unit() as unit:
        unit.session.exec(
            select(Step).where(Step.case_id == case.id, col(Step.done_at).is_(None))
        ).one().done_at = at_work.clock()
        unit.commit()
    assert scans.look_around(at_work)["revived"] == 1
    assert scans.look_around(at_work)["revived"] == 0
    drive(at_work)
    assert now(at_work, case).state == State.AWAITING_DECISION


def test_titles_show_no_addresses_or_numbers() -> None:
    record = Record(Ref("notes", "1"), "1", (Field("body", "Ask bo@example.com or +49 30 23125 905 about Anna"),))
    assert locating.title(record) == "Ask … or … about Anna"
