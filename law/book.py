"""The statutes together with the calendars they are counted in, read once and never changed.

A regime is a file: `Book.read` takes every YAML file of a folder, and what is not `calendars.yaml` is a statute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from law.days import Calendar, Days, Year
from law.period import Reading
from law.rule import Data, LawError, Rule
from law.statute import Statute

CALENDARS = "calendars.yaml"
RULES: Traversable = files("law").joinpath("rules")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where it is there: eight times faster, the same result."""
_Model = TypeVar("_Model", bound=BaseModel)


class _Years(Data):
    """What an installation may add: years of an official calendar, by calendar and year."""

    years: Mapping[str, Mapping[int, Year]]


@dataclass(frozen=True, eq=False)
class Book:
    """The law as it is applied. `statutes` by regime, in the order of their titles."""

    statutes: Mapping[str, Statute] = field(repr=False)
    days: Days = field(repr=False)

    @classmethod
    def read(cls, folder: Traversable) -> Book:
        """Read every file of a folder. Raises LawError that names the file and the key that is wrong."""
        texts = {f.name: f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".yaml")}
        days = _parsed(Days, CALENDARS, texts.pop(CALENDARS, ""))
        found = [_parsed(Statute, name, text) for name, text in sorted(texts.items())]
        for statute in found:
            for clock in statute.clocks:
                for name in (clock.calendar, *(reading.calendar for reading in clock.readings)):
                    if name is not None and name not in days.calendars:
                        raise LawError(f"{clock.id} counts in a calendar {name!r} that {CALENDARS} does not have.")
        ordered = sorted(found, key=lambda s: (not s.places.fallback, s.title.lower()))
        if len({statute.regime for statute in found}) < len(found):
            raise LawError("Two files speak of the same regime.")
        return cls({statute.regime: statute for statute in ordered}, days)

    def with_years(self, text: str, name: str = CALENDARS) -> Book:
        """The same law with more years of official calendars. Raises LawError for a file that does not fit.

        A year that is known already stays as it is: an installation adds to the law, it does not rewrite it.
        """
        added = _parsed(_Years, name, text).years
        days = self.days
        for calendar, years in added.items():
            days = days.with_years(calendar, years)
        return replace(self, days=days)

    def statute(self, regime: str) -> Statute:
        """The statute of that name, case ignored. Raises LawError for a name that is none."""
        found = self.statutes.get(regime.lower())
        if found is None:
            raise LawError(f"There is no such regime. Choose one of: {', '.join(self.statutes)}.")
        return found

    @cache  # noqa: B019 - there is one book, or one more where an installation has loaded a year
    def calendar(self, name: str, country: str) -> Calendar:
        """As `Days.calendar`, made once."""
        return self.days.calendar(name, country)

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """Every rule of every statute, by id."""
        return {rule.id: rule for statute in self.statutes.values() for rule in statute.rules}

    @cached_property
    def readings(self) -> Mapping[str, tuple[Reading, ...]]:
        """The disputed readings a controller can adopt, by id."""
        found: dict[str, tuple[Reading, ...]] = {}
        for statute in self.statutes.values():
            for clock in statute.clocks:
                for reading in clock.readings:
                    found[reading.id] = (*found.get(reading.id, ()), reading)
        return found

    def rule(self, id_: str) -> Rule:
        """The rule of that id. Raises LawError for any other."""
        if id_ not in self.rules:
            raise LawError("There is no such rule. `redress law list` names them all.")
        return self.rules[id_]


@cache
def shipped() -> Book:
    """The law that comes with this version."""
    return Book.read(RULES)


def _parsed(model: type[_Model], name: str, text: str) -> _Model:
    try:
        return model.model_validate(yaml.load(text, _LOADER) or {})  # noqa: S506 - a safe loader, in C
    except yaml.YAMLError:
        raise LawError(f"{name} is no valid YAML. Correct it.") from None
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise LawError(f"{name} does not fit: {'; '.join(wrong)}") from None
