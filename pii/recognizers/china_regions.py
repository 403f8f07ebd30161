"""Identity numbers of Hong Kong, Macau and Taiwan."""

from __future__ import annotations

from pii.recognizers.checksums import ALPHANUMERIC, weighted
from pii.recognizers.groups import Needs, NumberRecognizer, number


class HkIdRecognizer(NumberRecognizer):
    """Hong Kong identity card numbers: one or two letters, six digits, a check character, mostly in brackets."""

    ENTITY = "HK_ID_CARD"
    SCORE = 0.3
    FORMATTED = 0.65
    CONTEXT = (
        "hkid",
        "香港身份证",
        "香港身份證",
        "身份证",
        "身份證",
        "hong kong id",
        "identity card",
        "id card",
        "id number",
    )
    NEEDS = Needs(digits=6)
    EXPRESSIONS = (number("[A-Za-z]", r"[A-Za-z]?\d{6} ?(?:\([0-9Aa]\)|[0-9Aa])"),)

    def valid(self, number: str) -> bool:
        """Weights 9 to 1 mod 11; a missing first letter counts as 36."""
        values = [36] * (9 - len(number)) + [ALPHANUMERIC.index(char) for char in number]
        return sum(value * (9 - place) for place, value in enumerate(values)) % 11 == 0


class MoIdRecognizer(NumberRecognizer):
    """Macau resident identity card numbers: 1, 5 or 7, six digits, one more in brackets. Its formula is not public."""

    ENTITY = "MO_ID_CARD"
    SCORE = 0.1
    FORMATTED = 0.35
    CONTEXT = (
        "澳门身份证",
        "澳門身份證",
        "澳门居民",
        "澳門居民",
        "身份证",
        "身份證",
        "macau id",
        "macao",
        "bir",
        "identity card",
        "id card",
    )
    NEEDS = Needs(digits=8)
    EXPRESSIONS = (number("[157]", r"(?:\d{6} ?\(\d\)|/?\d{6}/\d)"),)


class TwIdRecognizer(NumberRecognizer):
    """Taiwan identity card and resident certificate numbers: a letter, nine digits, check digit."""

    ENTITY = "TW_ID_CARD"
    SCORE = 0.4
    CONTEXT = (
        "身分證",
        "身份證",
        "身分证",
        "身份证",
        "統一編號",
        "居留證",
        "taiwan id",
        "national id",
        "id card",
        "id number",
    )
    NEEDS = Needs(digits=8)
    EXPRESSIONS = (number("[A-Z]", r"[1289A-D]\d{8}"),)
    _LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # in the order of their values, from 10

    def valid(self, number: str) -> bool:
        """A letter counts as its two digits; weights 1, 9, 8 to 1, 1. Older certificates have a letter in second place."""
        first = 10 + self._LETTERS.index(number[0])
        second = number[1] if number[1].isdigit() else str(self._LETTERS.index(number[1]) % 10)
        return (first // 10 + weighted(f"{first % 10}{second}{number[2:]}", (9, 8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0
