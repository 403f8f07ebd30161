"""The server process itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from sqlmodel import SQLModel

import api.limits
from db.migrate import upgrade
from office import open_office

assert api.limits


def start(home: Path, port: int) -> subprocess.Popen[str]:
    environment = os.environ | {"REDRESS_HOME": str(home), "REDRESS_API__PORT": str(port)}
    return subprocess.Popen(
        [sys.executable, "-m", "api.serve"], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_it_works(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    upgrade(office.engine)
    SQLModel.metadata.create_all(office.engine)
    office.close()
    port = free_port()
    process = start(tmp_path, port)
    try:
        answer = _get(f"http://127.0.0.1:{port}/en/?q=kanarienvogel", process)
        assert answer.status_code == 200
        assert "server" not in answer.headers
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode in {0, -signal.SIGTERM}
    assert "kanarienvogel" not in out + err
    assert "GET " in err


def test_a_database_that_is_behind_is_refused(tmp_path: Path) -> None:
    open_office(tmp_path).close()
    process = start(tmp_path, free_port())
    _, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "redress init" in err


def test_wrong_settings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "redress.toml").write_text("[api]\nprot = 1\n")
    process = start(tmp_path, free_port())
    _, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "api.prot" in err


def _get(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("The server did not come up.")
