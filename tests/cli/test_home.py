"""init, doctor, token, law, pii: what needs no request."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cli.opening import template
from settings import Settings, load
from tests.cli.conftest import Command


def test_it_works(redress: Command) -> None:
    made = redress.json("init")
    assert made == {"home": str(redress.home), "made": ["home", "settings", "keys", "tables"]}
    assert stat.S_IMODE(redress.home.stat().st_mode) == 0o700
    assert load(redress.home) == Settings(home=redress.home)
    assert redress.json("init")["made"] == []


def test_any_command_makes_the_installation(redress: Command) -> None:
    assert redress.json("request", "list") == []
    assert (redress.home / "redress.toml").is_file()


def test_the_home_comes_from_the_environment_too(redress: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from cli.main import app

    monkeypatch.setenv("REDRESS_HOME", str(redress.home))
    assert CliRunner().invoke(app, ["init", "--json"]).exit_code == 0
    assert redress.home.is_dir()


def test_the_settings_template_says_what_holds(tmp_path: Path) -> None:
    assert set(tomllib.loads(template())) == {"controller", "api", "notices", "prefect", "policy", "pii", "limits"}
    uncommented = re.sub(r"^# (?=\w+ = |\[\[)", "", template(), flags=re.MULTILINE)
    (tmp_path / "redress.toml").write_text(uncommented, "utf-8")
    assert load(tmp_path).policy.retention[0].years == 8
    assert load(tmp_path).api == Settings().api


def test_wrong_settings_are_named(redress: Command) -> None:
    redress.home.mkdir()
    (redress.home / "redress.toml").write_text("[api]\nprot = 1\n", "utf-8")
    assert "api.prot" in redress.refused("request", "list", code=2)


def test_an_open_key_ring_is_refused(redress: Command) -> None:
    redress("init")
    (redress.home / "keyring.json").chmod(0o644)
    assert "chmod 600" in redress.refused("request", "list", code=3)


def test_older_tables_are_not_touched_silently(redress: Command) -> None:
    import sqlite3

    redress("init")
    with sqlite3.connect(redress.home / "redress.db") as db:
        db.execute("UPDATE alembic_version SET version_num = 'older'")
    assert "redress init" in redress.refused("request", "list", code=3)


def test_a_locked_database_is_said_to_be_locked(redress: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlite3

    redress("init")
    monkeypatch.setattr("db.engine.BUSY_MS", 50)
    with sqlite3.connect(redress.home / "redress.db") as db:
        db.execute("BEGIN IMMEDIATE")
        assert "locked" in redress.refused("request", "list", code=3)


def test_doctor_grades(redress: Command, crm: str) -> None:
    redress("store", "add", "sql", "crm", f"url={crm}")
    found = {item["check"]: item["grade"] for item in redress.json("doctor")}
    assert found["home"] == found["store crm"] == found["ledger"] == found["telemetry"] == "ok"
    assert found["erasure"] == found["shipped ledger"] == found["key ring place"] == "warn"
    assert found["letters"] == "note"


def test_doctor_fails_on_a_store_that_is_gone_and_an_open_home(redress: Command, crm: str, tmp_path: Path) -> None:
    redress("store", "add", "sql", "crm", f"url={crm}")
    (tmp_path / "crm.db").unlink()
    redress.home.chmod(0o755)
    found = {item["check"]: item["grade"] for item in redress.json("doctor", code=1)}
    assert found["store crm"] == found["home"] == "fail"


def test_doctor_notices_a_relay_that_does_not_answer(redress: Command) -> None:
    redress.home.mkdir(mode=0o700)
    text = '[notices]\ndelivery = "smtp"\n[notices.smtp]\nhost = "127.0.0.1"\nport = 9\n'
    (redress.home / "redress.toml").write_text(text, "utf-8")
    found = {item["check"]: item["grade"] for item in redress.json("doctor", code=1)}
    assert found["letters"] == "fail"


def test_law_due(redress: Command) -> None:
    asked = ("law", "due", "--regime", "gdpr", "--right", "access", "--country", "DE", "--received")
    assert redress.json(*asked, "2027-03-04")["date"] == "2027-04-05"
    shown = redress(*asked, "2027-03-04").stdout
    assert shown.startswith("due 5 April 2027 (one month, GDPR 12(3); moved from 4 April, Sunday)\n")
    assert not redress.home.exists(), "asking the law needs no installation"
    assert "no such regime" in redress.refused("law", "due", "--regime", "x", *asked[4:], "2027-03-04", code=2)
    assert "2026-11-23" in redress.refused(*asked, "yesterday", code=2)
    assert "Europe/Berlin" in redress.refused(*asked, "2027-03-04", "--zone", "Berlin", code=2)


def test_pii_analyze(redress: Command, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Write to mira@lindqvist.example please.", "utf-8")
    (found,) = [hit for hit in redress.json("pii", "analyze", str(text)) if hit["entity"] == "EMAIL_ADDRESS"]
    assert (found["start"], found["end"]) == (9, 31)
    assert "pii.languages" in redress.refused("pii", "analyze", str(text), "--language", "fi", code=2)
    assert "No such file" in redress.refused("pii", "analyze", str(tmp_path / "none"), code=2)
    text.write_bytes(b"\xff\xfe\xff")
    assert "UTF-8" in redress.refused("pii", "analyze", str(text), code=2)


def test_tokens(redress: Command) -> None:
    from cases import tokens
    from cases.errors import Forbidden
    from office import open_office

    made = redress.json("token", "make", "dpo.meyer", "--role", "dpo")
    office = open_office(redress.home)
    assert tokens.who(office, made["token"]).user == "dpo.meyer"
    assert redress.json("token", "revoke", "dpo.meyer") == {"user": "dpo.meyer", "revoked": 1}
    with pytest.raises(Forbidden):
        tokens.who(office, made["token"])
    office.close()
    assert "dpo, operator, auditor" in redress.refused("token", "make", "x", "--role", "king", code=2)


def test_a_word_too_many_is_not_repeated(redress: Command) -> None:
    given = ("request", "new", "--regime", "gdpr", "--right", "access", "--name", "Mira", "Lindqvist")
    assert redress.refused(*given, code=2).startswith("There is a word too many")
    assert "Lindqvist" not in redress(*given, code=2).output


def test_unknown_options_are_usage_errors(redress: Command) -> None:
    assert "--frobnicate" in redress("doctor", "--frobnicate", code=2).stderr
    assert "No such option" in redress.refused("doctor", "--frobnicate", code=2)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["request", "list", "--json"],
        ["law", "due", "--regime", "gdpr", "--right", "access", "--country", "DE", "--received", "2026-11-23"],
    ],
)
def test_quick_commands_import_nothing_heavy(redress: Command, words: list[str]) -> None:
    script = (
        "import sys\nfrom cli.main import app\n"
        "try:\n    app(sys.argv[1:])\nfinally:\n"
        "    print(sorted({'prefect', 'presidio_analyzer', 'spacy', 'fastapi'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--home", str(redress.home), *words], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_piped_output_is_plain_and_whole(redress: Command) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from cli.main import main; main()", "--home", str(redress.home), "doctor"],
        capture_output=True, text=True, check=False, env={"COLUMNS": "20", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert "\x1b" not in done.stdout
    assert "Set ledger_folder to another machine's disk: who owns this one could change both." in done.stdout
    assert json.loads(json.dumps(done.stdout.splitlines()[0])) == "check\tgrade\tfinding\twhat to do"
