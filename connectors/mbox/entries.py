"""The messages of an mbox file as ranges of it, found by one pass over the mapped file."""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from connectors.errors import Unreachable
from connectors.mail.mbox import quoted, unquoted

_LINE = re.compile(rb"^From [^\r\n]*\r?\n", re.M)
_TIME = re.compile(rb"\b\d{1,2}:\d{2}\b")
_HEADER = re.compile(rb"(?:>?From |[!-9;-~]+:)")


class Entry(NamedTuple):
    """One message: where its envelope line, its content and what follows it stand, and the hash of the content."""

    start: int
    content: int
    content_end: int
    end: int
    key: str


class Box:
    """A mapped mbox file. `stat` is of the file that was mapped, whatever stands under its name by now."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.stat = os.fstat(file.fileno())
            self.map: mmap.mmap | bytes = b""
            if self.stat.st_size:
                self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __enter__(self) -> Box:
        return self

    def __exit__(self, *exc: object) -> None:
        if isinstance(self.map, mmap.mmap):
            self.map.close()

    def starts(self, at: int = 0) -> Iterator[tuple[int, int]]:
        """Envelope lines from `at` on: at the start of the file, or behind an empty line, or before a header.

        A line of prose that begins with From has no time of day in it or none of these around it.
        """
        for match in _LINE.finditer(self.map, at):
            start, end = match.span()
            if start == 0 or (
                _TIME.search(self.map, start, end) and (self._blank_before(start) or _HEADER.match(self.map, end))
            ):
                yield start, end

    def _blank_before(self, start: int) -> bool:
        before = self.map[max(start - 4, 0) : start]
        return before.endswith((b"\n\n", b"\n\r\n"))

    def entries(self, at: int = 0) -> Iterator[Entry]:
        """The messages from the envelope line at `at` on."""
        previous: tuple[int, int] | None = None
        for found in self.starts(at):
            if previous is not None:
                yield self._entry(*previous, found[0])
            previous = found
        if previous is not None:
            yield self._entry(*previous, len(self.map))

    def _entry(self, start: int, content: int, end: int) -> Entry:
        last = end
        tail = self.map[max(content, end - 4) : end]
        for blank in (b"\r\n\r\n", b"\n\n"):
            if tail.endswith(blank):
                last = end - len(blank) // 2
                break
        digest = hashlib.sha256(memoryview(self.map)[content:last] if last > content else b"")
        return Entry(start, content, last, end, digest.hexdigest()[:40])

    def message(self, entry: Entry, most: int | None = None) -> bytes:
        """The message as it was before it was quoted, where that can be told; else as it stands."""
        end = entry.content_end if most is None else min(entry.content_end, entry.content + most)
        body = self.map[entry.content : end]
        plain = unquoted(body)
        return plain if requoted(plain, body) == body else body


def requoted(plain: bytes, original: bytes) -> bytes:
    """`plain` quoted again, ending as `original` ends."""
    result = quoted(plain)
    return result if original.endswith(b"\n") or plain.endswith(b"\n") else result[:-1]


def boxes(path: Path) -> dict[str, Path]:
    """The mbox files by name: one file, or all in a folder that begin like one. Links are not followed.

    Raises `Unreachable` when there is none: a disk that is not mounted is no proof that its messages are gone.
    """
    if path.is_file():
        return {path.name: path}
    found = {}
    for folder, inner, names in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder) / name
            if not name.startswith(".") and not file.is_symlink() and _begins_like_one(file):
                found[file.relative_to(path).as_posix()] = file
    if not found:
        raise Unreachable("The mail file is not there.", advice="Mount its disk, or correct `path` of the store.")
    return found


def _begins_like_one(file: Path) -> bool:
    if file.suffix in (".lock", ".msf") or not os.access(file, os.R_OK):
        return False
    with file.open("rb") as opened:
        head = opened.read(5)
    return head == b"From " or (not head and file.suffix in ("", ".mbox"))
