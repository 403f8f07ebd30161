"""Days off: national public holidays, business days, and the working days of the State Council of China.

National days come from the `holidays` library, less the days of `calendars.yaml` that it counts although the State's
own law does not plainly make them public holidays (the earlier date is the safe one). Only nationwide days count;
the nations of the United Kingdom are told apart, England being the default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field

from law.statute import CalendarName, LawError

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Spec(_Data):
    """A calendar: the country it follows (None: the establishment's), its weekend, and holidays it does not count."""

    country: str | None = None
    weekend: tuple[str, ...] = ("Saturday", "Sunday")
    without: tuple[str, ...] = Field((), description="Holidays of the library that do not count: start of the name.")


class _Correction(_Data):
    without: tuple[str, ...]
    cite: str


class _Year(_Data):
    """One year of State Council notices: days closed and weekend days worked, both ends of a range included."""

    closed: tuple[tuple[date, date], ...]
    worked: tuple[date, ...]
    cite: str


class _File(_Data):
    calendars: Mapping[CalendarName, _Spec]
    nations: Mapping[str, str] = Field(description="Countries whose nations differ, with the default nation.")
    corrections: Mapping[str, _Correction]
    state_council: Mapping[int, _Year]


@cache
def _data() -> _File:
    text = files("law").joinpath("rules", "calendars.yaml").read_text(encoding="utf-8")
    return _File.model_validate(yaml.safe_load(text))


@dataclass(frozen=True)
class Calendar:
    """Says of a day whether it is off, and why."""

    name: CalendarName
    country: str

    def closed(self, day: date) -> str | None:
        """The holiday or weekday that makes `day` a day off; None on a working day.

        Raises LawError where the State Council's notice for the year is not loaded.
        """
        if self.name == "cn_state_council":
            return _state_council(day)
        spec = _data().calendars[self.name]
        for name in _holidays(self.country, day.year).get(day, ()):
            if not name.startswith(spec.without):
                return name
        weekday = _WEEKDAYS[day.weekday()]
        return weekday if weekday in spec.weekend else None

    def add(self, day: date, n: int) -> date:
        """The n-th open day after `day`, `day` itself not counted."""
        while n:
            day += timedelta(days=1)
            n -= self.closed(day) is None
        return day


def calendar(name: CalendarName, country: str) -> Calendar:
    """The calendar of that name for an establishment in `country` (`DE`, `GB`, `GB-SCT`; other subdivisions are read
    as their country). Raises LawError for a country whose holidays are not known."""
    return Calendar(name, _data().calendars[name].country or _place(country))


def _place(country: str) -> str:
    import holidays

    match = re.fullmatch(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?", country)
    known = holidays.list_supported_countries()
    if match is None or match[1] not in known:
        raise LawError(
            "The public holidays of this country are not known. Give the ISO 3166-1 code of the country of the "
            "establishment (for example DE), or for the United Kingdom GB, GB-ENG, GB-WLS, GB-SCT or GB-NIR."
        )
    land, nation = match[1], match[2]
    if land not in _data().nations:
        return land
    nation = nation or _data().nations[land]
    if nation not in known[land]:
        raise LawError(f"There is no such nation. {land} has: {', '.join(f'{land}-{n}' for n in known[land])}.")
    return f"{land}-{nation}"


@cache
def _holidays(country: str, year: int) -> Mapping[date, tuple[str, ...]]:
    """Public holidays of a country (or `country-subdivision`) in a year, corrected, with their English names."""
    import holidays

    land, _, nation = country.partition("-")
    correction = _data().corrections.get(country) or _data().corrections.get(land)
    without = correction.without if correction else ()
    # The library falls back to the names it has where it has no English ones.
    days = holidays.country_holidays(land, subdiv=nation or None, years=year, language="en_US")
    named = {day: tuple(n for n in days.get_list(day) if not n.startswith(without)) for day in days}
    return {day: names for day, names in named.items() if names}


def _state_council(day: date) -> str | None:
    years = _data().state_council
    if day.year not in years:
        raise LawError(
            f"The working days of {day.year} in China are not known: the State Council's notice for that year is not "
            f"loaded. Known: {', '.join(map(str, sorted(years)))}. Add the notice to law/rules/calendars.yaml."
        )
    year = years[day.year]
    if any(first <= day <= last for first, last in year.closed):
        return "public holiday"
    if day.weekday() >= 5 and day not in year.worked:
        return _WEEKDAYS[day.weekday()]
    return None
