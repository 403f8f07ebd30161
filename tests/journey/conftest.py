"""Servers and the filled company."""

from __future__ import annotations

from tests.servers.dovecot import dovecot_server
from tests.servers.postgres import postgres_server

__all__ = ["dovecot_server", "postgres_server"]
