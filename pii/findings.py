"""What an analysis yields: results in text order, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerResult


class Finding(NamedTuple):
    """One result as plain data: type, start, end (code points, exclusive), score, name of the recogniser."""

    entity: str
    start: int
    end: int
    score: float
    recognizer: str


class Analysis(list["RecognizerResult"]):
    """The results of one text, in text order; they may overlap.

    `unread` are the stretches that were not read whole because the text would have taken too long: what stands there is
    unknown, never clean.
    """

    unread: tuple[tuple[int, int], ...]

    def __init__(self, results: Iterable[RecognizerResult] = (), unread: Sequence[tuple[int, int]] = ()) -> None:
        super().__init__(results)
        self.unread = tuple(unread)

    @property
    def partly(self) -> bool:
        """Whether a part was not read."""
        return bool(self.unread)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in text order, the longest first where several begin at the same place; each once."""
    return tuple(sorted(set(findings), key=lambda f: (f.start, -f.end, f.entity, -f.score, f.recognizer)))


def results(findings: Iterable[Finding], unread: Sequence[tuple[int, int]] = ()) -> Analysis:
    """Findings as Presidio's results, new ones at every call: the caller may change them."""
    from presidio_analyzer import RecognizerResult

    name = RecognizerResult.RECOGNIZER_NAME_KEY
    made = (
        RecognizerResult(f.entity, f.start, f.end, f.score, recognition_metadata={name: f.recognizer}) for f in findings
    )
    return Analysis(made, unread)
