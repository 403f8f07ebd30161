"""Every dated vector of ../shared/data/deadlines.jsonl, with the stricter readings it quotes."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from law.calendars import calendar
from law.clock import Due, Facts, due

VECTORS = Path(__file__).parents[2] / ".." / "shared" / "data" / "deadlines.jsonl"


def vectors() -> list[Any]:
    if not VECTORS.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason="../shared/data/deadlines.jsonl is not here"))]
    read = map(json.loads, VECTORS.read_text(encoding="utf-8").splitlines())
    return [pytest.param(vector, id=vector["id"]) for vector in read]


def moment(value: Any) -> Any:
    if not isinstance(value, str) or not value[:1].isdigit():
        return value
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)


def computed(vector: dict[str, Any], facts: Facts) -> Due:
    matter, event = vector["request_type"], vector["event"]
    right: str | None = matter
    if event == "breach":
        right, event = None, matter
    elif matter == "complaint":
        right, event = None, "complaint_ack"
    zone = ZoneInfo(vector["controller_tz"])
    received = datetime.fromisoformat(vector["received_at"])
    return due(vector["regime"], right, vector["jurisdiction"], received, zone, event, facts)


@pytest.mark.parametrize("vector", vectors())
def test_vector(vector: dict[str, Any]) -> None:
    answer = computed(vector, Facts(**{name: moment(value) for name, value in vector["facts"].items()}))
    assert answer.date == date.fromisoformat(vector["due_date"])
    if vector["due_at"]:
        assert answer.at == datetime.fromisoformat(vector["due_at"])
    if strict := re.search(r"Civ\.Code 9 strict.*?=(\S{10}); CA state-employee.*?=(\S{10})}", vector["why"]):
        start = datetime.fromisoformat(vector["received_at"]).astimezone(ZoneInfo(vector["controller_tz"])).date()
        n = 15 if "opt_out" in vector["request_type"] else 10
        assert calendar("us_civil_code_9", "US").add(start, n) == date.fromisoformat(strict[1])
        assert calendar("us_ca_state", "US").add(start, n) == date.fromisoformat(strict[2])
        assert answer.target == min(answer.date, *map(date.fromisoformat, strict.groups()))
    if notice := re.search(r"notice (?:inside first 45 days \(|)by (\S{10})", vector["why"]):
        assert answer.notice_by == date.fromisoformat(notice[1])
