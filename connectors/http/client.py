"""Calling a REST service: paced, retried where that is safe, signed, bounded, and silent about what is in a call.

What an answer means is the connector's to say: its `judge` turns an answer into an error of the tree, or None. Errors that
are `Throttled` or `Transient` are tried again after a pause when the call may be repeated; `Expired` fetches a new token
once. Bodies, query strings and server texts never reach a log or an error.
"""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from connectors.errors import (
    BadCertificate,
    BadCredentials,
    Conflict,
    MissingRights,
    Refused,
    StoreError,
    Terminal,
    Throttled,
    Transient,
    Unreachable,
    Vanished,
)
from connectors.http.network import Transport
from connectors.http.pace import Budget, Limiter, PutOff

TRIES = 5
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0  # seconds; what asks for more is put off to a later run
ANSWER_BYTES = 64_000_000
_RETRIED = frozenset({500, 502, 503, 504})


class NotSent(Unreachable):
    """No connection came about: the service knows nothing of the call."""


class Expired(Transient):
    """The service no longer takes the token it gave us."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `path` is encoded (see `segment`) and joined to `base`; `kind` is the class of endpoint that paces it.

    `repeatable` is False for a write that would have a second effect: it is then tried again only where the service
    certainly did not carry it out.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None
    kind: str = ""
    repeatable: bool = True
    base: str = ""

    def request(self, seconds: float) -> httpx.Request:
        return httpx.Request(
            self.method,
            self.base + self.path,
            params=dict(self.params) or None,
            headers={"accept": "application/json", "accept-encoding": "gzip, deflate", **self.headers},
            json=self.body,
            data=dict(self.form) if self.form is not None else None,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)},
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` are found whatever their case."""

    status: int
    headers: httpx.Headers = field(repr=False)
    content: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON; raises `Unreachable` when it is none: something else than the service answered."""
        try:
            return json.loads(self.content)
        except ValueError:
            raise Unreachable(
                "The answer is not JSON: something else than the service answered.", advice="Check the host."
            ) from None


class Auth(Protocol):
    """Signs calls."""

    def sign(self, call: Call, stale: str | None) -> tuple[Call, str]:
        """The call with its credentials, and the token that is in it. `stale` is one the service has just refused."""
        ...


Judge = Callable[[Answer], StoreError | None]


class Client:
    """Calls to one account. Not thread-safe."""

    def __init__(
        self,
        transport: Transport,
        limiter: Limiter,
        budget: Budget,
        judge: Judge,
        auth: Auth | None = None,
        *,
        seconds: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`seconds` is the longest silence of the service; an answer as a whole may take ten times that."""
        self._transport, self._limiter, self._judge, self._auth = transport, limiter, judge, auth
        self._seconds, self._sleep = seconds, sleep
        self.budget = budget

    def call(self, call: Call) -> Answer:
        """Carry out a call. Raises what `judge` makes of the answer, or `Unreachable`, `BadCertificate`."""
        _, answer, opened = self._sent(call, whole=True)
        opened.close()
        return answer

    def stream(self, call: Call) -> Iterator[bytes]:
        """The body of an answer in chunks. A cut after the first chunk is `Unreachable` and not mended."""
        response, answer, opened = self._sent(call, whole=False)
        with opened:
            if response.is_stream_consumed:
                yield answer.content
            else:
                with _translated():
                    yield from response.iter_bytes(65_536)

    def close(self) -> None:
        self._transport.close()

    def _sent(self, call: Call, *, whole: bool) -> tuple[httpx.Response, Answer, ExitStack]:
        """A response that was judged good, and what must be closed behind it. Tries again where that is safe."""
        stale: str | None = None
        attempt = 0
        while True:
            signed, token = self._auth.sign(call, stale) if self._auth else (call, "")
            try:
                return self._attempt(signed, whole=whole)
            except Expired:
                if stale is not None:
                    raise BadCredentials(
                        "The service takes no token of this account.", advice="Renew the secrets of the store."
                    ) from None
                stale = token
            except PutOff:
                raise
            except Transient as error:
                attempt += 1
                if attempt >= TRIES or not (call.repeatable or isinstance(error, NotSent | Throttled)):
                    raise
                self._pause(attempt, error)

    def _attempt(self, call: Call, *, whole: bool) -> tuple[httpx.Response, Answer, ExitStack]:
        opened = ExitStack()
        try:
            opened.enter_context(self._limiter.turn(call.kind))
            self.budget.spend()
            with _translated():
                response = self._transport.handle_request(call.request(self._seconds))
                opened.callback(response.close)
                whole = whole or response.status_code != 200 or "json" in response.headers.get("content-type", "")
                answer = Answer(response.status_code, response.headers, self._content(response) if whole else b"")
            fault = self._judge(answer)
            if fault is not None:
                raise fault
        except BaseException:
            opened.close()
            raise
        return response, answer, opened

    def _content(self, response: httpx.Response) -> bytes:
        until = time.monotonic() + 10 * self._seconds
        found = bytearray()
        for chunk in response.iter_bytes():  # as it comes: gathered into larger ones, a slow body would never be seen
            found += chunk
            if len(found) > ANSWER_BYTES:
                raise Terminal("An answer of the service is too large to be read.", advice="Ask for smaller pages.")
            if time.monotonic() > until:
                raise Unreachable("The service sends its answer too slowly.", advice="Try again later.")
        return bytes(found)

    def _pause(self, attempt: int, error: Transient) -> None:
        asked = error.retry_after
        if asked is not None and asked > LONGEST_PAUSE:
            raise error
        grown = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
        self._sleep(random.uniform(grown / 2, grown) if asked is None else asked + random.uniform(0, FIRST_PAUSE))  # noqa: S311


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of the connection leave this block as `StoreError`, without the address that was called."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise _not_connected(error) from None
    except httpx.TimeoutException:
        raise Unreachable("The service did not answer in time.", advice="Try again later.") from None
    except (httpx.RequestError, httpx.InvalidURL, httpx.StreamError):
        raise Unreachable("The connection to the service broke off.", advice="Try again later.") from None


def _not_connected(error: BaseException) -> StoreError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return BadCertificate(
                "The certificate of the service could not be verified.",
                advice="Set ca_file when a gateway of your own stands between.",
            )
        cause = cause.__cause__ or cause.__context__
    return NotSent("The service cannot be reached.", advice="Check the host and the network.")


def segment(text: str) -> str:
    """`text` as one segment of a path. Raises `Vanished` for what no path can hold as a name."""
    if text in ("", ".", ".."):
        raise Vanished("There is no such record.", advice="Search the store again.")
    return quote(text, safe="")


def retry_after(answer: Answer) -> float | None:
    """Seconds that the answer asks to wait (RFC 9110, 10.2.3: a number or a date); None when it does not, or nonsense."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 9:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def by_status(answer: Answer) -> StoreError | None:
    """What the status alone says; connectors look at the body first. Redirects are not followed: they are refused."""
    status = answer.status
    if 200 <= status < 300 or status == 304:
        return None
    if status == 429:
        return Throttled(
            "The service asks for fewer calls.", advice="Try again later.", retry_after=retry_after(answer)
        )
    if status in _RETRIED:
        return Unreachable("The service has a fault of its own.", advice="Try again.", retry_after=retry_after(answer))
    found: Mapping[int, Callable[[], StoreError]] = {
        401: lambda: Expired("The service does not take the token.", advice="Renew the secrets of the store."),
        403: lambda: MissingRights("The account may not do this.", advice="See `redress store check`."),
        404: lambda: Vanished("What was asked for is not there.", advice="Search the store again."),
        408: lambda: Unreachable("The service gave up waiting.", advice="Try again."),
        409: lambda: Conflict("The service reports a conflict.", advice="Plan again."),
        410: lambda: Vanished("What was asked for is not there any more.", advice="Search the store again."),
        412: lambda: Conflict("The record changed since it was read.", advice="Plan again."),
    }
    make = found.get(status, lambda: Refused("The service refused the call.", advice="See its own log."))
    return make()
