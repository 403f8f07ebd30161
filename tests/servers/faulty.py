"""A loopback HTTP server that goes wrong as it is told: one step of a script for each request."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

Step = Callable[[socket.socket], None]


def raw(data: bytes, *, close: bool = True) -> Step:
    """Exactly these bytes."""

    def play(connection: socket.socket) -> None:
        connection.sendall(data)
        if close:
            connection.close()

    return play


def answer(status: int = 200, body: Any = None, **headers: str) -> Step:
    """A well-formed answer; the connection stays open."""
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"content-type": "application/json", "content-length": str(len(content))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return raw(f"HTTP/1.1 {status} Word\r\n{lines}\r\n".encode() + content, close=False)


def silent(until: threading.Event) -> Step:
    """No answer before the event, or ten seconds."""
    return lambda connection: void(until.wait(10))


def dripping(pause: threading.Event, pieces: int) -> Step:
    """A body of spaces that never quite ends."""

    def play(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n")
        for _ in range(pieces):
            connection.sendall(b" " * 10)
            pause.wait(0.02)
        connection.close()

    return play


def void(_: object) -> None:
    """Nothing."""


class Faulty:
    """Plays `script` step by step, then the last one again and again. `heard` holds every request as it came."""

    def __init__(self, script: Iterable[Step], tls: ssl.SSLContext | None = None) -> None:
        self._script, self._tls = list(script), tls
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while request := self._read(connection):
                self.heard.append(request)
                step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
                step(connection)

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        found = b""
        while b"\r\n\r\n" not in found:
            piece = connection.recv(65_536)
            if not piece:
                return b""
            found += piece
        head, _, body = found.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65_536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
