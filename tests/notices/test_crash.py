"""Workers that are killed at every step, and workers that run at the same time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import col, select

from ledger.tables import LedgerLeaf
from notices.delivery import FileDelivery
from notices.outbox import Counts, cancel, deliver_due, resend
from notices.tables import Notice, State
from office import Office, open_office
from tests.notices.conftest import Clock, Relay, again, put, smtp_toml
from tests.servers.postgres import postgres_server  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

ROOT = Path(__file__).parents[2]


class Counted(FileDelivery):
    """Notes each hand-over, and tells a hook before and after it."""

    def __init__(self, folder: Path, step: Callable[..., None]) -> None:
        super().__init__(folder)
        self.step = step

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        self.step()
        with (self.folder.parent / "sends").open("a") as log:
            log.write("x")
        super().send(message, sender=sender, recipient=recipient)
        self.step()


def run_and_die(home: Path, kill_at: int) -> bool:
    """Queue and deliver one letter in a process that is killed at the given step. True if it came to the end instead."""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        assert status == 0 or os.WIFSIGNALED(status)
        return status == 0
    try:
        steps = 0

        def step(*_: Any) -> None:
            nonlocal steps
            steps += 1
            if steps == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        opened = open_office(home)
        office = Office(opened.settings, opened.engine, opened.vault, Clock())
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, step)
        put(office)
        deliver_due(office, delivery=Counted(office.settings.letters, step))
        os._exit(0)
    finally:
        os._exit(1)


def check(office: Office) -> str:
    """One letter, in one end state, told truly by row, ledger and folder; gives the state."""
    with office.unit() as unit:
        (notice,) = unit.session.exec(select(Notice)).all()
        bodies = unit.session.exec(select(LedgerLeaf.body).order_by(col(LedgerLeaf.seq))).all()
        unit.commit()
    home = office.settings.home
    files = list(office.settings.letters.glob("*.eml"))
    sends = (home / "sends").read_text() if (home / "sends").exists() else ""
    assert len(sends) <= 1
    assert notice.state in (State.SENT, State.UNKNOWN)
    assert len(files) == (notice.state == State.SENT)
    assert [json.loads(body)["action"] for body in bodies] == ["notice.queued", f"notice.{notice.state}"]
    return notice.state


@pytest.mark.faults
def test_killed_at_every_step(make_office: Callable[..., Office], tmp_path: Path) -> None:
    ends: Counter[str] = Counter()
    finished, kill_at = False, 0
    while not finished:
        kill_at += 1
        office = make_office(f'home = "{tmp_path / str(kill_at)}"')
        office.close()
        finished = run_and_die(tmp_path / "home", kill_at)
        put(office)
        deliver_due(office, recover=True, delivery=Counted(office.settings.letters, lambda: None))
        ends[check(office)] += 1
        office.close()
    assert kill_at > 30, "the hooks see every statement and commit"
    assert ends[State.UNKNOWN] >= 1
    assert ends[State.SENT] > ends[State.UNKNOWN]


WORKER = """
import sys
from pathlib import Path
from notices.outbox import deliver_due
from office import open_office
office = open_office(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(deliver_due(office).sent)
"""


def workers(home: Path, number: int) -> Iterator[int]:
    """Start `number` processes at the same moment; gives how many letters each sent."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(home)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(number)
    ]
    for worker in running:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in running:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in running:
        yield int(worker.communicate(timeout=60)[0])
        assert worker.returncode == 0


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """A line of settings for either database."""
    if request.param == "sqlite":
        return ""
    return f'database_url = "{request.getfixturevalue("postgres_server").create_database()}"\n'


def test_two_processes_send_each_letter_once(
    make_office: Callable[..., Office], relay: Callable[..., Relay], tmp_path: Path, database: str
) -> None:
    server = relay()
    office = make_office(database + smtp_toml(server))
    expected = {put(office, number).message_id for number in range(30)}
    shares = list(workers(tmp_path / "home", 2))
    assert sum(shares) == 30
    assert min(shares) > 0, "both took part"
    arrived = [message["Message-ID"] for message in server.accepted]
    assert len(arrived) == 30
    assert set(arrived) == expected
    assert deliver_due(office, recover=True) == Counts()


def test_both_databases_agree(
    make_office: Callable[..., Office], relay: Callable[..., Relay], clock: Clock, database: str
) -> None:
    server = relay()
    office = make_office(database + smtp_toml(server))
    server.answers["RCPT"] = ["450 greylisted", "550 no", "250 OK"]
    notice = put(office)
    assert put(office).id == notice.id
    assert deliver_due(office) == Counts(deferred=1)
    clock.forward(minutes=5)
    assert deliver_due(office) == Counts(failed=1)
    with office.unit() as unit:
        resend(office, unit.session, notice.id, actor="staff:1", at=clock())
        unit.commit()
    server.drop = "lost"
    assert deliver_due(office) == Counts(unknown=1)
    other = put(office, 2)
    with office.unit() as unit:
        assert cancel(office, unit.session, "c1", actor="staff:1", at=clock()) == 1
        unit.commit()
    assert (again(office, notice).state, again(office, other).state) == (State.UNKNOWN, State.CANCELLED)
    assert again(office, notice).tried_at == clock()
