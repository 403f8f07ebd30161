"""The answer sheet, checked against the files themselves by `tests.demo.reading`."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from email.utils import getaddresses

import pytest

from cli.demo.truth import Company, Place, Subject
from tests.demo import reading

STORY = ("asker", "leaver")


def subject_of(company: Company, who: str) -> Subject:
    return {"asker": company.asker, "leaver": company.leaver}[who]


def mails(company: Company) -> dict[tuple[str, str], reading.Mail]:
    found = {mail.key: mail for mail in reading.mails(company.mail)}
    assert len(found) == company.counts["messages"]
    return found


def place_text(company: Company, place: Place, mail: dict[tuple[str, str], reading.Mail]) -> str:
    if place.store == "crm":
        return reading.row_text(company, place.collection, place.key)[1]
    return mail[place.collection, place.key].text


@pytest.mark.parametrize("who", STORY)
def test_it_works(company: Company, who: str) -> None:
    places = subject_of(company, who).places
    assert len(set(places)) == len(places)
    assert {place.collection for place in places if place.store == "crm"} == {
        "contacts",
        "deals",
        "notes",
        "tickets",
        "calls",
    }
    mail = [place for place in places if place.store == "mail"]
    assert len(mail) >= 25
    assert len({place.collection for place in mail}) >= 8
    assert set(Counter(place.kind for place in places)) == {"own", "participant", "mention", "attachment", "name-only"}


@pytest.mark.parametrize("who", STORY)
def test_own_rows_hang_off_the_person(company: Company, who: str) -> None:
    truth = subject_of(company, who)
    mine = {int(place.key) for place in truth.places if place.collection == "contacts"}
    for place in truth.places:
        if place.store != "crm" or place.kind != "own":
            continue
        row, text = reading.row_text(company, place.collection, place.key)
        owner = row["id"] if place.collection == "contacts" else row["contact_id"]
        assert owner in mine or (owner is None and reading.names_an_identifier(text, truth.identifiers)), place


@pytest.mark.parametrize("who", STORY)
def test_mentions_are_where_the_truth_says(company: Company, who: str) -> None:
    truth, mail = subject_of(company, who), mails(company)
    for place in truth.places:
        text = place_text(company, place, mail)
        if place.kind in {"participant", "mention", "attachment"}:
            assert reading.names_an_identifier(text, truth.identifiers), place
        if place.kind == "name-only":
            assert reading.names_the_person(text, truth.identifiers), place
            assert not reading.names_an_identifier(text, truth.identifiers), place


@pytest.mark.parametrize("who", STORY)
def test_participants_stand_in_address_headers_and_the_others_do_not(company: Company, who: str) -> None:
    truth, mail = subject_of(company, who), mails(company)
    for place in truth.places:
        if place.store == "mail":
            message = mail[place.collection, place.key].message
            fields = [str(message[name]) for name in ("From", "To", "Cc") if message[name]]
            addresses = {address for _, address in getaddresses(fields)}
            assert bool(addresses & set(truth.identifiers.emails)) == (place.kind == "participant"), place


@pytest.mark.parametrize("who", STORY)
def test_attachment_places_say_nothing_outside_the_file(company: Company, who: str) -> None:
    truth, mail = subject_of(company, who), mails(company)
    forms = set()
    for place in truth.places:
        if place.kind == "attachment":
            found = mail[place.collection, place.key]
            outside = found.headers + found.bodies
            assert not reading.names_an_identifier(outside, truth.identifiers)
            assert not reading.names_the_person(outside, truth.identifiers)
            forms |= {name.rpartition(".")[2] for name, _ in found.files}
    assert forms == {"pdf", "docx", "xlsx"}


@pytest.mark.slow
@pytest.mark.parametrize("who", STORY)
def test_the_truth_leaves_nothing_out(full_company: Company, who: str) -> None:
    """Nothing else in the whole company names the person: what the sheet does not list is not theirs."""
    truth = subject_of(full_company, who)
    listed = {(place.collection, place.key) for place in truth.places}
    namesake = {(place.collection, place.key) for place in truth.lookalikes}
    for table in full_company.counts.keys() - {"messages"}:
        with closing(sqlite3.connect(full_company.crm)) as db:
            for row in db.execute(f"SELECT * FROM {table}"):
                text = "\n".join(map(str, row))
                if reading.names_an_identifier(text, truth.identifiers):
                    assert (table, str(row[0])) in listed
                if reading.names_the_person(text, truth.identifiers):
                    assert (table, str(row[0])) in listed | namesake
    for key, mail in mails(full_company).items():
        if reading.names_an_identifier(mail.text, truth.identifiers):
            assert key in listed
        if reading.names_the_person(mail.text, truth.identifiers):
            assert key in listed | namesake


@pytest.mark.parametrize("who", STORY)
def test_the_namesake_is_somebody_else(company: Company, who: str) -> None:
    truth, mail = subject_of(company, who), mails(company)
    assert len(truth.lookalikes) >= 8
    assert not set(truth.lookalikes) & set(truth.places)
    named = 0
    for place in truth.lookalikes:
        text = place_text(company, place, mail)
        assert not reading.names_an_identifier(text, truth.identifiers), place
        named += reading.names_the_person(text, truth.identifiers)
    assert named >= 4


@pytest.mark.parametrize("who", STORY)
def test_canaries_are_other_people_in_the_same_records(company: Company, who: str) -> None:
    truth, mail = subject_of(company, who), mails(company)
    everything = "\n".join(place_text(company, place, mail) for place in (*truth.places, *truth.lookalikes))
    assert len(truth.canaries) >= 8
    for canary in truth.canaries:
        assert canary in everything
        assert not reading.names_an_identifier(canary, truth.identifiers)


def test_the_won_deal_of_last_year_must_be_kept(company: Company) -> None:
    (place,) = company.leaver.retained
    row, _ = reading.row_text(company, place.collection, place.key)
    assert (place.collection, row["stage"], str(row["closed_on"])[:4]) == ("deals", "won", "2025")
    assert company.asker.retained == ()
