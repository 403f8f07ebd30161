"""docs/cli.md names every command and every option."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
EVERYWHERE = {"--json", "--help"}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
    for name, inner in (below or {}).items():
        yield from commands(inner, (*path, name))


COMMANDS = dict(commands(get_command(app)))


def section(path: tuple[str, ...]) -> str:
    found = re.search(rf"^### `redress {' '.join(path)}\b[^\n]*`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def test_it_works() -> None:
    assert len(COMMANDS) >= 29
    assert set(re.findall(r"^### `redress ([a-z -]+?)(?: [A-Z\[].*)?`$", PAGE, re.MULTILINE)) == {
        " ".join(path) for path in COMMANDS
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_is_described(path: tuple[str, ...]) -> None:
    options = {name for item in COMMANDS[path].params for name in item.opts if name.startswith("--")}
    assert "--json" in options
    assert {option for option in options - EVERYWHERE if f"`{option}" not in section(path)} == set()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_and_argument_explains_itself(path: tuple[str, ...]) -> None:
    assert COMMANDS[path].help
    assert [item.name for item in COMMANDS[path].params if not item.help and item.name != "help"] == []


def test_the_exit_codes_stand_in_the_page() -> None:
    from cli import show

    assert (show.FINDING, show.USAGE, show.UNAVAILABLE) == (1, 2, 3)
    assert all(f"| {code} |" in PAGE for code in range(4))
