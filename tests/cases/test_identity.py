"""Codes, vouching, and where letters go."""

from __future__ import annotations

import re
import threading
from collections import Counter

import pytest
from sqlmodel import select

from cases import identity, intake, plan
from cases.errors import CaseError, Invalid, NotFound, NotNow, TooManyTries
from cases.states import State
from cases.tables import Case, CaseIdentifier, IdentityCode
from discovery import stores
from discovery.identifiers import Kind
from discovery.scan import scan_collection
from notices import outbox
from notices.tables import Notice
from office import Office
from tests.cases.conftest import ANNA, EMAIL, PHONE, Clock, Company, asked, drive, lines, now


@pytest.fixture
def scanned(at_work: Office) -> Office:
    for name in ("crm", "mail"):
        with stores.open_named(at_work, name) as store:
            for collection in store.collections():
                scan_collection(at_work, store, name, collection.name)
    return at_work


def begun(office: Office, right: str = "access", *given: tuple[Kind, str], regime: str = "gdpr") -> Case:
    case = intake.receive(office, asked(right, given or ANNA, channel="web", regime=regime), "person").case
    drive(office, only=("intake",))
    return now(office, case)


def letters(office: Office, case: Case) -> list[Notice]:
    with office.unit() as unit:
        return list(unit.session.exec(select(Notice).where(Notice.case_id == case.id).order_by(Notice.queued_at)))


def code_of(office: Office, case: Case) -> str:
    """The code in the latest letter."""
    latest = [letter for letter in letters(office, case) if letter.kind == "identity_code"][-1]
    found = re.search(r"\b(\d{8})\b", outbox.read(office, latest).text.replace(" ", ""))
    assert found
    return found[1]


def test_it_works(scanned: Office) -> None:
    case = begun(scanned)
    assert case.state == State.PROVING_IDENTITY
    identity.prove(scanned, case.reference, code_of(scanned, case))
    assert now(scanned, case).state == State.LOCATING


def test_a_code_opens_once(scanned: Office) -> None:
    case = begun(scanned)
    code = code_of(scanned, case)
    identity.prove(scanned, case.reference, code)
    with pytest.raises(NotNow):
        identity.prove(scanned, case.reference, code)


def test_a_code_of_another_request_opens_nothing(scanned: Office) -> None:
    first, second = begun(scanned), begun(scanned, "erasure")
    with pytest.raises(Invalid):
        identity.prove(scanned, second.reference, code_of(scanned, first))


def test_a_code_lives_ten_minutes(scanned: Office, clock: Clock) -> None:
    case = begun(scanned)
    clock.forward(minutes=10, seconds=1)
    with pytest.raises(Invalid):
        identity.prove(scanned, case.reference, code_of(scanned, case))


def test_only_the_newest_code_counts(scanned: Office) -> None:
    case = begun(scanned)
    first = code_of(scanned, case)
    identity.send_again(scanned, case.reference)
    with pytest.raises(Invalid):
        identity.prove(scanned, case.reference, first)


def test_five_tries(scanned: Office) -> None:
    case = begun(scanned)
    code = code_of(scanned, case)
    for _ in range(5):
        with pytest.raises(Invalid):
            identity.prove(scanned, case.reference, "00000000")
    with pytest.raises(TooManyTries):
        identity.prove(scanned, case.reference, code)


def test_twenty_guesses_at_once_are_at_most_five(scanned: Office) -> None:
    case = begun(scanned)
    met: Counter[str] = Counter()

    def guess(number: int) -> None:
        try:
            identity.prove(scanned, case.reference, f"{number:08d}")
        except CaseError as error:
            met[type(error).__name__] += 1

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == {"Invalid": 5, "TooManyTries": 15}


def test_three_codes_a_day(scanned: Office, clock: Clock) -> None:
    case = begun(scanned)
    for _ in range(5):
        identity.send_again(scanned, case.reference)
    assert Counter(letter.kind for letter in letters(scanned, case)) == {"receipt": 1, "identity_code": 3}
    clock.forward(days=1, seconds=1)
    identity.send_again(scanned, case.reference)
    assert Counter(letter.kind for letter in letters(scanned, case))["identity_code"] == 4


def test_only_a_hash_of_the_code_is_kept(scanned: Office) -> None:
    case = begun(scanned)
    code = code_of(scanned, case).encode()
    with scanned.unit() as unit:
        rows = unit.session.exec(select(IdentityCode)).all()
    assert len(rows) == 1
    assert code not in rows[0].digest
    scanned.engine.dispose()
    assert code not in (scanned.settings.home / "redress.db").read_bytes()


@pytest.mark.parametrize(
    "typed", ["stranger@example.org", "anna.schmidt+evil@example.com", "b-anna.schmidt=example.com@evil.example"]
)
def test_nothing_goes_to_an_address_that_is_not_on_file(scanned: Office, typed: str) -> None:
    case = begun(scanned, "access", (Kind.EMAIL, typed), (Kind.PHONE, PHONE))
    assert letters(scanned, case) == []
    with scanned.unit() as unit:
        assert not any(row.on_file for row in unit.session.exec(select(CaseIdentifier)))


def test_without_an_address_everything_looks_the_same(scanned: Office) -> None:
    known, unknown = begun(scanned), begun(scanned, "access", (Kind.EMAIL, "stranger@example.org"))
    for case in (known, unknown):
        for _ in range(5):
            with pytest.raises(Invalid):
                identity.prove(scanned, case.reference, "00000000")
        with pytest.raises(TooManyTries):
            identity.prove(scanned, case.reference, "00000000")


def test_a_proven_address_does_not_prove_the_number_beside_it(scanned: Office, company: Company) -> None:
    """Boris has an address of his own on file and types Anna's number and name beside it."""
    case = begun(scanned, "access", (Kind.EMAIL, "boris@example.com"), (Kind.PHONE, PHONE), (Kind.NAME, "Anna Schmidt"))
    identity.prove(scanned, case.reference, code_of(scanned, case))
    drive(scanned)
    found = lines(scanned, case)
    assert {found[key]["action"] for key in [("contacts", "1"), ("INBOX", "mention"), ("INBOX", "nameonly")]} == {
        "leave"
    }
    assert {found[key]["ground"] for key in [("contacts", "1"), ("INBOX", "mention")]} == {plan.UNPROVEN}
    assert ("deals", "1") not in found
    assert found["INBOX", "boris"]["action"] == "export"


def test_staff_vouch_with_evidence(scanned: Office) -> None:
    case = begun(scanned)
    with pytest.raises(Invalid):
        identity.attest(scanned, case.reference, "service", " ")
    with pytest.raises(Invalid):
        identity.attest(scanned, case.reference, "", "Signed in.")
    identity.attest(scanned, case.reference, "service", "Signed in.")
    with pytest.raises(NotNow):
        identity.attest(scanned, case.reference, "service", "Signed in.")


def test_no_such_request(office: Office) -> None:
    with pytest.raises(NotFound):
        identity.attest(office, "R-0000-0000", "service", "Signed in.")


def test_an_opt_out_is_not_verified(scanned: Office) -> None:
    case = begun(scanned, "opt_out", (Kind.EMAIL, EMAIL), regime="ccpa")
    assert case.state == State.LOCATING
    assert [letter.kind for letter in letters(scanned, case)] == ["receipt"]


def test_a_second_request_of_the_same_person_is_joined(scanned: Office) -> None:
    first, second = begun(scanned), begun(scanned)
    assert first.id != second.id
    identity.prove(scanned, first.reference, code_of(scanned, first))
    identity.prove(scanned, second.reference, code_of(scanned, second))
    assert now(scanned, second).state == State.WITHDRAWN
    assert now(scanned, second).note == f"joined:{first.reference}"


def test_a_strangers_number_does_not_join(scanned: Office) -> None:
    first = begun(scanned)
    identity.prove(scanned, first.reference, code_of(scanned, first))
    second = begun(scanned, "access", (Kind.EMAIL, "boris@example.com"), (Kind.PHONE, PHONE))
    identity.prove(scanned, second.reference, code_of(scanned, second))
    assert now(scanned, second).state == State.LOCATING


def test_beginning_twice_sends_nothing_twice(scanned: Office) -> None:
    case = begun(scanned)
    identity.begin(scanned, case.id)
    assert Counter(letter.kind for letter in letters(scanned, case)) == {"receipt": 1, "identity_code": 1}
