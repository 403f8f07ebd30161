"""A private MariaDB: password sign-in on a loopback port, TLS offered, no fsync, gone with the test session."""

from __future__ import annotations

import itertools
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pymysql
import pytest

from tests.servers.certificates import issue
from tests.servers.processes import Process, free_port, identity, private_directory, require, run

PLACES = ("/usr/sbin", "/usr/bin", "/usr/libexec")
SPEED = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=16M",
    "--skip-log-bin",
    "--performance-schema=off",
    "--character-set-server=utf8mb4",
    "--skip-name-resolve",
)


class MariaDb:
    """`url` opens the system database as `owner`, who may do everything; `ca` verifies localhost and 127.0.0.1."""

    def __init__(self) -> None:
        install, server = require("mariadb-install-db", *PLACES), require("mariadbd", *PLACES)
        who = identity("mysql")
        directory = private_directory("rdmy", who)
        self.user, self.password, self.port = "owner", secrets.token_hex(8), free_port()
        self._numbers = itertools.count(1)
        self._process = Process(directory)
        self.ca, certificate, key = issue(directory)
        first = directory / "first.sql"
        first.write_text(
            f"CREATE USER 'owner'@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            "GRANT ALL PRIVILEGES ON *.* TO 'owner'@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        if who:
            for path in (certificate, key, first):
                os.chown(path, who["user"], who["group"])
        data = directory / "data"
        common = ["--no-defaults", f"--datadir={data}"]
        prepare = [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
        run([*prepare, "--innodb-log-file-size=16M", "--innodb-flush-method=nosync"], directory, who)
        start = [
            *(server, *common, *SPEED, "--bind-address=127.0.0.1", f"--port={self.port}"),
            *(f"--socket={directory}/socket", f"--pid-file={directory}/pid", f"--init-file={first}"),
            *(f"--ssl-cert={certificate}", f"--ssl-key={key}"),
        ]
        self._process.start(start, who, self._ready)

    def _connect(self) -> pymysql.connections.Connection:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=self.user, password=self.password, connect_timeout=2
        )

    def _ready(self) -> bool:
        try:
            self._connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    @property
    def url(self) -> str:
        return self.url_of("mysql")

    def url_of(self, database: str, user: str = "", password: str = "") -> str:
        """SQLAlchemy URL of `database`, by default as `owner`, who may do everything."""
        who = f"{user or self.user}:{password or self.password}"
        return f"mysql+pymysql://{who}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str = "") -> str:
        """Create an empty database (named for you when you name none) and give its URL."""
        name = name or f"test_{next(self._numbers)}_{secrets.token_hex(3)}"
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE `{name.replace('`', '``')}` CHARACTER SET utf8mb4")
        finally:
            connection.close()
        return self.url_of(name)

    def another_ca(self, directory: Path) -> Path:
        """An authority that has not signed this server's certificate."""
        return issue(directory)[0]

    def stop(self) -> None:
        self._process.stop(signal.SIGTERM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDb]:
    with MariaDb() as server:
        yield server
