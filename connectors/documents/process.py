"""A process of our own for code that hostile files can hang or crash: it answers one request after the other, in time or
not at all."""

from __future__ import annotations

import atexit
import os
import resource
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

_ROOT = str(Path(__file__).parents[2])


class Child:
    """The process that runs a module of ours, started when it is first needed and again after it had to be killed."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0
        atexit.register(self.stop)

    def ask(self, head: bytes, data: bytes, seconds: float) -> bytes:
        """Its answer to a request. Raises `TimeoutError`, or `BrokenPipeError` or `EOFError` when it died of it."""
        with self.lock:
            answered = False
            try:
                process = self.running()
                until = time.monotonic() + seconds
                _send(process.stdin, head, data)
                answer = _receive(process.stdout, until)
                answered = True
                return answer
            finally:
                if not answered:  # interrupted too: its answer must never be taken for that of the next file
                    self.stop()

    def running(self) -> subprocess.Popen[bytes]:
        if self.process is not None and self.owner == os.getpid() and self.process.poll() is None:
            return self.process
        self.stop()
        path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH", ""))))
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries quote what they read in their warnings
            # No secrets of ours beside hostile files.
            env={"PATH": os.defpath, "PYTHONPATH": path, "LC_ALL": "C.UTF-8"},
        )
        return self.process

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None or self.owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # bytes that the dead process did not take


def _send(pipe: IO[bytes] | None, head: bytes, data: bytes) -> None:
    assert pipe is not None  # noqa: S101 - opened above
    pipe.write(struct.pack("<QQ", len(head), len(data)))
    pipe.write(head)
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes] | None, until: float) -> bytes:
    assert pipe is not None  # noqa: S101 - opened above
    (size,) = struct.unpack("<Q", _exactly(pipe.fileno(), 8, until))
    return _exactly(pipe.fileno(), size, until)


def _exactly(descriptor: int, size: int, until: float) -> bytes:
    data = bytearray()
    while len(data) < size:
        left = until - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            raise TimeoutError
        got = os.read(descriptor, min(size - len(data), 1 << 20))
        if not got:
            raise EOFError
        data += got
    return bytes(data)


def serve_requests(answer: Callable[[bytes, bytes], bytes], memory: int) -> None:
    """The life of such a process: answer `head` and `data` until the input ends, with no more than so many bytes."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no document in a core file
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes nowhere
    while len(sizes := source.read(16)) == 16:
        size, length = struct.unpack("<QQ", sizes)
        result = answer(source.read(size), source.read(length))
        target.write(struct.pack("<Q", len(result)) + result)
        target.flush()
