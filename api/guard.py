"""What holds for every answer: security headers, a bound on what is read, and a last resort for errors nobody foresaw.

One ASGI layer around the whole application, so that no route, mount or error page can be without it (deny by default).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64 * 1024
"""Bytes of the largest body anybody has reason to send."""

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
HSTS = "max-age=63072000; includeSubDomains"

_log = logging.getLogger("redress.api")


class TooLarge(HTTPException):
    """More was sent than `BODY_LIMIT`. FastAPI lets this kind through when it reads a body, and no other."""

    def __init__(self) -> None:
        super().__init__(413)


class Broken(Exception):
    """An answer could not be finished after its head was sent; the connection is cut, so that it cannot look whole."""


class Guard:
    """See the module docstring. `on_error` makes the answer for an error nobody foresaw."""

    def __init__(
        self, app: ASGIApp, *, https: bool, on_error: Callable[[Request, int], Awaitable[Response] | Response]
    ) -> None:
        self._app, self._on_error = app, on_error
        self._headers = HEADERS | ({"Strict-Transport-Security": HSTS} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if _announced(scope) > BODY_LIMIT:
                raise TooLarge
            await self._app(scope, _bounded(receive), guarded)
        except TooLarge:
            await self._answer(scope, receive, guarded, 413)
        except Exception as error:  # noqa: BLE001 - the last resort: an exception's text may quote a person
            _log.error("%s at %s", type(error).__name__, _place(error))
            if status:
                raise Broken("An answer could not be finished.") from None
            await self._answer(scope, receive, guarded, 500)
        finally:
            _log.info(
                "%s %s %s %.0f ms", scope["method"], _route(scope), status or "-", (time.monotonic() - began) * 1000
            )

    async def _answer(self, scope: Scope, receive: Receive, send: Send, status: int) -> None:
        answer = self._on_error(Request(scope, receive), status)
        response = answer if isinstance(answer, Response) else await answer
        await response(scope, receive, send)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_LIMIT:
            raise TooLarge
        return message

    return bounded


def _route(scope: Scope) -> str:
    """The template of the path: what stood in its place may be anything."""
    return str(getattr(scope.get("route"), "path", "-"))


def _place(error: BaseException) -> str:
    """Module and line where an error came up: enough to find it, free of values."""
    trace, place = error.__traceback__, "unknown"
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
