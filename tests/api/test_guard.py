"""What holds for every route: headers, no cookies, bounded bodies, no change on GET, nothing personal in errors and logs."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Client
from sqlalchemy import inspect, text
from sqlmodel import SQLModel
from starlette.requests import HTTPConnection

from api import limits
from api.app import create_app
from api.guard import BODY_LIMIT, Broken
from api.words import Words
from cases.errors import NotFound
from cases.states import State
from cases.tables import Case
from cases.view import Stage, stage
from db.engine import make_engine
from office import Office
from settings import Api
from tests.api.conftest import KNOWN, STRANGER, Customer, client_at, hidden
from tests.api.routes import Door, doors
from tests.servers.postgres import Postgres

STATIC = {"/static/site.css", "/static/icon.svg", "/robots.txt"}
CANARY = "kanarienvogel"


@pytest.fixture
def all_doors(office: Office) -> list[Door]:
    found = doors(create_app(office))
    assert len(found) > 60
    return found


def test_headers_on_every_route(client: Client, all_doors: list[Door]) -> None:
    for door in [*all_doors, Door("GET", "/nothing", ""), Door("GET", "/api/nothing", ""), Door("DELETE", "/en/", "")]:
        headers = client.request(door.method, door.url).headers
        csp = headers["content-security-policy"]
        assert "default-src 'none'" in csp, str(door)
        assert "unsafe" not in csp
        assert "script-src" not in csp
        assert headers["x-content-type-options"] == "nosniff", str(door)
        assert headers["referrer-policy"] == "no-referrer", str(door)
        assert headers["cross-origin-opener-policy"] == "same-origin", str(door)
        assert ("no-store" in headers["cache-control"]) == (door.path not in STATIC), str(door)
        assert "set-cookie" not in headers, str(door)
        assert "strict-transport-security" not in headers, str(door)


def test_hsts_where_the_public_address_is_https(office: Office) -> None:
    settings = office.settings.model_copy(update={"api": Api(public_url="https://privacy.company.example")})
    with client_at(replace(office, settings=settings)) as client:
        for path in ("/en/", "/api/nothing", "/nothing"):
            assert "max-age=63072000" in client.get(path).headers["strict-transport-security"]


def test_pages_have_no_script_and_nothing_from_elsewhere(client: Client, all_doors: list[Door]) -> None:
    for door in all_doors:
        if not door.path.startswith("/api") and door.path not in STATIC:
            page = client.request(door.method, door.url).text
            for forbidden in ("<script", "javascript:", " style=", "<style", "onclick", 'src="http', 'href="http'):
                assert forbidden not in page, str(door)


def test_get_changes_nothing(client: Client, customer: Customer, office: Office, all_doors: list[Door]) -> None:
    made = customer.answered()
    before = _content(office)
    for door in all_doors:
        if door.method == "GET":
            client.get(door.path.format(reference=made.reference, line="ab", name="crm"), headers=made.auth)
    assert _content(office) == before


def _content(office: Office) -> str:
    """A hash over all tables except the buckets, which count lookups."""
    digest = hashlib.sha256()
    with office.engine.connect() as connection:
        for table in sorted(inspect(connection).get_table_names()):
            if table != "rate_bucket":
                digest.update(repr(connection.execute(text(f'SELECT * FROM "{table}"')).all()).encode())
    return digest.hexdigest()


def test_errors_of_the_api_are_problems(client: Client, all_doors: list[Door]) -> None:
    wanted = [door for door in all_doors if door.path.startswith("/api/")]
    for door in [*wanted, Door("GET", "/api/nothing", ""), Door("DELETE", "/api/v1/requests", "")]:
        answer = client.request(door.method, door.url)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", str(door)
            assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/.env", "/en/../api"])
def test_nothing_else_is_there(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    for url in ("/api/v1/requests", "/en/request/check"):
        assert client.post(url, content=b"x" * (BODY_LIMIT + 1)).status_code == 413


def test_a_large_body_that_hides_its_size_is_refused(client: Client) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 8192

    headers = {"Content-Type": "application/json"}
    content = b"".join(parts())
    request = client.build_request("POST", "/api/v1/requests", content=content, headers=headers)
    request.headers["Content-Length"] = "10"
    assert client.send(request).status_code == 413


def test_an_error_nobody_foresaw_says_nothing(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(office)

    def fail() -> None:
        raise RuntimeError(f"{CANARY}@example.com")

    app.add_api_route("/api/fail", fail)
    app.add_api_route("/en/fail", fail)
    with _client(office, app) as client, caplog.at_level(logging.DEBUG):
        for path in ("/api/fail", "/en/fail"):
            answer = client.get(path)
            assert answer.status_code == 500
            assert CANARY not in answer.text
            assert "RuntimeError" not in answer.text
            assert answer.headers["x-content-type-options"] == "nosniff"
    assert CANARY not in caplog.text
    assert "RuntimeError at tests.api.test_guard" in caplog.text


def test_an_answer_that_breaks_off_never_looks_whole(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    from fastapi.responses import StreamingResponse

    app = create_app(office)

    def chunks() -> Iterator[bytes]:
        yield b"x"
        raise NotFound(CANARY)

    app.add_api_route("/api/fail", lambda: StreamingResponse(chunks()), response_model=None)
    with _client(office, app) as client, caplog.at_level(logging.DEBUG), pytest.raises(Broken) as caught:
        client.get("/api/fail")
    assert caught.value.__suppress_context__
    assert CANARY not in caplog.text


def _client(office: Office, app: FastAPI) -> Client:
    from tests.api.conftest import Wire

    return Client(transport=Wire(app, "198.51.100.7"), base_url="http://127.0.0.1:8017")


def test_nothing_personal_in_problems_and_logs(
    client: Client, customer: Customer, caplog: pytest.LogCaptureFixture, staff: Callable[[str], dict[str, str]]
) -> None:
    marks = [f"{CANARY}{i}" for i in range(9)]
    good = {"right": "access", "email": f"{marks[0]}@example.com", "name": marks[1], "customer_id": marks[2]}
    with caplog.at_level(logging.DEBUG):
        made = customer.ask(**good)
        answers = [
            client.post("/api/v1/requests", json=good | {field: value})
            for field, value in [
                ("email", marks[3]),
                ("phone", marks[4]),
                ("name", marks[5] * 40),
                ("residence", marks[6]),
                ("right", marks[7]),
                (marks[8], "extra member"),
                ("language", marks[7] * 4),
            ]
        ]
        answers += [
            client.post(f"/api/v1/requests/{marks[0]}/verify", json={"code": marks[1]}),
            client.get(f"/api/v1/requests/{marks[0]}", headers={"Authorization": f"Bearer {marks[1]}"}),
            client.get(f"/api/v1/requests/{made.reference}?q={marks[2]}", headers={"X-Forwarded-For": marks[3]}),
            client.get(f"/api/v1/staff/requests/{marks[4]}", headers=staff("dpo")),
            client.post("/api/v1/requests", content=marks[5], headers={"Content-Type": "application/json"}),
            client.get(f"/en/{marks[6]}"),
        ]
        client.post("/en/request/check", data=good | {"residence": "DE"})
        client.post("/en/request/check", data=good | {"residence": "DE", "email": marks[3]})
    assert all(answer.status_code >= 400 for answer in answers)
    assert [answer.text for answer in answers if CANARY in answer.text] == []
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]  # the test's own client
    assert [record.getMessage() for record in ours if CANARY in record.getMessage()] == []
    assert any(record.name == "redress.api" for record in ours)


def test_strangers_and_customers_see_the_same(client: Client, customer: Customer) -> None:
    """Byte for byte, but for reference and secret: form, API, status, wrong codes, new codes (ASVS 5.0 V6.3.8)."""
    assert _traces(client, customer, KNOWN) == _traces(client, customer, STRANGER)


def _traces(client: Client, customer: Customer, email: str) -> list[str]:
    from cases import identity

    seen: list[str] = []

    def note(status: int, body: str) -> None:
        for secret in hide:
            body = body.replace(secret, "X")
        seen.append(f"{status} {body}")

    checked = client.post("/en/request/check", data={"right": "access", "residence": "DE", "email": email})
    page = client.post("/en/request/send", data=hidden(checked))
    made = customer.ask(email)
    hide = [made.reference, made.secret]
    seen.append(f"{page.status_code} {len(page.text)}")
    note(*_answer(client.get(made.url, headers=made.auth)))
    identity.begin(customer.office, customer.case(made).id)
    note(*_answer(client.get(made.url, headers=made.auth)))
    for _ in range(7):
        note(*_answer(client.post(f"{made.url}/verify", json={"code": "00000000"})))
    for _ in range(4):
        note(*_answer(client.post(f"{made.url}/code")))
        note(*_answer(client.post(f"{made.url}/verify", json={"code": "00000000"})))
    note(*_answer(client.post(f"{made.url}/download/code", headers=made.auth)))
    note(*_answer(client.post(f"{made.url}/download/grant", headers=made.auth, json={"code": "1"})))
    note(*_answer(client.post(f"{made.url}/withdraw", headers=made.auth)))
    return seen


def _answer(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.text  # type: ignore[attr-defined]


def test_limits_hold_for_a_network(client: Client, office: Office) -> None:
    body = {"right": "access", "email": KNOWN}
    got = [client.post("/api/v1/requests", json=body).status_code for _ in range(22)]
    assert got == [202] * 20 + [429] * 2
    with client_at(office, "198.51.100.250") as neighbour, client_at(office, "203.0.113.9") as elsewhere:
        assert neighbour.post("/api/v1/requests", json=body).status_code == 429
        assert elsewhere.post("/api/v1/requests", json=body).status_code == 202


def test_a_limit_says_when_to_come_back(client: Client, customer: Customer, clock: object) -> None:
    made = customer.ask()
    answers = [client.get(made.url, headers=made.auth) for _ in range(31)]
    assert [a.status_code for a in answers] == [200] * 30 + [429]
    assert answers[-1].headers["retry-after"] == "10"
    clock.forward(seconds=11)  # type: ignore[attr-defined]
    assert client.get(made.url, headers=made.auth).status_code == 200
    assert client.get(made.url, headers=made.auth).status_code == 429


def test_pages_are_limited_too(client: Client) -> None:
    fields = hidden(client.get("/en/status")) | {"reference": "R-2222-2222", "secret": "x"}
    got = [client.post("/en/status", data=fields).status_code for _ in range(31)]
    assert got == [422] * 30 + [429]


def test_an_address_of_a_client_is_believed_from_our_proxy_only(office: Office) -> None:
    class Seen:
        def __init__(self, peer: str, *forwarded: str) -> None:
            from starlette.datastructures import Address, Headers

            self.client = Address(peer, 1) if peer else None
            self.headers = Headers(raw=[(b"x-forwarded-for", line.encode()) for line in forwarded])

    def network(peer: str, *forwarded: str) -> str:
        return limits.network(Seen(peer, *forwarded), ("10.0.0.0/8",))  # type: ignore[arg-type]

    assert network("198.51.100.7", "203.0.113.9") == "198.51.100.0/24"
    assert network("10.0.0.1", "203.0.113.9") == "203.0.113.0/24"
    assert network("10.0.0.1", "192.0.2.1, 203.0.113.9, 10.0.0.2") == "203.0.113.0/24"
    assert network("10.0.0.1", "192.0.2.1", "203.0.113.9") == "203.0.113.0/24"
    assert network("10.0.0.1", "rubbish") == "unknown"
    assert network("10.0.0.1") == "10.0.0.0/24"
    assert network("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert network("::ffff:198.51.100.7") == "198.51.100.0/24"
    assert network("") == "unknown"


def test_buckets_keep_no_address_and_do_not_stay(client: Client, office: Office, clock: object) -> None:
    client.get("/api/v1/requests/R-2222-2222")
    clock.forward(days=2)  # type: ignore[attr-defined]
    client.get("/api/v1/requests/R-2222-2222")
    with office.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM rate_bucket")).all()
    assert len(rows) == 1
    assert b"198" not in rows[0].key


def test_when_the_limit_cannot_be_counted_nothing_is_allowed(client: Client, office: Office) -> None:
    with office.engine.begin() as connection:
        connection.execute(text("DROP TABLE rate_bucket"))
    assert client.post("/api/v1/requests", json={"right": "access", "email": KNOWN}).status_code == 500
    with office.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM request")).scalar() == 0


def test_twenty_at_once_pass_no_more_than_the_limit(office: Office) -> None:
    limit = limits.Limit("test", 7, timedelta(minutes=5))
    _race(office, limit)


@pytest.mark.postgres
def test_twenty_at_once_on_postgres(office: Office, postgres_server: Postgres) -> None:
    engine = make_engine(postgres_server.create_database())
    try:
        SQLModel.metadata.create_all(engine)
        _race(replace(office, engine=engine), limits.Limit("test", 7, timedelta(minutes=5)))
    finally:
        engine.dispose()


def _race(office: Office, limit: limits.Limit) -> None:
    request = HTTPConnection({"type": "http", "headers": [], "client": ("198.51.100.7", 1)})

    def one(_number: int) -> bool:
        try:
            limits.take(office, limit, request)
        except limits.TooOften:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(one, range(20))) == 7


@pytest.mark.parametrize("right", ["access", "opt_out"])
@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_stage_and_words(state: State, right: str) -> None:
    def standing(at: State, note: str) -> Stage:
        values: dict[str, Any] = {"regime": "ccpa", "right": right, "state": at, "note": note}
        return stage(Case(**values))

    assert Words("en")(f"status.{standing(state, '')}")
    joined = standing(State.WITHDRAWN, "joined:R-2222-2222")
    assert joined is (Stage.JOINED if right == "access" else Stage.WORKING)


def test_an_error_page_needs_no_vault(office: Office) -> None:
    app = create_app(office)
    with _client(office, app) as client:
        office.vault.close()
        answer = client.post("/en/request/send", data={"token": "a.1.b"})
        assert answer.status_code in {422, 500}
        assert client.get("/en/nothing").status_code == 404
