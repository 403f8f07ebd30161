"""Writing files so that a power cut leaves the old or the new, never a half, and errors without names in them."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import MissingRights, Transient, Vanished


@contextmanager
def reported() -> Iterator[None]:
    """Turns errors of the operating system into ours; paths stay out of the text, as they may name people."""
    try:
        yield
    except PermissionError:
        raise MissingRights(
            "The mail files may not be read or written.", advice="Give this account the rights."
        ) from None
    except FileNotFoundError:
        raise Vanished(
            "A mail file or folder is no longer there.", advice="Run the scan of this store again."
        ) from None
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "unknown error")
        raise Transient(f"The disk refused ({code}).", advice="See to the disk; the step is tried again.") from None


def write_synced(path: Path, data: bytes, like: os.stat_result) -> None:
    """Writes a file of which mode and times are those of `like`, and waits until it is on the disk.

    What an earlier try left behind under this name is replaced.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, like.st_mode & 0o777)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        finish(file.fileno(), like)


def finish(descriptor: int, like: os.stat_result) -> None:
    """Gives an open file the mode, owner and times of `like` and syncs it."""
    os.fchmod(descriptor, like.st_mode & 0o777)
    if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()) and os.geteuid() == 0:
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.utime(descriptor, ns=(like.st_atime_ns, like.st_mtime_ns))
    os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    """Waits until renames and removals in a folder are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def step_id(key: str) -> str:
    """An opaque name for the effect with this key, safe in file names and headers."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]
