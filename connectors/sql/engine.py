"""Opens a customer's database: verified TLS, bounded waiting, and sessions in which equal rows always read the same."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import certifi
import sqlalchemy as sa
from sqlalchemy import Engine, event

from connectors.errors import BadSettings
from connectors.sql.options import SqlOptions

WRITE = "redress_write"  # execution option: this transaction will write


def make_engine(options: SqlOptions) -> Engine:
    """An engine of at most two connections. Nothing is connected yet. Raises `BadSettings`."""
    url = options.address()
    backend = url.get_backend_name()
    if backend == "sqlite":
        return _sqlite(Path(url.database or ""), options.timeout)
    if options.ca_file is not None and not options.ca_file.is_file():
        raise BadSettings("The file named by ca_file is not there.", advice="Correct the path.")
    arguments = _postgres(options) if backend == "postgresql" else _mysql(options)
    engine = sa.create_engine(
        url, connect_args=arguments, hide_parameters=True, pool_size=1, max_overflow=1, pool_pre_ping=True
    )
    statements = _POSTGRES_SESSION if backend == "postgresql" else _MYSQL_SESSION

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        mysql = backend != "postgresql"
        maria = mysql and "mariadb" in connection.get_server_info().lower()
        seconds, whole = options.timeout, max(1, round(options.timeout))
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.format(ms=round(seconds * 1000), seconds=seconds, whole=whole))
            if mysql:
                timeout = f"max_statement_time={seconds}" if maria else f"max_execution_time={round(seconds * 1000)}"
                cursor.execute(f"SET SESSION {timeout}")
        connection.commit()

    return engine


_POSTGRES_SESSION = (
    "SET TimeZone='UTC'",
    "SET DateStyle='ISO'",
    "SET IntervalStyle='postgres'",
    "SET bytea_output='hex'",
    "SET row_security=off",  # a policy that hides rows is an error, not a silent gap
    "SET statement_timeout={ms}",
    "SET lock_timeout={ms}",
)
_MYSQL_SESSION = (
    "SET SESSION time_zone='+00:00'",
    "SET SESSION sql_mode=CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",  # a value that does not fit is an error
    "SET SESSION innodb_lock_wait_timeout={whole}",
)


def _postgres(options: SqlOptions) -> dict[str, Any]:
    arguments: dict[str, Any] = {"connect_timeout": max(2, round(options.timeout)), "client_encoding": "utf8"}
    if options.verifies():
        authorities = options.ca_file or ssl.get_default_verify_paths().cafile or certifi.where()
        return arguments | {"sslmode": "verify-full", "sslrootcert": str(authorities)}
    return arguments | {"sslmode": "disable", "gssencmode": "disable"}


def _mysql(options: SqlOptions) -> dict[str, Any]:
    seconds = max(2, round(options.timeout))
    arguments: dict[str, Any] = {
        "connect_timeout": seconds,
        "read_timeout": seconds + 10,  # the server's own limit comes first
        "write_timeout": seconds + 10,
        "charset": "utf8mb4",
        "local_infile": False,
    }
    if options.verifies():
        return arguments | {"ssl": ssl.create_default_context(cafile=options.ca_file and str(options.ca_file))}
    return arguments | {"ssl_disabled": True}


def _sqlite(file: Path, seconds: float) -> Engine:
    """The file is opened, never created; deleted content is overwritten; foreign keys hold."""
    target = f"file:{quote(str(file.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(target, uri=True, timeout=seconds, isolation_level=None, check_same_thread=False)
        connection.text_factory = _text
        connection.create_function("redress_digest", 1, _digest, deterministic=True)
        connection.create_function("redress_fold", 1, _fold, deterministic=True)
        connection.create_function("redress_digits", 1, _digits, deterministic=True)
        for pragma in ("foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}").close()
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.QueuePool, hide_parameters=True, pool_size=1)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - our own creator made it
        raw.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITE) else "BEGIN")

    @event.listens_for(engine, "before_cursor_execute")
    def _limited(connection: sa.Connection, *_statement: object) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101 - our own creator made it
        end = time.monotonic() + seconds
        raw.set_progress_handler(lambda: time.monotonic() > end, 50_000)

    return engine


def _text(data: bytes) -> str | bytes:
    """SQLite stores any bytes as text; what is not UTF-8 is binary to us."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def _digest(value: object) -> str | None:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else None


def _fold(value: object) -> str | None:
    """Lower case of any letters (SQLite's own `lower` knows ASCII only); numbers as text."""
    return None if value is None or isinstance(value, bytes) else str(value).lower()


def _digits(value: object) -> str | None:
    return None if value is None or isinstance(value, bytes) else re.sub(r"[^0-9]+", "", str(value))
