"""National numbers of Spain, Portugal, Greece, Cyprus and Malta."""

from __future__ import annotations

from pii.recognizers.checksums import luhn, luhn_alphanumeric, short_day, weighted
from pii.recognizers.groups import Needs, NumberRecognizer, number


class PtNifRecognizer(NumberRecognizer):
    """Portuguese taxpayer numbers (NIF): nine digits, the last checks the others mod 11."""

    ENTITY = "PT_NIF"
    SCORE = 0.15
    CONTEXT = ("nif", "contribuinte", "nipc", "número fiscal", "identificação fiscal", "tax number", "vat pt")
    NEEDS = Needs(digits=9)
    EXPRESSIONS = (number("[1-9]", r"\d\d[ .]?\d{3}[ .]?\d{3}"),)

    def valid(self, number: str) -> bool:
        """Weights 9 to 2."""
        return (11 - weighted(number, range(9, 1, -1))) % 11 % 10 == int(number[8])


class PtCcRecognizer(NumberRecognizer):
    """Portuguese citizen card numbers: eight digits, a check digit, two characters of the version, a check digit."""

    ENTITY = "PT_CC"
    SCORE = 0.6
    CONTEXT = ("cartão de cidadão", "cartao de cidadao", "cartão do cidadão", "citizen card", "cidadão")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("[0-9]", r"\d{7}[ \-]?\d[ \-]?[A-Z][A-Z0-9][ \-]?\d"),)

    def valid(self, number: str) -> bool:
        """The formula of Luhn, letters counting from 10."""
        return luhn_alphanumeric(number)


class MtIdRecognizer(NumberRecognizer):
    """Maltese identity card numbers: up to seven digits and a letter of the register. Nothing checks them."""

    ENTITY = "MT_ID_CARD"
    SCORE = 0.1
    CONTEXT = ("identity card", "id card", "karta tal-identità", "karta", "maltese", "malta")
    NEEDS = Needs(digits=3)
    EXPRESSIONS = (number("[0-9]", r"\d{2,6}[MGAPLHBZ]"),)


class GrAmkaRecognizer(NumberRecognizer):
    """Greek social security numbers (AMKA): date of birth, order, Luhn check digit."""

    ENTITY = "GR_AMKA"
    SCORE = 0.3
    CONTEXT = ("amka", "αμκα", "α.μ.κ.α", "social security")
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[0-3]", r"\d[01]\d\d\d ?\d{5}"),)

    def valid(self, number: str) -> bool:
        """A day that exists and the formula of Luhn."""
        return short_day(number[4:6], number[2:4], number[:2]) and luhn(number)


class GrAfmRecognizer(NumberRecognizer):
    """Greek tax numbers (AFM): nine digits, the last is the others' sum by powers of two, mod 11 and mod 10."""

    ENTITY = "GR_AFM"
    SCORE = 0.1
    CONTEXT = ("afm", "αφμ", "α.φ.μ", "greek tax", "tax number")
    NEEDS = Needs(digits=9)
    EXPRESSIONS = (number("[0-9]", r"\d{8}"),)

    def valid(self, number: str) -> bool:
        """No number is all zeros."""
        powers = (256, 128, 64, 32, 16, 8, 4, 2)
        return int(number) > 0 and weighted(number, powers) % 11 % 10 == int(number[8])


class CyTicRecognizer(NumberRecognizer):
    """Cypriot tax identification codes: eight digits and a check letter."""

    ENTITY = "CY_TIC"
    SCORE = 0.2
    CONTEXT = ("tic", "tin", "φπα", "αφτ", "cyprus", "cypriot", "tax identification")
    NEEDS = Needs(digits=8)
    EXPRESSIONS = (number("[013-9]", r"\d{7}[A-Z]"),)
    _ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)

    def valid(self, number: str) -> bool:
        """Every other digit counts by a table; the sum mod 26 is the letter."""
        total = sum(self._ODD[int(digit)] for digit in number[:8:2]) + sum(map(int, number[1:8:2]))
        return chr(65 + total % 26) == number[8]


class EsDniRecognizer(NumberRecognizer):
    """Spanish identity numbers (DNI, as tax number NIF): eight digits and a letter mod 23."""

    ENTITY = "ES_NIF"
    SCORE = 0.5
    CONTEXT = ("dni", "nif", "documento nacional", "identidad", "identificación", "tax number", "id number")
    NEEDS = Needs(digits=8)
    EXPRESSIONS = (number("[0-9]", r"(?:\d{7}|\d[. ]\d{3}[. ]\d{3})[ \-]?[A-HJ-NP-TV-Za-hj-np-tv-z]"),)

    def valid(self, number: str) -> bool:
        """The control letter."""
        return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number[:8]) % 23] == number[8]


class EsNieRecognizer(NumberRecognizer):
    """Spanish identity numbers of foreigners (NIE): X, Y or Z, seven digits and a letter mod 23."""

    ENTITY = "ES_NIE"
    SCORE = 0.7
    CONTEXT = ("nie", "extranjero", "extranjería", "foreigner")
    NEEDS = Needs(digits=7)
    EXPRESSIONS = (number("[XYZxyz]", r"[ \-]?\d{7}[ \-]?[A-HJ-NP-TV-Za-hj-np-tv-z]"),)

    def valid(self, number: str) -> bool:
        """X, Y and Z count as 0, 1 and 2."""
        return "TRWAGMYFPDXBNJZSQVHLCKE"[("XYZ".index(number[0]) * 10**7 + int(number[1:8])) % 23] == number[8]
