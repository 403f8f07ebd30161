"""Running recognisers over many texts at once, with the results of running each over each.

A recogniser whose findings do not cross lines (`MULTILINE` False) is given all distinct lines that meet its needs,
joined to one text: it cannot tell them from the lines of a letter. Our own see quoted lines without their quote marks,
which say nothing to them, so that a line that is quoted again and again is looked at once. A recogniser whose findings
do cross lines is given each text by itself.
Recognisers that declare neither, such as a user's own, see every text with the artifacts they would get from Presidio.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import SpacyRecognizer

from pii.candidates import Segments
from pii.context import ContextEnhancer
from pii.paragraphs import MARKS
from pii.pipelines import SCORE
from pii.plain import THRESHOLD
from pii.recognizers.custom import CustomRecognizer
from pii.recognizers.groups import Needs

if TYPE_CHECKING:
    from presidio_analyzer.nlp_engine import NlpArtifacts

    from pii.pipelines import Entity, Pipelines

_ANY = Needs()
_WIDE = re.compile(r"[\uff00-\uffef]")


class Raw(NamedTuple):
    """A result before context is looked at; `tool` numbers the recogniser."""

    tool: int
    entity: str
    start: int
    end: int
    score: float


class Toolset:
    """The recognisers of one language and region, in order."""

    def __init__(self, recognizers: Sequence[EntityRecognizer], pipelines: Pipelines, language: str) -> None:
        self.recognizers = list(recognizers)
        self._pipelines, self._language = pipelines, language
        self._nothing = pipelines.no_tokens(language)
        self._entities = sorted({entity for tool in recognizers for entity in tool.supported_entities})
        self._by_line: dict[Needs, list[int]] = {}
        self._by_marked_line: dict[Needs, list[int]] = {}
        self._by_text: dict[Needs, list[int]] = {}
        self._foreign: list[int] = []
        self.model: int | None = None
        self._thresholds = {tool.id: tool.score_thresholds for tool in recognizers}
        self._enhancer = ContextEnhancer()
        for tool in recognizers:
            tool.analyze("", self._entities, self._nothing)  # compiles its expressions, which it does at its first text
        for number, tool in enumerate(self.recognizers):
            if isinstance(tool, SpacyRecognizer):
                self.model = number
            elif not hasattr(tool, "MULTILINE"):
                self._foreign.append(number)
            else:
                by_line = self._by_marked_line if isinstance(tool, CustomRecognizer) else self._by_line
                kind = self._by_text if tool.MULTILINE else by_line
                kind.setdefault(getattr(tool, "NEEDS", _ANY), []).append(number)

    def raw(self, texts: Sequence[str]) -> list[list[Raw]]:
        """What the recognisers find in each text, without the language model."""
        found: list[list[Raw]] = [[] for _ in texts]
        if not texts:
            return found
        self._whole(texts, found)
        self._through_lines(texts, self._by_line, found, marks=True)
        if self._by_marked_line:
            self._through_lines(texts, self._by_marked_line, found, marks=False)
        return found

    def _through_lines(
        self, texts: Sequence[str], tools: Mapping[Needs, list[int]], found: list[list[Raw]], *, marks: bool
    ) -> None:
        """What line by line is found; `marks` leaves out quote marks before lines."""
        lines: dict[str, int] = {}
        places: list[tuple[int, int, int]] = []  # number of the text, offset, number of the line
        for number, text in enumerate(texts):
            at = 0
            quotes = marks and ">" in text
            for line in text.split("\n"):
                if line:
                    begin = _own(line) if quotes else 0
                    places.append((number, at + begin, lines.setdefault(line[begin:], len(lines))))
                at += len(line) + 1
        by_line = self._lines([f"{line}\n" for line in lines], tools)
        for number, at, line_number in places:
            for tool, entity, start, end, score in by_line.get(line_number, ()):
                found[number].append(Raw(tool, entity, start + at, end + at, score))

    def _lines(self, lines: Sequence[str], by_line: Mapping[Needs, list[int]]) -> dict[int, list[Raw]]:
        found: dict[int, list[Raw]] = {}
        # Recognisers write full-width digits as ASCII first, which costs too much for lines that hold none.
        wide = [number for number, line in enumerate(lines) if not line.isascii() and _WIDE.search(line)]
        others = sorted({*range(len(lines))} - {*wide}) if wide else range(len(lines))
        for numbers in filter(None, (others, wide)):
            segments = Segments([lines[number] for number in numbers])
            for needs, tools in by_line.items():
                chosen = segments.meeting(needs)
                if not len(chosen):
                    continue
                some = [segments.texts[i] for i in chosen]
                starts = list(accumulate(map(len, some), initial=0))
                joined = "".join(some)
                for tool in tools:
                    for result in self.recognizers[tool].analyze(joined, self._entities, self._nothing):
                        at = bisect_right(starts, result.start) - 1
                        start, end = result.start - starts[at], result.end - starts[at]
                        raw = Raw(tool, result.entity_type, start, end, result.score)
                        found.setdefault(numbers[chosen[at]], []).append(raw)
        return found

    def _whole(self, texts: Sequence[str], found: list[list[Raw]]) -> None:
        segments = Segments(texts)
        for needs, tools in self._by_text.items():
            for number in segments.meeting(needs):
                for tool in tools:
                    found[number] += self._run(tool, texts[number], self._nothing)
        for number, text in enumerate(texts) if self._foreign else ():
            artifacts = self._pipelines.process_text(text, self._language)
            for tool in self._foreign:
                found[number] += self._run(tool, text, artifacts)

    def _run(self, tool: int, text: str, artifacts: NlpArtifacts) -> list[Raw]:
        results = self.recognizers[tool].analyze(text, self._entities, artifacts) or ()
        return [Raw(tool, r.entity_type, r.start, r.end, r.score) for r in results]

    def settled(
        self, text: str, raw: Sequence[Raw], names: Sequence[Entity], context: Sequence[str]
    ) -> list[RecognizerResult]:
        """The results of a text as `AnalyzerEngine.analyze` settles them: context, thresholds, duplicates."""
        by_tool: dict[int, list[RecognizerResult]] = {tool: [] for tool in self._foreign}
        for tool, entity, start, end, score in sorted(raw):
            by_tool.setdefault(tool, []).append(self._result(tool, entity, start, end, score))
        if self.model is not None and names:
            by_tool[self.model] = [self._result(self.model, *name, SCORE) for name in names]
        results: list[RecognizerResult] = []
        words = list(context)
        for tool in sorted(by_tool):
            others = [r for other in self._foreign and by_tool if other != tool for r in by_tool[other]]
            recognizer = self.recognizers[tool]
            results += recognizer.enhance_using_context(text, by_tool[tool], others, self._nothing, words)
        used = [self.recognizers[tool] for tool in by_tool]
        results = self._enhancer.enhance_using_context(text, results, self._nothing, used, words)
        kept = [result for result in results if result.score >= self._threshold(result)]
        return EntityRecognizer.remove_duplicates(kept) if len(kept) > 1 else kept

    def _result(self, tool: int, entity: str, start: int, end: int, score: float) -> RecognizerResult:
        recognizer = self.recognizers[tool]
        metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: recognizer.name,  # type: ignore[has-type]
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: recognizer.id,
        }
        return RecognizerResult(entity, start, end, score, recognition_metadata=metadata)

    def _threshold(self, result: RecognizerResult) -> float:
        thresholds = self._thresholds[result.recognition_metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY]]
        return thresholds.get(result.entity_type, thresholds.get("default", THRESHOLD))


def _own(line: str) -> int:
    """Where a line's own words begin, behind quote marks and a blank."""
    marks = MARKS.match(line)
    return marks.end() if marks and marks[0][-1] != ">" and marks.end() < len(line) else 0
