"""Rewriting an mbox file under the locks that mail programs keep, by one rename."""

from __future__ import annotations

import fcntl
import glob
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.disk import finish, sync_folder
from connectors.errors import Conflict, Transient
from connectors.mbox.entries import Box, Entry

_STEP = 8 << 20
_OURS = "redress"


@contextmanager
def locked(path: Path, patience: float = 10.0) -> Iterator[None]:
    """Holds the dot-lock and the record lock of an mbox file; raises `Transient` when another program keeps them.

    A dot-lock of ours whose process is dead is taken over: a kill must not lock the file for good.
    """
    lock = path.with_name(f"{path.name}.lock")
    until = time.monotonic() + patience
    while not _taken(lock):
        if _abandoned(lock):
            lock.unlink(missing_ok=True)
        elif time.monotonic() > until:
            raise Transient("Another program holds the mail file.", advice="It is tried again.", retry_after=60)
        else:
            time.sleep(0.05)
    try:
        _tidy(lock)
        with path.open("r+b") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                raise Transient(
                    "Another program holds the mail file.", advice="It is tried again.", retry_after=60
                ) from None
            yield
    finally:
        lock.unlink(missing_ok=True)


def _taken(lock: Path) -> bool:
    """Links a finished file to the name of the lock, so that a lock always says whose it is."""
    draft = lock.with_name(f".{lock.name}.{os.getpid()}")
    draft.write_text(f"{_OURS} {os.getpid()} {socket.gethostname()}\n", "utf-8")
    try:
        os.link(draft, lock)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _abandoned(lock: Path) -> bool:
    try:
        owner, pid, host = lock.read_text("utf-8").split()
    except (FileNotFoundError, UnicodeDecodeError, ValueError):
        return False
    return owner == _OURS and host == socket.gethostname() and _dead(pid)


def _dead(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    return False


def _tidy(lock: Path) -> None:
    """Removes unfinished locks of processes that were killed."""
    for draft in lock.parent.glob(f".{glob.escape(lock.name)}.*"):
        if _dead(draft.suffix.removeprefix(".")):
            draft.unlink(missing_ok=True)


def rewrite(path: Path, box: Box, instead: Callable[[Entry], bytes | None]) -> None:
    """Writes the file anew: for each entry what `instead` gives, or its own bytes where that is None.

    The caller holds the lock. The new file is synced before it takes the name, mode and times of the old one.
    """
    draft = path.with_name(f".{path.name}.redress")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        at = 0
        for entry in box.entries():
            replacement = instead(entry)
            if replacement is None:
                continue
            _copy(box, at, entry.start, file.write)
            file.write(replacement)
            at = entry.end
        _copy(box, at, len(box.map), file.write)
        file.flush()
        finish(file.fileno(), box.stat)
    now = path.stat()
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (box.stat.st_size, box.stat.st_mtime_ns, box.stat.st_ino):
        draft.unlink()
        raise Conflict("The mail file changed while it was read.", advice="It is planned again from what is there.")
    draft.rename(path)
    sync_folder(path.parent)


def discard_draft(path: Path) -> None:
    """Removes what a killed try left behind."""
    path.with_name(f".{path.name}.redress").unlink(missing_ok=True)


def _copy(box: Box, start: int, end: int, write: Callable[[bytes], object]) -> None:
    for at in range(start, end, _STEP):
        write(box.map[at : min(at + _STEP, end)])
