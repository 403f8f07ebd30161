"""A request from receipt to its end, in the order of the flows but without Prefect: fast enough to be killed at every step.

Everything here may be started again after a kill, as the relay and the staff would.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlmodel import select

from cases import confirming, decisions, fulfilling, identity, locating, plan, scans, steps
from cases.errors import Forbidden
from cases.intake import Asked, receive
from cases.record import by_reference
from cases.states import ENDED, State
from cases.tables import Case, Step
from cli.opening import initialise
from connectors.errors import StoreError
from discovery import stores
from flows.takeover import take_over
from flows.work import case_of, work
from notices import outbox
from office import Office, open_office
from settings import load
from tests.faults.company import Company, Person

APPROVERS = ("dpo@company.example", "legal@company.example")
STAFF = "service@company.example"
EVIDENCE = "Signed in to the shop: markerreason."
SETTINGS = """\
[controller]
name = "Company"

[policy]
erasure_approvals = 2

[pii]
languages = ["en"]

[prefect]
port = {port}

[api]
port = {api_port}
"""


def settle_in(home: Path, company: Company, port: int = 4217, api_port: int = 8017) -> None:
    """Make an installation with both stores connected."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "redress.toml").write_text(SETTINGS.format(port=port, api_port=api_port), "utf-8")
    initialise(load(home))
    office = open_office(home)
    try:
        stores.add(office, "sql", "crm", {"url": f"sqlite:///{company.crm}"}, {}, "operator")
        stores.add(office, "maildir", "mail", {"path": str(company.mail)}, {}, "operator")
    finally:
        office.close()


def scan(office: Office) -> None:
    """The nightly scan, by direct calls."""
    for asked in scans.ask_all(office):
        drive(office)
        assert scans.ended(office, [asked])[0].state == "finished"


def travel(home: Path, person: Person, right: str) -> str:
    """Everything from the request to its end; gives its reference. Started again it goes on where it was."""
    os.environ["REDRESS_HOME"] = str(home)
    office = open_office(home)
    try:
        take_over(office)
        reference = ask(office, person, right)
        while (before := state_of(office, reference)) not in ENDED:
            drive(office)
            turn(office, reference)
            if state_of(office, reference) is before and (put_off := waiting(office)):
                raise AssertionError(f"a kill is no reason to wait: {put_off}")
        drive(office)
        return reference
    finally:
        office.close()


def waiting(office: Office) -> list[str]:
    """Steps that were put off, and why."""
    with office.unit() as unit:
        return steps.waiting(unit.session)[1]


def ask(office: Office, person: Person, right: str) -> str:
    """The request; a repeat finds the first one."""
    asked = Asked("gdpr", right, "DE", person.given, "en", channel="api", idempotency_key=f"the-{right}-request")
    return receive(office, asked, "api").case.reference


def state_of(office: Office, reference: str) -> State:
    """Where a request stands."""
    with office.unit() as unit:
        return State(by_reference(unit.session, reference).state)


def turn(office: Office, reference: str) -> None:
    """What staff do when it is their turn."""
    match state_of(office, reference):
        case State.RECEIVED | State.PROVING_IDENTITY:
            identity.attest(office, reference, STAFF, EVIDENCE)
        case State.AWAITING_DECISION:
            known = plan.describe(office, reference)["hash"]
            for approver in APPROVERS:
                try:
                    if state_of(office, reference) is State.AWAITING_DECISION:
                        decisions.approve(office, reference, approver, known)
                except Forbidden:
                    continue  # their approval was written down before the kill
        case State.NEEDS_ATTENTION:
            raise AssertionError("nothing that happens here needs a person")


def drive(office: Office) -> None:
    """Do every due step, as runner and relay would."""
    while True:
        with office.unit() as unit:
            due = steps.due(unit.session, office.clock())
        if not due:
            return
        for step in due:
            work(step.id, DO[step.phase])


def _intake(office: Office, step: Step) -> None:
    identity.begin(office, case_of(step))


def _search(office: Office, case: str, names: list[str]) -> None:
    for name in names:
        try:
            locating.search_store(office, case, name)
        except StoreError as error:
            locating.store_failed(office, case, name, str(error))


def _locate(office: Office, step: Step) -> None:
    _search(office, case_of(step), locating.pending_stores(office, case_of(step)))
    decisions.conclude_search(office, case_of(step))


def _fulfil(office: Office, step: Step) -> None:
    fulfilling.fulfil(office, case_of(step))


def _confirm(office: Office, step: Step) -> None:
    _search(office, case_of(step), confirming.wants_search(office, case_of(step)))
    confirming.conclude(office, case_of(step))


def _notify(office: Office, step: Step) -> None:
    outbox.deliver_due(office)


def _discover(office: Office, step: Step) -> None:
    store, collections = scans.begin(office, step.subject)
    done = [scans.partition(office, store, name) for name in collections]
    scans.finish(office, step.subject, sum(done[1:], done[0]), [])


DO = {
    "intake": _intake,
    "locate": _locate,
    "fulfil": _fulfil,
    "confirm": _confirm,
    "notify": _notify,
    "discover": _discover,
}


def only_case(office: Office) -> Case:
    """The one request there is."""
    with office.unit() as unit:
        return unit.session.exec(select(Case)).one()
