"""Fxiaoke under the suite that every connector passes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.fxiaoke import store
from connectors.http import Pace, client
from tests.connectors.conformance import Conformance
from tests.connectors.fxiaoke_tenant import FxiaokeSeed
from tests.servers.fxiaoke import Fxiaoke


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting: the pace of real calls is tested by itself."""
    monkeypatch.setattr(store, "PACES", {"": Pace()})
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)


class TestFxiaoke(Conformance):
    @pytest.fixture
    def seed(self) -> Iterator[FxiaokeSeed]:
        with Fxiaoke() as server:
            server.burst = 100_000
            yield FxiaokeSeed(server)

    def test_deletions_show_up(self, planted: FxiaokeSeed) -> None:
        planted.options["whole_hours"] = 0  # only a pass over everything finds what is gone
        super().test_deletions_show_up(planted)
