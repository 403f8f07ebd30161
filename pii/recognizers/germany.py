"""National numbers of Germany."""

from __future__ import annotations

from collections import Counter

from pii.recognizers.checksums import mod_11_10
from pii.recognizers.groups import Needs, NumberRecognizer, number


class DeTaxIdRecognizer(NumberRecognizer):
    """Tax identification numbers (§ 139b AO): eleven digits, one of the first ten twice or three times, check digit."""

    ENTITY = "DE_TAX_ID"
    SCORE = 0.3
    FORMATTED = 0.5
    CONTEXT = (
        "steuerid", "steuer id", "steueridentifikation", "identifikationsnummer", "idnr", "steuer ident", "tin", "tax id",
        "steuernummer", "steuerliche", "tax identification", "tax number", "税号",
    )  # fmt: skip
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[1-9]", r"\d(?:\d{9}|[ /\-]\d{3}[ /\-]\d{3}[ /\-]\d{3})"),)

    def valid(self, number: str) -> bool:
        """ISO 7064 MOD 11,10, and the rule on repeated digits."""
        most = Counter(number[:10]).most_common(2)
        return most[0][1] in (2, 3) and most[1][1] == 1 and mod_11_10(number)


class DePensionNumberRecognizer(NumberRecognizer):
    """Pension insurance numbers (§ 147 SGB VI): area, date of birth, initial, serial, check digit."""

    ENTITY = "DE_SOCIAL_SECURITY"
    SCORE = 0.7
    CONTEXT = (
        "rentenversicherung", "sozialversicherung", "versicherungsnummer", "rvnr", "svnr", "sv nummer", "rv nummer", "sv nr",
        "social security", "rente",
    )  # fmt: skip
    NEEDS = Needs(digits=11)
    EXPRESSIONS = (number("[0-9]", r"\d ?[0-8]\d ?[01]\d ?\d\d ?[A-Za-z] ?\d\d ?\d"),)

    def valid(self, number: str) -> bool:
        """50 may be added to the day; the letter counts as two digits; sums of digits of the products."""
        if not (1 <= int(number[2:4]) % 50 <= 31 and 1 <= int(number[4:6]) <= 12):
            return False
        digits = f"{number[:8]}{ord(number[8]) - 64:02}{number[9:11]}"
        products = (int(d) * w for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
        return sum(product // 10 + product % 10 for product in products) % 10 == int(number[11])


class DeHealthInsuranceRecognizer(NumberRecognizer):
    """Health insurance numbers (§ 290 SGB V): a letter, eight digits, check digit."""

    ENTITY = "DE_HEALTH_INSURANCE"
    SCORE = 0.3
    CONTEXT = (
        "krankenvers", "versichertennummer", "versichertennr", "versicherten nr", "kvnr", "krankenkasse", "gesundheitskarte",
        "egk", "health insurance", "kv nummer",
    )  # fmt: skip
    NEEDS = Needs(digits=9)
    EXPRESSIONS = (number("[A-Z]", r"\d{3} ?\d{3} ?\d{3}"),)

    def valid(self, number: str) -> bool:
        """The letter counts as two digits; weights 1 and 2, sums of digits of the products."""
        digits = f"{ord(number[0]) - 64:02}{number[1:9]}"
        products = [int(digit) * (1 + place % 2) for place, digit in enumerate(digits)]
        return sum(product // 10 + product % 10 for product in products) % 10 == int(number[9])


class DeTaxNumberRecognizer(NumberRecognizer):
    """Tax numbers of the tax offices: 13 digits, or with strokes as the states write them; only in context."""

    ENTITY = "DE_TAX_NUMBER"
    SCORE = 0.1
    FORMATTED = 0.3
    CONTEXT = ("steuernummer", "steuernr", "steuer nr", "st nr", "stnr", "st.-nr", "finanzamt", "tax number")
    NEEDS = Needs(digits=10)
    EXPRESSIONS = (number("[0-9]", r"(?:\d{12}|\d{1,2}[/ ]\d{3,4}[/ ]\d{4,5}|\d{9,10})"),)

    def valid(self, number: str) -> bool:
        """The uniform number begins with the office's state and has a zero in fifth place."""
        return len(number) != 13 or (number[4] == "0" and number[:2] != "00")
