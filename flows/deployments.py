"""The deployments of `prefect.yaml`, for the embedded runner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow
from prefect.schedules import Cron

from flows import phases

FILE = Path(__file__).parent.parent / "prefect.yaml"


def described() -> list[dict[str, Any]]:
    """The deployments as the file describes them."""
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))["deployments"]
    return found


def flow_of(entry: dict[str, Any]) -> Flow[..., Any]:
    """The flow an entry's entrypoint names. It must be one of `flows/phases.py`."""
    module, _, name = entry["entrypoint"].partition(":")
    found = getattr(phases, name, None)
    if module != "flows/phases.py" or not isinstance(found, Flow):
        raise ValueError(f"prefect.yaml: {entry['entrypoint']} is no flow of flows/phases.py. Correct the entrypoint.")
    return found


def deployments() -> list[RunnerDeployment]:
    """Every deployment, ready to be served."""
    return [_deployment(entry) for entry in described()]


def _deployment(entry: dict[str, Any]) -> RunnerDeployment:
    schedules = [Cron(item["cron"], timezone=item["timezone"]) for item in entry.get("schedules", [])]
    made = flow_of(entry).to_deployment(
        entry["name"],
        description=entry["description"],
        tags=entry["tags"],
        schedules=schedules or None,
        concurrency_limit=ConcurrencyLimitConfig(**entry["concurrency_limit"]),
    )
    if not isinstance(made, RunnerDeployment):
        raise TypeError("Build deployments outside an event loop, where Prefect gives coroutines.")
    return made
