"""From due steps to flow runs. The step is written with the change that asks for it; the run may be lost, the step never.

Starting a run twice is harmless: the idempotency key makes Prefect give the same run for the same attempt, and the claim of
a step lets one run work.
"""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

from cases import steps
from cases.tables import Step
from flows.leftovers import bury
from office import Office


def relay(office: Office, client: SyncPrefectClient) -> int:
    """Start a run for every due step; returns how many."""
    with office.unit() as unit:
        due = steps.due(unit.session, office.clock())
    for step in due:
        if step.run_id is not None:
            if not step.holder and _waits_its_turn(client, step.run_id):
                steps.started(office, step, step.run_id)
                continue
            bury(client, UUID(step.run_id))
            _next_attempt(office, step)  # its run died: the same key would give the dead run again
        deployment = client.read_deployment_by_name(f"{step.phase}/{step.phase}")
        run = client.create_flow_run_from_deployment(
            deployment.id, parameters={"step": step.id}, idempotency_key=f"{step.id}:{step.attempt}"
        )
        steps.started(office, step, str(run.id))
    return len(due)


def _waits_its_turn(client: SyncPrefectClient, run_id: str) -> bool:
    """Whether the run has not begun yet because others are before it."""
    try:
        run = client.read_flow_run(UUID(run_id))
    except ObjectNotFound:
        return False
    return run.state is not None and run.state.is_scheduled()


def _next_attempt(office: Office, step: Step) -> None:
    with office.unit() as unit:
        fresh = unit.session.get_one(Step, step.id)
        fresh.attempt += 1
        step.attempt = fresh.attempt
        unit.commit()
