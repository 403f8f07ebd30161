"""What an erasure leaves behind in a database, and the little that can be done about it. The README explains the codes."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from connectors.sql.schema import Table

BACKUPS = "sql.backups"
WAL = "sql.wal"
DEAD = "sql.dead-tuples"
FREE = "sql.free-space"
REPLICAS = "sql.replicas"
KEY = "sql.identifying-key"

VACUUM_BYTES = 256 * 2**20  # a larger table is left to autovacuum: one person's row is not worth reading it whole
_REMOVED = re.compile(r"\b0 (are dead but not yet removable|dead row versions cannot be removed yet)")


def after_write(engine: Engine, table: Table) -> tuple[str, ...]:
    """Push old content out as far as the account may; what stays, as codes. Never fails: the write is committed."""
    found = {"sqlite": _sqlite, "postgresql": _postgres}.get(engine.dialect.name, _mysql)
    return (BACKUPS, *found(engine, table))


def _sqlite(engine: Engine, _table: Table) -> list[str]:
    """Move the write-ahead log into the file and cut it; `secure_delete` has overwritten the old content there."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        found = cursor.fetchone()
        busy = found is None or found[0]
    except sqlite3.Error:
        busy = True
    finally:
        raw.close()
    return [WAL] if busy else []


def _postgres(engine: Engine, table: Table) -> list[str]:
    found = [WAL, FREE]
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            slots = "SELECT (SELECT count(*) FROM pg_stat_replication) + (SELECT count(*) FROM pg_replication_slots)"
            if connection.scalar(sa.text(slots)):
                found.append(REPLICAS)
            if not _vacuumed(connection, table):
                found.append(DEAD)
    except DBAPIError:
        found.append(DEAD)
    return found


def _vacuumed(connection: sa.Connection, table: Table) -> bool:
    """Whether VACUUM removed every dead row of the table, by its own report."""
    name = ".".join(connection.dialect.identifier_preparer.quote(part) for part in (table.schema, table.name) if part)
    query = (
        "SELECT pg_relation_size(c.oid) <= :most AND pg_has_role(c.relowner, 'USAGE') AND c.relkind = 'r' "
        "FROM pg_catalog.pg_class c WHERE c.oid = to_regclass(:name)"
    )
    if not connection.scalar(sa.text(query), {"most": VACUUM_BYTES, "name": name}):
        return False
    said: list[str] = []
    raw: Any = connection.connection.driver_connection

    def listen(diagnostic: Any) -> None:
        said.append(str(diagnostic.message_primary))

    raw.add_notice_handler(listen)
    try:
        connection.exec_driver_sql(f"VACUUM (VERBOSE) {name}")
    finally:
        raw.remove_notice_handler(listen)
    reports = [text for text in said if "dead" in text]
    return bool(reports) and all(_REMOVED.search(text) for text in reports)


def _mysql(engine: Engine, _table: Table) -> list[str]:
    """InnoDB purges by itself, later; the binary log keeps row images and feeds replicas."""
    try:
        with engine.connect() as connection:
            logging = connection.scalar(sa.text("SELECT @@log_bin"))
    except DBAPIError:
        logging = 1
    return [WAL, FREE, DEAD, *([REPLICAS] if logging else [])]
