"""Runs a step of a store in a child process that kills itself before its n-th change of the file system.

`python -m tests.connectors.killing KIND PATH N ACTION` where ACTION is a pickled action in hex. N 0 lets it finish. The
child prints how many changes there were. An audit hook counts: nothing in the code under test knows of it.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

from connectors.contract import Action, Store

CHANGES = frozenset({"os.rename", "os.remove", "os.link", "os.utime", "os.chmod", "os.truncate"})


class FileJournal:
    """A journal on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, str]:
        return json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}

    def save(self, note: Mapping[str, str]) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(dict(note)), "utf-8")
        draft.rename(self.path)


def opened(kind: str, path: Path) -> Store:
    found = EntryPoint(kind, f"connectors.{kind}:KIND", "redress.connectors").load()
    return found.open(found.options(path=path))


def killed_at(kind: str, path: Path, journal: Path, action: Action, at: int) -> int:
    """Runs the action in a child; returns its exit status (negative: the signal)."""
    command = [sys.executable, "-m", "tests.connectors.killing", kind, str(path), str(journal), str(at)]
    child = subprocess.run([*command, pickle.dumps(action).hex()], capture_output=True, timeout=60, check=False)
    assert child.returncode in (0, -signal.SIGKILL), child.stderr.decode()
    return child.returncode


def main() -> None:
    kind, path, journal, at, action = sys.argv[1:]
    count = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writes:
            count += 1
            if count == int(at):
                os.kill(os.getpid(), signal.SIGKILL)

    with opened(kind, Path(path)) as store:
        planned = pickle.loads(bytes.fromhex(action))
        sys.addaudithook(hook)
        store.act(planned, FileJournal(Path(journal)))


if __name__ == "__main__":
    main()
