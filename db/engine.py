"""One way to open a database: SQLite tuned for one machine, or PostgreSQL.

SQLite: WAL, so that readers do not wait for the writer; `BEGIN IMMEDIATE`, because a deferred transaction that turns into a
writer fails at once with SQLITE_BUSY_SNAPSHOT and no busy_timeout helps; `secure_delete`, so that deleted rows are
overwritten; synchronous=FULL, so that a commit survives a power cut.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

BUSY_MS = 30_000


def make_engine(url: str) -> Engine:
    """Open `url` (`sqlite:///…` or `postgresql://…`). The file of an SQLite database is created, readable by its owner only."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, parsed.database)
    if parsed.get_backend_name() == "postgresql":
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    raise ValueError(f"Database {parsed.get_backend_name()!r} is not supported. Use sqlite:/// or postgresql://.")


def _sqlite(url: str, file: str | None) -> Engine:
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        if not Path(file).exists():
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_MS / 1000})

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in (
            f"busy_timeout={BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def scrub_free_space(engine: Engine) -> None:
    """After an erasure: write back and cut the write-ahead log, which still holds old pages. No-op on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()
