"""The shared REST layer against a server that goes wrong in every way we could think of."""

from __future__ import annotations

import gzip
import logging
import multiprocessing
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from connectors.errors import (
    BadCertificate,
    BadCredentials,
    BadSettings,
    Conflict,
    MissingRights,
    Refused,
    StoreError,
    Terminal,
    Throttled,
    Unreachable,
    Vanished,
)
from connectors.http import (
    Answer,
    Budget,
    Call,
    Client,
    Hosts,
    Limiter,
    Pace,
    Token,
    Tokens,
    Transport,
    by_status,
    retry_after,
    segment,
    shared,
)
from connectors.http import client as client_module
from connectors.http.network import Forbidden, is_public
from connectors.http.pace import PutOff
from tests.servers.certificates import issue
from tests.servers.faulty import Faulty, answer, dripping, raw, silent

LOOPBACK = Hosts((), ("127.0.0.1", "localhost"))
OK = answer(200, {"ok": True})


OPEN: list[Client] = []
"""What a test has made and the fixture closes."""


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    yield
    while OPEN:
        OPEN.pop().close()


class Made:
    """A client and what it slept."""

    def __init__(
        self, hosts: Hosts = LOOPBACK, *, budget: int = 0, seconds: float = 0.3, ca: Path | None = None
    ) -> None:
        self.slept: list[float] = []
        limiter = Limiter("test", {}, self.slept.append)
        self.client = Client(
            Transport(hosts, ca), limiter, Budget(budget), by_status, seconds=seconds, sleep=self.slept.append
        )
        OPEN.append(self.client)


@pytest.fixture
def made() -> Made:
    return Made()


def get(server: Faulty, path: str = "/x", **more: str) -> Call:
    return Call("GET", path, more, base=server.url)


# -- retried, or not


def test_a_good_answer_is_read(made: Made) -> None:
    with Faulty([OK]) as server:
        assert made.client.call(get(server)).json() == {"ok": True}
    assert made.slept == []


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (answer(429), 0.2),
        (answer(429, retry_after="7"), 7),
        (answer(503, retry_after="2"), 2),
        (answer(500), 0.2),
        (answer(502), 0.2),
        (answer(504), 0.2),
        (raw(b""), 0.2),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"), 0.2),
        (raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"), 0.2),
        (raw(b"nonsense\r\n\r\n"), 0.2),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nzzzz"), 0.2),
    ],
    ids="429 429-after 503 500 502 504 cut-before cut-in-body cut-in-chunk garbage bad-gzip".split(),
)
def test_a_passing_fault_is_waited_out(made: Made, fault: object, least: float) -> None:
    with Faulty([fault, fault, OK]) as server:  # type: ignore[list-item]
        assert made.client.call(get(server)).status == 200
        assert len(server.heard) == 3
    assert len(made.slept) == 2
    assert all(pause >= least for pause in made.slept)


@pytest.mark.parametrize(
    ("fault", "kind", "tries"),
    [
        (answer(429), Throttled, 5),
        (answer(500), Unreachable, 5),
        (answer(400), Refused, 1),
        (answer(403), MissingRights, 1),
        (answer(404), Vanished, 1),
        (answer(409), Conflict, 1),
        (answer(412), Conflict, 1),
        (answer(302, location="http://127.0.0.1/elsewhere"), Refused, 1),
        (answer(429, retry_after="3600"), Throttled, 1),
    ],
    ids="429 500 400 403 404 409 412 redirect long-wait".split(),
)
def test_a_lasting_fault_is_one_of_the_tree(made: Made, fault: object, kind: type[StoreError], tries: int) -> None:
    with Faulty([fault]) as server:  # type: ignore[list-item]
        with pytest.raises(kind):
            made.client.call(get(server, q="lena.novak@example.com"))
        assert len(server.heard) == tries


def test_silence_ends_and_is_tried_again(made: Made) -> None:
    done = threading.Event()
    with Faulty([silent(done), OK]) as server:
        assert made.client.call(get(server)).status == 200
        done.set()


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "TRIES", 1)
    made = Made(seconds=0.05)
    with Faulty([dripping(threading.Event(), 200)]) as server, pytest.raises(Unreachable, match="too slowly"):
        made.client.call(get(server))


def test_an_answer_without_end_is_refused(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ANSWER_BYTES", 10_000)
    bomb = gzip.compress(b" " * 1_000_000)
    with Faulty([answer(200, bomb, content_encoding="gzip")]) as server, pytest.raises(Terminal, match="too large"):
        made.client.call(get(server))


def test_what_is_not_json_is_no_answer(made: Made) -> None:
    with Faulty([answer(200, b"<html>Sign in to the hotel</html>")]) as server, pytest.raises(Unreachable):
        made.client.call(get(server)).json()


@pytest.mark.parametrize(("fault", "tries"), [(answer(500), 1), (raw(b""), 1), (answer(429), 5)])
def test_a_write_that_must_not_happen_twice_is_not_repeated(made: Made, fault: object, tries: int) -> None:
    with Faulty([fault]) as server:  # type: ignore[list-item]
        with pytest.raises((Unreachable, Throttled)):
            made.client.call(replace(get(server), method="POST", body={"x": 1}, repeatable=False))
        assert len(server.heard) == tries


def test_nobody_there(made: Made) -> None:
    with Faulty([OK]) as server:
        pass
    with pytest.raises(Unreachable):
        made.client.call(get(server))


def test_files_are_streamed_and_a_cut_shows(made: Made) -> None:
    body = b"x" * 200_000
    with Faulty([answer(429), answer(200, body, content_type="application/octet-stream")]) as server:
        assert b"".join(made.client.stream(get(server))) == body
    cut = raw(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 100\r\n\r\nshort")
    with Faulty([cut]) as server, pytest.raises(Unreachable):
        b"".join(made.client.stream(get(server)))


def test_the_budget_of_a_run_ends() -> None:
    made = Made(budget=2)
    with Faulty([OK]) as server:
        for _ in range(2):
            made.client.call(get(server))
        with pytest.raises(PutOff):
            made.client.call(get(server))
        assert len(server.heard) == 2


def test_nothing_of_a_call_is_logged(made: Made, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Faulty([answer(400, {"said": "lena.novak@example.com"}), OK]) as server:
        with pytest.raises(Refused) as caught:
            made.client.call(get(server, email="lena.novak@example.com"))
        made.client.call(replace(get(server), method="POST", body={"email": "lena.novak@example.com"}))
    assert "lena.novak" not in f"{caplog.text} {caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


@pytest.mark.parametrize(
    "value", ["o'neil\"<x>@example.com", "a&b=c#d", "张伟", "a b\r\nX: y", "..", "%2e%2e", "\x00", "+"]
)
def test_values_stand_where_they_were_put(made: Made, value: str) -> None:
    with Faulty([OK]) as server:
        made.client.call(Call("GET", "/r/" + segment(f"id-{value}"), {"q": value}, base=server.url))
        line = server.heard[0].split(b"\r\n")[0].decode()
        assert server.heard[0].count(b"\r\n\r\n") == 1
    url = httpx.URL(line.split(" ")[1])
    assert dict(url.params) == {"q": value}
    assert url.path == f"/r/id-{value}"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_segment_cannot_climb(name: str) -> None:
    with pytest.raises(Vanished):
        segment(name)


@pytest.mark.parametrize("seconds", [0, 5, 120])
def test_retry_after_is_a_number(seconds: int) -> None:
    assert retry_after(Answer(429, httpx.Headers({"retry-after": str(seconds)}), b"")) == seconds


@pytest.mark.parametrize(("ahead", "least", "most"), [(1000, 900, 1000), (-1000, 0, 0)])
def test_retry_after_is_a_date(ahead: int, least: float, most: float) -> None:
    text = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
    found = retry_after(Answer(429, httpx.Headers({"retry-after": text}), b""))
    assert found is not None
    assert least <= found <= most


@pytest.mark.parametrize("text", ["", "soon", "-5", "1e9", "٣", "99999999999999999999"])
def test_nonsense_is_no_retry_after(text: str) -> None:
    headers = httpx.Headers([(b"retry-after", text.encode())])
    assert retry_after(Answer(429, headers, b"")) is None


# -- where it may go


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.8.9.1 10.0.0.1 172.16.5.5 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 240.0.0.1 255.255.255.255
    192.0.0.192 198.18.0.1 203.0.113.5 ::1 :: fe80::1 fd00::1 ff02::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 64:ff9b::a9fe:a9fe
    64:ff9b:1::a00:1 2002:7f00:1:: 2001:0:0:0:0:0:80ff:fffe ::7f00:1 fe80::1%eth0 2001:db8::1""".split(),
)
def test_an_inner_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    """https://evil.example http://api.example.com https://api.example.com.evil.example https://a.b.apis.example.org
    https://user@api.example.com https://api.example.com@evil.example ftp://api.example.com http://0x7f000001 http://2130706433
    https://127.0.0.1 https://[::1] http://localhost. https://apis.example.org""".split(),
)
def test_only_hosts_on_the_list_are_called(url: str) -> None:
    hosts = Hosts(("api.example.com", "*.apis.example.org"))
    with pytest.raises(Forbidden):
        Transport(hosts).handle_request(httpx.Request("GET", url))


def test_a_wildcard_is_one_label() -> None:
    hosts = Hosts(("*.apis.example.org",))
    hosts.check(httpx.URL("https://www.apis.example.org/x"))
    hosts.check(httpx.URL("https://WWW.APIS.example.org./x"))


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """A name server with these answers in turn; gives the names it was asked for."""
    asked: list[str] = []

    real = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *rest: int, **more: int) -> list[tuple[object, ...]]:
        if host[0].isdigit():  # the socket module asks again for what is an address already
            return list(real(host, port, *rest, **more))
        found = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(2, 1, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "answers", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"], ["64:ff9b::a9fe:a9fe"]]
)
def test_a_name_that_leads_inside_is_not_followed(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> None:
    resolving(monkeypatch, answers)
    with pytest.raises(BadSettings):
        Made(Hosts(("api.example.com",))).client.call(Call("GET", "/", base="https://api.example.com"))


def test_the_address_that_was_checked_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that changes its answer gains nothing: it is asked once for each connection."""
    asked = resolving(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    with Faulty([OK]) as server:
        made = Made(Hosts((), ("localhost",)))
        call = Call("GET", "/", base=f"http://localhost:{server.port}")
        assert made.client.call(call).status == 200
        assert made.client.call(call).status == 200
    assert asked == ["localhost"]


def test_proxies_of_the_environment_are_not_used(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Faulty([OK]) as server:
        assert made.client.call(get(server)).status == 200


def test_certificates_are_verified(tmp_path: Path) -> None:
    ca, certificate, key = issue(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Faulty([OK], context) as server:
        assert Made(ca=ca).client.call(get(server)).status == 200
        with pytest.raises(BadCertificate):
            Made().client.call(get(server))
        monkey = Hosts((), ("localhost", "127.0.0.1", "other.localhost"))
        assert (
            Made(monkey, ca=ca).client.call(replace(get(server), base=f"https://localhost:{server.port}")).status == 200
        )
    with pytest.raises(BadSettings):
        Transport(LOOPBACK, tmp_path / "none.pem")


# -- turns


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_rate_holds_in_any_window() -> None:
    clock, times = Clock(), []
    limiter = Limiter("a", {"": Pace(3, 10.0)}, clock.sleep, lambda: clock.now)
    for _ in range(10):
        with limiter.turn("x"):
            times.append(clock.now)
    assert all(later - earlier >= 10 for earlier, later in zip(times, times[3:], strict=False))
    assert times[-1] - times[0] < 31


def test_classes_and_accounts_are_paced_apart() -> None:
    clock = Clock()
    paces = {"slow": Pace(1, 100.0), "": Pace()}
    one, other = (Limiter(name, paces, clock.sleep, lambda: clock.now) for name in ("a", "b"))
    for limiter, kind in ((one, "slow"), (other, "slow"), (one, "fast"), (one, "fast")):
        with limiter.turn(kind):
            assert clock.now == 1000.0


def test_a_wait_that_is_too_long_is_put_off() -> None:
    clock = Clock()
    limiter = Limiter("a", {"": Pace(1, 10_000.0)}, clock.sleep, lambda: clock.now)
    with limiter.turn(""):
        pass
    with pytest.raises(PutOff), limiter.turn(""):
        pass


def test_never_more_at_once_than_allowed() -> None:
    most, busy, lock = [0], [0], threading.Lock()

    def work(_: int) -> None:
        with Limiter("a", {"": Pace(together=2)}).turn(""):
            with lock:
                busy[0] += 1
                most[0] = max(most[0], busy[0])
            time.sleep(0.02)
            with lock:
                busy[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(12)))
    assert most == [2]


# -- tokens


class Issuer:
    """Hands out tokens and counts."""

    def __init__(self, life: float = 3600) -> None:
        self.count, self.life = 0, life

    def __call__(self) -> Token:
        self.count += 1
        time.sleep(0.02)
        return Token(f"token-{self.count}", time.time() + self.life, {"host": "h"})


def test_one_token_serves_everybody() -> None:
    issuer = Issuer()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: Tokens("a", "secret", issuer).get(), range(16)))
    assert {token.value for token in found} == {"token-1"}
    assert found[0].more == {"host": "h"}


def _fetched(folder: str, queue: multiprocessing.Queue[int]) -> None:
    import os

    os.environ["XDG_RUNTIME_DIR"] = folder
    issuer = Issuer()
    Tokens("a", "secret", issuer).get()
    queue.put(issuer.count)


def test_processes_share_a_token(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[int] = context.Queue()
    workers = [context.Process(target=_fetched, args=(str(tmp_path), queue)) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert sum(queue.get(timeout=60) for _ in workers) == 1
    for worker in workers:
        worker.join(10)


def test_a_refused_token_is_replaced_once() -> None:
    issuer = Issuer()
    first, second = Tokens("a", "secret", issuer), Tokens("a", "secret", issuer)
    stale = first.get().value
    assert second.get().value == stale
    assert first.get(stale).value == "token-2"
    assert second.get(stale).value == "token-2"  # found, not fetched


def test_an_ending_token_is_not_used() -> None:
    issuer = Issuer(life=30)
    tokens = Tokens("a", "secret", issuer)
    assert (tokens.get().value, tokens.get().value) == ("token-1", "token-2")


def test_tokens_on_disk_say_nothing_and_serve_one_secret() -> None:
    issuer = Issuer()
    Tokens("a", "secret", issuer).get()
    kept = [path for path in shared.folder().iterdir() if path.is_file()]
    assert all(b"token-1" not in path.read_bytes() and path.name != "a" for path in kept)
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)
    assert Tokens("a", "another", issuer).get().value == "token-2"


def test_a_token_cut_by_a_kill_is_fetched_anew() -> None:
    issuer = Issuer()
    Tokens("a", "secret", issuer).get()
    for path in shared.folder().iterdir():
        path.write_bytes(path.read_bytes()[:20])
    assert Tokens("a", "secret", issuer).get().value == "token-2"


def test_a_shared_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    shared.folder().chmod(0o755)
    with pytest.raises(MissingRights):
        shared.folder()


class Bearer:
    """Signs with a token of an issuer."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def sign(self, call: Call, stale: str | None) -> tuple[Call, str]:
        token = self._tokens.get(stale).value
        return replace(call, headers={"authorization": f"Bearer {token}"}), token


def signed(issuer: Issuer) -> Client:
    limiter = Limiter("t", {}, lambda _: None)
    auth = Bearer(Tokens("a", "secret", issuer))
    OPEN.append(Client(Transport(LOOPBACK), limiter, Budget(0), by_status, auth, seconds=1))
    return OPEN[-1]


def test_a_token_that_ends_in_the_midst_is_renewed() -> None:
    with Faulty([OK, answer(401), OK]) as server:
        client = signed(Issuer())
        assert [client.call(get(server)).status for _ in range(2)] == [200, 200]
        assert [b"token-1" in request for request in server.heard] == [True, True, False]


def test_an_account_that_gets_no_valid_token_is_told() -> None:
    issuer = Issuer()
    with Faulty([answer(401)]) as server, pytest.raises(BadCredentials):
        signed(issuer).call(get(server))
    assert issuer.count == 2
