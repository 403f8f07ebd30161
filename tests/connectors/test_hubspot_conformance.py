"""HubSpot, as its YAML file describes it, under the suite that every connector passes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.declared import opening
from connectors.http import Pace, client
from tests.connectors.conformance import Conformance
from tests.connectors.hubspot_account import HubSpotSeed
from tests.servers.hubspot import HubSpot


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting: the pace of real calls is tested by itself."""
    monkeypatch.setattr(opening, "Pace", lambda *limits: Pace())
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)


class TestHubSpot(Conformance):
    @pytest.fixture
    def seed(self) -> Iterator[HubSpotSeed]:
        with HubSpot() as server:
            yield HubSpotSeed(server)

    def test_deletions_show_up(self, planted: HubSpotSeed) -> None:
        planted.whole_hours = 0  # HubSpot does not list what is gone: only a pass over everything finds it
        super().test_deletions_show_up(planted)
