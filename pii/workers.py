"""Reading in several processes. Texts travel through pipes between them and are written nowhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import get_context

from pii.errors import PiiError
from pii.reading import Item, Read, Reader, Setup

WORTHWHILE = 100_000  # characters; fewer are read sooner here than sent
_PART = 50_000  # characters sent at once

_reader: list[Reader] = []  # of this process, built when it starts


class Workers:
    """Processes that read texts as a `Reader` of the same setup does. They start with the first texts."""

    def __init__(self, setup: Setup, processes: int) -> None:
        self._pool = ProcessPoolExecutor(processes, get_context("spawn"), _start, (setup,))

    def read(self, items: Sequence[Item]) -> list[Read]:
        """Each text with its findings, in order. Raises PiiError when a process dies."""
        try:
            return [read for part in self._pool.map(_read, list(_parts(items))) for read in part]
        except BrokenExecutor:
            raise PiiError(
                "A process of the detection ended before its time. Lower pii.processes, or give it more memory."
            ) from None

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)


def _parts(items: Sequence[Item]) -> Iterator[list[Item]]:
    part: list[Item] = []
    size = 0
    for item in items:
        part.append(item)
        size += len(item.text)
        if size >= _PART:
            yield part
            part, size = [], 0
    if part:
        yield part


def _start(setup: Setup) -> None:
    _reader.append(Reader(setup, time.thread_time))


def _read(items: Sequence[Item]) -> list[Read]:
    return _reader[0].read(items)
