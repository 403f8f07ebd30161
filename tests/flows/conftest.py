"""A tiny company and an installation beside it; the environment of the processes that work on them."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import company as sample
from tests.faults import journey
from tests.faults.company import Company

ROOT = Path(__file__).parents[2]
OUTSIDE = Path(__file__).parent / "outside"


@dataclass(frozen=True)
class Place:
    """Where everything of one test lies."""

    folder: Path
    company: Company
    port: int

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def guard(self) -> Path:
        """What the guard on the sockets wrote down."""
        return self.folder / "guard"

    @property
    def environment(self) -> dict[str, str]:
        """Guarded sockets, a temporary folder of its own, a connector from outside, no setting from without."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "REDRESS_"))}
        return kept | {
            "PYTHONPATH": os.pathsep.join([str(OUTSIDE), str(ROOT)]),
            "REDRESS_HOME": str(self.home),
            "REDRESS_TEST_GUARD": str(self.guard),
            "TMPDIR": str(self.folder / "tmp"),
        }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Company and installation, both stores connected."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "tmp").mkdir()
    made = Place(folder, sample.build(folder / "company"), free_port())
    journey.settle_in(made.home, made.company, made.port, free_port())
    return made
