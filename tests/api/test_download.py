"""Handing over the package: secret, then code, then grant, then three downloads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from httpx import Client
from sqlmodel import select

from cases.tables import Package
from ledger.tables import LedgerLeaf
from office import Office
from tests.api.conftest import Clock, Customer, Made

CONTENT = b"PK" + bytes(range(256)) * 700  # more than two chunks


def grant(client: Client, customer: Customer, made: Made) -> str:
    assert client.post(f"{made.url}/download/code", headers=made.auth).status_code == 202
    answer = client.post(f"{made.url}/download/grant", headers=made.auth, json={"code": customer.code(made)})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["grant"])


def events(office: Office, name: str) -> int:
    with office.unit() as unit:
        return sum(name.encode() in leaf.body for leaf in unit.session.exec(select(LedgerLeaf)))


def test_it_works(client: Client, customer: Customer, office: Office) -> None:
    made = customer.answered(CONTENT)
    assert client.get(made.url, headers=made.auth).json()["download_until"] == "2026-03-16"
    token = grant(client, customer, made)
    answer = client.post(f"{made.url}/download", headers=made.auth, json={"grant": token})
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{made.reference}.zip"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert events(office, "package.downloaded") == 1


def test_a_certificate_is_handed_over_alike(client: Client, customer: Customer) -> None:
    made = customer.answered(b"{}", kind="certificate")
    answer = client.post(f"{made.url}/download", headers=made.auth, json={"grant": grant(client, customer, made)})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].endswith('-certificate.json"')


def test_three_downloads_and_no_more(client: Client, customer: Customer, office: Office) -> None:
    made = customer.answered(CONTENT)
    body = {"grant": grant(client, customer, made)}
    got = [client.post(f"{made.url}/download", headers=made.auth, json=body).status_code for _ in range(5)]
    assert got == [200, 200, 200, 404, 404]
    assert events(office, "package.downloaded") == 3
    with office.unit() as unit:
        assert unit.session.get_one(Package, "k1").downloads == 3


def test_a_grant_lives_an_hour(client: Client, customer: Customer, clock: Clock) -> None:
    made = customer.answered(CONTENT)
    body = {"grant": grant(client, customer, made)}
    clock.forward(minutes=61)
    assert client.post(f"{made.url}/download", headers=made.auth, json=body).status_code == 404


def test_an_expired_package_is_refused(client: Client, customer: Customer, clock: Clock) -> None:
    made = customer.answered(CONTENT)
    clock.forward(days=15)
    assert client.get(made.url, headers=made.auth).json()["download_until"] is None
    assert client.post(f"{made.url}/download/code", headers=made.auth).status_code == 202
    answer = client.post(f"{made.url}/download/grant", headers=made.auth, json={"code": "12345678"})
    assert answer.status_code == 409


def test_the_secret_alone_opens_nothing(client: Client, customer: Customer) -> None:
    made = customer.answered(CONTENT)
    assert client.post(f"{made.url}/download", headers=made.auth, json={"grant": made.secret}).status_code == 404


@pytest.mark.parametrize("path", ["download/code", "download/grant", "download"])
def test_without_the_secret_nothing_opens(client: Client, customer: Customer, path: str) -> None:
    made = customer.answered(CONTENT)
    body = {"download/grant": {"code": "1"}, "download": {"grant": grant(client, customer, made)}}.get(path)
    assert client.post(f"{made.url}/{path}", json=body).status_code == 404


def test_a_grant_opens_its_own_request_only(client: Client, customer: Customer) -> None:
    made = customer.answered(CONTENT)
    token = grant(client, customer, made)
    other = customer.ask("tomas.wren@example.com")
    assert client.post(f"{other.url}/download", headers=other.auth, json={"grant": token}).status_code == 404


def test_five_wrong_codes_end_it(client: Client, customer: Customer) -> None:
    made = customer.answered(CONTENT)
    client.post(f"{made.url}/download/code", headers=made.auth)
    url = f"{made.url}/download/grant"
    for _ in range(5):
        assert client.post(url, headers=made.auth, json={"code": "0"}).status_code == 422
    assert client.post(url, headers=made.auth, json={"code": customer.code(made)}).status_code == 429


def test_get_reads_nothing(client: Client, customer: Customer, office: Office) -> None:
    made = customer.answered(CONTENT)
    for path in ("download", "download/grant", "download/code"):
        assert client.get(f"{made.url}/{path}", headers=made.auth).status_code == 405
    assert events(office, "package.downloaded") == 0


def test_who_asked_through_staff_needs_no_secret(
    client: Client, customer: Customer, office: Office, staff: Callable[[str], dict[str, str]]
) -> None:
    made = customer.answered(CONTENT)
    with office.unit() as unit:
        case = unit.session.get_one(type(customer.case(made)), customer.case(made).id)
        case.channel = "staff"
        unit.session.add(case)
        unit.commit()
    made.secret = ""
    client.post(f"{made.url}/download/code")
    answer = client.post(f"{made.url}/download/grant", json={"code": customer.code(made)})
    assert answer.status_code == 200


def test_a_damaged_package_is_never_a_whole_answer(client: Client, customer: Customer, office: Office) -> None:
    made = customer.answered(CONTENT)
    token = grant(client, customer, made)
    path = office.settings.packages / "k1.sealed"
    path.write_bytes(path.read_bytes()[:-100])
    answer = client.post(f"{made.url}/download", headers=made.auth, json={"grant": token})
    assert answer.status_code == 500
    assert events(office, "package.downloaded") == 0
