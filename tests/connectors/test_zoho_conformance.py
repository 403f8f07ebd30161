"""Zoho CRM under the suite that every connector passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.conformance import Conformance
from tests.connectors.zoho_seed import ZohoSeed
from tests.servers.zoho_http import ZohoServer


class TestZoho(Conformance):
    @pytest.fixture
    def seed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZohoSeed]:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        with ZohoServer() as server:
            yield ZohoSeed(server)
