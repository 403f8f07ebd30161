"""Passports, identity cards, driving licences: mostly without a public check digit, so only in context."""

from __future__ import annotations

from pii.recognizers.checksums import ALPHANUMERIC
from pii.recognizers.groups import Needs, NumberRecognizer, number

_ICAO = "[0-9CFGHJKLMNPRTVWXYZ]"


class _GermanDocument(NumberRecognizer):
    """Nine characters without vowels (BSI TR-03104), perhaps a check digit (ICAO 9303), perhaps a D."""

    SCORE = 0.15
    NEEDS = Needs(digits=1)

    def valid(self, number: str) -> bool:
        """Letters and digits, or the old T and digits, and a right tenth character where there is one."""
        if sum(map(str.isdigit, number)) < 2 or (number[1:9].isdigit() and number[0] != "T"):
            return False
        total = sum(ALPHANUMERIC.index(c) * (7, 3, 1)[i % 3] for i, c in enumerate(number[:9]))
        return len(number) == 9 or total % 10 == int(number[9])


class DePassportRecognizer(_GermanDocument):
    """Numbers of German passports."""

    ENTITY = "DE_PASSPORT"
    CONTEXT = ("reisepass", "passnummer", "pass nr", "passport", "护照", "passeport", "pasaporte")
    EXPRESSIONS = (number("[CFGHJK]", rf"{_ICAO}{{8}}(?:\dD?)?"),)


class DeIdCardRecognizer(_GermanDocument):
    """Numbers of German identity cards: as passports, or T and eight digits."""

    ENTITY = "DE_ID_CARD"
    CONTEXT = (
        "personalausweis",
        "ausweisnummer",
        "ausweis nr",
        "ausweis",
        "identity card",
        "id card",
        "perso",
        "身份证",
    )
    EXPRESSIONS = (number("[LMNPRTVWXY]", rf"{_ICAO}{{8}}(?:\dD?)?"),)


class PassportRecognizer(NumberRecognizer):
    """Passport numbers of other European countries, by the forms they use."""

    ENTITY = "PASSPORT"
    SCORE = 0.1
    CONTEXT = (
        "passport",
        "passeport",
        "pasaporte",
        "passaporto",
        "passaporte",
        "paspoort",
        "paszport",
        "pass no",
    )
    NEEDS = Needs(digits=5)
    # France, Italy/Poland/Belgium/Netherlands by letters and digits, Spain, Portugal, Switzerland, Hong Kong.
    EXPRESSIONS = (
        number("[0-9]", r"\d[A-Z]{2}\d{5}"),
        number("[A-Z]", r"(?:\d{6,7}|(?<!E)[A-Z]\d{5,7}|(?<=E)[A-Z]\d{5,6}|[A-Z]{2}\d{6}|[A-Z][0-9A-Z]{6}\d)"),
    )


class DeDrivingLicenceRecognizer(NumberRecognizer):
    """Numbers of German driving licences since 1999: authority, serial, check digit, count of copies."""

    ENTITY = "DE_FUEHRERSCHEIN"
    SCORE = 0.15
    CONTEXT = ("führerschein", "fuehrerschein", "fahrerlaubnis", "driving licence", "driving license", "driver")
    NEEDS = Needs(digits=5)
    EXPRESSIONS = (number("[A-Z]", r"[0-9A-Z]\d\d[0-9A-Z]{5}[0-9X][0-9A-Z]"),)
