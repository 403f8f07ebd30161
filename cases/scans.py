"""Scans of stores between requests, and the look-around that finds lost work and late requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from sqlmodel import col, func, select

from cases import steps
from cases.record import new_id
from cases.states import ENDED, State
from cases.tables import Case, Step
from connectors.errors import StoreError
from discovery import detection, stores
from discovery.scan import Scanned, scan_collection
from discovery.tables import IndexedRecord, ScanCursor, ScanRun
from ledger.events import Event
from ledger.log import append
from office import Office


def ask(office: Office, store: str) -> str:
    """Make a scan of a store due; a scan that has not begun yet is joined. Returns its id. Raises `NoSuchStore`."""
    with office.unit() as unit:
        session = unit.session
        if store not in {row.name for row in stores.connected(session)}:
            raise stores.NoSuchStore(store)
        waiting = session.exec(select(ScanRun).where(ScanRun.store == store, ScanRun.state == "queued")).first()
        run = waiting or ScanRun(id=new_id(), store=store, queued_at=office.clock())
        session.add(run)
        steps.ask(session, office, "discover", subject=run.id)
        unit.commit()
        return run.id


def ask_all(office: Office) -> list[str]:
    """Make a scan of every connected store due."""
    with office.unit() as unit:
        names = [row.name for row in stores.connected(unit.session)]
    return [ask(office, name) for name in names]


def begin(office: Office, run_id: str) -> tuple[str, list[str]]:
    """Start a scan: the store and the collections to read. Raises `StoreError`."""
    with office.unit() as unit:
        run = unit.session.get_one(ScanRun, run_id)
        run.state, run.started_at = "running", office.clock()
        unit.commit()
    with stores.open_named(office, run.store) as store:
        return run.store, [collection.name for collection in store.collections()]


def partition(office: Office, store_name: str, collection: str) -> Scanned:
    """Scan one collection, inventory included. Raises `StoreError`."""
    analyzer = detection.analyzer(office)
    with stores.open_named(office, store_name) as store:
        return scan_collection(office, store, store_name, collection, analyzer)


def finish(office: Office, run_id: str, done: Scanned, problems: list[str]) -> None:
    """End a scan. `problems` are the sentences of collections that could not be read: the scan then counts as failed."""
    with office.unit() as unit:
        run = unit.session.get_one(ScanRun, run_id)
        run.state = "failed" if problems else "finished"
        run.finished_at = office.clock()
        run.records, run.changed, run.gone, run.unreadable = done.read, done.changed, done.gone, done.unreadable
        run.problem = " ".join(sorted(set(problems)))
        append(
            unit.session,
            office.vault,
            at=office.clock(),
            actor="engine",
            event=Event.SCAN_FINISHED,
            object=f"scan:{run.id}:{run.state}",
            payload={"records": done.read, "changed": done.changed, "gone": done.gone, "unreadable": done.unreadable},
        )
        unit.commit()


def ended(office: Office, run_ids: Sequence[str]) -> list[ScanRun]:
    """The scans of these ids as they stand now, by store."""
    with office.unit() as unit:
        query = select(ScanRun).where(col(ScanRun.id).in_(run_ids)).order_by(ScanRun.store)
        return list(unit.session.exec(query))


def passes(office: Office) -> dict[tuple[str, str], int]:
    """The number of the pass that each collection is in, by store and collection."""
    with office.unit() as unit:
        rows = unit.session.exec(select(ScanCursor.store, ScanCursor.collection, ScanCursor.pass_number))
        return {(store, collection): number for store, collection, number in rows}


def read_since(office: Office, seen: Mapping[tuple[str, str], int], names: Sequence[str] | None = None) -> int:
    """How many records were seen since `passes` gave `seen`: all, or those of some stores."""
    counted = select(IndexedRecord.store, IndexedRecord.collection, IndexedRecord.seen, func.count()).group_by(
        IndexedRecord.store, IndexedRecord.collection, col(IndexedRecord.seen)
    )
    with office.unit() as unit:
        rows = unit.session.exec(counted)
        wanted = [row for row in rows if names is None or row[0] in names]
    return sum(count for store, name, number, count in wanted if number >= seen.get((store, name), 1))


def expected(office: Office, names: Sequence[str] | None = None) -> int:
    """About how many records the stores hold, for a progress bar; a store that does not answer counts for nothing."""
    if names is None:
        with office.unit() as unit:
            names = [row.name for row in stores.connected(unit.session)]
    total = 0
    for name in names:
        with suppress(StoreError), stores.open_named(office, name) as store:
            total += store.estimate().records
    return total


PHASE = {
    State.RECEIVED: "intake",
    State.LOCATING: "locate",
    State.FULFILLING: "fulfil",
    State.CONFIRMING: "confirm",
}
"""The phase that takes a request out of a state in which only the engine can."""


def revive(office: Office) -> int:
    """Make the next step due again for requests that wait for the engine and have none: a step ended, its outcome was lost."""
    revived = 0
    with office.unit() as unit:
        session = unit.session
        open_steps = select(Step.case_id).where(col(Step.done_at).is_(None), col(Step.case_id).is_not(None))
        query = select(Case).where(
            col(Case.state).in_([state.value for state in PHASE]), col(Case.id).not_in(open_steps)
        )
        for case in session.exec(query):
            steps.ask(session, office, PHASE[State(case.state)], case.id)
            revived += 1
        unit.commit()
    return revived


def look_around(office: Office) -> dict[str, int]:
    """Counts for the watch: requests that are late, due within a week, or waiting for a person; steps that lie around."""
    revived = revive(office)
    today = office.clock().astimezone(office.settings.zone).date()
    living = col(Case.state).not_in([state.value for state in ENDED])
    with office.unit() as unit:
        session = unit.session
        late = session.exec(select(func.count()).where(living, Case.due < today)).one()
        soon = session.exec(
            select(func.count()).where(living, Case.due >= today, Case.due <= today + timedelta(days=7))
        ).one()
        waiting = session.exec(
            select(func.count()).where(col(Case.state).in_(["awaiting_decision", "needs_attention"]))
        ).one()
        old = office.clock() - timedelta(minutes=15)
        stuck = session.exec(select(func.count()).where(col(Step.done_at).is_(None), col(Step.not_before) < old)).one()
        return {
            "overdue": late,
            "due_in_a_week": soon,
            "waiting_for_a_person": waiting,
            "steps_behind": stuck,
            "revived": revived,
        }
