"""`prefect.yaml`, the flows it names, and what Prefect is told never to do."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from prefect.cache_policies import NO_CACHE
from prefect.flows import Flow
from prefect.tasks import Task

from flows import deployments, phases, server
from settings import load

FLOWS = {name: found for name, found in vars(phases).items() if isinstance(found, Flow)}
TASKS = {name: found for name, found in vars(phases).items() if isinstance(found, Task)}
PHASES = {"intake", "locate", "fulfil", "confirm", "notify", "discover"}


def test_it_works() -> None:
    served = deployments.deployments()
    assert {deployment.name for deployment in served} == {flow.name for flow in FLOWS.values()}
    assert {f"{d.flow_name}/{d.name}" for d in served} >= {f"{phase}/{phase}" for phase in PHASES}


def test_every_flow_is_deployed_under_its_own_name() -> None:
    entries = deployments.described()
    assert [entry["name"] for entry in entries] == [deployments.flow_of(entry).name for entry in entries]
    assert {deployments.flow_of(entry) for entry in entries} == set(FLOWS.values())


@pytest.mark.parametrize("entry", deployments.described(), ids=lambda entry: entry["name"])
def test_every_deployment_is_bounded_and_explained(entry: dict[str, object]) -> None:
    assert entry["description"]
    assert entry["tags"]
    assert entry["concurrency_limit"]["limit"] >= 1  # type: ignore[index]


@pytest.mark.parametrize("entrypoint", ["flows/phases.py:nothing", "flows/work.py:work", "flows/phases.py:Scanned"])
def test_an_entrypoint_that_is_no_flow(entrypoint: str) -> None:
    with pytest.raises(ValueError, match="is no flow"):
        deployments.flow_of({"entrypoint": entrypoint})


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_flows_take_ids_and_keep_nothing(flow: Flow[..., object]) -> None:
    assert set(inspect.signature(flow.fn).parameters) <= {"step"}
    assert flow.persist_result is False
    assert not flow.log_prints
    assert flow.flow_run_name is None


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_tasks_take_names_and_keep_nothing(task: Task[..., object]) -> None:
    assert set(inspect.signature(task.fn).parameters) <= {"case", "store", "collection"}
    assert task.persist_result is False
    assert task.cache_policy == NO_CACHE
    assert not task.log_prints
    assert task.task_run_name is None
    assert task.tags == set(), "a tag is stored in plain text"


def test_nothing_is_reported_to_anybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "true")
    env = server.environment(load(tmp_path))
    assert env["DO_NOT_TRACK"] == "1"
    assert env["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert env["PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY"] == "false"
    assert env["PREFECT_API_URL"].startswith("http://127.0.0.1:")
    assert Path(env["PREFECT_HOME"]).is_relative_to(tmp_path)
    assert env["PREFECT_RESULTS_PERSIST_BY_DEFAULT"] == "false"


def test_the_engine_has_a_password_of_its_own(tmp_path: Path) -> None:
    first, again = (server.environment(load(tmp_path))["PREFECT_API_AUTH_STRING"] for _ in range(2))
    other = server.environment(load(tmp_path / "other"))["PREFECT_API_AUTH_STRING"]
    assert first == again != other
    assert len(first) > 30
    assert (tmp_path / "prefect" / "password").stat().st_mode & 0o777 == 0o600


def test_an_engine_elsewhere_gets_no_password_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_PREFECT__API_URL", "https://prefect.example/api")
    env = server.environment(load(tmp_path))
    assert env["PREFECT_API_URL"] == "https://prefect.example/api"
    assert "PREFECT_SERVER_API_AUTH_STRING" not in env
