"""Erasure: no trace by the server's own search and by bytes, and whatever is not the person's identical byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from cases import plan
from cases.states import State
from cases.tables import ActionRow, Case
from office import Office
from tests.journey import driving, judging, sweep
from tests.journey.company import Company
from tests.journey.conftest import Open
from tests.journey.corpus import needs_corpus
from tests.journey.people import CALLER, INIGUEZ, JUERGEN, NEIGHBOUR, ONEIL, ROSALIND, WEI, Person
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres

pytestmark = [pytest.mark.dovecot, pytest.mark.postgres]
Answers = dict[str, Any]


def erase(office: Office, company: Company, person: Person) -> tuple[Case, Answers]:
    """The whole request; gives the approved plan."""
    case = driving.ask(office, person, "erasure")
    shown = driving.locate(office, case)
    assert judging.missed(company, person, shown) == []
    assert judging.overreached(company, person, shown) == []
    for line in shown["lines"]:
        if line["ground"] == "cannot-redact":  # a file inside a letter, a row without a key: a person must choose
            choice = ("keep", "dpo", "rows of the log cannot be told apart", "GDPR 11(1)")
            way = choice if line["collection"] == "weblog" else ("delete", "dpo", "nothing else in it")
            plan.change(office, case.reference, line["id"], *way)
    shown = plan.describe(office, case.reference)
    assert driving.carry_out(office, case) is State.COMPLETE, failures(office, case)
    return case, shown


def failures(office: Office, case: Case) -> list[tuple[str, str, str]]:
    """Actions that did not end well."""
    with office.unit() as unit:
        rows = unit.session.exec(select(ActionRow).where(ActionRow.case_id == case.id))
        return [(row.state, row.store, row.problem) for row in rows if row.state not in {"done", "already"}]


def judge(company: Company, office: Office, person: Person) -> None:
    """Erase a person and compare everything before and after."""
    mails, rows = company.messages(), company.crm.rows()
    case, shown = erase(office, company, person)
    lines, row_lines = judging.mail_lines(shown), judging.row_lines(shown)
    after = company.messages()
    untouched = {place for place in mails if place not in lines or lines[place]["action"] in {"leave", "keep"}}
    assert [place for place in untouched if after.get(place) != mails[place]] == []
    spared = {place for place, line in lines.items() if line["action"] in {"leave", "keep"}}
    traces = {
        place: found
        for place, (raw, _, _) in after.items()
        if place not in spared and (found := sweep.found(person, sweep.texts_of_mail(raw)))
    }
    assert traces == {}
    assert found_by_server(company, person) - spared == set()
    stay = {where(key) for key, line in row_lines.items() if line["action"] in {"leave", "keep"}}
    acted = {where(key) for key in row_lines} - stay
    fresh = company.crm.rows()
    assert {place: row for place, row in rows.items() if place not in acted} == {
        place: row for place, row in fresh.items() if place not in acted
    }
    assert row_traces(company, person, stay) == {}
    assert on_disk(company, person, {place.folder for place in mails}) == []
    assert second_time(office, company, person, case, shown) == 0


def where(key: tuple[str, str, tuple[str, ...]]) -> tuple[str, str, str]:
    """A plan line's row as `Crm.rows` names it."""
    store, table, values = key
    return {store: schema for schema, store in judging.STORES.items()}[store], table, "|".join(values)


def row_traces(company: Company, person: Person, stay: set[tuple[str, str, str]]) -> dict[object, set[str]]:
    """Rows that still tell of the person; rows without a key are never changed."""
    return {
        place: found
        for place, parts in company.crm.texts().items()
        if place not in stay and place[1] != "weblog"
        for text, data in parts
        if (found := sweep.found(person, [text, *sweep.texts_of_file(data)]))
    }


def found_by_server(company: Company, person: Person) -> set[tuple[str, int]]:
    """Messages in which Dovecot itself finds an address, a number or (ASCII) a name."""
    words = [word for word in (person.email, person.phone, person.national, person.name) if word and word.isascii()]
    found: set[tuple[str, int]] = set()
    with company.mailbox.client() as client:
        for folder in {place.folder for place in company.messages()}:
            client.select_folder(folder, readonly=True)
            for word in words:
                for criteria in (["TEXT", word], ["HEADER", "From", word], ["HEADER", "To", word]):
                    found |= {(folder, uid) for uid in client.search(criteria)}
    return found


def on_disk(company: Company, person: Person, folders: set[str]) -> list[str]:
    """Dovecot's own index files that still quote the person, once the operator has purged them as the README says."""
    for folder in folders:
        company.mailbox.purge_cache(folder)
    needle = (person.email or person.national).encode()
    files = (
        path for path in company.mailbox.path.rglob("*") if path.is_file() and path.parent.name not in {"cur", "new"}
    )
    return [path.name for path in files if needle in path.read_bytes()]


def second_time(office: Office, company: Company, person: Person, case: Case, shown: Answers) -> int:
    """How many records the same request, made again, would act on."""
    mails = company.messages()
    again = driving.ask(office, person, "erasure")
    assert again.id != case.id
    fresh = driving.locate(office, again)
    kept = {(x["store"], x["collection"], x["record"]) for x in shown["lines"] if x["action"] in {"leave", "keep"}}
    assert {(x["store"], x["collection"], x["record"]) for x in fresh["lines"]} <= kept
    assert company.messages() == mails
    return sum(line["action"] != "leave" for line in fresh["lines"])


@pytest.mark.slow
def test_no_trace_is_left_and_nothing_else_is_touched(
    dovecot_server: Dovecot, postgres_server: Postgres, opened: Open
) -> None:
    company = Company(dovecot_server.mailbox(), postgres_server, 200, (JUERGEN, NEIGHBOUR))
    office = opened()
    company.connect(office)
    judge(company, office, JUERGEN)


@needs_corpus
@pytest.mark.faults
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_whole_corpus_survives_every_erasure(
    dovecot_server: Dovecot, postgres_server: Postgres, opened: Open, database: str
) -> None:
    company = Company(dovecot_server.mailbox(), postgres_server, limit=None)
    office = opened(postgres_server.create_database() if database == "postgres" else "", '["en", "zh"]')
    company.connect(office)
    foreign = {place for place in company.messages() if place.folder.startswith("Corpus/")}
    before = company.messages()
    for person in (WEI, ONEIL, INIGUEZ, CALLER, ROSALIND) if database == "sqlite" else (JUERGEN,):
        judge(company, office, person)
        company.planted = {place: plant for place, plant in company.planted.items() if plant.label != "together"}
    after = company.messages()
    assert [place for place in foreign if after.get(place) != before[place]] == []
