"""docs/api.md names every route, role, limit and problem there is, and none that is not."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from api import limits
from api.access import ROLES
from api.app import create_app
from api.problems import KINDS
from api.words import LANGUAGES
from office import Office
from tests.api.routes import doors

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


def test_routes(office: Office) -> None:
    languages = "|".join(LANGUAGES)
    there = {
        f"{door.method} {re.sub(f'^/({languages})/', '/{language}/', door.path)}" for door in doors(create_app(office))
    }
    assert set(re.findall(r"`((?:GET|POST) /[^`]*)`", PAGE)) == there


def test_roles() -> None:
    named = re.findall(r"\| `\w+ /api/v1/staff[^`]*` \| (\w+) \| ([a-z, ]+) \|", PAGE)
    assert {name: frozenset(roles.split(", ")) for name, roles in named} == ROLES


def test_limits(office: Office) -> None:
    spans = {"24 h": timedelta(days=1), "1 h": timedelta(hours=1), "5 min": timedelta(minutes=5)}
    rows = re.findall(r"^\| (\w+) \| (?:`api.form_per_day` \()?(\d+)\)? \| ([^|]+) \|", PAGE, re.M)
    known = [limits.forms(office.settings), limits.CODES, limits.TRIES, limits.LOOKUPS, limits.DOWNLOADS]
    assert {(name, int(burst), spans[per]) for name, burst, per in rows} == {(k.name, k.burst, k.per) for k in known}


def test_problems() -> None:
    for name in [*KINDS.values(), "no-token"]:
        assert f"`{name}`" in PAGE
