"""National numbers of central and eastern Europe that Presidio lacks or reads loosely."""

from __future__ import annotations

from pii.recognizers.checksums import day as real_day
from pii.recognizers.checksums import mod_11_10, short_day, weighted
from pii.recognizers.groups import Needs, NumberRecognizer, number

_COUNTIES = frozenset((*range(1, 49), 51, 52, 70, *range(80, 84)))  # of Romania, and for people abroad


class CzSkBirthNumberRecognizer(NumberRecognizer):
    """Czech and Slovak birth numbers (rodné číslo): date of birth, a slash, order; ten digits are divisible by 11."""

    ENTITY = "CZ_SK_BIRTH_NUMBER"
    SCORE = 0.2
    FORMATTED = 0.55
    CONTEXT = ("rodné číslo", "rodne cislo", "rodného čísla", "rč", "r.č", "birth number", "national id")
    NEEDS = Needs(digits=9)
    EXPRESSIONS = (number("[0-9]", r"\d[0-35-8]\d[0-3]\d/?\d{3,4}"),)

    def valid(self, number: str) -> bool:
        """50 is added to the month of women, 20 where a day since 2004 had no number left. Nine digits end in 1953."""
        short, month = int(number[:2]), int(number[2:4])
        year = 1900 + short if len(number) == 9 or short >= 54 else 2000 + short
        month -= 50 if month > 50 else 0
        month -= 20 if month > 20 and year >= 2004 else 0
        if not real_day(year, month, int(number[4:6])):
            return False
        if len(number) == 9:
            return short < 54
        return int(number[:9]) % 11 % 10 == int(number[9])  # until 1985 a rest of 10 was written as 0


class PlPeselRecognizer(NumberRecognizer):
    """Polish PESEL numbers: date of birth, order, check digit."""

    ENTITY = "PL_PESEL"
    SCORE = 0.3
    CONTEXT = ("pesel", "national id", "personal id", "numer identyfikacyjny")
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[0-9]", r"\d[0-9]\d[0-3]\d{6}"),)

    def valid(self, number: str) -> bool:
        """The century is in the month: 80 for the 19th, 20 for the 21st, then 40 and 60."""
        month = int(number[2:4])
        year = (1900, 2000, 2100, 2200, 1800)[month // 20] + int(number[:2])
        real = 1 <= month % 20 <= 12 and real_day(year, month % 20, int(number[4:6]))
        return real and weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


class RoCnpRecognizer(NumberRecognizer):
    """Romanian personal numbers (CNP): sex and century, date of birth, county, order, check digit."""

    ENTITY = "RO_CNP"
    SCORE = 0.4
    CONTEXT = ("cnp", "cod numeric personal", "codul numeric personal", "personal numeric", "national id")
    NEEDS = Needs(digits=13)
    EXPRESSIONS = (number("[1-9]", r"\d\d[01]\d[0-3]\d{7}"),)

    def valid(self, number: str) -> bool:
        """Weights 279146358279 mod 11, where 10 counts as 1."""
        if not short_day(number[1:3], number[3:5], number[5:7]) or int(number[7:9]) not in _COUNTIES:
            return False
        check = weighted(number, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
        return (1 if check == 10 else check) == int(number[12])


class HuTajRecognizer(NumberRecognizer):
    """Hungarian social insurance numbers (TAJ): nine digits, weights 3 and 7."""

    ENTITY = "HU_TAJ"
    SCORE = 0.1
    CONTEXT = ("taj", "taj szám", "tajszám", "társadalombiztosítási", "social insurance", "hungarian")
    NEEDS = Needs(digits=9)
    EXPRESSIONS = (number("[0-9]", r"\d\d[ \-]?\d{3}[ \-]?\d{3}"),)

    def valid(self, number: str) -> bool:
        """The last digit is the sum mod 10."""
        return int(number) > 0 and weighted(number, (3, 7, 3, 7, 3, 7, 3, 7)) % 10 == int(number[8])


class HuTaxIdRecognizer(NumberRecognizer):
    """Hungarian tax numbers of people (adóazonosító jel): an 8, the day of birth since 1867, order, check digit."""

    ENTITY = "HU_TAX_ID"
    SCORE = 0.15
    CONTEXT = ("adóazonosító", "adoazonosito", "adóazonosító jel", "adójel", "tax id", "tax number", "hungarian tax")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("8", r"\d{9}"),)

    def valid(self, number: str) -> bool:
        """Weights 1 to 9 mod 11."""
        return weighted(number, range(1, 10)) % 11 == int(number[9])


class BgEgnRecognizer(NumberRecognizer):
    """Bulgarian civil numbers (EGN): date of birth, region, check digit."""

    ENTITY = "BG_EGN"
    SCORE = 0.2
    CONTEXT = ("egn", "егн", "civil number", "единен граждански", "national id")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("[0-9]", r"\d[0-5]\d[0-3]\d{5}"),)

    def valid(self, number: str) -> bool:
        """20 is added to the month in the 19th century, 40 in the 21st."""
        month = int(number[2:4])
        year = (1900, 1800, 2000)[month // 20] + int(number[:2])
        real = 1 <= month % 20 <= 12 and real_day(year, month % 20, int(number[4:6]))
        return real and weighted(number, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(number[9])


class HrOibRecognizer(NumberRecognizer):
    """Croatian personal identification numbers (OIB): eleven digits by ISO 7064 MOD 11,10."""

    ENTITY = "HR_OIB"
    SCORE = 0.1
    CONTEXT = ("oib", "osobni identifikacijski", "porezni broj", "croatian", "hrvatska")
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[0-9]", r"\d{10}"),)

    def valid(self, number: str) -> bool:
        """The check digit."""
        return mod_11_10(number)


class SiEmsoRecognizer(NumberRecognizer):
    """Slovenian EMŠO, and the JMBG of other states of former Yugoslavia: date of birth, region, order, check digit."""

    ENTITY = "SI_EMSO"
    SCORE = 0.3
    CONTEXT = ("emšo", "emso", "jmbg", "matična številka", "matični broj", "personal number", "national id")
    NEEDS = Needs(digits=13)
    EXPRESSIONS = (number("[0-3]", r"\d[01]\d[09]\d{8}"),)

    def valid(self, number: str) -> bool:
        """Weights 7 to 2 twice, mod 11. The year has three digits."""
        year = int(number[4:7]) + (1000 if number[4] == "9" else 2000)
        if not real_day(year, int(number[2:4]), int(number[:2])):
            return False
        return -weighted(number, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 % 10 == int(number[12])
