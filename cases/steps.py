"""Due work as rows: written in the transaction that makes it due, claimed by one worker, done once.

A step is the promise that a phase will run. The relay starts a flow run for it; the flow claims it here. A worker that dies
stops renewing its claim, and the step becomes due again with the next attempt number, so a lost run costs a minute and
never the request. Two runs of one step do nothing twice: only the claim holder works.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select, update

from cases.record import new_id
from cases.tables import Step
from office import Office

LEASE = timedelta(seconds=30)
_BACK_OFF = (5, 30, 120, 600, 1800, 3600)
"""Seconds before the second, third … attempt."""
ATTEMPTS = len(_BACK_OFF) + 1


def ask(
    session: Session, office: Office, phase: str, case_id: str | None = None, subject: str = "", wait: float = 0
) -> Step:
    """Make a phase due in `wait` seconds, unless the same one is due already."""
    open_one = select(Step).where(
        Step.phase == phase, Step.case_id == case_id, Step.subject == subject, col(Step.done_at).is_(None)
    )
    step = session.exec(open_one.where(Step.holder == "")).first()
    if step is None:  # one that is at work may have read the state before this change
        now = office.clock()
        due_at = now + timedelta(seconds=wait)
        step = Step(id=new_id(), case_id=case_id, phase=phase, subject=subject, created_at=now, not_before=due_at)
        session.add(step)
    return step


def due(session: Session, now: datetime, *, limit: int = 100) -> list[Step]:
    """Steps that no flow run was started for, and steps whose worker died."""
    query = (
        select(Step)
        .where(
            col(Step.done_at).is_(None),
            Step.not_before <= now,
            or_(col(Step.run_id).is_(None), col(Step.held_until) < now),
        )
        .order_by(col(Step.not_before))
        .limit(limit)
    )
    return list(session.exec(query))


def unfinished(session: Session, clock: Callable[[], datetime]) -> int:
    """How many steps are due or at work now; those that wait for a later time do not count.

    The clock is read after the steps: one that was written while the query waited must not look like work for later.
    """
    times = session.exec(select(Step.not_before).where(col(Step.done_at).is_(None))).all()
    now = clock()
    return sum(1 for not_before in times if not_before <= now)


def started(office: Office, step: Step, run_id: str) -> None:
    """Note the flow run and end the claim of a dead worker; when the run has not claimed the step after a lease, the step
    is due again."""
    with office.unit() as unit:
        unit.session.execute(
            update(Step)
            .where(
                col(Step.id) == step.id,
                col(Step.done_at).is_(None),
                col(Step.holder) == step.holder,
                or_(col(Step.holder) == "", col(Step.held_until) < office.clock()),
            )
            .values(run_id=run_id, holder="", held_until=office.clock() + 2 * LEASE)
        )
        unit.commit()


def claim(office: Office, step_id: str) -> str | None:
    """Become the holder of a step. None when it is done or somebody else is at work on it."""
    holder = uuid.uuid4().hex
    now = office.clock()
    free = or_(col(Step.holder) == "", col(Step.held_until) < now)
    with office.unit() as unit:
        result = unit.session.execute(
            update(Step)
            .where(col(Step.id) == step_id, col(Step.done_at).is_(None), free)
            .values(holder=holder, held_until=now + LEASE)
        )
        unit.commit()
    return holder if result.rowcount else None  # type: ignore[attr-defined]


@contextmanager
def kept(office: Office, step_id: str, holder: str) -> Iterator[None]:
    """Renew the claim from a thread for as long as the block runs."""
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(LEASE.total_seconds() / 3):
            with office.unit() as unit:
                unit.session.execute(
                    update(Step)
                    .where(col(Step.id) == step_id, col(Step.holder) == holder)
                    .values(held_until=office.clock() + LEASE)
                )
                unit.commit()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def finish(office: Office, step_id: str, holder: str, outcome: str) -> None:
    """The step is done."""
    with office.unit() as unit:
        unit.session.execute(
            update(Step)
            .where(col(Step.id) == step_id, col(Step.holder) == holder)
            .values(done_at=office.clock(), outcome=outcome, holder="", held_until=None)
        )
        unit.commit()


def put_off(office: Office, step_id: str, holder: str, outcome: str, wait: float | None = None) -> bool:
    """Try again later: after `wait` seconds, or with growing waits. False when the attempts are used up: then it is done."""
    with office.unit() as unit:
        step = unit.session.get(Step, step_id, with_for_update=True)
        if step is None or step.holder != holder:
            return True
        step.holder = ""
        step.held_until = None
        step.outcome = outcome
        step.failures += 1
        again = step.failures < ATTEMPTS
        if again:
            seconds = wait if wait is not None else _BACK_OFF[step.failures - 1]
            step.not_before = office.clock() + timedelta(seconds=seconds)
            step.attempt += 1
            step.run_id = None
        else:
            step.done_at = office.clock()
        unit.commit()
        return again


def release_all(office: Office) -> None:
    """Free every claim at once: for a supervisor that knows that no worker of its home is alive."""
    with office.unit() as unit:
        unit.session.execute(
            update(Step)
            .where(col(Step.done_at).is_(None), or_(col(Step.run_id).is_not(None), col(Step.holder) != ""))
            .values(holder="", held_until=None, run_id=None, attempt=col(Step.attempt) + 1)
        )
        unit.commit()


def phases_at_work(session: Session) -> list[str]:
    """The phases somebody is at work on now."""
    query = select(Step.phase).where(col(Step.done_at).is_(None), Step.holder != "").distinct()
    return sorted(session.exec(query))


def done_count(session: Session) -> int:
    """How many steps were ever done."""
    return session.exec(select(func.count()).where(col(Step.done_at).is_not(None))).one()


def waiting(session: Session) -> tuple[int, list[str]]:
    """Steps that are not done, and why they were put off."""
    rows = session.exec(select(Step.phase, Step.outcome).where(col(Step.done_at).is_(None))).all()
    return len(rows), sorted({f"{phase}: {outcome}" for phase, outcome in rows if outcome})
