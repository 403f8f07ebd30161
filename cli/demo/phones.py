"""Telephone numbers nobody can be reached at, in the many ways people write them.

Germany, the United Kingdom and North America keep ranges for films and books (Bundesnetzagentur notice 148/2021, Ofcom
"numbers for drama use", 555-01xx); China keeps none, so those numbers are plainly invented. Numbers whose last digits
stand in `KEPT_FROM` are left to the story and never given to anybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

FULL_WIDTH = str.maketrans("0123456789+-/() ", "０１２３４５６７８９＋－／（）　")
KEPT_FROM = 900  # of every block of a thousand; the last ten of a block of a hundred

_DE_LANDLINES = (("30", "23125"), ("69", "90009"), ("40", "66969"), ("221", "4710"), ("89", "99998"))
_DE_MOBILES = (("171", "39200"), ("176", "040690"))
_GB_LANDLINES = (("20", "79460"), ("161", "4960"), ("113", "4960"), ("121", "4960"), ("131", "4960"), ("117", "4960"))
_US_AREAS = ("212", "213", "305", "312", "404", "415", "512", "602", "617", "702", "713", "720", "801", "904", "919")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in its parts: country code, area or network code without the trunk zero, local number. Digits only."""

    country_code: str
    area: str
    local: str

    @property
    def e164(self) -> str:
        return f"+{self.country_code}{self.area}{self.local}"

    def written(self, style: int) -> str:
        """One of the ways to write it; every `style` (any non-negative number) is the same each time."""
        if self.country_code == "86":
            forms = _chinese(self)
        elif self.country_code == "1":
            forms = _american(self)
        else:
            forms = _european(self)
        return forms[style % len(forms)]


def _european(phone: Phone) -> tuple[str, ...]:
    code, area, local = phone.country_code, phone.area, phone.local
    split = f"{local[:-3]} {local[-3:]}"
    return (
        f"+{code} {area} {local}",
        f"0{area}/{local}",
        f"(0{area}) {split.replace(' ', '-')}",
        f"00{code} {area} {split}",
        f"+{code} (0){area} {split}",
        f"0{area}{local}",
        f"0{area} {split}",
        f"+{code}-{area}-{local}",
        f"+{code} {area} {split}".translate(FULL_WIDTH),
    )


def _american(phone: Phone) -> tuple[str, ...]:
    area, office, line = phone.area, phone.local[:3], phone.local[3:]
    return (
        f"({area}) {office}-{line}",
        f"{area}-{office}-{line}",
        f"{area}.{office}.{line}",
        f"+1 {area} {office} {line}",
        f"1-{area}-{office}-{line}",
        f"+1{area}{office}{line}",
    )


def _chinese(phone: Phone) -> tuple[str, ...]:
    digits = phone.area + phone.local
    first, second, third = digits[:3], digits[3:7], digits[7:]
    return (
        f"{first}-{second}-{third}",
        f"+86 {first} {second} {third}",
        digits,
        f"{first} {second} {third}",
        f"0086-{digits}",
        f"(+86){digits}",
        f"+86{digits}",
        digits.translate(FULL_WIDTH),
    )


def _blocks(country_code: str, starts: tuple[tuple[str, str], ...]) -> Iterator[Phone]:
    for (area, local), n in product(starts, range(KEPT_FROM)):
        yield Phone(country_code, area, f"{local}{n:03}")


def _german_mobiles() -> Iterator[Phone]:
    for (area, local), n in product(_DE_MOBILES, range(90)):
        yield Phone("49", area, f"{local}{n:02}")


class Supply:
    """Hands out each number once, in an order the dice decide; `None` when the country has no unused one left."""

    def __init__(self, dice: Random) -> None:
        self._left: dict[str, list[Phone]] = {
            "DE-mobile": list(_german_mobiles()),
            "DE": list(_blocks("49", _DE_LANDLINES)),
            "GB-mobile": [Phone("44", "7700", f"900{n:03}") for n in range(KEPT_FROM)],
            "GB": list(_blocks("44", _GB_LANDLINES)),
            "US-mobile": [Phone("1", area, f"55501{n:02}") for area, n in product(_US_AREAS, range(50))],
            "US": [Phone("1", area, f"55501{n:02}") for area, n in product(_US_AREAS, range(50, 90))],
            "CN-mobile": [Phone("86", "138", f"0013{n:04}") for n in range(9000)],
        }
        for numbers in self._left.values():
            dice.shuffle(numbers)

    def take(self, country: str, *, mobile: bool) -> Phone | None:
        """An unused number of that country (ISO 3166-1 alpha-2)."""
        numbers = self._left.get(f"{country}-mobile" if mobile else country)
        return numbers.pop() if numbers else None
