"""An installation in a temporary folder and a browser-like client on it. People are invented."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, BaseTransport, Client, Request, Response
from sqlmodel import SQLModel, col, select

import api.limits
import cases.tables
import ledger.triggers
from api.app import create_app
from cases import identity, tokens
from cases.record import move
from cases.states import State
from cases.tables import Case, Package, Plan, scope
from connectors.contract import Field, FieldType, Record, Ref
from db.migrate import upgrade
from discovery import index
from discovery.tables import StoreRow
from ledger.events import Event
from notices.outbox import read
from notices.tables import Notice
from office import Office, open_office
from tests.servers.postgres import postgres_server

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KNOWN = "mira.lindqvist@example.com"
STRANGER = "nobody.at.all@example.org"
assert api.limits
assert ledger.triggers


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    """A real home; one customer, Mira, is in the index of a store."""
    opened = replace(open_office(tmp_path / "home"), clock=clock)
    upgrade(opened.engine)
    SQLModel.metadata.create_all(opened.engine)
    with opened.unit() as unit:
        unit.session.add(StoreRow(name="crm", kind="sql", options=None, added_at=clock()))
        unit.session.flush()
        fields = (Field("email", KNOWN, FieldType.EMAIL),)
        index.put(unit.session, opened.vault, "crm", [Record(Ref("contacts", "1"), "1", fields)], 1)
        unit.commit()
    yield opened
    opened.close()


class Wire(BaseTransport):
    """Calls the application in this process, for a client that does not wait asynchronously."""

    def __init__(self, app: FastAPI, address: str) -> None:
        self._asgi = ASGITransport(app=app, client=(address, 50123))

    def handle_request(self, request: Request) -> Response:
        async def ask() -> Response:
            response = await self._asgi.handle_async_request(request)
            return Response(response.status_code, headers=response.headers, content=await response.aread())

        return asyncio.run(ask())


def client_at(office: Office, address: str = "198.51.100.7") -> Client:
    """A client with an address of its own."""
    return Client(transport=Wire(create_app(office), address), base_url="http://127.0.0.1:8017")


@pytest.fixture
def client(office: Office) -> Iterator[Client]:
    with client_at(office) as opened:
        yield opened


@dataclass
class Made:
    """A request that was made through the API."""

    reference: str
    secret: str

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    @property
    def url(self) -> str:
        return f"/api/v1/requests/{self.reference}"


class Customer:
    """Somebody at the JSON API, with the flows' part done by hand: the intake phase, and their mailbox."""

    def __init__(self, office: Office, client: Client) -> None:
        self.office, self.client = office, client

    def ask(self, email: str = KNOWN, right: str = "access", **fields: str) -> Made:
        answer = self.client.post("/api/v1/requests", json={"right": right, "email": email, **fields})
        assert answer.status_code == 202, answer.text
        return Made(answer.json()["reference"], answer.json()["secret"])

    def asked(self, email: str = KNOWN, right: str = "access") -> Made:
        """A request after the intake phase."""
        made = self.ask(email, right)
        identity.begin(self.office, self.case(made).id)
        return made

    def case(self, made: Made) -> Case:
        with self.office.unit() as unit:
            return unit.session.exec(select(Case).where(Case.reference == made.reference)).one()

    def mails(self, made: Made, kind: str) -> list[str]:
        """The texts of the letters of a kind that were queued."""
        with self.office.unit() as unit:
            query = select(Notice).where(Notice.case_id == self.case(made).id, Notice.kind == kind)
            notices = unit.session.exec(query.order_by(col(Notice.queued_at), col(Notice.dedupe))).all()
        return [read(self.office, notice).text for notice in notices]

    def code(self, made: Made) -> str:
        found = re.search(r"\b\d{8}\b", self.mails(made, "identity_code")[-1])
        assert found
        return found[0]

    def proven(self, email: str = KNOWN) -> Made:
        made = self.asked(email)
        assert self.client.post(f"{made.url}/verify", json={"code": self.code(made)}).status_code == 204
        return made

    def answered(self, content: bytes = b"PK\x05\x06" + bytes(18), kind: str = "answer") -> Made:
        """A request that was carried out; its package is sealed on disk."""
        made = self.proven()
        with self.office.unit() as unit:
            case = unit.session.get_one(Case, self.case(made).id)
            for state in (State.AWAITING_DECISION, State.FULFILLING, State.CONFIRMING, State.COMPLETE):
                move(unit.session, self.office, case, state, Event.REQUEST_COMPLETED)
            plan = Plan(id="p1", case_id=case.id, number=1, round=1, body=b"{}", hash="0" * 64, made_at=START)
            unit.session.add(plan)
            unit.session.flush()
            self.office.settings.packages.mkdir(exist_ok=True)
            path = self.office.settings.packages / "k1.sealed"
            sealed = self.office.vault.seal_file(scope(case.id), "package", [content], path)
            now = self.office.clock()
            package = Package(
                id="k1",
                case_id=case.id,
                plan_id="p1",
                kind=kind,
                file="k1.sealed",
                sha256=sealed.sha256,
                size=sealed.size,
                built_at=now,
                expires_at=now + timedelta(days=14),
            )
            unit.session.add(package)
            unit.commit()
        return made


@pytest.fixture
def customer(office: Office, client: Client) -> Customer:
    return Customer(office, client)


@pytest.fixture
def staff(office: Office) -> Callable[[str], dict[str, str]]:
    """Headers of a member of staff with a role."""

    def headers(role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.make(office, f'{role}@company.example', role, 30)}"}

    return headers


def hidden(page: Response) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))


assert cases.tables
assert postgres_server
