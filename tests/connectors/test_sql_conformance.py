"""Databases under the suite that every connector passes, one class per engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.contract import Store
from connectors.sql import KIND, store
from connectors.sql.options import SqlOptions
from tests.connectors.conformance import Conformance
from tests.connectors.people import Letter
from tests.connectors.sql_databases import Database
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.proxy import Proxy

TABLE = """CREATE TABLE letters (id SERIAL PRIMARY KEY, title VARCHAR(200) NOT NULL, name VARCHAR(200), email VARCHAR(200),
    body TEXT, html TEXT, filename VARCHAR(200), file BLOB)"""


class SqlSeed:
    """A table of letters. A server is reached through a relay that can be cut; a file is overwritten."""

    def __init__(self, database: Database, file: Path | None) -> None:
        self.database, self._file = database, file
        database.sql(TABLE)
        url = sa.make_url(database.url)
        self._proxy = None if file else Proxy(url.port or 0)
        self._url = url.set(port=self._proxy.port) if self._proxy else url

    def open(self) -> Store:
        return KIND.open(SqlOptions(url=self._url.render_as_string(hide_password=False), timeout=10))

    def plant(self, letter: Letter) -> None:
        file = (letter.file.encode(), "notes.txt") if letter.file else (None, None)
        self.database.sql(
            "INSERT INTO letters (title, name, email, body, html, file, filename) VALUES (:a, :b, :c, :d, :e, :f, :g)",
            **{"a": letter.title, "b": letter.name, "c": letter.address, "d": letter.text, "e": letter.html},
            **{"f": file[0], "g": file[1]},
        )

    def remove(self, letter: Letter) -> None:
        self.database.sql("DELETE FROM letters WHERE title = :title", title=letter.title)

    def contents(self) -> Mapping[str, bytes]:
        return {str(row[0]): repr([_plain(v) for v in row]).encode() for row in self.database.rows("letters")}

    def small_pages(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(store, "PAGE_ROWS", 2)

    def cut(self) -> None:
        if self._proxy is not None:
            self._proxy.cut()
        elif self._file is not None and self._file.exists():
            self.database.close()
            self._file.write_bytes(b"no database" * 500)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


class TestSqlite(Conformance):
    @pytest.fixture
    def seed(self, tmp_path: Path) -> Iterator[SqlSeed]:
        file = tmp_path / "letters.db"
        database = Database("sqlite", f"sqlite:///{file}")
        yield SqlSeed(database, file)
        database.close()


@pytest.mark.postgres
class TestPostgres(Conformance):
    @pytest.fixture
    def seed(self, postgres_server: Postgres) -> Iterator[SqlSeed]:
        database = Database("postgres", postgres_server.create_database())
        seed = SqlSeed(database, None)
        yield seed
        seed.cut()
        database.close()


@pytest.mark.mariadb
class TestMariaDb(Conformance):
    @pytest.fixture
    def seed(self, mariadb_server: MariaDb) -> Iterator[SqlSeed]:
        database = Database("mariadb", mariadb_server.create_database())
        seed = SqlSeed(database, None)
        yield seed
        seed.cut()
        database.close()
