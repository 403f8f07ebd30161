"""request, package and ledger: one request from receipt to answer, and everything that must be refused on the way."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Desk

Ask = Callable[..., str]
NEW = ("request", "new", "--regime", "gdpr", "--right", "access", "--country", "DE")


def found(redress: Command, desk: Desk, reference: str) -> str:
    """Vouch and search; gives the hash of the plan."""
    redress("request", "attest", reference, "--by", "service.kim", "--evidence", "Signed in to the customer area.")
    desk.search(reference)
    return str(redress.json("request", "plan", reference)["hash"])


def test_it_works(redress: Command, desk: Desk, asked: Ask, tmp_path: Path) -> None:
    reference = asked()
    redress("request", "attest", reference, "--by", "service.kim", "--evidence", "Signed in.")
    desk.search(reference)
    plan = redress.json("request", "plan", reference)
    assert {(line["collection"], line["action"]) for line in plan["lines"]} == {
        ("contacts", "export"),
        ("notes", "export"),
    }
    assert [(row["store"], row["status"]) for row in plan["coverage"]] == [("crm", "searched")]
    redress("request", "approve", reference, "--by", "dpo.meyer", "--plan", plan["hash"])
    desk.finish(reference)
    assert redress.json("request", "show", reference)["state"] == "complete"

    out = tmp_path / "answer.zip"
    handed = redress.json("request", "package", reference, "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert redress.json("package", "verify", str(out), "--public-key", handed["public_key"])["ok"]
    with zipfile.ZipFile(out) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"mira@lindqvist.example" in everything
    assert b"tomas@wren.example" not in everything
    assert redress.json("request", "show", reference)["packages"][0]["downloads"] == 1
    assert redress.json("ledger", "verify")["ok"]


def test_new_prints_reference_state_and_due(redress: Command) -> None:
    made = redress.json(*NEW, "--email", "mira@lindqvist.example", "--received", "2026-11-02")
    assert set(made) == {"reference", "state", "due"}
    assert (made["state"], made["due"]) == ("received", "2026-12-02")
    assert [row["reference"] for row in redress.json("request", "list", "--open")] == [made["reference"]]
    assert redress.json("request", "list", "--state", "complete") == []


def test_the_same_request_is_joined(redress: Command, asked: Ask) -> None:
    assert asked() == asked()
    assert asked() != asked("erasure")


def test_a_customer_number_is_found_in_text(redress: Command, desk: Desk, asked: Ask) -> None:
    reference = asked("access", "--customer-id", "K-100009")
    found(redress, desk, reference)
    lines = redress.json("request", "plan", reference)["lines"]
    assert [(x["record"], x["strength"]) for x in lines if x["evidence"] == {"customer_id": 1}] == [("[3]", "strong")]


def test_what_people_type_is_for_people(redress: Command, desk: Desk, asked: Ask) -> None:
    reference = asked()
    plan_hash = found(redress, desk, reference)
    assert plan_hash in redress("request", "plan", reference).stdout
    assert "awaiting_decision" in redress("request", "show", reference).stdout
    assert reference in redress("request", "list").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*NEW, "--email", "not an address"), "name@example.com"),
        ((*NEW, "--phone", "12"), "country code"),
        ((*NEW, "--name", "Mira Lindqvist"), "needs an e-mail address or a phone number"),
        ((*NEW, "--email", "mira@lindqvist.example", "--received", "soon"), "2026-11-23"),
        ((*NEW, "--email", "mira@lindqvist.example", "--received", "1999-01-01"), "more than a year ago"),
        ((*NEW[:-1], "Atlantis", "--email", "mira@lindqvist.example"), ""),
        ((*NEW[:3], "xx", *NEW[4:], "--email", "mira@lindqvist.example"), "no such regime"),
        ((*NEW[:5], "teleport", *NEW[6:], "--email", "mira@lindqvist.example"), "does not grant this right"),
        (("request", "list", "--state", "odd"), "awaiting_decision"),
    ],
)
def test_what_cannot_be_recorded(redress: Command, words: tuple[str, ...], said: str) -> None:
    sentence = redress.refused(*words, code=2)
    assert said in sentence
    assert "mira" not in sentence.lower()
    assert redress.json("request", "list") == []


def test_a_receipt_in_the_future_is_refused(redress: Command) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    said = redress.refused(*NEW, "--email", "mira@lindqvist.example", "--received", tomorrow, code=2)
    assert "future" in said


@pytest.mark.parametrize(
    "words",
    [
        ("show", "R-0000-0000"),
        ("plan", "R-0000-0000"),
        ("attest", "R-0000-0000", "--by", "a", "--evidence", "b"),
        ("approve", "R-0000-0000", "--by", "a", "--plan", "b"),
        ("change", "R-0000-0000", "1", "leave", "--by", "a", "--reason", "b"),
        ("refuse", "R-0000-0000", "--by", "a", "--ground", "b", "--reason", "c"),
        ("extend", "R-0000-0000", "--by", "a", "--reason", "b"),
        ("answer", "R-0000-0000", "--by", "a", "--reason", "b"),
        ("search", "R-0000-0000", "--by", "a"),
        ("withdraw", "R-0000-0000", "--by", "a"),
        ("package", "R-0000-0000", "--out", "x.zip"),
    ],
)
def test_unknown_references_are_refused(redress: Command, words: tuple[str, ...]) -> None:
    assert "redress request list" in redress.refused("request", *words, code=1)


def test_there_is_no_plan_before_the_search(redress: Command, asked: Ask) -> None:
    assert "redress run --until-idle" in redress.refused("request", "plan", asked(), code=1)


def test_a_plan_that_changed_must_be_looked_at_again(redress: Command, desk: Desk, asked: Ask) -> None:
    reference = asked()
    old = found(redress, desk, reference)
    line = next(line["id"] for line in redress.json("request", "plan", reference)["lines"] if line["role"] == "mention")
    words = ("request", "change", reference, line[:10], "withhold", "--by", "dpo.meyer", "--reason", "About Tomas.")
    assert "ground" in redress.refused(*words, code=2)
    new = redress.json(*words, "--ground", "GDPR 15(4)")["hash"]
    assert new != old
    said = redress.refused("request", "approve", reference, "--by", "dpo.meyer", "--plan", old, code=1)
    assert "redress request plan" in said
    redress("request", "approve", reference, "--by", "dpo.meyer", "--plan", new)


def test_a_store_that_was_not_searched_needs_a_reason(redress: Command, desk: Desk, asked: Ask) -> None:
    from cases import decisions, locating

    reference = asked()
    redress("request", "attest", reference, "--by", "service.kim", "--evidence", "Signed in.")
    case = desk.id_of(reference)
    locating.store_failed(desk.office, case, "crm", "The store does not answer.")
    decisions.conclude_search(desk.office, case)
    plan_hash = redress.json("request", "plan", reference)["hash"]
    words = ("request", "approve", reference, "--by", "dpo.meyer", "--plan", plan_hash)
    assert "--accept-gaps" in redress.refused(*words, code=1)
    assert redress.json(*words, "--accept-gaps", "The CRM was retired.")["state"] == "fulfilling"


def test_an_erasure_takes_two_people_and_ends_with_a_certificate(
    redress: Command, desk: Desk, asked: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRESS_POLICY__ERASURE_APPROVALS", "2")
    reference = asked("erasure")
    plan_hash = found(redress, desk, reference)
    words = ("request", "approve", reference, "--plan", plan_hash, "--by")
    assert redress.json(*words, "dpo.meyer")["approvals"] == 1
    for same in ("dpo.meyer", "DPO.Meyer", " dpo.meyer "):
        assert "Another person" in redress.refused(*words, same, code=1)
    assert "request of their own" in redress.refused(*words, "mira@lindqvist.example", code=1)
    assert redress.json(*words, "legal.kim")["state"] == "fulfilling"
    desk.finish(reference)
    shown = redress.json("request", "show", reference)
    assert shown["state"] == "complete", shown
    out = tmp_path / "certificate.json"
    redress("request", "package", reference, "--out", str(out), "--certificate")
    assert '\\"reference\\": \\"' + reference in out.read_text("utf-8")
    with closing(sqlite3.connect(tmp_path / "crm.db")) as db:
        assert "mira" not in str(db.execute("SELECT * FROM contacts, notes").fetchall()).lower()
        assert ("tomas@wren.example",) in db.execute("SELECT email FROM contacts").fetchall()


def test_nothing_is_handed_out_before_the_end(redress: Command, asked: Ask, tmp_path: Path) -> None:
    out = tmp_path / "answer.zip"
    assert "before it is complete" in redress.refused("request", "package", asked(), "--out", str(out), code=1)
    assert list(tmp_path.glob("*answer.zip*")) == []


def test_refusing_needs_a_ground_of_the_law(redress: Command, asked: Ask) -> None:
    reference = asked()
    words = ("request", "refuse", reference, "--by", "dpo.meyer", "--reason", "The fourth this week.", "--ground")
    said = redress.refused(*words, "because", code=2)
    ground = said.split(": ")[1].split(", ")[0].rstrip(".")
    assert redress.json(*words, ground)["state"] == "refused"


def test_extending_withdrawing_and_answering(redress: Command, asked: Ask) -> None:
    reference = asked()
    before = redress.json("request", "show", reference)["due"]
    assert "no proven address" in redress.refused("request", "extend", reference, "--by", "a", "--reason", "b", code=1)
    redress("request", "attest", reference, "--by", "dpo.meyer", "--evidence", "customer login")
    assert redress.json("request", "extend", reference, "--by", "dpo.meyer", "--reason", "Many mails.")["due"] > before
    assert "once" in redress.refused("request", "extend", reference, "--by", "dpo.meyer", "--reason", "More.", code=1)
    said = redress.refused("request", "answer", reference, "--by", "dpo.meyer", "--reason", "Done.", code=1)
    assert "redress request approve" in said
    assert redress.json("request", "withdraw", reference, "--by", "person")["state"] == "withdrawn"


def test_searching_again(redress: Command, desk: Desk, asked: Ask) -> None:
    reference = asked()
    found(redress, desk, reference)
    assert redress.json("request", "search", reference, "--by", "dpo.meyer")["state"] == "locating"


def test_a_changed_package_is_found_out(redress: Command, desk: Desk, asked: Ask, tmp_path: Path) -> None:
    reference = asked()
    redress("request", "approve", reference, "--by", "dpo.meyer", "--plan", found(redress, desk, reference))
    desk.finish(reference)
    out = tmp_path / "answer.zip"
    redress("request", "package", reference, "--out", str(out))
    assert "another key" in str(
        redress.json("package", "verify", str(out), "--public-key", "00" * 32, code=1)["problems"]
    )
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("more.txt", "more")
    assert not redress.json("package", "verify", str(out), code=1)["ok"]
    assert "64 hexadecimal" in redress.refused("package", "verify", str(out), "--public-key", "xyz", code=2)
    assert "No such file" in redress.refused("package", "verify", str(tmp_path / "none.zip"), code=2)


def test_the_ledger_is_checked_by_anybody(redress: Command, asked: Ask, tmp_path: Path) -> None:
    asked()
    verified = redress.json("ledger", "verify")
    assert set(verified) == {"ok", "leaves", "first_bad"}
    assert (verified["ok"], verified["first_bad"]) == (True, None)
    out = tmp_path / "export"
    key = redress.json("ledger", "export", str(out))["public_key"]
    command = [sys.executable, str(out / "verify.py"), "log", str(out), "--public-key", key]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_changed_ledger_is_found_out(redress: Command, asked: Ask, tmp_path: Path) -> None:
    asked()
    redress("ledger", "export", str(tmp_path / "export"))
    with closing(sqlite3.connect(redress.home / "redress.db")) as db, db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE ledger_leaf SET body = replace(body, 'store.added', 'store.adder') WHERE seq = 0")
    broken = redress.json("ledger", "verify", code=1)
    assert (broken["ok"], broken["first_bad"]) == (False, 0)


def test_events_of_the_clock(redress: Command, asked: Ask) -> None:
    reference = asked()
    before = redress.json("request", "show", reference)["due"]
    words = ("request", "clock", reference)
    assert redress.json(*words, "identity_asked", "--by", "dpo.meyer")["due"] == before
    assert f"{reference} is due" in redress(*words, "identity_received", "--by", "dpo.meyer").stdout
    assert "Choose one of" in redress.refused(*words, "lunch", "--by", "dpo.meyer", code=2)
    assert "between the receipt" in redress.refused(*words, "fee_asked", "--by", "a", "--on", "2020-01-01", code=2)


def test_a_ground_may_need_its_statute(redress: Command, asked: Ask) -> None:
    words = ("request", "refuse", asked(), "--by", "dpo.meyer", "--reason", "Secret.", "--ground", "gdpr.23")
    assert "must also state: statute" in redress.refused(*words, code=2)
    assert redress.json(*words, "--basis", "§ 29 BDSG")["state"] == "refused"
