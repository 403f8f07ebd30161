"""The files of a Maildir: which folders there are, and which file holds which message."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from connectors.errors import Unreachable, Vanished

INBOX = "INBOX"
_INNER = ("cur", "new", "tmp")
_DEPTH = 8


def is_maildir(path: Path) -> bool:
    """Whether a folder has the three folders of a Maildir."""
    return all((path / name).is_dir() for name in _INNER)


def away() -> Unreachable:
    """The folder may be a disk that is not mounted."""
    return Unreachable("The mail folder is not there.", advice="Mount its disk, or correct `path` of the store.")


def folders(root: Path) -> dict[str, Path]:
    """All Maildirs at and below `root` by name: `INBOX` for the root, else the relative path. Links are not followed.

    Raises `Unreachable` when there is none.
    """
    found = {INBOX: root} if is_maildir(root) else {}
    for path in _below(root, _DEPTH) if root.is_dir() else ():
        found[path.relative_to(root).as_posix()] = path
    if not found:
        raise away()
    return found


def _below(path: Path, depth: int) -> Iterator[Path]:
    with os.scandir(path) as entries:
        names = sorted(
            entry.name for entry in entries if entry.is_dir(follow_symlinks=False) and entry.name not in _INNER
        )
    for name in names:
        if is_maildir(path / name):
            yield path / name
        if depth:
            yield from _below(path / name, depth - 1)


def key_of(name: str) -> str:
    """The part of a file name that stays when flags change."""
    return name.partition(":")[0]


def flags_of(name: str) -> str:
    """The rest: `:2,S` for a message that was seen."""
    return name[len(key_of(name)) :]


def version_of(found: os.stat_result) -> str:
    """Changes with the content: Maildir files are replaced, never rewritten, and a write in place moves the time.

    Flags are in the name and leave it alone. One `stat` per message, nothing is read.
    """
    return f"{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ino:x}"


class Folder:
    """The messages of one Maildir by key; looked up again when a file is not where it was (flags are renames)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: dict[str, Path] = {}

    def refresh(self) -> None:
        """Lists the folder anew. A folder that is not there is no proof that its messages are gone: `Unreachable`."""
        self.files = {}
        try:
            for inner in ("new", "cur"):
                with os.scandir(self.path / inner) as entries:
                    for entry in entries:
                        if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                            self.files[key_of(entry.name)] = self.path / inner / entry.name
        except FileNotFoundError:
            raise away() from None

    def find(self, key: str) -> Path | None:
        """The file of a message, None when there is none."""
        path = self.files.get(key)
        if path is None or not path.exists():
            self.refresh()
            path = self.files.get(key)
        return path

    def read(self, key: str, most: int | None = None) -> tuple[bytes, os.stat_result]:
        """A message, at most `most` bytes of it, and its file; raises `Vanished`."""
        for _ in range(3):
            path = self.find(key)
            if path is None:
                break
            try:
                with path.open("rb") as file:
                    return file.read(-1 if most is None else most), os.fstat(file.fileno())
            except FileNotFoundError:
                continue  # flags changed between look-up and reading
        raise Vanished("The message is no longer there.", advice="Run the scan of this store again.")
