"""The embedded runner: serves the deployments of `prefect.yaml` and relays due steps to them (`python -m flows.runner`)."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Sequence

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner

from discovery import stores
from flows.deployments import deployments
from flows.leftovers import bury_all
from flows.orphans import children_of_mine, die_with_parent
from flows.relay import relay
from office import Office, open_office

_log = logging.getLogger("redress.runner")
EVERY = 0.5


def main() -> None:
    """Run until ended by a signal."""
    die_with_parent()
    os.environ.update(children_of_mine())
    found = deployments()  # outside the event loop, where Prefect would give coroutines
    asyncio.run(_serve(found))


async def _serve(found: Sequence[RunnerDeployment]) -> None:
    office = open_office()
    if not office.settings.prefect.api_url:  # our own server has no other runner
        await asyncio.to_thread(_bury)
    runner = Runner(name="redress", limit=office.settings.prefect.runs_at_once)
    for deployment in found:
        await runner.aadd_deployment(deployment)
    stop = threading.Event()
    thread = threading.Thread(target=_relay_for_ever, args=(office, stop), name="relay", daemon=True)
    thread.start()
    try:
        await runner.start()
    finally:
        stop.set()
        await asyncio.to_thread(thread.join)
        office.close()


def _bury() -> None:
    with get_client(sync_client=True) as client:
        dead = bury_all(client)
    if dead:
        _log.warning("%d runs had been left by a runner that was killed; their steps are taken up again", dead)


def _relay_for_ever(office: Office, stop: threading.Event) -> None:
    limited: set[str] = set()
    with get_client(sync_client=True) as client:
        while not stop.wait(EVERY):
            try:
                _limit_stores(office, client, limited)
                relay(office, client)
            except Exception as error:  # noqa: BLE001 - the worker loop: whatever stopped one turn, the next one comes
                _log.warning("the relay stumbled over %s and goes on", type(error).__name__)


def _limit_stores(office: Office, client: SyncPrefectClient, limited: set[str]) -> None:
    """Give every connected store its global concurrency limit; operators may change it in Prefect."""
    with office.unit() as unit:
        names = {row.name for row in stores.connected(unit.session)}
    if names <= limited:
        return
    present = {limit.name for limit in client.read_global_concurrency_limits(limit=200)}
    for name in names - limited:
        if f"store:{name}" not in present:
            client.create_global_concurrency_limit(
                GlobalConcurrencyLimitCreate(name=f"store:{name}", limit=office.settings.prefect.workers)
            )
        limited.add(name)


if __name__ == "__main__":
    main()
