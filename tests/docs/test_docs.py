"""Docs that cannot rot: generated tables are fresh, links lead somewhere, what the code knows is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cases.states import State
from docs.generate import TABLES, _leaves, filled
from docs.statutes import NO_ADVICE, pages
from flows.deployments import described
from ledger.events import Event
from settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/law/*.md"), *ROOT.glob("connectors/*/README.md")]
)


def everything() -> str:
    return "\n".join(page.read_text("utf-8") for page in PAGES)


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.name)
def test_generated_tables_are_fresh(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == filled(text), "run `make docs`"


def test_the_pages_of_the_law_are_fresh() -> None:
    there = {file.name: file.read_text("utf-8") for file in ROOT.glob("docs/law/*.md")}
    assert there == pages(), "run `make docs`"
    assert all(NO_ADVICE in page for page in there.values())


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_stands_somewhere(name: str) -> None:
    assert f"<!-- {name} -->" in everything()


def test_every_setting_is_documented() -> None:
    text = everything()
    missing = [".".join(path) for path, _ in _leaves(Settings) if f"`{'.'.join(path)}`" not in text]
    assert not missing


def test_every_setting_has_a_description() -> None:
    assert not [path for path, field in _leaves(Settings) if not field.description]


def test_every_state_event_and_deployment_is_documented() -> None:
    text = everything()
    names = [*State, *Event, *(entry["name"] for entry in described())]
    assert not [name for name in names if f"`{name}`" not in text]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target


def test_the_two_commands_of_the_readme_exist() -> None:
    make = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"^    make (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{command}:", make, re.MULTILINE)
