"""Databases of every engine, filled and looked at without the connector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.contract import Store
from connectors.sql import KIND
from connectors.sql.options import SqlOptions
from tests.servers.postgres import Postgres

ENGINES = (
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
)


class Database:
    """One empty database; `sql` runs statements with an account of its own."""

    def __init__(self, engine: str, url: str) -> None:
        self.engine, self.url = engine, url
        self._admin = sa.create_engine(url)

    def sql(self, *statements: str, **values: Any) -> list[Any]:
        """Run statements in one transaction; the rows of the last one. `BLOB` and `SERIAL` stand for this engine's words."""
        with self._admin.begin() as connection:
            for statement in statements:
                result = connection.execute(sa.text(self._words(statement)), values)
            return list(result) if result.returns_rows else []

    def many(self, statement: str, rows: list[dict[str, Any]]) -> None:
        with self._admin.begin() as connection:
            connection.execute(sa.text(statement), rows)

    def _words(self, statement: str) -> str:
        words = {
            "sqlite": {"SERIAL": "INTEGER"},
            "postgres": {"BLOB": "BYTEA"},
            "mariadb": {"SERIAL": "INTEGER AUTO_INCREMENT", "BLOB": "LONGBLOB"},
        }[self.engine]
        for word, ours in words.items():
            statement = statement.replace(word, ours)
        return statement

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """All rows, in a stable order."""
        return sorted((tuple(row) for row in self.sql(f"SELECT * FROM {table}")), key=repr)

    @contextmanager
    def hold(self, table: str, *, write: bool = True) -> Iterator[None]:
        """Another transaction that has read the table (and locked its rows) and does not end."""
        with self._admin.connect() as connection:
            if self.engine == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
            if self.engine == "postgres" and not write:
                connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            lock = " FOR UPDATE" if write and self.engine != "sqlite" else ""
            connection.execute(sa.text(f"SELECT * FROM {table}{lock}")).all()
            yield
            connection.rollback()

    def open(self, **options: Any) -> Store:
        return KIND.open(SqlOptions(url=self.url, **options))

    def close(self) -> None:
        self._admin.dispose()


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each engine in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'store.db'}"
    else:
        url = request.getfixturevalue(f"{request.param}_server").create_database()
    found = Database(request.param, url)
    yield found
    found.close()


@pytest.fixture
def postgres_database(postgres_server: Postgres) -> Iterator[Database]:
    """An empty PostgreSQL database, for what only PostgreSQL has."""
    found = Database("postgres", postgres_server.create_database())
    yield found
    found.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An SQLite file, for what only SQLite does."""
    found = Database("sqlite", f"sqlite:///{tmp_path / 'store.db'}")
    yield found
    found.close()
