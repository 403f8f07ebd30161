"""Receiving requests."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlmodel import select

from cases import intake
from cases.errors import Invalid
from cases.tables import Case, CaseIdentifier
from discovery.identifiers import Kind
from ledger.tables import LedgerLeaf
from office import Office
from tests.cases.conftest import EMAIL, START, asked


def test_it_works(office: Office) -> None:
    made = intake.receive(office, asked(), "operator")
    assert made.case.due == date(2026, 4, 2)
    assert made.case.due_rule
    assert made.secret
    with office.unit() as unit:
        actions = [json.loads(leaf.body)["action"] for leaf in unit.session.exec(select(LedgerLeaf))]
    assert actions == ["request.received", "due.set"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"regime": "lgpd"}, "no such regime"),
        ({"right": "to_sing"}, "does not grant"),
        ({"identifiers": ((Kind.NAME, "Anna Schmidt"),)}, "name alone"),
        ({"identifiers": ()}, "needs an e-mail"),
        ({"identifiers": ((Kind.EMAIL, "anna"),)}, "not an e-mail"),
        ({"identifiers": ((Kind.EMAIL, EMAIL), (Kind.PHONE, "12"))}, "phone number"),
        ({"received_at": START + timedelta(days=1)}, "future"),
        ({"received_at": START - timedelta(days=400)}, "more than a year"),
    ],
)
def test_refusals_repeat_nothing(office: Office, change: dict[str, object], error: str) -> None:
    with pytest.raises(Invalid, match=error) as raised:
        intake.receive(office, asked(**change), "operator")
    assert "anna" not in str(raised.value).lower()
    with office.unit() as unit:
        assert not unit.session.exec(select(Case)).all()
        assert not unit.session.exec(select(LedgerLeaf)).all()


def test_the_clock_starts_at_receipt(office: Office) -> None:
    late = intake.receive(office, asked(received_at=START - timedelta(days=10)), "operator").case
    assert late.due < date(2026, 4, 2)


def test_a_repeat_gets_the_same_answer(office: Office) -> None:
    first = intake.receive(office, asked(channel="api", idempotency_key="k1"), "dpo")
    again = intake.receive(office, asked(channel="api", idempotency_key="k1"), "dpo")
    assert (again.case.id, again.secret, again.joined) == (first.case.id, first.secret, True)


def test_another_content_under_the_same_key_is_another_request(office: Office) -> None:
    first = intake.receive(office, asked(channel="api", idempotency_key="k1"), "dpo")
    other = intake.receive(office, asked("erasure", channel="api", idempotency_key="k1"), "dpo")
    assert other.case.id != first.case.id
    assert other.secret != first.secret


def test_staff_join_what_is_open(office: Office) -> None:
    first = intake.receive(office, asked(), "operator")
    again = intake.receive(office, asked(given=((Kind.EMAIL, EMAIL.upper()),)), "operator")
    assert (again.case.id, again.joined, again.secret) == (first.case.id, True, "")
    assert intake.receive(office, asked("erasure"), "operator").case.id != first.case.id
    assert intake.receive(office, asked(channel="web"), "person").case.id != first.case.id


def test_identifiers_are_sealed(office: Office) -> None:
    intake.receive(office, asked(), "operator")
    with office.unit() as unit:
        assert len(unit.session.exec(select(CaseIdentifier)).all()) == 3
    office.engine.dispose()
    data = (office.settings.home / "redress.db").read_bytes().lower()
    for plain in (b"anna", b"schmidt", b"23125"):
        assert plain not in data


@pytest.mark.parametrize(
    ("asked_for", "given"), [("de-AT", "de"), ("zh_CN", "zh"), ("fr", "en"), ("xx", "en"), ("", "en")]
)
def test_the_language_of_letters(office: Office, asked_for: str, given: str) -> None:
    assert intake.receive(office, asked(language=asked_for), "operator").case.language == given
