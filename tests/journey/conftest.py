"""Servers, the filled company, and a fresh installation for each request."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from office import Office
from tests.journey.company import Company
from tests.journey.driving import install
from tests.servers.dovecot import Dovecot, dovecot_server
from tests.servers.postgres import Postgres, postgres_server

__all__ = ["dovecot_server", "postgres_server"]

Open = Callable[..., Office]


@pytest.fixture(scope="package")
def company(dovecot_server: Dovecot, postgres_server: Postgres) -> Company:
    """A company with two hundred foreign mails, only read from."""
    return Company(dovecot_server.mailbox(), postgres_server, limit=200)


@pytest.fixture(scope="package")
def office(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Redress beside that company; its index lasts for all access requests."""
    made = install(tmp_path_factory.mktemp("redress") / "home")
    company.connect(made)
    yield made
    made.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Makes installations that are closed in the end."""
    made: list[Office] = []
    numbers = itertools.count(1)

    def make(database: str = "", languages: str = '["en"]') -> Office:
        made.append(install(tmp_path / f"home{next(numbers)}", database, languages))
        return made[-1]

    yield make
    for one in made:
        one.close()
