"""The tiny company of the cases' tests."""

from tests.cases.conftest import at_work, clock, company, make_office, office
from tests.servers.postgres import postgres_server

__all__ = ["at_work", "clock", "company", "make_office", "office", "postgres_server"]
