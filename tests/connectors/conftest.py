"""Servers and accounts for the tests of connectors."""

import pytest

from tests.servers.dovecot import dovecot_server
from tests.servers.mariadb import mariadb_server
from tests.servers.postgres import postgres_server

__all__ = ["dovecot_server", "mariadb_server", "postgres_server"]


@pytest.fixture(autouse=True)
def own_run_directory(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens and paces that processes share are this test's own: a port may come back with another server behind it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
