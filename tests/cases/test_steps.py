"""Due work: claimed by one worker, done once, taken up again after a death."""

from __future__ import annotations

import threading

from sqlmodel import select

from cases import steps
from cases.tables import Step
from office import Office
from tests.cases.conftest import Clock


def asked(office: Office, phase: str = "locate") -> Step:
    with office.unit() as unit:
        step = steps.ask(unit.session, office, phase, subject="x")
        unit.commit()
        return step


def due(office: Office) -> list[Step]:
    with office.unit() as unit:
        return steps.due(unit.session, office.clock())


def test_it_works(office: Office) -> None:
    step = asked(office)
    holder = steps.claim(office, step.id)
    assert holder
    steps.finish(office, step.id, holder, "done")
    assert due(office) == []
    assert steps.claim(office, step.id) is None


def test_asking_twice_is_one_step(office: Office) -> None:
    assert asked(office).id == asked(office).id


def test_asking_while_one_is_at_work_is_another_and_only_one(office: Office) -> None:
    first = asked(office)
    steps.claim(office, first.id)
    second = asked(office)
    assert second.id != first.id
    assert asked(office).id == second.id


def test_twenty_claims_are_one(office: Office) -> None:
    step = asked(office)
    holders: list[str | None] = []
    threads = [threading.Thread(target=lambda: holders.append(steps.claim(office, step.id))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([holder for holder in holders if holder]) == 1


def test_a_run_that_never_claims_makes_the_step_due_again(office: Office, clock: Clock) -> None:
    step = asked(office)
    steps.started(office, step, "run")
    assert due(office) == []
    clock.forward(seconds=61)
    assert [one.id for one in due(office)] == [step.id]


def test_the_run_after_a_dead_worker_gets_the_step(office: Office, clock: Clock) -> None:
    step = asked(office)
    dead = steps.claim(office, step.id)
    assert dead
    clock.forward(seconds=31)
    (again,) = due(office)
    steps.started(office, again, "second")  # the relay notes the run before the run claims
    assert steps.claim(office, step.id)
    steps.finish(office, step.id, dead, "done")  # the dead one comes back
    with office.unit() as unit:
        assert unit.session.exec(select(Step)).one().done_at is None


def test_noting_a_run_takes_nothing_from_a_living_worker(office: Office) -> None:
    step = asked(office)
    holder = steps.claim(office, step.id)
    assert holder
    with office.unit() as unit:
        fresh = unit.session.get_one(Step, step.id)
    steps.started(office, fresh, "late")
    assert steps.claim(office, step.id) is None
    steps.finish(office, step.id, holder, "done")
    assert due(office) == []


def test_waits_grow_and_end(office: Office, clock: Clock) -> None:
    step = asked(office)
    waits = []
    while holder := steps.claim(office, step.id):
        before = clock()
        if not steps.put_off(office, step.id, holder, "away"):
            break
        with office.unit() as unit:
            wait = unit.session.get_one(Step, step.id).not_before - before
        waits.append(wait.total_seconds())
        clock.forward(seconds=waits[-1])
    assert waits == [5, 30, 120, 600, 1800, 3600]
    assert due(office) == []


def test_all_are_released_at_a_start(office: Office) -> None:
    step = asked(office)
    steps.started(office, step, "run")
    steps.claim(office, step.id)
    steps.release_all(office)
    assert [one.id for one in due(office)] == [step.id]
