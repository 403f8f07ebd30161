"""Looking at the processes below one: who lives, with which arguments and which environment (Linux)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path


def parents() -> dict[int, int]:
    """The parent of every process there is; the dead that nobody has collected yet do not count."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # ended meanwhile
        if state not in {"Z", "X"}:
            found[int(folder.name)] = int(parent)
    return found


def below(root: int) -> set[int]:
    """Every living descendant of a process."""
    known, found = parents(), {root}
    while more := {pid for pid, parent in known.items() if parent in found} - found:
        found |= more
    return found - {root}


def told(pid: int) -> bytes:
    """Arguments and environment of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() + b"\0" + Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def named(root: int, word: bytes) -> int:
    """The descendant whose arguments hold this word; 0 for none."""
    for pid in sorted(below(root)):
        try:
            if word in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        except OSError:
            continue
    return 0


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something to come true. Raises `TimeoutError` with `what`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} seconds in vain: {what}")
        time.sleep(0.1)


class Watcher:
    """Keeps what the processes below one are told, for as long as the block lasts."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.seen: dict[int, bytes] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.25):
            for pid in below(self.root):
                if len(text := told(pid)) > len(self.seen.get(pid, b"")):
                    self.seen[pid] = text
