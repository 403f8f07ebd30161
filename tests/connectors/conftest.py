"""Servers and accounts for the tests of connectors."""

from tests.servers.dovecot import dovecot_server
from tests.servers.mariadb import mariadb_server
from tests.servers.postgres import postgres_server

__all__ = ["dovecot_server", "mariadb_server", "postgres_server"]
