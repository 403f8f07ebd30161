"""A home of its own for every test, and a company so small that it can be read at a glance."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cases import decisions, identity, locating
from cli.main import app
from office import Office, open_office

MAIL = """\
From: Mira Lindqvist <mira@lindqvist.example>
To: info@nordwind.example
Subject: Regentonne
Message-ID: <1@lindqvist.example>
Content-Type: text/plain; charset=utf-8

Guten Tag, bitte rufen Sie mich an: +49 30 23125 001. Mira Lindqvist
"""


@dataclass(frozen=True)
class Command:
    """The `redress` command on one home."""

    home: Path
    folder: Path

    def __call__(self, *words: str, code: int = 0) -> Result:
        """Run a command in this process; its exit code must be `code`."""
        result = CliRunner().invoke(app, ["--home", str(self.home), *words], catch_exceptions=False)
        assert result.exit_code == code, (result.stdout, result.stderr)
        assert "Traceback" not in result.output
        return result

    def json(self, *words: str, code: int = 0) -> Any:
        """What the command prints with `--json`."""
        return json.loads(self(*words, "--json", code=code).stdout)

    def refused(self, *words: str, code: int) -> str:
        """The sentence a command ends with; says the same to machines, and nothing on standard output."""
        result = self(*words, "--json", code=code)
        assert result.stdout == ""
        error = json.loads(result.stderr)
        assert set(error) == {"error", "kind"}
        for_people = self(*words, code=code)
        assert for_people.stdout == ""
        return str(error["error"])


@pytest.fixture
def redress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.delenv("REDRESS_HOME", raising=False)
    return Command(tmp_path / "home", tmp_path)


@pytest.fixture
def crm(tmp_path: Path) -> str:
    """The URL of a CRM with two people."""
    path = tmp_path / "crm.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            """
            CREATE TABLE contacts (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, phone TEXT);
            CREATE TABLE notes (id INTEGER PRIMARY KEY, contact_id INTEGER REFERENCES contacts (id), body TEXT);
            INSERT INTO contacts VALUES (1, 'Mira', 'Lindqvist', 'mira@lindqvist.example', '030 23125001');
            INSERT INTO contacts VALUES (2, 'Tomas', 'Wren', 'tomas@wren.example', '030 23125002');
            INSERT INTO notes VALUES (1, 1, 'Likes blue.'), (2, 2, 'Knows mira@lindqvist.example well.'),
                (3, 2, 'Took a parcel of customer K-100009.');
            """
        )
    return f"sqlite:///{path}"


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """A Maildir with one message."""
    folder = tmp_path / "mail"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "cur" / "1.host:2,S").write_text(MAIL, "utf-8")
    return folder


@dataclass(frozen=True)
class Desk:
    """Does in this process what the flows do in theirs, so that tests need no server."""

    office: Office

    def search(self, reference: str) -> None:
        """Everything between proof of identity and the plan."""
        case = self.id_of(reference)
        for store in locating.pending_stores(self.office, case):
            locating.search_store(self.office, case, store)
        decisions.conclude_search(self.office, case)

    def begin(self, reference: str) -> None:
        """The intake phase."""
        identity.begin(self.office, self.id_of(reference))

    def finish(self, reference: str) -> None:
        """Everything after the last approval."""
        from cases import confirming, fulfilling

        case = self.id_of(reference)
        fulfilling.fulfil(self.office, case)
        for store in confirming.wants_search(self.office, case):
            locating.search_store(self.office, case, store)
        confirming.conclude(self.office, case)

    def id_of(self, reference: str) -> str:
        """What flows know a request by."""
        from cases.record import by_reference

        with self.office.unit() as unit:
            return by_reference(unit.session, reference).id


@pytest.fixture
def desk(redress: Command) -> Iterator[Desk]:
    redress("init")
    office = open_office(redress.home)
    yield Desk(office)
    office.close()


@pytest.fixture
def asked(redress: Command, crm: str) -> Callable[..., str]:
    """Connect the CRM and record a request of Mira; gives its reference."""
    redress("store", "add", "sql", "crm", f"url={crm}")

    def ask(right: str = "access", *more: str) -> str:
        made = redress.json(
            "request", "new", "--regime", "gdpr", "--right", right, "--country", "DE",
            "--email", "mira@lindqvist.example", "--name", "Mira Lindqvist", *more,
        )  # fmt: skip
        return str(made["reference"])

    return ask
