"""Finding personal data in text and in fields: presidio-analyzer with recognisers, pipelines and bounds of our own.

Missing still: trained language models (name one in `models`), more national numbers, postal addresses, and the speed of
prefilters. Names in running text that no form gives away, places and organisations are not found without a model.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from pii.errors import PiiError
from pii.script import language_of

if TYPE_CHECKING:
    import logging

    from presidio_analyzer import AnalyzerEngine, RecognizerResult

_THRESHOLD = 0.4
_WINDOW = 20_000  # characters analysed at once
_OVERLAP = 5_000  # shared by neighbouring windows: half of it is longer than any finding (web addresses: 2,500)
_REMEMBERED = 50_000  # texts whose findings are kept
_REMEMBERED_LENGTH = 4_000  # characters; longer texts seldom come twice

_LONE = re.compile(r"[\ud800-\udfff]")
_Finding = tuple[str, int, int, float, str]  # type, start, end, score, recogniser


class Analyzer:
    """Finds personal data. Build one and share it: reading is safe from many threads.

    `region` is the country of telephone numbers without a country code. `models` names installed spaCy pipelines by
    language; other languages get a blank one. Nothing is fetched from a network, ever, and no text is kept: findings
    of short texts are remembered under a keyed hash. Raises PiiError for an unknown region, language or model.
    """

    def __init__(
        self,
        languages: Sequence[str] = ("en", "zh"),
        region: str = "DE",
        models: Mapping[str, str] | None = None,
    ) -> None:
        if not languages:
            raise PiiError("No language is given. Name at least one, for example en.")
        self._languages = tuple(dict.fromkeys(languages))
        self._engine = _engine(self._languages, region, models or {})
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, tuple[_Finding, ...]] = OrderedDict()
        self._lock = Lock()

    @property
    def entities(self) -> frozenset[str]:
        """Every entity type that can be found."""
        return frozenset(self._engine.get_supported_entities())

    def analyze(
        self,
        texts: Sequence[str],
        language: str | None = None,
        fields: Sequence[str | None] | None = None,
    ) -> list[list[RecognizerResult]]:
        """The findings of every text, in text order; offsets are code points, end exclusive; findings may overlap.

        `language` holds for all texts; None tells it per text by script (`pii.script.language_of`), falling back to the
        first language. `fields` names the field each text is the value of, as context: a number in a column `mobile` is
        a telephone number. Work grows with the length of a text, not its square. Raises PiiError for a language that
        the analyzer was not built for, or `fields` of another length than `texts`.
        """
        if language is not None and language not in self._languages:
            raise PiiError(f"Texts are analysed in: {', '.join(self._languages)}. Add the language to pii.languages.")
        if fields is not None and len(fields) != len(texts):
            raise PiiError("There must be as many field names as texts; use None for a text without a field.")
        names = fields or [None] * len(texts)
        return [self._one(text, language or self._told(text), name) for text, name in zip(texts, names, strict=True)]

    def _told(self, text: str) -> str:
        language = language_of(text)
        return language if language in self._languages else self._languages[0]

    def _one(self, text: str, language: str, field: str | None) -> list[RecognizerResult]:
        if not text.strip():
            return []
        if len(text) > _REMEMBERED_LENGTH:
            return _results(self._find(text, language, field))
        key = self._hash(text, language, field)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
        if known is None:
            known = self._find(text, language, field)
            with self._lock:
                self._known[key] = known
                if len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return _results(known)

    def _hash(self, text: str, language: str, field: str | None) -> bytes:
        digest = blake2b(key=self._key, digest_size=16)
        for part in (language, field or "", text):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()

    def _find(self, text: str, language: str, field: str | None) -> tuple[_Finding, ...]:
        context = _context(field)
        text = _LONE.sub("\ufffd", text)  # a surrogate without its half breaks libraries; the length stays
        found = {
            (r.entity_type, r.start + at, r.end + at, r.score, r.recognition_metadata["recognizer_name"])
            for at, window, first, last in _windows(text)
            for r in self._engine.analyze(window, language, context=context)
            if first <= r.start + at < last
        }
        return tuple(sorted(found, key=lambda f: (f[1], -f[2], f[0], -f[3], f[4])))


def _windows(text: str) -> Iterator[tuple[int, str, int, int]]:
    """Overlapping pieces of a long text: offset, piece, and the range of offsets whose findings it decides."""
    start = first = 0
    while len(text) - start > _WINDOW:
        last = start + _WINDOW - _OVERLAP // 2
        yield start, text[start : start + _WINDOW], first, last
        start, first = start + _WINDOW - _OVERLAP, last
    yield start, text[start:], first, len(text)


def _context(field: str | None) -> list[str]:
    """The name of a field, whole and in words: `dateOfBirth` is also `date`, `of`, `birth`."""
    if not field:
        return []
    last = field.rsplit(".", 1)[-1].removesuffix("__c")  # Salesforce marks its custom fields so
    words = re.findall(r"[A-ZÄÖÜ]?[a-zäöüß]+|[A-ZÄÖÜ]+(?![a-zäöüß])|[^\W\d_a-zA-ZäöüßÄÖÜ]+", last)
    return [last.lower(), *(word.lower() for word in words if len(word) > 1)]


def _results(findings: tuple[_Finding, ...]) -> list[RecognizerResult]:
    from presidio_analyzer import RecognizerResult

    return [
        RecognizerResult(entity, start, end, score, recognition_metadata={RecognizerResult.RECOGNIZER_NAME_KEY: name})
        for entity, start, end, score, name in findings
    ]


def _engine(languages: tuple[str, ...], region: str, models: Mapping[str, str]) -> AnalyzerEngine:
    import logging

    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    from pii.context import ContextEnhancer
    from pii.pipelines import MODEL_ENTITIES, Pipelines
    from pii.recognizers.addresses import region_known
    from pii.recognizers.registry import recognizers as of_language

    if not region_known(region):
        raise PiiError(f"Telephone numbers of the region {region!r} are not known. Use ISO 3166-1 alpha-2, such as DE.")
    logging.getLogger("presidio-analyzer").addFilter(_silent)
    recognizers = [recognizer for language in languages for recognizer in of_language(language, region)]
    recognizers += [
        SpacyRecognizer(supported_language=language, supported_entities=list(MODEL_ENTITIES))
        for language in languages
        if language in models
    ]
    return AnalyzerEngine(
        registry=RecognizerRegistry(recognizers=recognizers, supported_languages=list(languages)),
        nlp_engine=Pipelines(languages, models),
        supported_languages=list(languages),
        context_aware_enhancer=ContextEnhancer(),
        default_score_threshold=_THRESHOLD,
    )


def _silent(record: logging.LogRecord) -> bool:
    """Presidio logs the values it could not check and the words around findings: nothing of it is let through."""
    return False
