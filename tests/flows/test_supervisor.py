"""`redress serve` is stopped, killed, and has its children killed: the work goes on and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from cases.states import State
from cases.tables import Package, Step
from flows import supervisor
from ledger import verify_database
from office import Office, open_office
from tests.faults import journey
from tests.faults.company import LEAVER
from tests.faults.markers import lying_about
from tests.flows.conftest import ROOT, Place
from tests.flows.processes import below, named, parents, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
PATIENCE = 240.0
SLOW = "2"


@pytest.fixture
def office(place: Place) -> Iterator[Office]:
    opened = open_office(place.home)
    yield opened
    opened.close()


@pytest.fixture
def served(place: Place) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The supervisors a test starts; whatever is left of them is killed in the end."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        for pid in [*below(process.pid), process.pid] if process.poll() is None else []:
            os.kill(pid, signal.SIGKILL)
        process.wait()


def serve(place: Place, served: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """Start `redress serve` and wait until its runner runs."""
    with (place.folder / "serve.log").open("ab") as out:
        command = [sys.executable, "-c", "from cli.main import main; main()", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, env=place.environment, stdout=out, stderr=out)
    served.append(process)
    until(lambda: named(process.pid, b"flows.runner") or process.poll() is not None, 120, "the runner starts")
    assert process.poll() is None, (place.folder / "serve.log").read_text("utf-8")
    return process


def add_slow_store(place: Place) -> None:
    """A store that takes its time; in a process of its own, which sees the connector from outside."""
    code = f"""
from discovery import stores
from office import open_office
stores.add(open_office(), "strange", "slow", {{"password": "unused", "seconds": "{SLOW}"}}, {{}}, "operator")
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=place.environment, check=True, timeout=60)


def at_work(office: Office, phase: str) -> bool:
    """Whether somebody holds a step of this phase."""
    with office.unit() as unit:
        held = select(Step.id).where(Step.phase == phase, Step.holder != "", col(Step.done_at).is_(None))
        return unit.session.exec(held).first() is not None


def gone(pids: set[int]) -> bool:
    return not pids & parents().keys()


def test_stopped_cleanly(place: Place, served: list[subprocess.Popen[bytes]]) -> None:
    process = serve(place, served)
    children = below(process.pid)
    assert len(children) >= 2
    with pytest.raises(supervisor.AlreadyRunning), supervisor.engine(open_office(place.home).settings):
        pass
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=90) == 0
    until(lambda: gone(children), 10, "the children end")


@pytest.mark.slow
def test_killed_while_it_starts(place: Place, served: list[subprocess.Popen[bytes]]) -> None:
    """The runner needs seconds to wake up; that its parent died meanwhile must not escape it."""
    process = serve(place, served)
    children = below(process.pid)
    process.kill()
    process.wait()
    until(lambda: gone(children), 30, "the children of a killed supervisor end")


@pytest.mark.faults
def test_killed_at_work(place: Place, served: list[subprocess.Popen[bytes]], office: Office) -> None:
    """Runner, Prefect server and supervisor are killed in turn while a request is worked on; it reaches its end."""
    add_slow_store(place)
    process = serve(place, served)
    reference = journey.ask(office, LEAVER, "erasure")
    until(lambda: journey.state_of(office, reference) is State.PROVING_IDENTITY, PATIENCE, "intake")
    journey.turn(office, reference)
    until(lambda: at_work(office, "locate"), PATIENCE, "the search begins")
    os.kill(named(process.pid, b"flows.runner"), signal.SIGKILL)
    until(lambda: journey.state_of(office, reference) is State.AWAITING_DECISION, PATIENCE, "the search after a kill")
    journey.turn(office, reference)
    until(lambda: at_work(office, "confirm"), PATIENCE, "the second search begins")
    os.kill(named(process.pid, b"flows.server"), signal.SIGKILL)
    until(lambda: named(process.pid, b"flows.server"), 30, "another server starts")
    until(lambda: at_work(office, "confirm") or ended(office, reference), PATIENCE, "the second search goes on")
    children = below(process.pid)
    process.kill()
    process.wait()
    until(lambda: gone(children), 30, "the children of a killed supervisor end")
    process = serve(place, served)
    until(lambda: ended(office, reference), PATIENCE, "the request ends")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=90) == 0
    kept(place, office, reference)


def ended(office: Office, reference: str) -> bool:
    return journey.state_of(office, reference) in journey.ENDED


def kept(place: Place, office: Office, reference: str) -> None:
    """The promises, after all that."""
    assert journey.state_of(office, reference) is State.COMPLETE
    with office.unit() as unit:
        assert len(unit.session.exec(select(Package).where(Package.kind == "certificate")).all()) == 1
        assert unit.session.exec(select(Step.id).where(col(Step.done_at).is_(None), Step.phase != "notify")).all() == []
    with office.unit() as unit:
        assert verify_database(unit.session, office.vault).ok
    assert lying_about(LEAVER.names, [place.folder / "company"]) == []
    assert lying_about(LEAVER.markers, [place.home], besides=[place.home / "outbox"]) == []
    assert not place.guard.exists()
