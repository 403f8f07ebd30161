"""The parts one installation is made of, opened once per process and handed to every use case as its first argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from db import Unit, make_engine
from settings import Settings, load
from vault import Vault


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Office:
    """Settings, database, vault and clock. Everything that touches state takes one, so tests can give their own."""

    settings: Settings
    engine: Engine
    vault: Vault
    clock: Callable[[], datetime] = now

    def unit(self) -> Unit:
        """Start a unit of work."""
        return Unit(self.engine)

    def close(self) -> None:
        """Give back connections."""
        self.vault.close()
        self.engine.dispose()


def open_office(home: Path | None = None) -> Office:
    """Open the installation at `home` (default: REDRESS_HOME). Raises `SettingsError` or `VaultError`."""
    settings = load(home)
    return Office(settings, make_engine(settings.database), Vault.open_at(settings.ring, settings.keys))
