"""The migrations make exactly the tables that the code knows, and the ledger's tables guard themselves."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import api
import cases
import discovery
import ledger
import notices
from db.migrate import behind, upgrade

for package in (api, cases, discovery, ledger, notices):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)  # a table counts wherever it stands


def test_it_works(engine: Engine) -> None:
    assert behind(engine)
    upgrade(engine)
    assert not behind(engine)


def test_again_does_nothing(engine: Engine) -> None:
    upgrade(engine)
    before = set(inspect(engine).get_table_names())
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) == before


def test_they_make_what_the_code_knows(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_they_make_every_constraint(engine: Engine) -> None:
    """Autogenerate does not look at primary keys and compares unique constraints by name, where there are names."""
    upgrade(engine)
    found = inspect(engine)
    for table in SQLModel.metadata.sorted_tables:
        primary = set(found.get_pk_constraint(table.name)["constrained_columns"])
        assert primary == {column.name for column in table.primary_key}, table.name
        nullable = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert nullable == {column.name: bool(column.nullable) for column in table.columns}, table.name


@pytest.mark.parametrize("table", ["ledger_leaf", "ledger_checkpoint"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_the_ledger_is_only_appended_to(engine: Engine, table: str, statement: str) -> None:
    upgrade(engine)
    rows = {
        "ledger_leaf": "INSERT INTO ledger_leaf (seq, at, body, hash, nodes) VALUES (0, '2026-01-01', :b, :b, :b)",
        "ledger_checkpoint": "INSERT INTO ledger_checkpoint (size, at, note) VALUES (1, '2026-01-01', 'x')",
    }
    with engine.begin() as connection:
        connection.execute(text(rows[table]), {"b": b"x"} if ":b" in rows[table] else {})
    with engine.connect() as connection, pytest.raises(DBAPIError, match="only appended to"):
        connection.execute(text(statement.format(table)))
