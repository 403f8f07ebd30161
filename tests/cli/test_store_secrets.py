"""Secrets of a store: from a prompt, the environment or a file, sealed, never shown; and what a live check tells."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.servers.zoho_http import CLIENT, ZohoServer

SECRETS = (CLIENT["client_secret"], CLIENT["refresh_token"])


@pytest.fixture
def zoho(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZohoServer]:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    with ZohoServer() as server:
        server.org.plant("Contacts", Last_Name="Novak", Email="lena.novak@example.com")
        yield server


def add(server: ZohoServer, *more: str) -> tuple[str, ...]:
    return ("store", "add", "zoho", "crm", f"client-id={CLIENT['client_id']}", f"accounts={server.url}", *more)


def everywhere(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_secrets_from_file_and_environment_are_sealed(
    redress: Command, zoho: ZohoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOHO_REFRESH", CLIENT["refresh_token"])
    kept = tmp_path / "secret.txt"
    kept.write_text(CLIENT["client_secret"] + "\n")
    said = redress(*add(zoho, f"client-secret-file={kept}", "refresh-token-env=ZOHO_REFRESH")).output
    kept.unlink()
    said += (
        redress("store", "list").output
        + redress("store", "list", "--json").output
        + redress("store", "check", "crm").output
    )
    assert not any(secret in said for secret in SECRETS)
    assert "******" in said
    assert not any(secret.encode() in everywhere(tmp_path) for secret in SECRETS)


def test_a_secret_that_is_missing_is_asked_for_and_not_shown(redress: Command, zoho: ZohoServer) -> None:
    said = typed(redress, add(zoho), SECRETS)
    assert "client-secret" in said
    assert "The store crm is connected." in said
    assert not any(secret in said for secret in SECRETS)
    assert redress.json("store", "check", "crm")["records"] == 1


def test_nobody_is_asked_who_is_not_there(redress: Command, zoho: ZohoServer) -> None:
    assert "client-secret is missing" in redress.refused(*add(zoho), code=2)


def test_a_wrong_secret_is_not_repeated(redress: Command, zoho: ZohoServer) -> None:
    wrong = ("client-secret=very-wrong-secret", f"refresh-token={CLIENT['refresh_token']}")
    assert "very-wrong-secret" not in redress.refused(*add(zoho, *wrong), code=1)
    assert redress.json("store", "list") == []


def test_check_names_what_is_missing_and_needless(redress: Command, zoho: ZohoServer) -> None:
    zoho.rules.scopes = zoho.rules.scopes.replace("ZohoCRM.coql.READ", "ZohoCRM.users.ALL")
    redress(
        *add(
            zoho, *(f"{name}={value}" for name, value in zip(("client-secret", "refresh-token"), SECRETS, strict=True))
        )
    )
    found = redress.json("store", "check", "crm", code=1)
    assert (found["missing"], found["needless"]) == (["ZohoCRM.coql.READ"], ["ZohoCRM.users.ALL"])


def test_a_live_check_reads_and_tells_what_holds(redress: Command, zoho: ZohoServer) -> None:
    redress(
        *add(
            zoho, *(f"{name}={value}" for name, value in zip(("client-secret", "refresh-token"), SECRETS, strict=True))
        )
    )
    before = zoho.org.dump()
    zoho.log.clear()
    found = {
        item["name"]: item["holds"] for item in redress.json("store", "check", "crm", "--live", code=1)["assumptions"]
    }
    assert (found["coql-attachments"], found["since"], found["subforms"], found["bin-by-id"]) == (
        True,
        True,
        False,
        None,
    )
    assert "does not hold" in redress("store", "check", "crm", "--live", code=1).stdout
    assert zoho.org.dump() == before
    assert {asked.method for asked, _ in zoho.log if not asked.path.endswith(("/coql", "/token"))} == {"GET"}


def test_a_store_without_assumptions_says_so(redress: Command, crm: str) -> None:
    redress("store", "add", "sql", "db", f"url={crm}")
    assert "takes nothing for granted" in redress("store", "check", "db", "--live").stdout
    assert redress.json("store", "check", "db", "--live")["assumptions"] == []


def typed(redress: Command, words: tuple[str, ...], answers: tuple[str, ...]) -> str:
    """Run the command on a terminal and type the answers; gives everything that the terminal showed."""
    ours, theirs = pty.openpty()
    shown = bytearray()
    command = [sys.executable, "-c", "from cli.main import main; main()", "--home", str(redress.home), *words]
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)

    def read() -> None:
        left = list(answers)
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other end is closed
                return
            shown.extend(piece)
            if left and shown.endswith(b": "):
                os.write(ours, left.pop(0).encode() + b"\n")

    reader = threading.Thread(target=read)
    reader.start()
    child.wait(60)
    reader.join(10)
    os.close(ours)
    return shown.decode()
