"""The watch flow, called as a function: it reminds, marks and counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cases import intake
from cli.opening import initialise
from flows import phases
from office import now, open_office
from settings import load
from tests.cases.conftest import asked


def test_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_HOME", str(tmp_path / "home"))
    initialise(load())
    office = open_office()
    try:
        intake.receive(office, asked(received_at=now() - timedelta(days=60)), "operator")
        intake.receive(office, asked("erasure"), "operator")
    finally:
        office.close()
    counts = phases.watch.fn()
    assert (counts["newly_overdue"], counts["reminded"], counts["made_final"], counts["overdue"]) == (1, 1, 0, 1)
    assert phases.watch.fn()["reminded"] == 0
