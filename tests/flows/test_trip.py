"""Both journeys through the real engine, watched from outside: no word leaves the machine, no marker lies about."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.faults import journey
from tests.faults.company import ASKER, LEAVER
from tests.faults.markers import codings, lying_about
from tests.flows.conftest import ROOT, Place
from tests.flows.processes import Watcher
from tests.flows.trip import PASSWORD

MARKERS = (*LEAVER.markers, *ASKER.markers, PASSWORD, journey.EVIDENCE)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at processes in /proc"),
]


@dataclass(frozen=True)
class Trip:
    """What the journey said, and what its processes were told."""

    place: Place
    said: dict[str, Any]
    told: dict[int, bytes]


@pytest.fixture(scope="module")
def trip(place: Place) -> Trip:
    command = [sys.executable, "-m", "tests.flows.trip", str(place.folder)]
    with (place.folder / "said").open("wb") as out, (place.folder / "errors").open("wb") as errors:
        child = subprocess.Popen(command, cwd=ROOT, env=place.environment, stdout=out, stderr=errors)
        with Watcher(child.pid) as watcher:
            child.wait(timeout=600)
    assert child.returncode == 0, (place.folder / "errors").read_text("utf-8")[-3000:]
    return Trip(place, json.loads((place.folder / "said").read_text("utf-8")), watcher.seen)


def test_it_works(trip: Trip) -> None:
    assert trip.said["access"] == "complete"
    assert trip.said["erasure"] == "complete"
    assert lying_about(LEAVER.names, [trip.place.folder / "company"]) == []


def test_five_runs_of_one_step_have_one_effect(trip: Trip) -> None:
    assert trip.said["five"] == {"states": ["Completed"] * 5, "done": 1, "state": "proving_identity"}


def test_an_unforeseen_error_is_named_not_quoted(trip: Trip) -> None:
    reasons = trip.said["stopped"]
    assert {reason.partition(":")[0] for reason in reasons} == {"locate", "discover"}
    assert all("RuntimeError at strange_connector" in reason for reason in reasons)


def test_nothing_reaches_beyond_this_machine(trip: Trip) -> None:
    assert not trip.place.guard.exists(), trip.place.guard.read_text("utf-8")


def test_the_guard_sees_every_attempt(place: Place, tmp_path: Path) -> None:
    code = """
import contextlib, socket, subprocess, sys
with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.connect(("192.0.2.1", 9))
with contextlib.suppress(OSError):
    socket.getaddrinfo("telemetry.example", 443)
with contextlib.suppress(OSError), socket.socket() as probe:
    probe.bind(("0.0.0.0", 0))
with contextlib.suppress(OSError), socket.socket() as probe:
    probe.connect(("127.0.0.1", 9))
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "child"], check=True)
"""
    script, guard = tmp_path / "probe.py", tmp_path / "guard"
    script.write_text(code, "utf-8")
    env = place.environment | {"REDRESS_TEST_GUARD": str(guard)}
    subprocess.run([sys.executable, str(script)], env=env, check=True, timeout=60)
    found = [line.split()[:2] for line in guard.read_text("utf-8").splitlines()]
    seen = [["socket.connect", "192.0.2.1"], ["socket.getaddrinfo", "telemetry.example"], ["socket.bind", "0.0.0.0"]]
    assert found == seen * 2


def test_no_marker_lies_about(trip: Trip) -> None:
    home, folder = trip.place.home, trip.place.folder
    parts = {path.name for path in home.iterdir()}
    assert {"prefect", "logs", "packages", "redress.db", "keys.db", "outbox"} <= parts
    assert list((home / "prefect").glob("prefect.db*")), "Prefect's database lies where it is looked for"
    assert (home / "logs" / "runner.log").stat().st_size > 0
    assert lying_about(MARKERS, [home, folder / "tmp"], besides=[home / "outbox"]) == []
    assert lying_about(MARKERS, [folder], besides=[home, folder / "company", folder / "tmp"]) == [], "what was printed"


def test_no_marker_is_told_to_a_process(trip: Trip) -> None:
    arguments = [text.partition(b"\0\0")[0] for text in trip.told.values()]
    assert any(b"flows.runner" in text for text in arguments)
    assert any(b"prefect" in text and b"flows.runner" not in text for text in arguments), "runs of flows were seen"
    telling = {marker for marker in MARKERS for text in trip.told.values() if any(c in text for c in codings(marker))}
    assert telling == set()


def test_letters_name_nobody_but_who_gets_them(trip: Trip) -> None:
    letters = sorted((trip.place.home / "outbox").glob("*.eml"))
    assert len(letters) >= 6
    for path in letters:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert message["To"] in {LEAVER.email, ASKER.email}
        del message["To"]
        text = message.as_string() + "".join(
            part.get_content() for part in message.walk() if part.get_content_maintype() == "text"
        )
        assert [marker for marker in MARKERS if marker in text] == []
