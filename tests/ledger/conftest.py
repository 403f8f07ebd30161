"""A ledger of its own for every test: real SQLite, real vault, triggers in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from db import Unit, make_engine
from ledger import Event, LedgerCheckpoint, LedgerHead, LedgerLeaf, append, checkpoint, ship, triggers, verify_database
from ledger.verify import Result
from vault import Vault

START = datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC)
TABLES = [SQLModel.metadata.tables[table.__tablename__] for table in (LedgerLeaf, LedgerHead, LedgerCheckpoint)]


@dataclass
class Book:
    """A ledger and what tests do with it."""

    folder: Path
    engine: Engine
    vault: Vault

    @property
    def shipped(self) -> Path:
        return self.folder / "shipped"

    def write(self, count: int, case: str = "c1") -> None:
        """Append leaves, every second with a payload."""
        with Unit(self.engine) as unit:
            for number in range(count):
                append(
                    unit.session,
                    self.vault,
                    at=START + timedelta(seconds=number),
                    actor="staff:1",
                    event=Event.ACTION_DONE,
                    object=f"action:{number}",
                    case=case,
                    payload={"name": "Hannelore Musterfrau", "n": number} if number % 2 else None,
                )
            unit.commit()

    def sign(self) -> str:
        with Unit(self.engine) as unit:
            note = checkpoint(unit.session, self.vault, START)
            unit.commit()
        return note

    def ship(self) -> int:
        with Unit(self.engine) as unit:
            return ship(unit.session, self.shipped)

    def check(self, *, shipped: bool = False) -> Result:
        with Unit(self.engine) as unit:
            return verify_database(unit.session, self.vault, self.shipped if shipped else None)

    def sql(self, *statements: str, **values: object) -> None:
        """What somebody who owns the database can do: no triggers, raw SQL."""
        with self.engine.begin() as connection:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
            for name in names:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.exec_driver_sql(statement, values)


def open_book(folder: Path) -> Book:
    engine = make_engine(f"sqlite:///{folder / 'redress.db'}")
    return Book(folder, engine, Vault.open_at(folder / "keyring.json", f"sqlite:///{folder / 'keys.db'}"))


def make_tables(engine: Engine) -> None:
    SQLModel.metadata.create_all(engine, TABLES)
    with engine.begin() as connection:
        for statement in triggers.statements(engine.dialect.name):
            connection.exec_driver_sql(statement)


@pytest.fixture
def new_book(tmp_path: Path) -> Iterator[Callable[[str], Book]]:
    books = []

    def make(name: str) -> Book:
        (tmp_path / name).mkdir()
        book = open_book(tmp_path / name)
        make_tables(book.engine)
        books.append(book)
        return book

    yield make
    for book in books:
        book.vault.close()
        book.engine.dispose()


@pytest.fixture
def book(new_book: Callable[[str], Book]) -> Book:
    return new_book("book")
