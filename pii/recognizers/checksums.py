"""Check digits and dates within numbers. Arguments are ASCII digits unless said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import cycle

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def weighted(number: str, weights: Sequence[int]) -> int:
    """The sum of the digits, each times its weight; digits beyond the weights do not count."""
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1: the last digit checks those before it."""
    return _luhn_sum(map(int, reversed(number))) % 10 == 0


def luhn_alphanumeric(number: str) -> bool:
    """The Luhn formula over digits and capital letters, a letter counting as 10 to 35."""
    total = 0
    for place, char in enumerate(reversed(number)):
        value = ALPHANUMERIC.index(char)
        total += value if place % 2 == 0 else value * 2 - 9 if value > 4 else value * 2
    return total % 10 == 0


def _luhn_sum(digits: map[int]) -> int:
    return sum(digit * 2 - 9 * (digit > 4) if place % 2 else digit for place, digit in enumerate(digits))


def mod_97_10(number: str) -> bool:
    """ISO 7064 MOD 97-10 over digits and capital letters, as in IBANs."""
    return int("".join(str(ALPHANUMERIC.index(char)) for char in number)) % 97 == 1


def mod_11_10(number: str) -> bool:
    """ISO 7064 MOD 11,10: the last digit checks those before it."""
    rest = 10
    for digit in number[:-1]:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (rest + int(number[-1])) % 10 == 1


def ean(number: str) -> bool:
    """GS1: weights 3 and 1 from the right, the last digit checks those before it."""
    return sum(int(digit) * weight for digit, weight in zip(reversed(number), cycle((1, 3)), strict=False)) % 10 == 0


_D5 = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_TURN = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff(number: str) -> bool:
    """Verhoeff's scheme over the dihedral group of order 10."""
    check = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        for _ in range(place % 8):
            value = _TURN[value]
        check = _D5[check][value]
    return check == 0


def day(year: int, month: int, number: int) -> bool:
    """Whether there is such a day."""
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True


def short_day(year: str, month: str, number: str) -> bool:
    """Whether there is such a day in the 20th or 21st century; the year has two digits."""
    return day(2000 + int(year), int(month), int(number)) or day(1900 + int(year), int(month), int(number))
