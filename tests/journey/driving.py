"""A request from receipt to its end by the functions the flows call, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cases import confirming, decisions, fulfilling, identity, locating, plan
from cases.intake import Asked, receive
from cases.record import by_reference
from cases.states import State
from cases.tables import Case
from cli.opening import initialise
from connectors.errors import StoreError
from office import Office, open_office
from settings import load
from tests.journey.people import Person

REGIONS = {"en": "US", "zh": "CN", "ie": "IE", "es": "ES"}


def install(home: Path, database: str = "", languages: str = '["en"]') -> Office:
    """A new installation."""
    home.mkdir(parents=True)
    lines = [f'database_url = "{database}"'] if database else []
    lines += ["[controller]", 'name = "Firma"', "[pii]", f"languages = {languages}"]
    (home / "redress.toml").write_text("\n".join(lines), "utf-8")
    initialise(load(home))
    return open_office(home)


def ask(office: Office, person: Person, right: str) -> Case:
    """Receipt and proof of identity: the request now wants searching."""
    country = REGIONS.get(person.key, "DE")
    case = receive(office, Asked("gdpr", right, country, person.asked), "staff").case
    identity.begin(office, case.id)
    return identity.attest(office, case.reference, "staff@firma.example", "Passport seen at the desk.")


def search(office: Office, case: Case) -> None:
    """One round over the stores; each is searched or failed."""
    for name in locating.pending_stores(office, case.id):
        try:
            locating.search_store(office, case.id, name)
        except StoreError as error:
            locating.store_failed(office, case.id, name, str(error))


def locate(office: Office, case: Case) -> dict[str, Any]:
    """Search, lay the plan before a person, and give it as they see it."""
    search(office, case)
    decisions.conclude_search(office, case.id)
    return plan.describe(office, case.reference)


def carry_out(office: Office, case: Case) -> State:
    """Approve what lies there, do it, look again."""
    decisions.approve(office, case.reference, "dpo@firma.example", plan.describe(office, case.reference)["hash"])
    fulfilling.fulfil(office, case.id)
    if confirming.wants_search(office, case.id):
        search(office, case)
    confirming.conclude(office, case.id)
    return state(office, case)


def state(office: Office, case: Case) -> State:
    """Where it stands."""
    with office.unit() as unit:
        return State(by_reference(unit.session, case.reference).state)
