"""Which of Presidio's recognisers run, and what they are given: ASCII word boundaries beside Chinese characters, and
context words in German and Chinese.

Left out: those that load models or call services, numbers of firms and of professions, dates and postcodes (no
personal data by themselves), and mail, web and telephone, where ours replace them (`addresses.py`: bounded work, no
list fetched, text without spaces).
"""

from __future__ import annotations

from typing import Any

import regex
from presidio_analyzer import EntityRecognizer, Pattern
from presidio_analyzer import predefined_recognizers as presidio

_CLASSES: tuple[Any, ...] = (
    presidio.CreditCardRecognizer,
    presidio.CryptoRecognizer,
    presidio.IbanRecognizer,
    presidio.IpRecognizer,
    presidio.MacAddressRecognizer,
    presidio.DeTaxIdRecognizer,
    presidio.DePassportRecognizer,
    presidio.DeIdCardRecognizer,
    presidio.DeSocialSecurityRecognizer,
    presidio.DeHealthInsuranceRecognizer,
    presidio.DeFuehrerscheinRecognizer,
    presidio.DeKfzRecognizer,
    presidio.NhsRecognizer,
    presidio.UkNinoRecognizer,
    presidio.UkPassportRecognizer,
    presidio.UkDrivingLicenceRecognizer,
    presidio.UsSsnRecognizer,
    presidio.UsItinRecognizer,
    presidio.UsPassportRecognizer,
    presidio.UsBankRecognizer,
    presidio.UsLicenseRecognizer,
    presidio.UsMbiRecognizer,
    presidio.EsNifRecognizer,
    presidio.EsNieRecognizer,
    presidio.FiPersonalIdentityCodeRecognizer,
    presidio.ItFiscalCodeRecognizer,
    presidio.PlPeselRecognizer,
)

# Cards that Presidio's expression does not reach: the newer Mastercard numbers, JCB with 15 digits, Visa with 19, UnionPay.
_CARDS = Pattern(
    "More cards",
    r"(?<![\d\-])(?:2[2-7]\d{2}(?:[ -]?\d{4}){3}|(?:2131|1800)\d{11}|(?:4\d{3}|62\d{2})(?:[ -]?\d{4}){3}[ -]?\d{3})(?![\d\-])",
    0.3,
)

_MORE_CONTEXT = {
    "CREDIT_CARD": ("kreditkarte", "karte", "信用卡", "银行卡", "卡号"),
    "IBAN_CODE": ("konto", "kontonummer", "bankverbindung", "账号", "银行账户"),
    "IP_ADDRESS": ("地址",),
    "US_BANK_NUMBER": ("账号", "账户"),
    "US_PASSPORT": ("护照",),
    "UK_PASSPORT": ("护照",),
    "DE_PASSPORT": ("护照",),
    "US_DRIVER_LICENSE": ("驾照", "驾驶证"),
}


def builtin(language: str) -> list[EntityRecognizer]:
    """Presidio's recognisers for texts of a language."""
    made: list[EntityRecognizer] = []
    for cls in _CLASSES:
        more = (_CARDS,) if cls is presidio.CreditCardRecognizer else ()
        # Copies: a Pattern remembers the flags it was compiled with, and would be shared by all languages and threads.
        patterns = [Pattern(p.name, p.regex, p.score) for p in (*cls.PATTERNS, *more)]
        recognizer = cls(patterns=patterns, supported_language=language)
        recognizer.context = [*cls.CONTEXT, *_MORE_CONTEXT.get(recognizer.supported_entities[0], ())]
        if language == "zh":
            recognizer.global_regex_flags = (recognizer.global_regex_flags or 0) | regex.ASCII
        made.append(recognizer)
    return made
