"""The JSON API for customers: making a request, proving identity, following it, taking it back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from httpx import Client
from sqlmodel import func, select

from cases import identity
from cases.tables import Case
from office import Office
from tests.api.conftest import KNOWN, STRANGER, Clock, Customer, client_at

URL = "/api/v1/requests"


def count(office: Office) -> int:
    with office.unit() as unit:
        return unit.session.exec(select(func.count()).select_from(Case)).one()


def test_it_works(client: Client, office: Office) -> None:
    answer = client.post(URL, json={"right": "access", "residence": "DE", "email": KNOWN, "name": "Mira Lindqvist"})
    assert answer.status_code == 202
    assert answer.json().keys() == {"reference", "due", "secret"}
    assert answer.json()["due"] == "2026-04-02"
    assert count(office) == 1


@pytest.mark.parametrize(
    ("residence", "right", "regime"),
    [("GB", "access", "uk_gdpr"), ("US-CA", "opt_out", "ccpa"), ("CN", "erasure", "pipl"), ("BR", "access", "gdpr")],
)
def test_residence_decides_the_statute(customer: Customer, residence: str, right: str, regime: str) -> None:
    assert customer.case(customer.ask(right=right, residence=residence)).regime == regime


def test_phone_is_read_in_the_persons_country(client: Client) -> None:
    body = {"right": "access", "residence": "GB", "phone": "020 7946 0018"}
    assert client.post(URL, json=body).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"right": "access"},
        {"right": "access", "name": "Mira Lindqvist"},
        {"right": "access", "email": "mira at example"},
        {"right": "opt_out", "residence": "DE", "email": KNOWN},
        {"right": "access", "residence": "Germany", "email": KNOWN},
        {"right": "access", "email": KNOWN, "state": "complete"},
        {"right": ["access"], "email": KNOWN},
        {},
    ],
)
def test_what_cannot_be_used_is_refused(client: Client, office: Office, body: dict[str, object]) -> None:
    answer = client.post(URL, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:redress:problem:invalid"
    assert count(office) == 0


def test_a_repeat_gets_the_same_answer_and_makes_nothing(client: Client, office: Office) -> None:
    headers = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    body = {"right": "access", "email": KNOWN}
    first, second = (client.post(URL, json=body, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert count(office) == 1


def test_repeats_at_the_same_time_make_one_request(client: Client, office: Office) -> None:
    headers = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}

    def one(_number: int) -> str:
        with client_at(office) as own:
            return own.post(URL, json={"right": "access", "email": KNOWN}, headers=headers).text

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(one, range(8)))) == 1
    assert count(office) == 1


def test_a_guessed_key_gives_nobody_elses_request(client: Client, office: Office) -> None:
    headers = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first = client.post(URL, json={"right": "access", "email": KNOWN}, headers=headers).json()
    other = client.post(URL, json={"right": "access", "email": STRANGER}, headers=headers).json()
    assert first["reference"] != other["reference"]
    assert count(office) == 2


def test_a_short_key_is_refused(client: Client) -> None:
    body = {"right": "access", "email": KNOWN}
    assert client.post(URL, json=body, headers={"Idempotency-Key": "1"}).status_code == 422


def test_status_works(client: Client, customer: Customer) -> None:
    made = customer.ask()
    answer = client.get(made.url, headers=made.auth)
    assert answer.status_code == 200
    assert answer.json() == {
        "reference": made.reference,
        "right": "access",
        "stage": "proof",
        "received": "2026-03-02",
        "due": "2026-04-02",
        "extended": False,
        "download_until": None,
    }


def test_status_needs_the_secret(client: Client, customer: Customer) -> None:
    made, other = customer.ask(), customer.ask(STRANGER)
    answers = [
        client.get(made.url),
        client.get(made.url, headers=other.auth),
        client.get(f"{URL}/R-2222-2222", headers=made.auth),
    ]
    assert [a.status_code for a in answers] == [404] * 3
    assert len({a.text for a in answers}) == 1


def test_a_secret_in_the_address_is_no_use(client: Client, customer: Customer) -> None:
    made = customer.ask()
    assert client.get(f"{made.url}?secret={made.secret}").status_code == 404


def test_verify_works(client: Client, customer: Customer) -> None:
    made = customer.asked()
    assert client.post(f"{made.url}/verify", json={"code": customer.code(made)}).status_code == 204
    assert client.get(made.url, headers=made.auth).json()["stage"] == "working"
    assert customer.case(made).state == "locating"


def test_a_code_opens_once(client: Client, customer: Customer) -> None:
    made = customer.asked()
    body = {"code": customer.code(made)}
    client.post(f"{made.url}/verify", json=body)
    assert client.post(f"{made.url}/verify", json=body).status_code == 409


def test_an_old_code_does_not_open(client: Client, customer: Customer, clock: Clock) -> None:
    made = customer.asked()
    clock.forward(minutes=11)
    assert client.post(f"{made.url}/verify", json={"code": customer.code(made)}).status_code == 422


def test_the_right_code_after_five_wrong_ones_does_not_open(client: Client, customer: Customer) -> None:
    made = customer.asked()
    for _ in range(5):
        assert client.post(f"{made.url}/verify", json={"code": "0"}).status_code == 422
    answer = client.post(f"{made.url}/verify", json={"code": customer.code(made)})
    assert answer.status_code == 429
    assert customer.case(made).state == "proving_identity"


def test_send_again_works(client: Client, customer: Customer) -> None:
    made = customer.asked()
    first = customer.code(made)
    assert client.post(f"{made.url}/code").status_code == 202
    assert len(customer.mails(made, "identity_code")) == 2
    assert client.post(f"{made.url}/verify", json={"code": first}).status_code == 422


def test_a_request_gets_three_codes_a_day(client: Client, customer: Customer) -> None:
    made = customer.asked()
    answers = {client.post(f"{made.url}/code").text for _ in range(5)}
    assert len(customer.mails(made, "identity_code")) == 3
    assert len(answers) == 1


def test_a_mailbox_gets_five_codes_a_day_but_every_request_counts(office: Office, customer: Customer) -> None:
    made = [customer.asked() for _ in range(8)]
    assert sum(len(customer.mails(m, "identity_code")) for m in made) == 5
    assert sum(len(customer.mails(m, "receipt")) for m in made) == 5
    assert count(office) == 8


def test_withdraw_works(client: Client, customer: Customer) -> None:
    made = customer.ask()
    answer = client.post(f"{made.url}/withdraw", headers=made.auth)
    assert answer.status_code == 200
    assert answer.json()["stage"] == "withdrawn"


def test_withdraw_needs_the_secret(client: Client, customer: Customer) -> None:
    made = customer.ask()
    assert client.post(f"{made.url}/withdraw").status_code == 404
    assert customer.case(made).state == "received"


def test_an_ended_request_cannot_be_withdrawn(client: Client, customer: Customer) -> None:
    made = customer.ask()
    client.post(f"{made.url}/withdraw", headers=made.auth)
    answer = client.post(f"{made.url}/withdraw", headers=made.auth)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:redress:problem:not-now"


def test_another_persons_typed_number_does_not_join_requests(client: Client, customer: Customer) -> None:
    """Who proves their own address and types a stranger's number learns nothing about the stranger's request."""
    victim = customer.ask(STRANGER, phone="+493023125012")
    identity.begin(customer.office, customer.case(victim).id)
    identity.attest(customer.office, victim.reference, "dpo@company.example", "customer login")
    attacker = customer.ask(KNOWN, phone="+493023125012")
    identity.begin(customer.office, customer.case(attacker).id)
    client.post(f"{attacker.url}/verify", json={"code": customer.code(attacker)})
    assert client.get(attacker.url, headers=attacker.auth).json()["stage"] == "working"
