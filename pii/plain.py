"""The plain way to analyse a text: one `presidio_analyzer.AnalyzerEngine`, one text after the other.

This is the definition of what `pii.analyzer.Analyzer` finds; the analyzer only gets there sooner. The engine has the
same recognisers, pipelines and context enhancer. It is given a text whole, or, where a text mixes languages or is very
long, each of its `pieces`; a field's name is its context; and where the type of a field decides that no name can be in
it (`pii.fields`), it is given artifacts without entities.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.predefined_recognizers import SpacyRecognizer

from pii.context import ContextEnhancer
from pii.errors import PiiError
from pii.fields import asks_model, context_of
from pii.pieces import pieces, readable
from pii.pipelines import MODEL_ENTITIES, Pipelines
from pii.recognizers.addresses import region_known
from pii.recognizers.registry import recognizers

if TYPE_CHECKING:
    from pii.recognizers.custom import CustomPattern

THRESHOLD = 0.4


def recognizers_of(
    language: str, region: str, pipelines: Pipelines, patterns: Sequence[CustomPattern] = ()
) -> list[EntityRecognizer]:
    """Every recogniser for a language, the model's last. Raises PiiError for a region without telephone numbers."""
    if not region_known(region):
        raise PiiError(f"Telephone numbers of the region {region!r} are not known. Use ISO 3166-1 alpha-2, such as DE.")
    hush()
    made = recognizers(language, region, patterns)
    if language in pipelines.with_model:
        made.append(SpacyRecognizer(supported_language=language, supported_entities=list(MODEL_ENTITIES)))
    return made


class Plain:
    """Analyses texts the plain way. Arguments as those of `Analyzer`."""

    def __init__(
        self,
        languages: Sequence[str] = ("en", "zh"),
        region: str = "DE",
        models: Mapping[str, str] | None = None,
        patterns: Sequence[CustomPattern] = (),
    ) -> None:
        self._languages, self._region, self._patterns = tuple(dict.fromkeys(languages)), region, patterns
        self._pipelines = Pipelines(self._languages, models or {}, quick=False)
        self._pipelines.load()
        self._engines: dict[str, AnalyzerEngine] = {}

    def analyze(
        self, text: str, language: str | None = None, field: str | None = None, region: str | None = None
    ) -> list[RecognizerResult]:
        """The results of one text, in text order."""
        if not text.strip():
            return []
        text = readable(text)
        engine = self._engine(region or self._region)
        found = []
        for piece in pieces(text, language, self._languages):
            artifacts = None if asks_model(field, text) else self._pipelines.tokens_only(piece.text, piece.language)
            for result in engine.analyze(
                piece.text, piece.language, context=list(context_of(field)), nlp_artifacts=artifacts
            ):
                result.start += piece.at
                result.end += piece.at
                if piece.first <= result.start < piece.last:
                    found.append(result)
        return sorted(found, key=lambda r: (r.start, -r.end, r.entity_type, -r.score))

    def _engine(self, region: str) -> AnalyzerEngine:
        if region not in self._engines:
            every = [
                recognizer
                for language in self._languages
                for recognizer in recognizers_of(language, region, self._pipelines, self._patterns)
            ]
            self._engines[region] = AnalyzerEngine(
                registry=RecognizerRegistry(recognizers=every, supported_languages=list(self._languages)),
                nlp_engine=self._pipelines,
                supported_languages=list(self._languages),
                context_aware_enhancer=ContextEnhancer(),
                default_score_threshold=THRESHOLD,
            )
        return self._engines[region]


def hush() -> None:
    """Presidio logs the values it could not check and the words around findings: nothing of it is let through."""
    logging.getLogger("presidio-analyzer").addFilter(_silent)


def _silent(record: logging.LogRecord) -> bool:
    return False
