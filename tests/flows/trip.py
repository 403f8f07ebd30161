"""One journey through the real engine, in a process of its own: `python -m tests.flows.trip FOLDER`.

The environment is set by the test: a guard on every socket, a temporary folder of its own, a connector from outside that
breaks. What it saw is printed as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sqlmodel import col, select

from cases import scans
from cases.states import State
from cases.tables import Step
from discovery import stores
from flows import supervisor
from flows.server import apply_environment
from ledger.events import Event
from ledger.tables import LedgerLeaf
from office import Office, open_office
from tests.faults import journey
from tests.faults.company import ASKER, LEAVER, Person
from tests.flows.processes import until

PATIENCE = 240.0
PASSWORD = "markerstorepassword-4711"


def main() -> None:
    """Both requests from receipt to end, a store that breaks in between, five runs of one step."""
    folder = Path(sys.argv[1])
    office = open_office(folder / "home")
    apply_environment(office.settings)
    seen: dict[str, object] = {}
    with supervisor.engine(office.settings):
        scans.ask_all(office)
        work(office)
        seen["access"] = request(office, ASKER, "access")
        stores.add(
            office, "strange", "broken", {"password": PASSWORD, "quote": " ".join(LEAVER.markers)}, {}, "operator"
        )
        scans.ask(office, "broken")
        seen["stopped"] = stopped(office)
        stores.remove(office, "broken", "operator")
        seen["erasure"] = request(office, LEAVER, "erasure")
        seen["five"] = five_at_once(office)
    office.close()
    json.dump(seen, sys.stdout)


def work(office: Office) -> None:
    """Let the engine do what is due."""
    supervisor.run_until_idle(office.settings, timeout=PATIENCE)


def request(office: Office, person: Person, right: str) -> str:
    """A request from receipt to its end; its last state."""
    reference = journey.ask(office, person, right)
    while journey.state_of(office, reference) not in journey.ENDED:
        work(office)
        journey.turn(office, reference)
    return journey.state_of(office, reference).value


def stopped(office: Office) -> list[str]:
    """Let the search and the scan run into the store that breaks; why they were put off."""
    reference = journey.ask(office, LEAVER, "erasure")
    until(lambda: journey.state_of(office, reference) is State.PROVING_IDENTITY, PATIENCE, "intake")
    journey.turn(office, reference)
    until(lambda: len(journey.waiting(office)) == 2, PATIENCE, "scan and search are put off")
    return journey.waiting(office)


def five_at_once(office: Office) -> dict[str, object]:
    """Start the flow of one step five times at the same moment; how they ended, and how often the work was done."""
    from prefect.client.orchestration import get_client

    reference = journey.ask(office, LEAVER, "access")
    with office.unit() as unit:
        step = unit.session.exec(select(Step).where(Step.phase == "intake", col(Step.done_at).is_(None))).one()
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("intake/intake")
        runs = [client.create_flow_run_from_deployment(deployment.id, parameters={"step": step.id}) for _ in range(5)]

        def ended() -> list[str]:
            found = [client.read_flow_run(run.id).state for run in runs]
            return [state.name or "" for state in found if state is not None and state.is_final()]

        until(lambda: len(ended()) == len(runs), PATIENCE, "five runs of one step")
        states = ended()
    work(office)
    with office.unit() as unit:
        leaves = unit.session.exec(select(LedgerLeaf.body).where(LedgerLeaf.case_id == step.case_id)).all()
    done = sum(json.loads(body)["action"] == Event.IDENTITY_ASKED for body in leaves)
    return {"states": states, "done": done, "state": journey.state_of(office, reference).value}


if __name__ == "__main__":
    main()
