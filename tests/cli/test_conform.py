"""store conform: a description, and whether its service keeps to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.declared import opening
from connectors.http import Pace
from tests.cli.conftest import Command
from tests.servers.hubspot import TOKEN, HubSpot
from tests.servers.rest import Reply


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(opening, "Pace", lambda *limits: Pace())


def test_it_works(redress: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_TOKEN", TOKEN)
    with HubSpot() as server:
        id = server.put("contacts", {"email": "lena.novak@example.com", "lastname": "Novak"})
        found = redress.json("store", "conform", "hubspot", "secrets-env=HUBSPOT_TOKEN", f"base={server.url}")
        assert {item["probe"] for item in found["findings"] if item["where"] == "contacts" and item["ok"]} >= {
            "list",
            "get",
        }
        erased = redress.json(
            "store",
            "conform",
            "hubspot",
            "secrets-env=HUBSPOT_TOKEN",
            f"base={server.url}",
            "--erase",
            f"contacts/{id}",
        )
        assert [item["ok"] for item in erased["findings"] if item["probe"] in ("erase", "others")] == [True, True]
        assert not server.things["contacts"]


def test_a_service_that_lies_ends_with_one(redress: Command) -> None:
    with HubSpot() as server:
        server.lie = lambda asked, reply: Reply(200, {"results": 1}) if asked.path.endswith("/notes") else reply
        redress("store", "conform", "hubspot", f"secrets={TOKEN}", f"base={server.url}", code=1)


def test_a_file_alone_is_read(redress: Command) -> None:
    assert "is sound" in redress("store", "conform", "hubspot").stdout


def test_the_schema_is_printed(redress: Command) -> None:
    assert json.loads(redress("store", "conform", "--schema").stdout)["additionalProperties"] is False


def test_a_faulty_file_is_refused(redress: Command, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("name: mini\ncolour: red\n", "utf-8")
    assert "colour: this key is not known" in redress.refused("store", "conform", str(file), code=2)
