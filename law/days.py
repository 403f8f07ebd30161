"""Days off: national public holidays, business days, and working days that a government announces year by year.

National days come from the `holidays` library, corrected by `calendars.yaml` where it counts days that the State's own law
does not plainly make public holidays (the earlier date is the safe one). Only nationwide days count, unless a regime's
reading says otherwise; nations of a country that has several calendars are told apart.

A year that a government has not announced is unknown, and never guessed. What can be said without guessing is a bound:
`Calendar.add` with `bound=True` counts as work every day that could be one, so it never ends later than the true date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Self

from pydantic import Field, model_validator

from law.rule import Cite, Data, LawError, UnknownYear, Words

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = timedelta(days=1)
_IN_LIEU = "(observed)"  # as the library names it


class Spec(Data):
    """A calendar."""

    country: str | None = Field(None, description="The country it follows; None: that of the establishment.")
    weekend: tuple[str, ...] = ("Saturday", "Sunday")
    without: Words = Field((), description="Holidays of the library that do not count: start of the name.")
    friday_in_lieu: Words | None = Field(
        None,
        description="Saturday holidays that are kept on the Friday before, by the start of their name; None: all of them.",
    )
    regional: bool = Field(False, description="Days of the subdivision count too.")
    corrected: bool = True
    announced: bool = Field(False, description="Working days are announced year by year, make-up days included.")
    certain: tuple[Annotated[str, Field(pattern=r"^\d\d-\d\d$")], ...] = Field(
        (), description="Month and day that are off in any announced year, by a law that stands."
    )
    certain_cite: str = ""


class Correction(Data):
    """Days of one country, or nation, that the library counts and we do not, or the other way round."""

    without: Words = ()
    holidays: Mapping[date, str] = Field({}, description="Days off that the library lacks.")
    cite: str


class Year(Data):
    """One announced year: days closed (both ends of a range included) and weekend days worked."""

    closed: tuple[tuple[date, date], ...] = Field(min_length=1)
    worked: tuple[date, ...]
    cite: Cite

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if any(first > last for first, last in self.closed):
            raise ValueError("a range of days ends before it begins")
        if any(first <= day <= last for day in self.worked for first, last in self.closed):
            raise ValueError("a day is both closed and worked")
        if any(day.weekday() < 5 for day in self.worked):
            raise ValueError("only Saturdays and Sundays are made up: a weekday stands under `worked`")
        return self

    def of(self, year: int) -> bool:
        """Whether every day lies in that year."""
        days = [day for pair in self.closed for day in pair] + list(self.worked)
        return {day.year for day in days} == {year}

    def closed_on(self, day: date) -> str | None:
        """Why `day` is off, or None."""
        if any(first <= day <= last for first, last in self.closed):
            return "public holiday"
        return _WEEKDAYS[day.weekday()] if day.weekday() >= 5 and day not in self.worked else None


class Days(Data):
    """`calendars.yaml`."""

    calendars: Mapping[str, Spec]
    nations: Mapping[str, str] = Field({}, description="Countries whose nations differ, with the default nation.")
    corrections: Mapping[str, Correction] = {}
    years: Mapping[str, Mapping[int, Year]] = Field({}, description="Announced years, by calendar.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name, years in self.years.items():
            if name not in self.calendars or not self.calendars[name].announced:
                raise ValueError(f"{name} is no calendar that is announced year by year")
            for year, days in years.items():
                if not days.of(year):
                    raise ValueError(f"{name}: a day under {year} lies in another year")
        return self

    def with_years(self, name: str, years: Mapping[int, Year]) -> Days:
        """More announced years of a calendar; one that is known stays as it is. Raises LawError for a wrong one."""
        known = dict(self.years)
        known[name] = {**years, **known.get(name, {})}
        try:
            return Days.model_validate(self.model_dump() | {"years": known})
        except ValueError as error:
            text = re.sub(r"(?s).*Value error, (.*?) \[type=.*", r"\1", str(error))
            raise LawError(f"The calendar cannot be used: {text}.") from None

    def calendar(self, name: str, country: str) -> Calendar:
        """The calendar `name` for an establishment in `country` (ISO 3166-1, or ISO 3166-2 for a nation or region).

        Raises LawError for a country whose holidays are not known.
        """
        spec = self.calendars[name]
        place = spec.country or _place(country, spec.regional, tuple(self.nations.items()))
        land = place.partition("-")[0]
        fixed = self.corrections.get(place) or self.corrections.get(land) if spec.corrected else None
        return Calendar(name, place, spec, fixed, self.years.get(name, {}))


@dataclass(frozen=True)
class Calendar:
    """Says of a day whether it is off, and why."""

    name: str
    country: str
    spec: Spec
    correction: Correction | None
    years: Mapping[int, Year]

    def closed(self, day: date, *, bound: bool = False) -> str | None:
        """The holiday or weekday that makes `day` a day off; None on a working day.

        Raises UnknownYear where the year has not been announced, or its announcement is not loaded; with `bound` a day of such a
        year is off only by a law that stands.
        """
        if self.spec.announced:
            if day.year not in self.years:
                if bound:
                    return "public holiday" if f"{day:%m-%d}" in self.spec.certain else None
                raise UnknownYear(
                    f"The working days of {day.year} are not known: the official calendar ({self.name}) of that year "
                    f"is not loaded. Known: {', '.join(map(str, sorted(self.years)))}. Load it with "
                    "`redress law calendar FILE` when it has been published."
                )
            return self.years[day.year].closed_on(day)
        return self._by_library(day)

    def add(self, day: date, n: int, *, bound: bool = False) -> date:
        """The n-th open day after `day`, `day` itself not counted.

        With `bound`, a day of an unknown year counts as open unless a standing law closes it: the result is then the
        earliest day that the true one can be.
        """
        while n:
            day += _DAY
            n -= self.closed(day, bound=bound) is None
        return day

    def knows(self, first: date, last: date) -> bool:
        """Whether every year from `first` to `last` is known."""
        return not self.spec.announced or all(year in self.years for year in range(first.year, last.year + 1))

    def _by_library(self, day: date) -> str | None:
        extra = self.correction.holidays.get(day) if self.correction else None
        if extra:
            return extra
        without = self.spec.without + (self.correction.without if self.correction else ())
        for name in _library(self.country, day.year).get(day, ()):
            if not name.startswith(without) and self._kept(name, day):
                return name
        weekday = _WEEKDAYS[day.weekday()]
        return weekday if weekday in self.spec.weekend else None

    def _kept(self, name: str, day: date) -> bool:
        """Whether a day in lieu is one here: some laws do not move a Saturday holiday to the Friday before."""
        moved = self.spec.friday_in_lieu
        in_lieu = moved is not None and day.weekday() == 4 and name.endswith(_IN_LIEU)
        return not in_lieu or name.startswith(moved or ())


@cache
def _place(country: str, regional: bool, nations: tuple[tuple[str, str], ...]) -> str:
    known = _supported()
    match = re.fullmatch(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?", country)
    if match is None or match[1] not in known:
        raise LawError(
            "The public holidays of this country are not known. Give the ISO 3166-1 code of the country of the "
            "establishment (for example DE), or ISO 3166-2 where a country has several calendars (GB-SCT)."
        )
    land, part = match[1], match[2]
    default = dict(nations).get(land)
    if default is None and not regional:
        return land
    part = part or default
    if part is None:
        return land
    if part not in known[land]:
        raise LawError(f"There is no such part. {land} has: {', '.join(f'{land}-{n}' for n in known[land])}.")
    return f"{land}-{part}"


@cache
def _supported() -> Mapping[str, list[str]]:
    import holidays

    return holidays.list_supported_countries()


@cache
def _library(place: str, year: int) -> Mapping[date, tuple[str, ...]]:
    """Public holidays of a country (or `country-subdivision`) in a year, with their English names where there are any."""
    import holidays

    land, _, part = place.partition("-")
    days = holidays.country_holidays(land, subdiv=part or None, years=year, language="en_US")
    return {day: tuple(days.get_list(day)) for day in days}
