"""Addresses people are reached at: mail, web, telephone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import phonenumbers
import regex
import tldextract
from phonenumbers import Leniency, PhoneNumberMatcher
from presidio_analyzer import EntityRecognizer, RecognizerResult

from pii.recognizers.groups import OTHER_NUMBERS, GroupRecognizer, Needs, narrow

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

# The list that came with the package: it is never fetched, and nothing is cached on disk.
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

# A letter or digit of a script that separates words: Chinese, Japanese and Korean text touches an address.
_L = r"[[\p{L}\p{N}_]--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]]"
_HOST = rf"(?:{_L}(?:[{_L}\-]{{0,61}}{_L})?\.){{1,8}}"
_V1 = regex.V1 | regex.IGNORECASE


_PASSWORD_BEFORE = regex.compile(r"://[^\s/@:]{0,64}:$")  # what follows it and ends in @ is a password


class EmailRecognizer(GroupRecognizer):
    """E-mail addresses (RFC 5321 local parts, international host names), also glued to Chinese text.

    Certain where the host ends in a public suffix; other hosts (`.local`, `.example`) count too, with a lower score.
    """

    ENTITY = "EMAIL_ADDRESS"
    SCORE = 0.6
    NEEDS = Needs(any_of=("@",))
    EXPRESSIONS = (
        regex.compile(
            rf"(?<![{_L}.%+\-])(?P<found>{_L}[{_L}!#$%&'*+/=?^`{{|}}~.\-]{{0,63}}+@{_HOST}"
            rf"(?:\p{{Latin}}{{2,24}}|xn--[a-z0-9\-]{{2,59}}))(?![{_L}\-])",
            _V1,
        ),
    )

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The addresses in `text`."""
        results = [
            result
            for result in super().analyze(text, entities, nlp_artifacts)
            if not _PASSWORD_BEFORE.search(text, max(0, result.start - 80), result.start)
        ]
        for result in results:
            if _SUFFIXES(text[result.start : result.end].rpartition("@")[2]).suffix:
                result.score = self.MAX_SCORE
        return results


class UrlRecognizer(GroupRecognizer):
    """Web addresses with a scheme or `www.`. A bare host name says nothing about a person and is left out."""

    ENTITY = "URL"
    SCORE = 0.6
    NEEDS = Needs(any_of=("http", "www"))
    EXPRESSIONS = (
        regex.compile(
            rf"(?<![{_L}])(?P<found>(?:https?://(?:[^\s/@<>\"']{{1,80}}@)?|www\d?\.){_HOST}\p{{Latin}}{{2,24}}"
            r"(?::\d{1,5})?(?:[/?#][\x21\x23-\x3b\x3d\x3f-\x7e]{0,1500})?)(?<![.,;:!?)\]'])",
            _V1,
        ),
    )


class PhoneRecognizer(GroupRecognizer):
    """Telephone numbers that are valid in their country (phonenumbers); numbers without a country code are read as of
    `regions`, the first that fits: the region of the record before all. What is no valid number of
    these regions, and bare digits that nothing marks as a telephone number, count only where the words before, or the
    field, say so.

    One scan finds what looks like a number; each distinct look is judged once per text.
    """

    ENTITY = "PHONE_NUMBER"
    SCORE = 0.4
    CONTEXT = (
        "phone", "cell", "mobile", "call", "tel", "fax", "desk", "telefon", "telef", "téléphone", "mobil", "handy", "rufnummer",
        "portable", "gsm", "móvil", "movil", "teléfono", "cellulare", "telemóvel", "celular", "tlf", "puhelin", "whatsapp",
        "signal", "sms", "text me", "ring me", "reach me", "direct", "hotline", "durchwahl", "erreichbar",
        "telefoon", "mobiel", "bellen", "bel mij", "bel me", "my number", "meine nummer", "mio numero", "mi número",
        "mon numéro", "mijn nummer", "meu número", "我的号码",
        "电话", "電話", "手机", "手機", "联系方式", "热线", "座机", "传真", "拨打", "致电",
    )  # fmt: skip
    RIVALS = OTHER_NUMBERS
    NEEDS = Needs(digits=6)
    _LOOK = regex.compile(
        r"(?<![A-Za-z\d@#/_\-+＋=])(?<!\d[.,:]|(?<![A-Za-z])[A-Z]{2} )[+＋(（]{0,2}\d(?:[\d \t\u00a0().（）/\-–]{4,28}\d"
        r"|\d{4,16})(?![\d_@A-Za-z])"
    )
    _NOT = regex.compile(
        r"\d{4}[-/.]\d{2}[-/.]\d{2}(?: \d{1,2})?|\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?: \d{1,2})?|"
        r"(?:\d{1,3}\.){3}\d{1,3}|\d+\.\d+"
        r"|(?:\d{4}[ \-]){3}\d{4}(?:[ \-]\d{1,4})?|(?:19|20)\d\d ?[\-–/] ?(?:19|20)?\d\d"
    )
    _AMOUNT = regex.compile(r"(?:\d{1,3}[. ]){1,4}\d{3}")  # thousands in groups
    _VERSION = regex.compile(r"(?<!\d)\d\.\d|\d\.\d(?!\d)")
    _MARKED = regex.compile(
        r"[+＋]|0(?!\d{5}[\- ]\d{4,5}$)|[(（]0?\d{1,5}[)）]|\d{3}[-.]\d{3}[-.]\d{4}|\d{3} \d{3}-\d{4}|1-\d{3}-\d{3}-\d{4}"
    )
    _UNSURE: ClassVar[float] = 0.05  # below every threshold until the context speaks

    def __init__(self, supported_language: str = "en", regions: Sequence[str] = ("DE", "US", "GB", "CN")) -> None:
        super().__init__(supported_language)
        self._regions = tuple(dict.fromkeys(regions))

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The telephone numbers in `text`."""
        text = narrow(text)
        judged: dict[str, tuple[float, tuple[tuple[int, int], ...]]] = {}
        results = []
        for match in self._LOOK.finditer(text):
            look = match[0]
            opened = look[0] in "(（" and not set(look) & set(")）")  # a bracket around more than the number
            look = look[opened:]
            if look not in judged:
                judged[look] = self._judge(look)
            score, spans = judged[look]
            for start, end in spans:
                results.append(self.result(match.start() + opened + start, match.start() + opened + end, score))
        return EntityRecognizer.remove_duplicates(results)

    def _judge(self, look: str) -> tuple[float, tuple[tuple[int, int], ...]]:
        digits = sum(char.isdigit() for char in look)
        if digits < 6 or self._NOT.fullmatch(look) or (look[0] != "+" and self._VERSION.search(look)):
            return 0.0, ()
        if self._AMOUNT.fullmatch(look):
            return self._UNSURE, ((0, len(look)),)
        for region in self._regions[:1] if look[0] in "+＋" else self._regions:
            found = tuple((m.start, m.end) for m in PhoneNumberMatcher(look, region, leniency=Leniency.VALID))
            if found:
                return (self.SCORE if self._MARKED.match(look) else self._UNSURE), found
        return self._UNSURE, ((0, len(look)),) if digits <= 15 else ()  # ITU-T E.164: 15 digits at most


def region_known(region: str) -> bool:
    """Whether telephone numbers of a region (ISO 3166-1 alpha-2) can be read."""
    return region in phonenumbers.SUPPORTED_REGIONS
