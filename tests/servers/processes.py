"""How a private server is run: as nobody special, in a short directory of its own, on a port nobody else has."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

START_SECONDS = 60


def require(program: str, *folders: str) -> str:
    """Path of `program`, from PATH or the newest of `folders` (globs below /); skips without it, fails when CI=true."""
    places = [str(place) for folder in folders for place in Path("/").glob(f"{folder.strip('/')}/{program}")]
    found = shutil.which(program) or max(places, default=None)
    if found is None:
        report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        report(f"{program} is not installed on this machine")
    return found


def identity(*names: str) -> dict[str, Any]:
    """Popen arguments that drop root for the first existing user of `names`; nothing when we are not root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in (*names, "nobody") if name in known)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def private_directory(prefix: str, who: dict[str, Any]) -> Path:
    """A new directory (short enough for a socket path) that belongs to the server's user."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    if who:
        os.chown(path, who["user"], who["group"])
    return path


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: Sequence[str | Path], cwd: Path, who: dict[str, Any]) -> None:
    """Run a set-up step to its end; its output is shown when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120, **who)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")


class Process:
    """One server process of ours. `stop` ends this process and no other, and removes its directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, command: Sequence[str | Path], who: dict[str, Any], ready: Callable[[], bool]) -> None:
        """Start `command` and wait until `ready` answers True."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **who
            )
        end = time.monotonic() + START_SECONDS
        while not ready():
            if self._process.poll() is not None or time.monotonic() > end:
                text = self.log.read_text(errors="replace")[-4000:]
                self.stop(9)
                raise RuntimeError(f"{command[0]} did not start:\n{text}")
            time.sleep(0.05)

    def stop(self, signal: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
