"""store, scan and inventory: connecting, looking at and forgetting stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_it_works(redress: Command, crm: str, mail: Path) -> None:
    made = redress.json("store", "add", "sql", "crm", f"url={crm}")
    assert (made["name"], made["kind"], made["reachable"], made["missing"]) == ("crm", "sql", True, [])
    redress("store", "add", "maildir", "mail", f"path={mail}")
    assert [(row["name"], row["kind"]) for row in redress.json("store", "list")] == [
        ("crm", "sql"),
        ("mail", "maildir"),
    ]
    assert redress.json("store", "check", "crm")["records"] == 5
    assert redress.json("store", "remove", "mail") == {"name": "mail", "removed": True}
    assert [row["name"] for row in redress.json("store", "list")] == ["crm"]
    assert (mail / "cur" / "1.host:2,S").exists()


def test_secrets_are_masked_in_the_list(redress: Command, crm: str) -> None:
    redress("store", "add", "sql", "crm", f"url={crm}")
    assert str(redress.folder) not in redress("store", "list").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("sqql", "crm", "url=sqlite:////x"), 2, "Kinds installed: "),
        (("maildir", "mail", "path=/nowhere/at/all"), 2, "does not exist"),
        (("maildir", "mail"), 2, "path is missing"),
        (("maildir", "Mail Box", "path=/tmp"), 2, "small letters"),
        (("maildir", "mail", "/tmp"), 2, "key=value"),
        (("maildir", "mail", "path=/a", "path=/b"), 2, "twice"),
        (("sql", "crm", "url=oracle://h/x"), 2, "must start with"),
        (("sql", "crm", "url=postgresql://a@127.0.0.1:9/x"), 3, ""),
        (("imap", "m", "host=127.0.0.1", "port=9", "user=u", "password-env=R_NONE"), 2, "is not set"),
    ],
)
def test_what_cannot_be_connected(redress: Command, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in redress.refused("store", "add", *words, code=code)
    assert redress.json("store", "list") == []


def test_a_mail_server_that_does_not_answer_is_out_of_reach(redress: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R_PASSWORD", "open sesame")
    words = ("store", "add", "imap", "m", "host=127.0.0.1", "port=9", "user=u", "password-env=R_PASSWORD", "timeout=2")
    assert "open sesame" not in redress.refused(*words, code=3)


def test_unknown_stores_are_refused(redress: Command) -> None:
    for words in (("store", "check", "x"), ("store", "remove", "x"), ("scan", "x")):
        assert "redress store list" in redress.refused(*words, code=1)


def test_inventory_before_the_first_scan_is_empty(redress: Command) -> None:
    assert redress.json("inventory") == []
    assert "redress scan" in redress("inventory").stderr
