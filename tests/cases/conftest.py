"""A tiny company with a CRM and a mail folder, an office with a clock that is moved by hand, and the work of the flows.

People, all invented: Anna Schmidt, who asks; another Anna Schmidt; Boris Petrov, whom Anna referred; Clara and Dieter Weiss,
who share a mailbox. Numbers are reserved for drama (Bundesnetzagentur), `KANARIE` marks what is Boris's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr

from cases import confirming, decisions, fulfilling, identity, intake, locating, plan, steps
from cases.intake import Asked
from cases.tables import Case, Step
from connectors.errors import StoreError, Transient
from db import make_engine
from db.migrate import upgrade
from discovery import stores
from discovery.identifiers import Kind
from discovery.stores import NoSuchStore
from notices import outbox
from office import Office
from settings import Settings, load
from tests.servers.postgres import Postgres, postgres_server
from vault import Vault

__all__ = ["postgres_server"]

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EMAIL, PHONE, NAME = "anna.schmidt@example.com", "+493023125111", "Anna Schmidt"
ANNA = ((Kind.EMAIL, EMAIL), (Kind.PHONE, PHONE), (Kind.NAME, NAME))
CRM = """
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT NOT NULL, email TEXT, phone TEXT, remarks TEXT,
    spouse_email TEXT, referred_by INTEGER REFERENCES contacts (id));
CREATE TABLE deals (
    id INTEGER PRIMARY KEY, contact_id INTEGER NOT NULL REFERENCES contacts (id), title TEXT NOT NULL, stage TEXT NOT NULL,
    closed_on TEXT);
CREATE TABLE notes (id INTEGER PRIMARY KEY, deal_id INTEGER NOT NULL REFERENCES deals (id), body TEXT NOT NULL);
INSERT INTO contacts VALUES
    (1, 'Anna', 'Schmidt', 'anna.schmidt@example.com', '030 23125-111', 'Prefers tea. Ask boris@example.com first.',
     'karl.schmidt@example.org', NULL),
    (2, 'Anna', 'Schmidt', 'another.anna@example.org', NULL, 'Lives in Graz.', NULL, NULL),
    (3, 'Boris', 'Petrov', 'boris@example.com', '030 23125-222', 'KANARIE-BORIS-ROW', NULL, 1),
    (4, 'Clara', 'Weiss', 'familie@example.net', NULL, NULL, NULL, NULL),
    (5, 'Dieter', 'Weiss', 'familie@example.net', NULL, NULL, NULL, NULL);
INSERT INTO deals VALUES
    (1, 1, 'Garden shed', 'won', '2025-05-01'), (2, 1, 'Hedge trimming', 'open', NULL), (3, 3, 'KANARIE deal', 'open', NULL);
INSERT INTO notes VALUES (1, 2, 'She wants it by June.'), (2, 3, 'KANARIE note');
"""


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Company:
    """The two stores, and ways to look at and change them that are not ours."""

    folder: Path
    written: int = field(default=0)

    @property
    def crm(self) -> Path:
        return self.folder / "crm.db"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    def build(self) -> None:
        self.folder.mkdir()
        self.sql(CRM)
        for name in ("cur", "new", "tmp"):
            (self.mail / name).mkdir(parents=True)
        self.post(EMAIL, "info@company.example", "Order", "Hello, please send two hedges. Anna", "sent")
        self.post(
            "sales@company.example", f"{EMAIL}, boris@example.com, sales@company.example", "Quote",
            "Dear Anna Schmidt,\nBoris Petrov (KANARIE-QUOTE) will call you under 030 23125-111.\nRegards", "group",
        )  # fmt: skip
        self.post("a@company.example", "b@company.example", "Call", "Please ring 030 23125 111 today.", "mention")
        self.post("a@company.example", "b@company.example", "Party", "Anna Schmidt will bring a cake.", "nameonly")
        self.post("boris@example.com", "info@company.example", "Hi", "KANARIE-MAIL from Boris.", "boris")

    def post(self, sender: str, to: str, subject: str, body: str, key: str = "", **files: bytes) -> str:
        self.written += 1
        key = key or f"m{self.written}"
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Date"] = "Mon, 02 Mar 2026 08:00:00 +0000"
        message["Message-ID"] = f"<{key}@mail.example>"
        message.set_content(body)
        for name, data in files.items():
            message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
        (self.mail / "cur" / f"{key}:2,S").write_bytes(message.as_bytes())
        return key

    def mails(self) -> dict[str, bytes]:
        return {path.name.partition(":")[0]: path.read_bytes() for path in (self.mail / "cur").iterdir()}

    def sql(self, script: str) -> None:
        with closing(sqlite3.connect(self.crm)) as connection:
            connection.executescript(script)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.crm)) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path / "company")
    made.build()
    return made


Make = Callable[..., Office]


@pytest.fixture
def make_office(tmp_path: Path, clock: Clock) -> Iterator[Make]:
    """Open an installation with these lines in its redress.toml; `database` and `keys` are URLs."""
    opened: list[Office] = []

    def make(toml: str = "", database: str = "", keys: str = "") -> Office:
        home = tmp_path / f"home{len(opened)}"
        home.mkdir()
        (home / "redress.toml").write_text(toml, "utf-8")
        settings: Settings = load(home)
        settings = settings.model_copy(update={"database_url": SecretStr(database), "keys_url": SecretStr(keys)})
        vault = Vault.open_at(settings.ring, settings.keys)
        office = Office(settings, make_engine(settings.database), vault, clock)
        opened.append(office)
        upgrade(office.engine)
        return office

    yield make
    for office in opened:
        office.close()


@pytest.fixture
def office(make_office: Make) -> Office:
    """An installation without stores."""
    return make_office()


def connect(office: Office, company: Company) -> Office:
    """Connect both stores of the company."""
    stores.add(office, "sql", "crm", {"url": f"sqlite:///{company.crm}"}, {}, "operator")
    stores.add(office, "maildir", "mail", {"path": str(company.mail)}, {}, "operator")
    return office


@pytest.fixture
def at_work(office: Office, company: Company) -> Office:
    """An installation with both stores."""
    return connect(office, company)


def postgres_office(make_office: Make, server: Postgres, toml: str = "") -> Office:
    """An installation whose database and key store are on PostgreSQL."""
    return make_office(toml, server.create_database(), server.create_database())


def asked(right: str = "access", given: tuple[tuple[Kind, str], ...] = ANNA, **more: object) -> Asked:
    """A request as typed."""
    return replace(Asked("gdpr", right, "DE", given), **more)  # type: ignore[arg-type]


def drive(office: Office, *, only: tuple[str, ...] = ()) -> None:
    """Do every step that is due, as the flows do, until none is; with `only`, steps of these phases."""
    while True:
        with office.unit() as unit:
            due = [step for step in steps.due(unit.session, office.clock()) if not only or step.phase in only]
        if not due:
            return
        for step in due:
            holder = steps.claim(office, step.id)
            if holder is None:
                continue
            try:
                _PHASES[step.phase](office, step)
            except Transient as error:
                steps.put_off(office, step.id, holder, str(error), error.retry_after)
            else:
                steps.finish(office, step.id, holder, "done")


def _case(step: Step) -> str:
    assert step.case_id is not None
    return step.case_id


def _search(office: Office, case_id: str, names: list[str]) -> None:
    for name in names:
        try:
            locating.search_store(office, case_id, name)
        except (StoreError, NoSuchStore) as error:
            locating.store_failed(office, case_id, name, str(error))


def _locate(office: Office, step: Step) -> None:
    _search(office, _case(step), locating.pending_stores(office, _case(step)))
    decisions.conclude_search(office, _case(step))


def _confirm(office: Office, step: Step) -> None:
    _search(office, _case(step), confirming.wants_search(office, _case(step)))
    confirming.conclude(office, _case(step))


_PHASES: dict[str, Callable[[Office, Step], object]] = {
    "intake": lambda office, step: identity.begin(office, _case(step)),
    "locate": _locate,
    "fulfil": lambda office, step: fulfilling.fulfil(office, _case(step)),
    "confirm": _confirm,
    "notify": lambda office, step: outbox.deliver_due(office),
}


def planned(office: Office, right: str = "access", given: tuple[tuple[Kind, str], ...] = ANNA) -> Case:
    """A request that staff have vouched for, with its plan before the DPO."""
    case = intake.receive(office, asked(right, given), "operator").case
    identity.attest(office, case.reference, "service@company.example", "Signed in.")
    drive(office)
    return now(office, case)


def approved(office: Office, right: str = "access", given: tuple[tuple[Kind, str], ...] = ANNA) -> Case:
    """The same, approved and not yet carried out."""
    case = planned(office, right, given)
    decisions.approve(office, case.reference, "dpo@company.example", hash_of(office, case))
    return now(office, case)


def hash_of(office: Office, case: Case) -> str:
    """Hash of the live plan."""
    return str(plan.describe(office, case.reference)["hash"])


def now(office: Office, case: Case) -> Case:
    """The request as it stands in the database now."""
    with office.unit() as unit:
        return unit.session.get_one(Case, case.id)


def lines(office: Office, case: Case) -> dict[tuple[str, str], dict[str, object]]:
    """Plan lines by collection and record."""
    shown = plan.describe(office, case.reference)["lines"]
    return {(line["collection"], line["record"].strip("[]")): line for line in shown}
