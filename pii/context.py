"""Context words raise a score, with bounded work per finding.

Same rule as Presidio's `LemmaContextAwareEnhancer` (five words before, none after, substring match), but the words are
read off the characters just before a finding instead of off a list of all tokens of the text. Chinese has no word
boundaries: there the clause before a finding is looked at as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

_BEFORE = 160  # characters looked at for words
_HAN_BEFORE = 16
_CLAUSE_END = re.compile(r"[\n。；;！!？?]")
_WORD = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[^\W\u2e80-\u9fff]{1,64}")


class ContextEnhancer(LemmaContextAwareEnhancer):
    """Raises the score of results whose recogniser's context words stand near, or in the given context."""

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """Results with raised scores. The results are those given, changed in place: nobody else holds them."""
        by_id = {recognizer.id: recognizer for recognizer in recognizers}
        given = [word.lower() for word in context or ()]
        near: dict[int, list[str]] = {}
        for result in raw_results:
            recognizer = by_id[result.recognition_metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY]]
            enhanced = result.recognition_metadata.get(RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY)
            if not recognizer.context or enhanced:
                continue
            if result.start not in near:
                stops = partial(nlp_artifacts.nlp_engine.is_stopword, language=recognizer.supported_language)
                near[result.start] = [*self._words_before(text, result.start, stops), *given]
            if self._find_supportive_word_in_context(
                near[result.start], recognizer.context, self.context_matching_mode
            ):
                raised = max(result.score + self.context_similarity_factor, self.min_score_with_context_similarity)
                result.score = min(raised, self.MAX_SCORE)
        return raw_results

    def _words_before(self, text: str, start: int, stops: Callable[[str], bool]) -> list[str]:
        """The word a finding begins in and those before it that are no stop words, and the Chinese clause before it."""
        own = _WORD.match(text, start)
        words = _WORD.findall(text, max(0, start - _BEFORE), own.end() if own else start)
        told: list[str] = []
        for word in reversed(words):
            if len(told) > self.context_prefix_count:
                break
            if not stops(word):
                told.append(word.lower())
        clause = _CLAUSE_END.split(text[max(0, start - _HAN_BEFORE) : start])[-1]
        if any(char > "\u2e7f" for char in clause):
            told.append(clause)
        return told
