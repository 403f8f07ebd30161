"""`redress serve` and `redress run`: the embedded processes under one supervisor.

Three children: the Prefect server, the runner, the API. Each is restarted with growing waits when it dies; each dies with the
supervisor. Stop order is API, runner, server, so that nothing new comes in while the work in hand ends. A lock on the home
keeps a second supervisor out.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO

from cases import steps
from flows import server
from flows.orphans import children_of_mine
from flows.takeover import take_over
from office import Office, open_office
from settings import Settings

STOP_SECONDS = 20.0
_BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
PATIENCE = timedelta(seconds=45)
"""A run until idle waits for steps that are tried again this soon."""
GIVE_UP = 4
"""A one-off run ends when a child has died so often in a row."""
LASTED = 60.0
"""A child that lasted this long starts its back-off anew."""


class AlreadyRunning(Exception):
    """Another supervisor works on this home."""


@dataclass
class _Child:
    """One supervised process."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    failures: int = 0
    again_at: float = 0.0

    def tend(self) -> None:
        """Start it, or start it again when it has ended and its wait is over."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            self.failures = 0 if now - self.began > LASTED else self.failures + 1
            self.again_at = now + _BACK_OFF[min(self.failures, len(_BACK_OFF)) - 1] if self.failures else now
            self.process = None
        if self.process is None and now >= self.again_at:
            self.process, self.began = self.start(), now

    def stop(self) -> None:
        """End it: politely first."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass(frozen=True, slots=True)
class Idle:
    """How a run until idle ended: steps done in it, steps that wait for a later time, and what went wrong."""

    steps_done: int
    waiting: int
    problems: list[str] = field(default_factory=list)


def serve(settings: Settings, report: Callable[[str], None] = lambda line: None) -> int:
    """Run everything until SIGTERM or SIGINT; returns the exit code. Raises `AlreadyRunning` or `ServerFailed`."""
    with _alone(settings):
        stopping: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda got, _frame: stopping.append(got))
        children = [*_engine(settings), _child(settings, "api", "api.serve")]
        try:
            _start(settings, children, report)
            report(f"Redress answers at http://{settings.api.host}:{settings.api.port}")
            while not stopping:
                for child in children:
                    child.tend()
                time.sleep(0.5)
        finally:
            for child in reversed(children):
                child.stop()
    return 0


def run_until_idle(
    settings: Settings, on_progress: Callable[[str], None] = lambda line: None, timeout: float | None = None
) -> Idle:
    """Drive flows until nothing is due now. Uses the running server, else a private one for as long as it takes.

    A step that waits for a later time (a letter the relay put off) does not keep it. Raises `TimeoutError`, `ServerFailed`.
    """
    office = open_office(settings.home)
    try:
        begun = _done(office)
        if not _due(office):
            return Idle(0, *_rest(office))
        try:
            with engine(settings, on_progress) as children:
                _watch(office, on_progress, timeout, children)
        except AlreadyRunning:  # `redress serve` does the work; wait for it
            _watch(office, on_progress, timeout, [])
        return Idle(_done(office) - begun, *_rest(office))
    finally:
        office.close()


@contextmanager
def engine(settings: Settings, report: Callable[[str], None] = lambda line: None) -> Iterator[list[_Child]]:
    """Prefect server and runner for as long as the block lasts: `run_until_idle` inside it uses them.

    Raises `AlreadyRunning` or `ServerFailed`.
    """
    with _alone(settings):
        children = _engine(settings)
        try:
            _start(settings, children, report)
            yield children
        finally:
            for child in reversed(children):
                child.stop()


def _engine(settings: Settings) -> list[_Child]:
    children = [_child(settings, "runner", "flows.runner")]
    if not settings.prefect.api_url:
        children.insert(0, _Child("prefect", lambda: server.start(settings, _log(settings, "prefect"))))
    return children


def _start(settings: Settings, children: list[_Child], report: Callable[[str], None]) -> None:
    """Start all; the runner only when the server answers. Claims of a killed predecessor are free at once."""
    office = open_office(settings.home)
    try:
        take_over(office)
    finally:
        office.close()
    for child in children:
        report(f"starting {child.name}")
        child.tend()
        if child.name == "prefect" and child.process is not None:
            server.wait_ready(settings, child.process)


def _child(settings: Settings, name: str, module: str) -> _Child:
    def start() -> subprocess.Popen[bytes]:
        with _log(settings, name).open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", module],
                env=server.environment(settings) | children_of_mine(),
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    return _Child(name, start)


def _log(settings: Settings, name: str) -> Path:
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{name}.log"


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the home's lock. Raises `AlreadyRunning`. The system frees it when the holder dies."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.home / "supervisor.lock").open("a+") as file:
        _lock(file)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(file: IO[str]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyRunning("Another `redress serve` or `redress run` works on this home. Stop it first.") from None


def _watch(office: Office, report: Callable[[str], None], timeout: float | None, children: list[_Child]) -> None:
    until = time.monotonic() + timeout if timeout else None
    shown = ""
    while _due(office):
        if until and time.monotonic() > until:
            raise TimeoutError("There is still work due. Run it again, or see the logs folder of the home.")
        for child in children:
            child.tend()
            if child.failures >= GIVE_UP:
                raise server.ServerFailed(
                    f"The {child.name} process ends again and again. See {child.name}.log in the logs folder."
                )
        with office.unit() as unit:
            now = ", ".join(steps.phases_at_work(unit.session))
        if now != shown:
            report(now)
            shown = now
        time.sleep(0.3)


def _due(office: Office) -> int:
    with office.unit() as unit:
        return steps.unfinished(unit.session, lambda: office.clock() + PATIENCE)


def _done(office: Office) -> int:
    with office.unit() as unit:
        return steps.done_count(unit.session)


def _rest(office: Office) -> tuple[int, list[str]]:
    """Steps for later, and why they were put off."""
    with office.unit() as unit:
        return steps.waiting(unit.session)
