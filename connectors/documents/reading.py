"""Text out of an attached file, drawn in a process of its own so that no file can hang or crash the caller."""

from __future__ import annotations

import atexit
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, NamedTuple

from connectors.limits import Limits

_ROOT = str(Path(__file__).parents[2])
PICTURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"ID3",
    b"OggS",
    b"fLaC",
    b"\x00\x00\x01\x00",
)


class Extracted(NamedTuple):
    """What was drawn: (subpath, text) and (subpath, reason); an empty subpath is the file itself.

    Subpaths are numbers of entries, never names: a name inside an archive is a text (`3/name`) as it may name a person.
    Reasons: `encrypted`, `damaged`, `too-large`, `unsupported`, `bomb`, `no-text`.
    """

    texts: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()


def read(data: bytes, filename: str, media_type: str, limits: Limits) -> Extracted:
    """The texts of a file; never raises on bytes and returns within `limits.seconds`. Its type is told by its content."""
    if not data.strip():
        return Extracted()
    if len(data) > limits.attachment_bytes:
        return _nothing("too-large")
    if data.startswith(PICTURES):
        return _nothing("unsupported")
    return _CHILD.ask(data, filename, media_type, limits)


def _nothing(reason: str) -> Extracted:
    return Extracted((), (("", reason),))


class _Child:
    """The process that reads, started when it is first needed and again after it had to be killed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0

    def ask(self, data: bytes, filename: str, media_type: str, limits: Limits) -> Extracted:
        head = json.dumps([filename, media_type, asdict(limits)]).encode()
        with self.lock:
            answer = b""
            try:
                process = self.running()
                until = time.monotonic() + limits.seconds
                _send(process.stdin, head, data)
                answer = _receive(process.stdout, until)
            except TimeoutError:
                return _nothing("too-large")
            except (BrokenPipeError, EOFError):
                return _nothing("damaged")
            finally:
                if not answer:  # interrupted too: its answer must never be taken for that of the next file
                    self.stop()
        texts, unreadable = json.loads(answer)
        return Extracted(tuple(map(tuple, texts)), tuple(map(tuple, unreadable)))

    def running(self) -> subprocess.Popen[bytes]:
        if self.process is not None and self.owner == os.getpid() and self.process.poll() is None:
            return self.process
        self.stop()
        path = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH", ""))))
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "connectors.documents.child"],
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


_CHILD = _Child()
atexit.register(_CHILD.stop)
