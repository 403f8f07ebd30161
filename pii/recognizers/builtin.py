"""Which of Presidio's recognisers run, and what they are given: boundaries that hold beside Chinese characters, context in
more languages, a bound on the score where nothing but the form speaks, and what a text must hold for them.

Left out: those that load models or call services, numbers of firms and of professions, dates and postcodes (no personal
data by themselves), and those that ours replace: mail, web and telephone (`addresses.py`: bounded work, no list fetched,
text without spaces), cards and IBANs (all networks and countries), and national numbers whose expressions match within
longer numbers or without a check digit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import regex
from presidio_analyzer import EntityRecognizer, Pattern, RecognizerResult
from presidio_analyzer import predefined_recognizers as presidio

from pii.recognizers.groups import OTHER_NUMBERS, Contextual, Needs, narrow

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts


@dataclass(frozen=True)
class _Use:
    """One of Presidio's classes: its needs, its context words, the most a finding scores without them."""

    cls: Any
    needs: Needs
    context: tuple[str, ...]
    bare: float = 1.0
    rivals: re.Pattern[str] | None = OTHER_NUMBERS
    patterns: tuple[tuple[str, float], ...] = ()  # instead of its own
    case: bool = False  # capital letters only
    guard: str = ""  # put before its own expressions


_ALONE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_NINO = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_SSN = ("social security", "ssn", "ssns", "soc sec")
_PASSPORT = ("passport", "护照", "護照", "travel document")
_DRIVER = (
    "driver license", "drivers license", "driver's license", "driver licence", "driving license", "drivers lic", "dl", "dln",
    "驾照", "驾驶证",
)  # fmt: skip

_USES = (
    _Use(presidio.CryptoRecognizer, Needs(digits=1), ("wallet", "btc", "bitcoin", "crypto", "比特币"), rivals=None),
    _Use(
        presidio.IpRecognizer,
        Needs(any_of=(".", ":")),
        ("ip", "ipv4", "ipv6", "ip address", "地址"),
        guard=r"(?<![A-Za-z]/)",
    ),
    _Use(presidio.MacAddressRecognizer, Needs(any_of=(":", "-", ".")), ("mac", "ethernet", "hardware address")),
    _Use(presidio.NhsRecognizer, Needs(digits=10), ("nhs", "health service", "health authority"), bare=0.3),
    _Use(
        presidio.UkNinoRecognizer,
        Needs(digits=6),
        ("national insurance", "ni number", "nino", "ni no", "insurance number"),
        patterns=(
            (rf"{_ALONE}{_NINO} ?\d\d \d\d \d\d ?[A-D]{_END}", 0.5),
            (rf"{_ALONE}{_NINO} \d{{6}} [A-D]{_END}", 0.5),
            (rf"{_ALONE}{_NINO} ?\d{{6}} ?[A-D]{_END}", 0.3),
            (rf"{_ALONE}QQ ?\d\d ?\d\d ?\d\d ?[A-D]{_END}", 0.2),  # of the examples in forms
        ),
    ),
    _Use(presidio.UkPassportRecognizer, Needs(digits=7), ("passport", "travel document", "hmpo"), bare=0.1, case=True),
    _Use(
        presidio.UkDrivingLicenceRecognizer,
        Needs(digits=5),
        ("driving licen", "driver licen", "dvla", "licence no"),
        case=True,
    ),
    _Use(presidio.UsSsnRecognizer, Needs(digits=9), _SSN),
    _Use(presidio.UsItinRecognizer, Needs(digits=9), ("itin", "taxpayer", "tax id", "taxid", "tin"), bare=0.3),
    _Use(
        presidio.UsPassportRecognizer,
        Needs(digits=8),
        _PASSPORT,
        bare=0.1,
        patterns=((r"(?<![0-9A-Za-z])(?:\d{9}|[A-CFH-OQRT-Z]\d{8})(?![0-9A-Za-z])", 0.1),),
        case=True,
    ),
    _Use(
        presidio.UsBankRecognizer,
        Needs(digits=8),
        (
            "bank account",
            "bank acct",
            "bank acc",
            "checking account",
            "savings account",
            "account number",
            "acct",
            "acct no",
            "account no",
            "账号",
            "账户",
            "routing",
        ),
        bare=0.05,
        patterns=((r"(?<![0-9A-Za-z+])\d{8,17}(?![0-9A-Za-z])", 0.05),),
    ),
    _Use(
        presidio.UsLicenseRecognizer,
        Needs(digits=5),
        _DRIVER,
        bare=0.1,
        patterns=(
            (
                r"(?<![0-9A-Za-z])(?:[A-Z]\d{5,14}|[A-Z]{2}\d{5,7}[A-Z]?|\d{2}[A-Z]{3}\d{5,6}|\d{3}[A-Z]{2}\d{4}|\d{7,12}[A-Z]{0,2}|"
                r"[A-Z]\d{3}-\d{4}-\d{4}|[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d)(?![0-9A-Za-z])",
                0.1,
            ),
        ),
        case=True,
    ),
    _Use(presidio.UsMbiRecognizer, Needs(digits=4), ("medicare", "mbi", "beneficiary", "hicn"), case=True),
    _Use(
        presidio.ItFiscalCodeRecognizer,
        Needs(digits=1),
        ("codice fiscale", "cod fiscale", "fiscal code", "cf", "c.f"),
        rivals=None,
        patterns=(
            (
                r"(?<![0-9A-Za-z])(?=[A-Z]{6,15}\d)[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z](?![0-9A-Za-z])",
                0.3,
            ),
        ),
    ),
)


class _Judged(Contextual):
    """Makes a recogniser of Presidio's judge context as ours do."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The findings of Presidio's class; full-width digits count as digits."""
        found: list[RecognizerResult] = super().analyze(narrow(text), entities, nlp_artifacts)  # type: ignore[arg-type]
        return found


def builtin(language: str) -> list[EntityRecognizer]:
    """Presidio's recognisers for texts of a language."""
    made: list[EntityRecognizer] = []
    for use in _USES:
        described = {
            "CONTEXT": use.context,
            "BARE": use.bare,
            "RIVALS": use.rivals,
            "NEEDS": use.needs,
            "MULTILINE": False,
        }
        cls = type(use.cls.__name__, (_Judged, use.cls), described)
        # Copies: a Pattern remembers the flags it was compiled with, and would be shared by all languages and threads.
        own = [Pattern(use.cls.__name__, expression, score) for expression, score in use.patterns]
        patterns = own or [Pattern(p.name, use.guard + p.regex, p.score) for p in use.cls.PATTERNS]
        recognizer = cls(patterns=patterns, supported_language=language)
        recognizer.context = None  # the words above count, by our rules
        flags = regex.DOTALL | regex.MULTILINE | (0 if use.case else regex.IGNORECASE)
        recognizer.global_regex_flags = flags | (regex.ASCII if language == "zh" else 0)
        made.append(recognizer)
    return made
