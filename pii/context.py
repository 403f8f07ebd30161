"""Context words raise a score, with bounded work per finding.

Same rule as Presidio's `LemmaContextAwareEnhancer` (five words before, none after, substring match), looked up by
bisection instead of a walk over all tokens. Chinese has no word boundaries: there the characters just before a finding
are looked at.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

_HAN_BEFORE = 16  # characters
_CLAUSE_END = re.compile(r"[\n。；;！!？?]")


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
        keywords = frozenset(nlp_artifacts.keywords)
        for result in raw_results:
            recognizer = by_id[result.recognition_metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY]]
            enhanced = result.recognition_metadata.get(RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY)
            if not recognizer.context or enhanced:
                continue
            words = [*self._words_before(nlp_artifacts, keywords, result.start), _clause_before(text, result.start)]
            if self._find_supportive_word_in_context([*words, *given], recognizer.context, self.context_matching_mode):
                raised = max(result.score + self.context_similarity_factor, self.min_score_with_context_similarity)
                result.score = min(raised, self.MAX_SCORE)
        return raw_results

    def _words_before(self, artifacts: Any, keywords: frozenset[str], start: int) -> Sequence[str]:
        """The keyword the finding begins in and those before it, as many as the enhancer looks back."""
        words: list[str] = []
        index = bisect_right(artifacts.tokens_indices, start) - 1
        # Stop words and punctuation do not count, so look past them, but not past a line of them.
        for lemma in reversed(artifacts.lemmas[max(0, index - 40) : index + 1]):
            if len(words) > self.context_prefix_count:
                break
            if not lemma.isspace() and lemma.lower() in keywords:
                words.append(lemma.lower())
        return words


def _clause_before(text: str, start: int) -> str:
    """The characters before a finding back to the end of the last clause, where they hold Han characters."""
    before = _CLAUSE_END.split(text[max(0, start - _HAN_BEFORE) : start])[-1]
    return before if any(char > "\u2e7f" for char in before) else ""
