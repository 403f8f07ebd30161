"""The whole way with the real engine: `redress scan`, `redress run --until-idle`, and the demo."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.demo.truth import Identifiers
from cli.journey import MARKER
from cli.reading import Wanted, texts_of
from tests.cli.conftest import Command

MIRA = Identifiers(("mira@lindqvist.example",), ("+493023125001",), ("Mira Lindqvist",), ("K-100009",))


@pytest.fixture
def engine_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """A port of its own for the engine of this test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    monkeypatch.setenv("REDRESS_PREFECT__PORT", str(port))
    return port


def shell(redress: Command, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own."""
    command = [sys.executable, "-c", "from cli.main import main; main()", "--home", str(redress.home), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.slow
@pytest.mark.usefixtures("engine_port")
def test_it_works(redress: Command, asked: Callable[..., str], mail: Path, tmp_path: Path) -> None:
    """Scan, ask, vouch, work, approve, work, hand out: only commands, as an operator types them."""
    reference = asked()
    redress("store", "add", "maildir", "mail", f"path={mail}")
    redress("request", "attest", reference, "--by", "service.kim", "--evidence", "Signed in.")
    scanned = shell(redress, "scan", "--json")  # does what the request waits for in the same go
    assert scanned.returncode == 0, scanned
    assert {(row["store"], row["state"], row["records"]) for row in json.loads(scanned.stdout)["scans"]} == {
        ("crm", "finished", 5),
        ("mail", "finished", 1),
    }
    assert any(line["entity"] == "EMAIL_ADDRESS" for line in redress.json("inventory", "--store", "crm"))
    plan = redress.json("request", "plan", reference)
    assert {(row["store"], row["status"]) for row in plan["coverage"]} == {("crm", "searched"), ("mail", "searched")}
    assert len(plan["lines"]) == 4
    redress("request", "approve", reference, "--by", "dpo.meyer", "--plan", plan["hash"])
    worked = shell(redress, "run", "--until-idle", "--json")
    assert worked.returncode == 0, worked
    assert json.loads(worked.stdout)["steps_done"] >= 2
    assert redress.json("request", "show", reference)["state"] == "complete"
    out = tmp_path / "answer.zip"
    redress("request", "package", reference, "--out", str(out))
    assert redress.json("package", "verify", str(out))["ok"]
    assert redress.json("run", "--until-idle") == {"steps_done": 0, "waiting": 0, "problems": []}


def test_run_says_what_it_wants(redress: Command) -> None:
    assert "redress serve" in redress.refused("run", code=2)


@pytest.mark.slow
@pytest.mark.usefixtures("engine_port")
def test_running_out_of_time_is_said(redress: Command, asked: Callable[..., str]) -> None:
    asked()
    assert "Run it again" in redress.refused("run", "--until-idle", "--timeout", "1", code=3)


@pytest.mark.slow
@pytest.mark.usefixtures("engine_port")
def test_serve_stops_when_it_is_told_to(redress: Command) -> None:
    redress("init")
    command = [sys.executable, "-c", "from cli.main import main; main()", "--home", str(redress.home), "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        told = [served.stderr.readline() for _ in range(2)]
        assert any("starting" in line for line in told), told
        other = shell(redress, "serve", "--json")
        assert other.returncode == 3
        assert json.loads(other.stderr)["kind"] == "AlreadyRunning"
        started = time.monotonic()
        served.send_signal(signal.SIGTERM)
        served.wait(60)
        assert served.returncode == 0
        assert time.monotonic() - started < 60


@pytest.mark.faults  # CI runs `make demo` itself
def test_the_demo_keeps_its_promises(redress: Command, tmp_path: Path) -> None:
    done = shell(redress, "demo", "--people", "60", "--messages", "100", "--folder", str(tmp_path / "demo"), "--json")
    told = json.loads(done.stdout)
    assert [check for check in told["checks"] if not check["ok"]] == []
    assert done.returncode == 0
    assert len(told["checks"]) >= 24
    assert all(Path(place).exists() for place in told["files"].values())


def test_the_demo_wipes_nothing_but_its_own(redress: Command, tmp_path: Path) -> None:
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "letter.txt").write_text("dear")
    assert "no demo put there" in redress.refused("demo", "--folder", str(folder), code=1)
    assert (folder / "letter.txt").read_text() == "dear"
    assert not (folder / MARKER).exists()


@pytest.mark.parametrize(
    "text",
    [
        "write to MIRA@lindqvist.example now",
        "call 030/23125-001 today",
        "call ＋４９ ３０ ２３１２５００１",
        "customer k-100009",
        b"\x00\xffmira@lindqvist.example\x00",
    ],
)
def test_the_judge_of_the_demo_sees_what_is_left(text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    assert any(Wanted.person(MIRA).stands_in(found) for _, found in texts_of("x", data))
    assert not any(Wanted.person(MIRA).stands_in(found) for _, found in texts_of("x", b"Mira, 030 23125 002, K-100010"))


def test_the_judge_of_the_demo_reads_coded_mail() -> None:
    mail = (
        b"From: a@b.example\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        b"PGI+bWlyYUA8L2I+bGluZHF2aXN0LmV4YW1wbGU=\n"
    )
    assert any(Wanted.person(MIRA).stands_in(found) for _, found in texts_of("x.eml", mail))
