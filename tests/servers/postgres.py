"""A private PostgreSQL: password sign-in on a loopback port, TLS offered, no fsync, gone with the test session."""

from __future__ import annotations

import itertools
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psycopg
import pytest
from psycopg import sql

from tests.servers.certificates import issue
from tests.servers.processes import Process, free_port, identity, private_directory, require, run

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=40")


class Postgres:
    """`url` opens the maintenance database as superuser; `ca` verifies the server as `localhost` or 127.0.0.1."""

    def __init__(self) -> None:
        initdb, server = require("initdb", *PLACES), require("postgres", *PLACES)
        who = identity("postgres")
        directory = private_directory("rdpg", who)
        self.user, self.password, self.port = "owner", secrets.token_hex(8), free_port()
        self._numbers = itertools.count(1)
        self._process = Process(directory)
        self.ca, certificate, key = issue(directory)
        secret = directory / "password"
        secret.write_text(self.password)
        if who:
            for path in (certificate, key, secret):
                os.chown(path, who["user"], who["group"])
        data = directory / "data"
        prepare: list[str | Path] = [initdb, "-D", data, "-U", self.user, "-A", "scram-sha-256", "-E", "UTF8", "-N"]
        run([*prepare, f"--pwfile={secret}", "--locale=C.UTF-8"], directory, who)
        settings = (
            *SPEED,
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={directory}",
            "ssl=on",
            f"ssl_cert_file={certificate}",
            f"ssl_key_file={key}",
        )
        self._process.start([server, "-D", data, *(f"--{s}" for s in settings)], who, self._ready)

    def _dsn(self, database: str = "postgres") -> str:
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def _ready(self) -> bool:
        try:
            psycopg.connect(self._dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str, user: str = "", password: str = "") -> str:
        """SQLAlchemy URL of `database`, by default as the superuser."""
        who = f"{user or self.user}:{password or self.password}"
        return f"postgresql+psycopg://{who}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str = "") -> str:
        """Create an empty database (named for you when you name none) and give its URL."""
        name = name or f"test_{next(self._numbers)}_{secrets.token_hex(3)}"
        with psycopg.connect(self._dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def another_ca(self, directory: Path) -> Path:
        """An authority that has not signed this server's certificate."""
        return issue(directory)[0]

    def stop(self) -> None:
        self._process.stop(signal.SIGINT)  # "fast" shutdown: ends sessions, does not wait for them

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server
