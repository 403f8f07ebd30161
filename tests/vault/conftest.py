"""A vault of its own for every test: real ring file, real SQLite key store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vault import Vault


def open_vault(folder: Path) -> Vault:
    return Vault.open_at(folder / "keyring.json", f"sqlite:///{folder / 'keys.db'}")


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    vault = open_vault(tmp_path)
    yield vault
    vault.close()
