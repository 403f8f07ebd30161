"""A service of ours on a loopback port: a class that answers requests, and the thread that carries them to it."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request, taken apart."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises `ValueError` for a body that is none."""
        return json.loads(self.body)


@dataclass
class Reply:
    """An answer; a body of bytes goes out as it is, None is no body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body, ensure_ascii=False).encode()


class Rest(ABC):
    """A running server. Subclasses implement `answer`. `log` holds every exchange, `calls` counts by method and path."""

    def __init__(self) -> None:
        self.log: list[tuple[Asked, Reply]] = []
        self.calls: Counter[str] = Counter()
        self.keep_log = True
        self.before: Callable[[Asked], Reply | None] = lambda asked: None  # a test's own answer instead
        self.lie: Callable[[Asked, Reply], Reply] = lambda asked, reply: reply  # what a dishonest server makes of it
        self._lock = threading.RLock()
        self._http = _listen(self)
        self.port = int(self._http.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @abstractmethod
    def answer(self, asked: Asked) -> Reply:
        """What the service says."""

    def exchange(self, asked: Asked) -> Reply:
        with self._lock:
            self.calls[f"{asked.method} {asked.path}"] += 1
            reply = self.before(asked) or self.lie(asked, self.answer(asked))
            if self.keep_log:
                self.log.append((asked, reply))
            return reply

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)
        self._http.hang_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error of ours."""

    def hang_up(self) -> None:
        for request in list(self.open):
            self.shutdown_request(request)


def _listen(server: Rest) -> _Http:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: tests read `log`."""

        def _do(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            reply = server.exchange(Asked(self.command, url.path, query, headers, body))
            content = reply.content()
            head = {"content-type": "application/json;charset=UTF-8", **reply.headers}
            lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in head.items())]
            if reply.status not in (204, 304) and "content-length" not in head:
                lines.append(f"content-length: {len(content)}")
            self.wfile.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _do

    return _Http(("127.0.0.1", 0), Handler)
