"""Databases of every engine, filled and looked at without the connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.contract import Store
from connectors.sql import KIND
from connectors.sql.options import SqlOptions

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
            "mariadb": {"SERIAL": "INTEGER AUTO_INCREMENT"},
        }[self.engine]
        for word, ours in words.items():
            statement = statement.replace(word, ours)
        return statement

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """All rows, in a stable order."""
        return sorted((tuple(row) for row in self.sql(f"SELECT * FROM {table}")), key=repr)

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


def by_title(records: Any, name: str, value: object) -> Mapping[str, Any]:
    """The one record whose field has this value."""
    found = [record for record in records if any(f.name == name and f.value == value for f in record.fields)]
    assert len(found) == 1
    return found[0]
