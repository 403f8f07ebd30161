"""Opening the installation a command works on; made on first use, so that `redress store add` works at once."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from office import Office
    from settings import Settings

SETTINGS_FILE = "redress.toml"
_INTRO = """\
# Settings of this Redress installation. Every line that is commented out shows the default.
# Environment variables are stronger: REDRESS_API__PORT=8123 sets `port` of [api].
# Passwords of stores do not belong here: `redress store add` seals them.
"""
_EXAMPLE = """\
# A retention rule: records that an erasure keeps, and why. Repeat the block for more.
# [[policy.retention]]
# id = "won-deals"
# store = "crm"
# collection = "deals"
# field = "stage"
# values = ["won"]
# since_field = "closed_on"
# years = 8
# ground = "GDPR 17(3)(b)"
# statute = "§ 147 AO"
"""


class NotReady(Exception):
    """The database is of another version of Redress."""


def home_of(context: typer.Context) -> Path | None:
    """The home given with `--home`, None for the default."""
    found: Path | None = context.find_root().params.get("home")
    return found


@contextmanager
def opened(home: Path | None) -> Iterator[Office]:
    """The installation at `home` (default: REDRESS_HOME, else `var`), made on first use.

    Raises `SettingsError`, `VaultError`, or `NotReady` when its tables are those of an older version.
    """
    from sqlalchemy import inspect

    from db.migrate import behind
    from office import open_office
    from settings import load

    settings = load(home)
    if not (settings.home / SETTINGS_FILE).exists():
        initialise(settings)
    office = open_office(settings.home)
    try:
        if behind(office.engine):
            if inspect(office.engine).get_table_names():
                raise NotReady("The database is of an older version. Back it up, then run `redress init`.")
            initialise(settings)
        yield office
    finally:
        office.close()


def initialise(settings: Settings) -> list[str]:
    """Make what is missing: home, settings file, keys, tables. Gives what was made; running it again does no harm."""
    from db.migrate import behind, upgrade
    from office import open_office

    made: list[str] = []
    if not settings.home.exists():
        settings.home.mkdir(parents=True, mode=0o700)
        made.append("home")
    with _alone(settings.home):
        file = settings.home / SETTINGS_FILE
        if not file.exists():
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
                out.write(template())
            made.append("settings")
        if not settings.ring.exists():
            made.append("keys")
        office = open_office(settings.home)
        try:
            for purpose in ("ledger", "package"):
                office.vault.public_key(purpose)
            if behind(office.engine):
                upgrade(office.engine)
                made.append("tables")
        finally:
            office.close()
    return made


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Two first commands at once must not both make the tables."""
    with (home / "init.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def template() -> str:
    """The settings file with every setting explained and commented out, made from `settings.py`."""
    from settings import Settings

    return "\n".join((_INTRO, *_section("", Settings.model_fields), _EXAMPLE))


def _section(path: str, fields: Mapping[str, Any]) -> Iterator[str]:
    """The settings of one group, then its groups: TOML wants them in this order."""
    from pydantic import BaseModel

    groups = {}
    for name, field in fields.items():
        if isinstance(field.default, BaseModel):
            groups[name] = field.default
        elif name not in {"home", "retention"}:  # home is where the file lies; retention has an example of its own
            yield f"# {field.description}"
            yield f"# {name} = {_toml(field.default)}\n"
    for name, group in groups.items():
        below = f"{path}.{name}" if path else name
        yield f"[{below}]"
        if group.__doc__:
            yield f"# {group.__doc__.splitlines()[0]}\n"
        yield from _section(below, type(group).model_fields)


def _toml(value: object) -> str:
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return '""'
    if value is None:
        return '"PATH"'
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
