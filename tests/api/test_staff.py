"""The staff API: who may use what, as a generated matrix, and that the routes do what they say."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from httpx import Client
from sqlmodel import select

from api.access import ROLES
from api.app import create_app
from cases import tokens
from cases.record import move, new_id
from cases.states import State
from cases.tables import Case, Coverage, Finding, scope
from cases.tokens import ROLES as ROLE_NAMES
from discovery import stores
from discovery.tables import ScanRun, StoreRow
from ledger.events import Event
from office import Office
from tests.api.conftest import Customer, Made
from tests.api.routes import Door, doors

Headers = Callable[[str], dict[str, str]]
PREFIX = "/api/v1/staff"
BODIES = {
    "change_line": {"action": "withhold", "reason": "r", "ground": "GDPR 15(4)"},
    "approve": {"plan_hash": "0" * 64},
    "refuse": {"ground": "excessive", "reason": "r"},
    "extend": {"reason": "r"},
    "note_clock_event": {"name": "identity_asked", "day": "2026-03-02"},
    "answer": {"reason": "r"},
    "attest": {"evidence": "customer login"},
}


@pytest.fixture
def staff_doors(office: Office) -> list[Door]:
    return [door for door in doors(create_app(office)) if door.path.startswith(PREFIX)]


def test_every_route_has_roles_and_every_role_entry_a_route(staff_doors: list[Door]) -> None:
    assert {door.name for door in staff_doors} == ROLES.keys()


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_matrix(client: Client, staff: Headers, staff_doors: list[Door], role: str) -> None:
    headers = staff(role)
    for door in staff_doors:
        answer = client.request(door.method, door.url, headers=headers, json=BODIES.get(door.name))
        if role in ROLES[door.name]:
            assert answer.status_code in {200, 202, 404}, f"{role} {door}: {answer.text}"
        else:
            assert answer.status_code == 403, f"{role} {door}"
            assert answer.json()["type"] == "urn:redress:problem:forbidden"


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer redress_staff_x"}, {"Authorization": "Basic eDp5"}])
def test_without_a_token_there_is_nothing(client: Client, staff_doors: list[Door], sent: dict[str, str]) -> None:
    for door in staff_doors:
        answer = client.request(door.method, door.url, headers=sent, json=BODIES.get(door.name))
        assert answer.status_code == 401, str(door)
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_customers_secret_is_no_staff_token(client: Client, customer: Customer) -> None:
    made = customer.ask()
    assert client.get(f"{PREFIX}/requests/{made.reference}", headers=made.auth).status_code == 401


def test_a_revoked_token_ends_at_once(client: Client, office: Office, staff: Headers) -> None:
    headers = staff("dpo")
    assert client.get(f"{PREFIX}/requests", headers=headers).status_code == 200
    tokens.revoke(office, "dpo@company.example")
    assert client.get(f"{PREFIX}/requests", headers=headers).status_code == 401


def test_list_and_show_work(client: Client, customer: Customer, staff: Headers) -> None:
    made = customer.ask()
    listed = client.get(f"{PREFIX}/requests", headers=staff("auditor")).json()
    assert [line["reference"] for line in listed] == [made.reference]
    shown = client.get(f"{PREFIX}/requests/{made.reference}", headers=staff("auditor"))
    assert shown.json()["state"] == "received"
    assert "mira" not in shown.text


def test_list_filters(client: Client, customer: Customer, staff: Headers) -> None:
    customer.ask()
    url = f"{PREFIX}/requests?state=complete"
    assert client.get(url, headers=staff("dpo")).json() == []
    assert client.get(f"{PREFIX}/requests?state=lost", headers=staff("dpo")).status_code == 422


@pytest.fixture
def planned(customer: Customer, office: Office) -> Made:
    """A proven access request with one finding, waiting for a decision."""
    from cases import plan

    made = customer.proven()
    with office.unit() as unit:
        case = unit.session.get_one(Case, customer.case(made).id)
        vault, where = office.vault, scope(case.id)
        ref = {"collection": "contacts", "key": "1"}
        unit.session.add(
            Finding(
                id=new_id(),
                case_id=case.id,
                round=case.round,
                store="crm",
                collection="contacts",
                ref_hash=b"1" * 16,
                ref=vault.seal_json(where, "ref", ref),
                version="1",
                role="own",
                strength="certain",
                evidence=vault.seal_json(where, "evidence", []),
                preview=vault.seal_json(where, "preview", {"evidence": [], "title": "M██"}),
                facts=vault.seal_json(where, "facts", {"kept": [], "people": 1, "sent": False, "redactable": False}),
            )
        )
        unit.session.add(
            Coverage(case_id=case.id, round=case.round, store="crm", kind="sql", status="searched", at=office.clock())
        )
        unit.session.flush()
        plan.make(unit.session, office, case, {})
        move(unit.session, office, case, State.AWAITING_DECISION, Event.LOCATE_FINISHED)
        unit.commit()
    return made


def test_plan_change_and_approve_work(client: Client, customer: Customer, planned: Made, staff: Headers) -> None:
    url, dpo = f"{PREFIX}/requests/{planned.reference}", staff("dpo")
    shown = client.get(f"{url}/plan", headers=dpo).json()
    assert [line["action"] for line in shown["lines"]] == ["export"]
    line = shown["lines"][0]["id"]
    changed = client.post(f"{url}/plan/{line}", headers=dpo, json=BODIES["change_line"]).json()
    assert changed["hash"] != shown["hash"]
    stale = client.post(f"{url}/approve", headers=dpo, json={"plan_hash": shown["hash"]})
    assert stale.status_code == 409
    assert stale.json()["type"] == "urn:redress:problem:stale-plan"
    approved = client.post(f"{url}/approve", headers=dpo, json={"plan_hash": changed["hash"]})
    assert approved.json()["state"] == "fulfilling"
    with customer.office.unit() as unit:
        case = customer.case(planned)
        from cases.tables import Decision

        by = unit.session.exec(select(Decision.by).where(Decision.case_id == case.id)).all()
    assert set(by) == {"dpo@company.example"}


def test_nobody_approves_their_own_request(client: Client, planned: Made, office: Office) -> None:
    token = tokens.make(office, "Mira.Lindqvist@example.com", "dpo", 1)
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{PREFIX}/requests/{planned.reference}"
    plan_hash = client.get(f"{url}/plan", headers=headers).json()["hash"]
    assert client.post(f"{url}/approve", headers=headers, json={"plan_hash": plan_hash}).status_code == 403


def test_the_decider_is_the_token_never_the_body(client: Client, planned: Made, staff: Headers) -> None:
    body = BODIES["extend"] | {"by": "somebody.else"}
    answer = client.post(f"{PREFIX}/requests/{planned.reference}/extend", headers=staff("dpo"), json=body)
    assert answer.status_code == 422
    assert "somebody" not in answer.text


def test_extend_refuse_and_search_work(client: Client, planned: Made, staff: Headers) -> None:
    url, dpo = f"{PREFIX}/requests/{planned.reference}", staff("dpo")
    assert client.post(f"{url}/extend", headers=dpo, json=BODIES["extend"]).json()["due"] > "2026-04-02"
    assert client.post(f"{url}/search", headers=staff("operator")).json()["state"] == "locating"
    known = client.post(f"{url}/refuse", headers=dpo, json={"ground": "?", "reason": "r"})
    assert known.status_code == 422
    ground = known.json()["detail"].rsplit(": ", 1)[-1].split(",")[0].rstrip(".")
    assert (
        client.post(f"{url}/refuse", headers=dpo, json={"ground": ground, "reason": "r"}).json()["state"] == "refused"
    )


def test_attest_works(client: Client, customer: Customer, staff: Headers) -> None:
    made = customer.asked()
    url = f"{PREFIX}/requests/{made.reference}/attest"
    assert client.post(url, headers=staff("dpo"), json=BODIES["attest"]).json()["state"] == "locating"


def test_withdraw_on_behalf_works(client: Client, customer: Customer, staff: Headers) -> None:
    made = customer.ask()
    url = f"{PREFIX}/requests/{made.reference}/withdraw"
    assert client.post(url, headers=staff("dpo")).json()["state"] == "withdrawn"


def test_answer_works(client: Client, customer: Customer, office: Office, staff: Headers) -> None:
    made = customer.ask(right="rectification")
    with office.unit() as unit:
        case = unit.session.get_one(Case, customer.case(made).id)
        for state in (State.LOCATING, State.AWAITING_DECISION):
            move(unit.session, office, case, state, Event.LOCATE_FINISHED)
        unit.commit()
    url = f"{PREFIX}/requests/{made.reference}/answer"
    assert client.post(url, headers=staff("dpo"), json=BODIES["answer"]).json()["state"] == "complete"


def test_stores_show_no_secret(client: Client, office: Office, staff: Headers) -> None:
    with office.unit() as unit:
        row = unit.session.get_one(StoreRow, "crm")
        options = {"url": "postgresql://reader:hunter2@db.example/crm"}
        row.options = office.vault.seal_json(stores.scope("crm"), "options", options)
        unit.session.add(row)
        unit.commit()
    answer = client.get(f"{PREFIX}/stores", headers=staff("auditor"))
    assert [row["name"] for row in answer.json()] == ["crm"]
    assert "hunter2" not in answer.text


def test_scans_start(client: Client, office: Office, staff: Headers) -> None:
    started = client.post(f"{PREFIX}/stores/crm/scan", headers=staff("operator"))
    assert started.status_code == 202
    assert client.post(f"{PREFIX}/scans", headers=staff("operator")).json() == started.json()
    with office.unit() as unit:
        assert [run.store for run in unit.session.exec(select(ScanRun))] == ["crm"]


def test_a_scan_of_no_store_is_refused(client: Client, staff: Headers) -> None:
    assert client.post(f"{PREFIX}/stores/shop/scan", headers=staff("operator")).status_code == 404


def test_the_document_describes_problems(client: Client) -> None:
    document = json.loads(client.get("/api/v1/openapi.json").text)
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"], path
