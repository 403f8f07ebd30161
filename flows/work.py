"""One due step, done by whoever claims it: the frame every flow runs in.

Prefect sees a step's opaque id and counts, nothing else. What goes wrong leaves here as a `StepFailed` that names the kind
of error only: Prefect logs and stores error texts, and somebody else's exception may quote a person.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cases import steps
from cases.fulfilling import call_for_help
from cases.record import by_id
from cases.states import ENDED, State
from cases.tables import Step
from connectors.errors import StoreError, Transient
from discovery.stores import NoSuchStore
from flows.orphans import die_with_parent
from office import Office, open_office

_log = logging.getLogger("redress.flows")


class StepFailed(Exception):
    """The step could not be done now; it is tried again, or a person is called."""


def work(step_id: str, do: Callable[[Office, Step], None]) -> str:
    """Claim the step, do it, mark it done. Returns `done`, `busy` (somebody else has it) or `later`.

    Raises `StepFailed` when an unforeseen error stopped it.
    """
    die_with_parent()
    office = open_office()
    try:
        holder = steps.claim(office, step_id)
        if holder is None:
            return "busy"
        with office.unit() as unit:
            step = unit.session.get_one(Step, step_id)
        try:
            with steps.kept(office, step_id, holder):
                do(office, step)
        except Transient as error:
            return _later(office, step, holder, str(error), error.retry_after)
        except (StoreError, NoSuchStore) as error:
            _stop(office, step, str(error))
            steps.finish(office, step_id, holder, str(error))
            return "stopped"
        except Exception as error:  # noqa: BLE001 - the edge: nothing of another library's text may reach Prefect
            why = str(error) if isinstance(error, StepFailed) else f"{type(error).__name__} at {_place(error)}"
            _log.error("step %s stopped by %s", step_id, why)
            _later(office, step, holder, why, None)
            raise StepFailed(f"Stopped by {why}; it is tried again.") from None
        steps.finish(office, step_id, holder, "done")
        return "done"
    finally:
        office.close()


@contextmanager
def safely() -> Iterator[None]:
    """Let store errors through as they are and turn every other one into `StepFailed`, which quotes nothing."""
    try:
        yield
    except (StoreError, NoSuchStore, StepFailed):
        raise
    except Exception as error:  # noqa: BLE001 - the edge, as above
        raise StepFailed(f"{type(error).__name__} at {_place(error)}") from None


def case_of(step: Step) -> str:
    """The request a step works on."""
    if step.case_id is None:
        raise ValueError("This step belongs to no request.")
    return step.case_id


def _later(office: Office, step: Step, holder: str, why: str, wait: float | None) -> str:
    if steps.put_off(office, step.id, holder, why, wait):
        return "later"
    _stop(office, step, why)
    return "stopped"


def _stop(office: Office, step: Step, why: str) -> None:
    """The work on a request cannot go on by itself: call a person."""
    if step.case_id is None:
        return
    with office.unit() as unit:
        case = by_id(unit.session, step.case_id)
        stuck = {State.LOCATING, State.FULFILLING, State.CONFIRMING}
        if State(case.state) in stuck and State(case.state) not in ENDED:
            call_for_help(unit.session, office, case, f"{step.phase}-stopped: {why}")
            unit.commit()


def _place(error: BaseException) -> str:
    """Module and line where an error came up: enough to find it, free of values."""
    trace = error.__traceback__
    place = "unknown"
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
