"""The common part of recognisers whose finding is one group of an expression, not the whole match."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import regex
from presidio_analyzer import EntityRecognizer, LocalRecognizer, RecognizerResult

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts


def words(text: str) -> frozenset[str]:
    """The words of a list written as running text."""
    return frozenset(text.split())


class GroupRecognizer(LocalRecognizer):
    """Yields the group `found` of every match of `EXPRESSIONS` that `accepts` lets through."""

    ENTITY: ClassVar[str]
    SCORE: ClassVar[float]
    EXPRESSIONS: ClassVar[tuple[regex.Pattern[str], ...]]
    CONTEXT: ClassVar[tuple[str, ...]] = ()

    def __init__(self, supported_language: str = "en") -> None:
        super().__init__(
            supported_entities=[self.ENTITY], supported_language=supported_language, context=list(self.CONTEXT)
        )

    def load(self) -> None:
        """Nothing to load."""

    def accepts(self, value: str) -> bool:
        """Whether the group's text is a finding: checksums, lists of words that only look like names."""
        return True

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The findings in `text`, code point offsets."""
        found = [
            self.result(match.start("found"), match.end("found"), self.SCORE)
            for expression in self.EXPRESSIONS
            for match in expression.finditer(text)
            if self.accepts(match["found"])
        ]
        return EntityRecognizer.remove_duplicates(found)

    def result(self, start: int, end: int, score: float) -> RecognizerResult:
        """A finding of this recogniser."""
        return RecognizerResult(
            entity_type=self.ENTITY,
            start=start,
            end=end,
            score=score,
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: type(self).__name__,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )
