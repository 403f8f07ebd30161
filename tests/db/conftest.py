"""Empty databases of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db import make_engine
from tests.servers.postgres import Postgres, postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'redress.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres_server")
        url = server.create_database()
    made = make_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """An engine on an empty SQLite file."""
    made = make_engine(f"sqlite:///{tmp_path / 'redress.db'}")
    yield made
    made.dispose()
