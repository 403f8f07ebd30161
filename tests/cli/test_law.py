"""`redress law`: due dates, vectors, rules, calendars."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Command

UK = ("law", "due", "--regime", "uk_gdpr", "--country", "GB", "--right", "access", "--received", "2026-03-05", "--zone")
VECTOR = {
    "id": "A1",
    "regime": "GDPR",
    "jurisdiction": "DE",
    "request_type": "access",
    "event": "respond",
    "received_at": "2027-03-04T10:00:00+01:00",
    "controller_tz": "Europe/Berlin",
    "facts": {},
    "due_date": "2027-04-05",
    "due_at": None,
}
YEAR = """
years:
  cn_state_council:
    2027: {closed: [[2027-01-01, 2027-01-03]], worked: [], cite: invented for this test}
"""


def test_events_move_a_date(redress: Command) -> None:
    asked = (*UK, "Europe/London", "--event", "clarification_asked=2026-03-05")
    assert redress.json(*asked)["date"] == "2026-04-07"
    found = redress.json(*asked, "--event", "clarification_received=2026-03-09")
    assert (found["date"], found["rule"]) == ("2026-04-09", "uk.respond")
    assert "4 days paused" in " ".join(found["steps"])


def test_what_is_asked_for_and_what_happened_go_together(redress: Command) -> None:
    asked = ("--event", "extend", "--event", "identity_received=2026-03-10")
    assert redress.json(*UK, "Europe/London", *asked)["date"] == "2026-06-10"


def test_readings_and_grades(redress: Command) -> None:
    ccpa = ("law", "due", "--regime", "ccpa", "--country", "US", "--right", "delete", "--received", "2026-01-15")
    assert redress.json(*ccpa, "--reading", "ccp_12a")["date"] == "2026-03-02"
    breach = ("law", "due", "--regime", "pipl", "--country", "CN", "--received", "2026-05-10T22:30:00+08:00", "--zone")
    found = redress.json(*breach, "Asia/Shanghai", "--event", "breach_authority", "--event", "severity=larger")
    assert found["at"] == "2026-05-11 02:30:00+08:00"


def test_what_cannot_be_used(redress: Command) -> None:
    at = (*UK, "Europe/London")
    assert "one event at a time" in redress.refused(*at, "--event", "extend", "--event", "ack", code=2)
    assert "NAME=DATE" in redress.refused(*at, "--event", "colour=2026-01-01", code=2)
    assert "NAME=DATE" in redress.refused(*at, "--event", "fee_paid=soon", code=2)
    assert "no such reading" in redress.refused(*at, "--reading", "generous", code=2)
    assert "time zone" in redress.refused(*UK, "Mars", code=2)


def test_check(redress: Command, tmp_path: Path) -> None:
    file = tmp_path / "vectors.jsonl"
    file.write_text(json.dumps(VECTOR) + "\n\n", "utf-8")
    assert redress.json("law", "check", str(file)) == {"total": 1, "passed": 1, "failed": []}
    assert "1 of 1" in redress("law", "check", str(file)).stdout
    file.write_text("\n".join(map(json.dumps, [VECTOR, VECTOR | {"id": "A2", "due_date": "2027-04-04"}])), "utf-8")
    report = redress.json("law", "check", str(file), code=1)
    assert report == {
        "total": 2,
        "passed": 1,
        "failed": [{"id": "A2", "expected": "2027-04-04", "got": "2027-04-05"}],
    }
    assert "A2\t2027-04-04\t2027-04-05" in redress("law", "check", str(file), code=1).stdout
    for text in ("[1]", "{"):
        file.write_text(text, "utf-8")
        assert "Line 1 is no JSON object" in redress.refused("law", "check", str(file), code=2)
    assert not redress.home.exists()


def test_explain(redress: Command) -> None:
    found = redress.json("law", "explain", "gdpr.respond")
    assert found["cite"][0] == "GDPR 12(3)"
    assert found["confidence"].startswith("T/S/K: text of the instrument read")
    assert found["stamp"].startswith("gdpr.respond@1#")
    shown = redress("law", "explain", "gdpr.respond")
    assert "edpb_suspension" in shown.stdout
    assert "not legal advice" in shown.stderr
    assert "redress law list" in redress.refused("law", "explain", "gdpr.nothing", code=2)


def test_list(redress: Command) -> None:
    rows = redress.json("law", "list")
    assert {row["regime"] for row in rows} == {"gdpr", "uk_gdpr", "ccpa", "ca_drop", "pipl"}
    assert [row["rule"] for row in rows if row["state"] != "on"] == [
        "gdpr.breach_authority.omnibus",
        "gdpr.12_5.omnibus",
    ]
    assert {row["regime"] for row in redress.json("law", "list", "--regime", "pipl")} == {"pipl"}
    assert "proposal, off" in redress("law", "list", "--regime", "gdpr").stdout


def graded(redress: Command) -> tuple[str, str]:
    code = 1 if (redress.home / "law").exists() or "generous" in (redress.home / "redress.toml").read_text() else 0
    (found,) = [item for item in redress.json("doctor", code=code) if item["check"] == "law"]
    return found["grade"], found["finding"]


def test_doctor_looks_at_the_calendar_and_the_readings(redress: Command) -> None:
    redress("init")
    redress.home.chmod(0o700)
    assert graded(redress)[0] in {"ok", "note"}
    settings = redress.home / "redress.toml"
    before = settings.read_text("utf-8")
    adopted = before.replace("[policy]", '[policy]\nreadings = ["generous"]', 1)
    settings.write_text(adopted, "utf-8")
    assert graded(redress) == ("fail", "policy.readings: generous")
    settings.write_text(before, "utf-8")
    (redress.home / "law").mkdir()
    (redress.home / "law" / "calendars.yaml").write_text("years: [", "utf-8")
    assert graded(redress)[0] == "fail"


def test_a_calendar_makes_a_provisional_date_final(redress: Command, tmp_path: Path) -> None:
    asked = ("law", "due", "--regime", "pipl", "--country", "CN", "--right", "delete", "--received", "2026-12-25")
    assert "working days of 2027 are not known" in redress.refused(*asked, "--zone", "Asia/Shanghai", code=2)
    file = tmp_path / "2027.yaml"
    file.write_text(YEAR, "utf-8")
    done = redress.json("law", "calendar", str(file), "--by", "ops")
    assert (done["years"][-1], done["settled"]) == ("cn_state_council 2027", 0)
    assert redress.json(*asked, "--zone", "Asia/Shanghai")["date"] == "2027-01-18"
    assert "cn_state_council 2027" in redress("law", "calendar", str(file)).stdout
    file.write_text("years: {moon: {}}", "utf-8")
    assert "moon is no calendar" in redress.refused("law", "calendar", str(file), code=2)
