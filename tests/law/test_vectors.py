"""Every dated vector of ../shared/data/deadlines.jsonl, with the stricter readings it quotes; and the form they are written in."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from law.book import shipped
from law.vectors import answer, check, facts_of, matter

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "data" / "deadlines.jsonl"
ONE = {
    "id": "X1",
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
BREACH = ONE | {
    "id": "X2",
    "request_type": "breach_authority",
    "event": "breach",
    "received_at": "2026-10-23T00:30:00+02:00",
    "due_date": "2026-10-25",
    "due_at": "2026-10-25T23:30:00+01:00",
}


def vectors() -> list[Any]:
    if not VECTORS.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason="../shared/data/deadlines.jsonl is not here"))]
    read = map(json.loads, VECTORS.read_text(encoding="utf-8").splitlines())
    return [pytest.param(vector, id=vector["id"]) for vector in read]


@pytest.mark.parametrize("vector", vectors())
def test_vector(vector: dict[str, Any]) -> None:
    found = answer(vector)
    assert found.date == date.fromisoformat(vector["due_date"])
    if vector["due_at"]:
        assert found.at == datetime.fromisoformat(vector["due_at"])
    days = shipped().days
    if strict := re.search(r"Civ\.Code 9 strict.*?=(\S{10}); CA state-employee.*?=(\S{10})}", vector["why"]):
        start = datetime.fromisoformat(vector["received_at"]).astimezone(ZoneInfo(vector["controller_tz"])).date()
        n = 15 if "opt_out" in vector["request_type"] else 10
        assert days.calendar("us_civil_code_9", "US").add(start, n) == date.fromisoformat(strict[1])
        assert days.calendar("us_ca_state", "US").add(start, n) == date.fromisoformat(strict[2])
        assert found.target == min(found.date, *map(date.fromisoformat, strict.groups()))
    if notice := re.search(r"notice (?:inside first 45 days \(|)by (\S{10})", vector["why"]):
        assert found.notice_by == date.fromisoformat(notice[1])


def test_all_pass() -> None:
    report = check([ONE, BREACH])
    assert (report.total, report.passed, report.failed) == (2, 2, ())


@pytest.mark.parametrize(
    ("change", "expected", "got"),
    [
        ({"due_date": "2027-04-04"}, "2027-04-04", "2027-04-05"),
        ({"regime": "HIPAA"}, "2027-04-05", "LawError: There is no such regime"),
        ({"received_at": "soon"}, "2027-04-05", "ValueError: Invalid isoformat"),
        ({"facts": {"colour": "2027-01-01"}}, "2027-04-05", "ValueError: there is no fact colour"),
        ({"facts": {"no_such_reading": True}}, "2027-04-05", "LawError: There is no such reading"),
        ({"due_date": ""}, "a due date", "2027-04-05"),
    ],
)
def test_what_fails_is_told(change: dict[str, Any], expected: str, got: str) -> None:
    (failure,) = check([ONE | change]).failed
    assert failure.id == "X1"
    assert failure.expected == expected
    assert failure.got.startswith(got)


def test_a_wrong_instant_fails_though_the_day_is_right() -> None:
    (failure,) = check([BREACH | {"due_at": "2026-10-25T22:30:00+01:00"}]).failed
    assert failure.got == "2026-10-25T23:30:00+01:00"


def test_one_without_an_id_is_told_by_its_line() -> None:
    assert check([ONE, {"regime": "GDPR"}]).failed[0].id == "2"


@pytest.mark.parametrize(
    ("asked", "event", "meant"),
    [
        ("access", "respond", ("access", "respond")),
        ("breach_authority", "breach", (None, "breach_authority")),
        ("complaint", "ack", (None, "complaint_ack")),
        ("drop", "delete", (None, "drop_delete")),
        ("access", "drop", (None, "drop_access")),
    ],
)
def test_matter(asked: str, event: str, meant: tuple[str | None, str]) -> None:
    assert matter(asked, event) == meant


def test_facts_may_happen_twice() -> None:
    found = facts_of(
        {"clarification_asked": ["2026-03-05", "2026-03-20"], "edpb_suspension": False, "severity": "larger"}
    )
    assert found.clarification_asked == (date(2026, 3, 5), date(2026, 3, 20))
    assert (found.readings, found.severity) == (frozenset(), "larger")
    assert facts_of({"readings": ["ccp_12a"]}).readings == {"ccp_12a"}
