"""Numbers of bank accounts and payment cards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from presidio_analyzer import RecognizerResult

from pii.recognizers.checksums import luhn, mod_97_10
from pii.recognizers.groups import GroupRecognizer, Needs, NumberRecognizer, narrow, number

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

# Length by country: SWIFT's IBAN registry.
_LENGTHS = {
    country: int(length)
    for length, countries in (
        line.split(None, 1)
        for line in """
        15 NO
        16 BE
        18 DK FK FI FO GL NL SD
        19 MK SI
        20 AT BA EE KZ LT LU MN XK
        21 CH HR LI LV
        22 BG BH CR DE GB GE IE ME RS VA
        23 AE GI IL IQ OM SO TL
        24 AD CZ ES MD PK RO SA SE SK TN VG
        25 LY PT ST
        26 IS TR
        27 BI DJ FR GR IT MC MR SM
        28 AL AZ BY CY DO GT HN HU LB NI PL SV
        29 BR EG PS QA UA
        30 JO KW MU YE
        31 MT SC
        32 LC
        33 RU
        """.strip().splitlines()
    )
    for country in countries.split()
}


class IbanRecognizer(GroupRecognizer):
    """International bank account numbers (ISO 13616): the country's length, MOD 97-10. Blanks may stand anywhere."""

    ENTITY = "IBAN_CODE"
    SCORE = 1.0
    NEEDS = Needs(digits=8)
    EXPRESSIONS = (re.compile(r"[A-Za-z](?<![0-9A-Za-z_].)[A-Za-z][0-9]{2}(?:[ \u00a0\-]{0,2}[0-9A-Za-z]){11,29}"),)

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The numbers in `text`; what a match holds beyond the country's length is text after the number."""
        text = narrow(text)
        found = []
        position = 0
        while match := self.EXPRESSIONS[0].search(text, position):
            end = _end(match)
            if end:
                found.append(self.result(match.start(), end, self.SCORE))
            position = end or match.start() + 4
        return found


def _end(match: re.Match[str]) -> int:
    """Where the IBAN ends that a match begins with; 0 if it holds none."""
    places = [place for place, char in enumerate(match[0]) if char.isalnum()]
    length = _LENGTHS.get(match[0][:2].upper(), 99)
    if len(places) < length:
        return 0
    end = match.start() + places[length - 1] + 1
    text = match.string
    if end < len(text) and ((text[end].isascii() and text[end].isalnum()) or text[end] == "_"):
        return 0
    iban = "".join(match[0][place] for place in places[:length]).upper()
    return end if mod_97_10(iban[4:] + iban[:4]) else 0


class CardRecognizer(NumberRecognizer):
    """Payment card numbers: prefixes and lengths of the networks, Luhn check digit. Maestro's wide prefixes count only in
    context."""

    ENTITY = "CREDIT_CARD"
    SCORE = 0.6
    FORMATTED = 0.7
    CONTEXT = (
        "card", "visa", "mastercard", "amex", "american express", "maestro", "kreditkarte", "karte", "kaart", "carte",
        "tarjeta", "carta di", "cartão", "credit", "debit", "卡号", "卡號", "信用卡", "银行卡", "銀行卡",
    )  # fmt: skip
    NEEDS = Needs(digits=12)
    EXPRESSIONS = (
        number(
            r"[2-6](?<![A-Za-z]{2}\d\d .)(?<![^\d]\d{4} .)",  # no part of an IBAN
            r"\d{3}(?:\d{8,15}|(?P<a>[ .\-])\d{4}(?P=a)\d{4}(?P=a)\d{4}(?:(?P=a)\d{3})?|(?P<b>[ \-])\d{6}(?P=b)\d{4,5}"
            r"|(?P<c>[ \-])\d{4}(?P=c)\d{4}(?P=c)\d\d)",
        ),
        number("[12]", r"(?:131|800)\d{11}"),
    )
    _NETWORKS = re.compile(
        r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
        r"|(?:6011\d\d|65\d{4}|64[4-9]\d{3})\d{10}(?:\d{3})?|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|095|[689]\d)\d{11}"
        r"|62\d{14,17}|(?:2131|1800)\d{11}"
    )
    _MAESTRO = re.compile(r"(?:50|5[6-9]|6\d)\d{10,17}")

    def valid(self, number: str) -> bool:
        """A known network and the right check digit; not the same digit throughout."""
        known = self._NETWORKS.fullmatch(number) or self._MAESTRO.fullmatch(number)
        return bool(known) and luhn(number) and len(set(number)) > 1

    def score(self, value: str) -> float:
        """Little for what only Maestro could be."""
        digits = "".join(filter(str.isdigit, value))
        return super().score(value) if self._NETWORKS.fullmatch(digits) else 0.1


class AccountNumberRecognizer(NumberRecognizer):
    """Account numbers of banks without IBAN, and sort codes with them: six to twelve digits that the text calls so."""

    ENTITY = "BANK_ACCOUNT"
    SCORE = 0.05
    CONTEXT = (
        "kontonummer", "konto nr", "kto", "bankkonto", "sort code", "numéro de compte", "rekeningnummer",
        "número de cuenta", "银行账号", "银行帐号", "银行账户", "銀行帳號", "收款账号", "开户",
    )  # fmt: skip
    NEEDS = Needs(digits=6)
    EXPRESSIONS = (number("[0-9]", r"(?:\d{6,11}|\d{12,19}|\d-\d\d-\d\d(?: \d{8})?)"),)
