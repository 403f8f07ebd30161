"""National numbers of western Europe: France, Netherlands, Ireland, Belgium, Austria, Luxembourg,
Switzerland, United Kingdom."""

from __future__ import annotations

from pii.recognizers.checksums import day as real_day
from pii.recognizers.checksums import ean, luhn, verhoeff, weighted
from pii.recognizers.groups import Needs, NumberRecognizer, number

_S = "[ \u00a0.\\-]?"


class FrNirRecognizer(NumberRecognizer):
    """French social security numbers (NIR): sex, year, month, department, commune, order, and a key of 97 - n mod 97.

    Without the key a number counts only in context."""

    ENTITY = "FR_NIR"
    SCORE = 0.75
    CONTEXT = ("nir", "sécurité sociale", "securite sociale", "social security", "sécu", "insee", "carte vitale", "ssn")
    NEEDS = Needs(digits=12)
    EXPRESSIONS = (
        number(
            "[1-478]",
            rf"{_S}\d\d{_S}(?:0[1-9]|1[0-2]|[2-9]\d){_S}\d[\dABab]{_S}\d{{3}}{_S}\d{{3}}(?:[ /\-]?\d\d|[ ]{{0,2}}\(\d\d\))?",
        ),
    )

    def valid(self, number: str) -> bool:
        """A right key; Corsica's 2A and 2B count as 19 and 18. The letters stand nowhere else."""
        body = number[:13].replace("2A", "19").replace("2B", "18")
        return body.isdigit() and (len(number) == 13 or 97 - int(body) % 97 == int(number[13:]))

    def score(self, value: str) -> float:
        """Little where there is no key."""
        return self.SCORE if sum(map(str.isalnum, value)) == 15 else 0.15


class FrSpiRecognizer(NumberRecognizer):
    """French tax numbers (SPI): 13 digits, the last three are the first ten mod 511."""

    ENTITY = "FR_SPI"
    SCORE = 0.3
    FORMATTED = 0.5
    CONTEXT = (
        "spi",
        "fiscal",
        "fiscal de référence",
        "numéro fiscal",
        "tax number",
        "impôt",
        "impots",
        "tax id",
        "nif",
    )
    NEEDS = Needs(digits=13)
    EXPRESSIONS = (number("[0-3]", rf"\d{_S}\d\d{_S}\d{{3}}{_S}\d{{3}}{_S}\d{{3}}"),)

    def valid(self, number: str) -> bool:
        """The key of three digits."""
        return int(number[:10]) % 511 == int(number[10:])


class NlBsnRecognizer(NumberRecognizer):
    """Dutch citizen service numbers (BSN): eight or nine digits that pass the test of eleven."""

    ENTITY = "NL_BSN"
    SCORE = 0.15
    CONTEXT = ("bsn", "burgerservice", "sofi", "sofinummer", "citizen service", "burger service")
    NEEDS = Needs(digits=8)
    EXPRESSIONS = (number("[0-9]", r"(?:\d{7,8}|\d{3}[. \-]\d\d[. \-]\d{3}|\d{1,2}[. \-]\d{3}[. \-]\d{3})"),)

    def valid(self, number: str) -> bool:
        """Weights 9 to 2, and -1 for the last."""
        return int(number) > 0 and weighted(number.zfill(9), (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


class IePpsnRecognizer(NumberRecognizer):
    """Irish personal public service numbers: seven digits, a check letter, often a second letter."""

    ENTITY = "IE_PPSN"
    SCORE = 0.4
    CONTEXT = ("pps", "ppsn", "pps no", "public service number", "rsi")
    NEEDS = Needs(digits=7)
    EXPRESSIONS = (number("[0-9]", r"\d{6} ?[A-Wa-w][A-HWTXa-hwtx]?"),)

    def valid(self, number: str) -> bool:
        """The letter is the weighted sum mod 23; the second letter counts nine times, but W, T and X nothing."""
        second = number[8:]
        extra = 0 if second in ("", "W", "T", "X") else (ord(second) - 64) * 9
        return "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(number, (8, 7, 6, 5, 4, 3, 2)) + extra) % 23] == number[7]

    def accepts(self, value: str) -> bool:
        """Letters in one case."""
        letters = value.lstrip("0123456789 ")
        return letters in (letters.upper(), letters.lower()) and super().accepts(value)


class BeRrnRecognizer(NumberRecognizer):
    """Belgian national register and BIS numbers: date of birth, order, and 97 - n mod 97."""

    ENTITY = "BE_RRN"
    SCORE = 0.5
    FORMATTED = 0.8
    CONTEXT = (
        "rijksregister",
        "registre national",
        "nationalregister",
        "insz",
        "niss",
        "rrn",
        "national number",
        "bis",
    )
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[0-9]", rf"\d{_S}\d\d{_S}\d\d{_S}\d{{3}}{_S}\d\d"),)

    def valid(self, number: str) -> bool:
        """A date that may be partly unknown (00), with 20 or 40 added to the month in BIS numbers; the right key."""
        if int(number[2:4]) % 20 > 12 or int(number[2:4]) > 52 or int(number[4:6]) > 31:
            return False
        key = int(number[9:])
        return key in (97 - int(number[:9]) % 97, 97 - int("2" + number[:9]) % 97)


class AtSvnrRecognizer(NumberRecognizer):
    """Austrian social insurance numbers: three digits, a check digit, a date of birth."""

    ENTITY = "AT_SVNR"
    SCORE = 0.3
    FORMATTED = 0.5
    CONTEXT = (
        "svnr",
        "sv nummer",
        "sv nr",
        "sv nr",
        "vsnr",
        "sozialversicherung",
        "versicherungsnummer",
        "social insurance",
        "e card",
        "ecard",
    )
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("[1-9]", r"\d{3}[ \-/]?[0-3]\d[01]\d\d\d"),)

    def valid(self, number: str) -> bool:
        """Months 13 to 15 are given where a date has no number left."""
        if not (1 <= int(number[6:8]) <= 15 and 1 <= int(number[4:6]) <= 31):
            return False
        return weighted(number, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == int(number[3])


class AtTaxNumberRecognizer(NumberRecognizer):
    """Austrian tax numbers: tax office, number and check digit, as 99-999/9999."""

    ENTITY = "AT_TAX_NUMBER"
    SCORE = 0.1
    FORMATTED = 0.5
    CONTEXT = ("steuernummer", "stnr", "st nr", "abgabenkonto", "abgabenkontonummer", "finanzamt", "tax number", "fa")
    NEEDS = Needs(digits=9)
    EXPRESSIONS = (number("[0-9]", r"\d(?:[\- ]?\d{3}/\d{4}|\d{7}|[\- ]\d{3}[\- ]\d{4})"),)

    def valid(self, number: str) -> bool:
        """The formula of Luhn; no office begins with 00."""
        return number[:2] != "00" and luhn(number)


class LuNinRecognizer(NumberRecognizer):
    """National identification numbers of Luxembourg: date of birth, order, two check digits."""

    ENTITY = "LU_NIN"
    SCORE = 0.6
    CONTEXT = ("matricule", "sécurité sociale", "national identification", "nin", "cns")
    NEEDS = Needs(digits=13)
    EXPRESSIONS = (number("[12]", rf"[089]\d\d{_S}[01]\d{_S}[0-3]\d{_S}\d{{3}}{_S}\d\d"),)

    def valid(self, number: str) -> bool:
        """Luhn checks all but the last digit, Verhoeff all but the one before it."""
        born = real_day(int(number[:4]), int(number[4:6]), int(number[6:8]))
        return born and luhn(number[:12]) and verhoeff(number[:11] + number[12])


class ChAhvRecognizer(NumberRecognizer):
    """Swiss old-age insurance numbers (AHV, AVS): 756 and an EAN-13."""

    ENTITY = "CH_AHV"
    SCORE = 0.5
    FORMATTED = 0.85
    CONTEXT = ("ahv", "avs", "sozialversicherung", "assurance sociale", "oasi", "navs", "social security")
    NEEDS = Needs(digits=13)
    EXPRESSIONS = (number("7", rf"56{_S}\d{{4}}{_S}\d{{4}}{_S}\d\d"),)

    def valid(self, number: str) -> bool:
        """The check digit of GS1."""
        return ean(number)


class UkUtrRecognizer(NumberRecognizer):
    """Unique taxpayer references of the United Kingdom: ten digits, the first checks the others."""

    ENTITY = "UK_UTR"
    SCORE = 0.1
    CONTEXT = ("utr", "taxpayer reference", "self assessment", "hmrc", "tax reference")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("[0-9]", r"\d{4} ?\d{5}[Kk]?"),)

    def valid(self, number: str) -> bool:
        """Weights 6 to 10 and 5 to 2, mod 11."""
        return "21987654321"[weighted(number[1:10], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11] == number[0]
