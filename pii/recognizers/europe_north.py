"""National numbers of the Nordic and Baltic countries that Presidio lacks."""

from __future__ import annotations

from pii.recognizers.checksums import day as real_day
from pii.recognizers.checksums import luhn, short_day, weighted
from pii.recognizers.groups import Needs, NumberRecognizer, number


class DkCprRecognizer(NumberRecognizer):
    """Danish CPR numbers: date of birth, a hyphen, four digits. Since 2007 the check digit need not be right; where it is,
    the score is higher."""

    ENTITY = "DK_CPR"
    SCORE = 0.15
    CONTEXT = ("cpr", "cprnr", "personnummer", "personal number", "danish id")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("[0-3]", r"\d[01]\d\d\d[ \-]?\d{4}"),)

    def valid(self, number: str) -> bool:
        """A day that exists; the fourth digit of the order decides the century, so that any will do."""
        return short_day(number[4:6], number[2:4], number[:2])

    def score(self, value: str) -> float:
        """High enough alone only with the hyphen and the right check digit."""
        digits = "".join(filter(str.isdigit, value))
        right = weighted(digits, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
        return 0.5 if right and "-" in value else 0.3 if right else self.SCORE


class NoFnrRecognizer(NumberRecognizer):
    """Norwegian birth and D numbers: date of birth, order, two check digits."""

    ENTITY = "NO_FNR"
    SCORE = 0.45
    FORMATTED = 0.65
    CONTEXT = (
        "fødselsnummer",
        "fodselsnummer",
        "fødselsnr",
        "fnr",
        "personnummer",
        "d-nummer",
        "national id",
        "norwegian",
    )
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[0-7]", r"\d[014589]\d\d\d[ \-]?\d{5}"),)

    def valid(self, number: str) -> bool:
        """40 is added to the day of D numbers, to the month of help numbers (80: test data)."""
        day, month, short, order = int(number[:2]) % 40, int(number[2:4]) % 40, int(number[4:6]), int(number[6:9])
        years = (
            (1900 + short, order < 500 or (order >= 900 and short >= 40)),
            (1800 + short, 500 <= order < 750 and short > 53),
        )
        return (
            any(
                known and real_day(year, month, day)
                for year, known in (*years, (2000 + short, order >= 500 and short < 40))
            )
            and weighted(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
            and weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
        )


class SePersonnummerRecognizer(NumberRecognizer):
    """Swedish personal and coordination numbers: date of birth, sign, order, and a Luhn check digit."""

    ENTITY = "SE_PERSONNUMMER"
    SCORE = 0.2
    FORMATTED = 0.5
    CONTEXT = ("personnummer", "personnr", "samordningsnummer", "pnr", "swedish id", "personal identity", "national id")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("[0-9]", r"(?:\d{9}|\d{11}|\d{5}[\-+ ]\d{4}|\d{7}[\-+ ]\d{4})"),)

    def valid(self, number: str) -> bool:
        """60 is added to the day of coordination numbers. A century is the 19th to the 21st."""
        short = number[-10:]
        day = int(short[4:6]) % 60
        if len(number) == 12:
            return number[:2] in ("18", "19", "20") and luhn(short) and real_day(int(number[:4]), int(short[2:4]), day)
        return luhn(short) and short_day(short[:2], short[2:4], str(day))


class FiHetuRecognizer(NumberRecognizer):
    """Finnish personal identity codes: date of birth, sign of the century, order, check character mod 31."""

    ENTITY = "FI_PERSONAL_IDENTITY_CODE"
    SCORE = 0.7
    CONTEXT = ("hetu", "henkilötunnus", "henkilotunnus", "personbeteckning", "personal identity", "national id")
    NEEDS = Needs(digits=9)
    EXPRESSIONS = (number("[0-3]", r"\d[01]\d\d\d[\-+A-FU-Ya-fu-y]\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y]"),)

    def accepts(self, value: str) -> bool:
        """The sign is no punctuation here."""
        if not short_day(value[4:6], value[2:4], value[:2]) or not 2 <= int(value[7:10]) <= 999:
            return False
        return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(value[:6] + value[7:10]) % 31] == value[10].upper()


class IsKennitalaRecognizer(NumberRecognizer):
    """Icelandic identity numbers (kennitala) of people: date of birth, order, check digit, century."""

    ENTITY = "IS_KENNITALA"
    SCORE = 0.15
    FORMATTED = 0.45
    CONTEXT = ("kennitala", "kennitölu", "kt", "icelandic id", "national id")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("[0-3]", r"\d[01]\d\d\d[\- ]?\d{3}[890]"),)

    def valid(self, number: str) -> bool:
        """The ninth digit checks those before it mod 11."""
        day = short_day(number[4:6], number[2:4], number[:2])
        return day and weighted(number, (3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


class EeLtPersonalCodeRecognizer(NumberRecognizer):
    """Estonian and Lithuanian personal codes: sex and century, date of birth, order, check digit. They look the same."""

    ENTITY = "EE_LT_PERSONAL_CODE"
    SCORE = 0.3
    CONTEXT = (
        "isikukood", "asmens kodas", "asmens kodo", "personal code", "ik", "ak", "national id", "personal id",
        "identity code",
    )  # fmt: skip
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[1-8]", r"\d\d[01]\d[0-3]\d{5}"),)

    def valid(self, number: str) -> bool:
        """Weights from 1; where that gives 10, weights from 3; where that gives 10 again, 0."""
        year = 1800 + (int(number[0]) - 1) // 2 * 100 + int(number[1:3])
        if not real_day(year, int(number[3:5]), int(number[5:7])):
            return False
        check = weighted(number, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
        if check == 10:
            check = weighted(number, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
        return check == int(number[10])


class LvPersonalCodeRecognizer(NumberRecognizer):
    """Latvian personal codes: date of birth, century and order with a check digit; since 2017 32 and nine digits."""

    ENTITY = "LV_PERSONAL_CODE"
    SCORE = 0.2
    FORMATTED = 0.45
    CONTEXT = ("personas kods", "personas koda", "personal code", "latvian id", "national id")
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[0-3]", r"\d{5}[\- ]?\d{5}"),)

    def valid(self, number: str) -> bool:
        """The last digit checks the others; numbers that begin with 32 hold no date."""
        if number[:2] != "32":
            if number[6] not in "012":
                return False
            year = 1800 + int(number[6]) * 100 + int(number[4:6])
            if not real_day(year, int(number[2:4]), int(number[:2])):
                return False
        return (1 + weighted(number, (10, 5, 8, 4, 2, 1, 6, 3, 7, 9))) % 11 % 10 == int(number[10])
