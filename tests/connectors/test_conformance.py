"""Mail stores under the suite that every connector passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.conformance import Conformance
from tests.connectors.seeds import ImapSeed, MaildirSeed, MboxSeed
from tests.servers.dovecot import Dovecot


@pytest.mark.dovecot
class TestImap(Conformance):
    @pytest.fixture
    def seed(self, dovecot_server: Dovecot) -> Iterator[ImapSeed]:
        seed = ImapSeed(dovecot_server)
        yield seed
        seed.cut()


class TestMaildir(Conformance):
    @pytest.fixture
    def seed(self, tmp_path: Path) -> MaildirSeed:
        return MaildirSeed(tmp_path / "mail")


class TestMbox(Conformance):
    @pytest.fixture
    def seed(self, tmp_path: Path) -> MboxSeed:
        return MboxSeed(tmp_path)
