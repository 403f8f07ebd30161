"""A ZIP written as a stream, the same bytes for the same input.

The sink cannot seek, so sizes stand behind each file (APPNOTE 4.3.9). ZIP64 is used only where a file can pass 2 GiB:
several unpackers that come with an operating system read streamed ZIP64 badly.
"""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cases.package.content import PackageError

_CHUNK = 1 << 16
_LARGE = 1 << 30
_FIXED = (1980, 1, 1, 0, 0, 0)  # the earliest time that a ZIP can hold


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that was written: its size in bytes and the SHA-256 of its content, in hexadecimal."""

    path: str
    size: int
    sha256: str


class _Sink:
    """Collects what zipfile writes until it is fetched."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes, /) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing to do; zipfile asks for it."""

    def close(self) -> None:
        """Nothing to do; zipfile's type asks for it."""

    def fetch(self, least: int = 0) -> Iterator[bytes]:
        """What is held, when it is more than `least` bytes."""
        if len(self._held) > least:
            held = bytes(self._held)
            self._held.clear()
            yield held


class Archive:
    """Write with `add`, end with `close`; both yield the bytes to store, in order."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)
        self.entries: list[Entry] = []

    def add(self, path: str, chunks: Iterable[bytes], expected: int = 0) -> Iterator[bytes]:
        """Write one file. `expected` is an upper bound of its size; it must be right only from 1 GiB on."""
        info = zipfile.ZipInfo(path, _FIXED)
        info.create_system = 3  # Unix, wherever this runs
        info.external_attr = (stat.S_IFREG | 0o644) << 16
        info.compress_type = zipfile.ZIP_DEFLATED  # at zlib's own default level
        digest, size, large = hashlib.sha256(), 0, expected > _LARGE
        with self._zip.open(info, "w", force_zip64=large) as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                if size > zipfile.ZIP64_LIMIT and not large:
                    raise PackageError("A file is larger than its record says. Scan the store again, then rebuild.")
                file.write(chunk)
                yield from self._sink.fetch(_CHUNK)
        self.entries.append(Entry(path, size, digest.hexdigest()))
        yield from self._sink.fetch(_CHUNK)

    def close(self) -> Iterator[bytes]:
        """Write the directory of the archive."""
        self._zip.close()
        yield from self._sink.fetch()
