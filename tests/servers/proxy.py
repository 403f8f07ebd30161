"""A loopback relay in front of a test server that can lose the connection, or change what the server says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self


class Proxy:
    """Relays to `port`. `rewrite` sees each piece the server sends; `cut` ends every connection and takes no new one."""

    def __init__(self, port: int, rewrite: Callable[[bytes], bytes] = lambda piece: piece) -> None:
        self._target = port
        self._rewrite = rewrite
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.heard = bytearray()  # what the client said
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            for item in (client, server):
                item.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [client, server]
            self._start(self._pump, client, server, self._listen)
            self._start(self._pump, server, client, self._rewrite)

    def _listen(self, piece: bytes) -> bytes:
        self.heard += piece
        return piece

    def _pump(self, source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65_536):
                target.sendall(change(piece))
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """As if the cable were pulled and the server gone."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for item in self._open:
            with contextlib.suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for item in self._open:
            item.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.cut()
