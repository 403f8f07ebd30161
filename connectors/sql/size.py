"""How large tables are: counted while they are small, estimated by the server's statistics when they are not."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.sql.schema import Table

COUNT_UP_TO = 100_000  # rows; by statistics

_ROWS = {
    "postgresql": "SELECT reltuples FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relname = :name AND n.nspname = coalesce(:schema, current_schema())",
    "mysql": "SELECT table_rows FROM information_schema.tables "
    "WHERE table_name = :name AND table_schema = coalesce(:schema, DATABASE())",
}
_BYTES = {
    "postgresql": "SELECT pg_total_relation_size(c.oid) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
    "ON n.oid = c.relnamespace WHERE c.relname = :name AND n.nspname = coalesce(:schema, current_schema())",
    "mysql": "SELECT data_length + index_length FROM information_schema.tables "
    "WHERE table_name = :name AND table_schema = coalesce(:schema, DATABASE())",
}


def rows(connection: Connection, table: Table) -> int:
    """Rows of a table."""
    dialect = connection.dialect.name
    if dialect in _ROWS:
        guess = connection.scalar(sa.text(_ROWS[dialect]), {"name": table.name, "schema": table.schema})
        if guess is not None and guess > COUNT_UP_TO:
            return int(guess)
    return connection.scalar(sa.select(sa.func.count()).select_from(table.clause)) or 0


def bytes_of(connection: Connection, tables: Sequence[Table]) -> int:
    """Bytes the tables take with their indexes; the whole file on SQLite."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
        return int(pages * (connection.exec_driver_sql("PRAGMA page_size").scalar() or 0))
    query = sa.text(_BYTES[dialect])
    return sum(int(connection.scalar(query, {"name": t.name, "schema": t.schema}) or 0) for t in tables)
