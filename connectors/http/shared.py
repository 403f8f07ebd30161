"""State that all processes of this account share on this machine: tokens and call counts, in files behind locks.

The folder is the user's run-time directory (or a private one below the temporary one); nothing in it outlives a reboot by
design, and nothing in it can be read without the secret of the store.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import MissingRights


def folder() -> Path:
    """The shared folder, made if need be; readable by this user only. Raises `MissingRights` when somebody else owns it."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    path = Path(base) / f"redress-{os.geteuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise MissingRights(
            "The folder for shared tokens belongs to somebody else, or others may read it.",
            advice="Remove it, or set XDG_RUNTIME_DIR to a private folder.",
        )
    return path


def digest(*parts: str) -> str:
    """A file name that says nothing."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@contextmanager
def locked(name: str) -> Iterator[int]:
    """A file of the shared folder, opened and locked against every other process and thread. Gives its descriptor."""
    descriptor = os.open(folder() / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def tried(name: str) -> int | None:
    """The descriptor of a file that was free and is locked now, None when another holds it. Closing it frees it."""
    descriptor = os.open(folder() / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def content(descriptor: int) -> bytes:
    """Everything in the file."""
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def replace(descriptor: int, data: bytes) -> None:
    """Put `data` in the place of what is in the file."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, data, 0)
