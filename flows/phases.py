"""The flows: one per phase, each a few lines. They decide order and retries; what is right is decided in `cases`.

Every flow may be started twice, late, or after a kill: `work` lets one of them through. Parameters are opaque step ids.
Results are not persisted and inputs are not hashed into cache keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.concurrency.sync import concurrency
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from cases import confirming, deadlines, decisions, fulfilling, identity, locating, retention, scans, steps
from cases.tables import Step
from connectors.errors import StoreError, Transient
from discovery.scan import ScanBusy, Scanned
from flows.work import case_of, safely, work
from ledger import checkpoint, ship
from notices import outbox
from office import Office, open_office
from settings import load

THREADS: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=load().prefect.workers)
DEFERRED_SECONDS = 120.0
SLOT_SECONDS = 60.0
"""How long a store's slot outlives a killed worker; the least Prefect takes. The living renew it."""
RETRIES = 2
RETRY_SECONDS = [2.0, 6.0]
"""Short tries inside a run; a store that stays away longer is accounted for as failed and searched again on demand."""


@flow(name="intake", persist_result=False)
def intake(step: str) -> str:
    """Receipt, and the question who is asking."""
    return work(step, lambda office, row: identity.begin(office, case_of(row)))


@flow(name="locate", persist_result=False, task_runner=THREADS)
def locate(step: str) -> str:
    """Search every store, account for each, lay the plan before a person."""

    def do(office: Office, row: Step) -> None:
        _search(office, case_of(row), locating.pending_stores(office, case_of(row)))
        decisions.conclude_search(office, case_of(row))

    return work(step, do)


@flow(name="fulfil", persist_result=False)
def fulfil(step: str) -> str:
    """Carry out the approved plan."""
    return work(step, lambda office, row: fulfilling.fulfil(office, case_of(row)))


@flow(name="confirm", persist_result=False, task_runner=THREADS)
def confirm(step: str) -> str:
    """Look again, then close the request, or go back to a person."""

    def do(office: Office, row: Step) -> None:
        _search(office, case_of(row), confirming.wants_search(office, case_of(row)))
        confirming.conclude(office, case_of(row))

    return work(step, do)


@flow(name="notify", persist_result=False)
def notify(step: str) -> str:
    """Deliver queued letters. What the relay puts off is due again later; the outbox knows when to give a letter up."""

    def do(office: Office, row: Step) -> None:
        if outbox.deliver_due(office).deferred:
            with office.unit() as unit:
                steps.ask(unit.session, office, "notify", wait=DEFERRED_SECONDS)
                unit.commit()

    return work(step, do)


@flow(name="discover", persist_result=False, task_runner=THREADS)
def discover(step: str) -> str:
    """Scan one store, collection by collection: index and inventory."""

    def do(office: Office, row: Step) -> None:
        store, collections = scans.begin(office, row.subject)
        done, problems = Scanned(), []
        for end in _ends([scan_partition.submit(store, name) for name in collections]):
            if isinstance(end, ScanBusy):
                raise end
            if isinstance(end, Scanned):
                done += end
            else:
                problems.append(str(end))
        scans.finish(office, row.subject, done, problems)

    return work(step, do)


@flow(name="watch", persist_result=False)
def watch() -> dict[str, int]:
    """Watch every clock (reminders, overdue, dates made final) and count what lies around; the counts go to the log."""
    office = open_office()
    try:
        clocks = deadlines.watch(office)
        counts = {"reminded": clocks.reminded, "newly_overdue": clocks.overdue, "made_final": clocks.settled}
        return scans.look_around(office) | counts
    finally:
        office.close()


@flow(name="scan-all", persist_result=False)
def scan_all() -> int:
    """Make a scan of every store due: the nightly schedule."""
    office = open_office()
    try:
        return len(scans.ask_all(office))
    finally:
        office.close()


@flow(name="maintain", persist_result=False)
def maintain() -> dict[str, int]:
    """Expire our copies; sign and ship the ledger."""
    office = open_office()
    try:
        done = retention.tidy(office)
        with office.unit() as unit:
            checkpoint(unit.session, office.vault, office.clock())
            unit.commit()
        with office.unit() as unit:
            done["shipped"] = ship(unit.session, office.settings.shipped)
            if outbox.waiting(unit.session):  # a killed worker may have left one in the midst of being sent
                steps.ask(unit.session, office, "notify")
            unit.commit()
        return done
    finally:
        office.close()


def _again(_task: object, _run: object, state: object) -> bool:
    """Retry only what the store called passing."""
    return isinstance(_error(state), Transient)


@task(
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=RETRIES,
    retry_delay_seconds=RETRY_SECONDS,
    retry_jitter_factor=0.5,
    retry_condition_fn=_again,
)
def search_store(case: str, store: str) -> int:
    """Search one store for the person of one request; returns how many records matched."""
    office = open_office()
    try:
        with concurrency(f"store:{store}", occupy=1, strict=False, lease_duration=SLOT_SECONDS), safely():
            return locating.search_store(office, case, store).found
    finally:
        office.close()


@task(
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=RETRIES,
    retry_delay_seconds=RETRY_SECONDS,
    retry_jitter_factor=0.5,
    retry_condition_fn=_again,
)
def scan_partition(store: str, collection: str) -> Scanned:
    """Scan one collection of one store."""
    office = open_office()
    try:
        with concurrency(f"store:{store}", occupy=1, strict=False, lease_duration=SLOT_SECONDS), safely():
            return scans.partition(office, store, collection)
    finally:
        office.close()


def _search(office: Office, case: str, stores: Sequence[str]) -> None:
    """One fan-out over the stores; one that fails is written down as failed, never left out.

    Raises `ScanBusy` when another run reads a store: that is no failure of the store, so the step comes back later.
    """
    runs = [(name, search_store.submit(case, name)) for name in stores]
    for name, end in zip(stores, _ends([run for _, run in runs]), strict=True):
        if isinstance(end, ScanBusy):
            raise end
        if isinstance(end, BaseException):
            locating.store_failed(office, case, name, str(end))


def _ends(futures: Sequence[PrefectFuture[Any]]) -> list[object]:
    """Result or `StoreError` of each future; anything else is raised."""
    ends: list[object] = []
    for future in futures:
        end = future.result(raise_on_failure=False)
        if isinstance(end, BaseException) and not isinstance(end, StoreError):
            raise end
        ends.append(end)
    return ends


def _error(state: object) -> object:
    """The exception of a failed state, None when it has none."""
    data = getattr(state, "data", None)
    return getattr(data, "result", data)
