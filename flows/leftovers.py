"""Runs that a killed runner left in Prefect: they look alive for ever, and keep slots that the living wait for."""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

_PAGE = 200
_ALIVE = {"type": {"any_": [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]}}


def bury_all(client: SyncPrefectClient) -> int:
    """Call every run dead and free every store: for a runner that starts and is the only one there is. Gives how many."""
    buried = 0
    while runs := client.read_flow_runs(flow_run_filter=FlowRunFilter.model_validate({"state": _ALIVE}), limit=_PAGE):
        for run in runs:
            bury(client, run.id)
        buried += len(runs)
    for limit in client.read_global_concurrency_limits(limit=_PAGE):
        if limit.name.startswith("store:"):
            client.update_global_concurrency_limit(limit.name, GlobalConcurrencyLimitUpdate(active_slots=0))
    return buried


def bury(client: SyncPrefectClient, run: UUID) -> None:
    """Call one run dead; its deployment's slot is free again."""
    try:
        client.set_flow_run_state(run, Crashed(message="Its process is gone; the step is taken up again."), force=True)
    except ObjectNotFound:
        return  # removed from Prefect meanwhile
