"""A text as the pieces that are analysed: stretches of one language, and overlapping windows of very long ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pii.script import stretches

WINDOW = 40_000  # characters analysed at once
OVERLAP = 5_000  # shared by neighbouring windows: half of it is longer than any finding (web addresses: 2,500)

_LONE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` stands at `at` of the whole; findings that begin at `first` or later and before `last` are its to decide."""

    text: str
    at: int
    first: int
    last: int
    language: str


def readable(text: str) -> str:
    """The text with U+FFFD for every surrogate that lacks its half: libraries break on them. The length stays."""
    return text if text.isascii() else _LONE.sub("\ufffd", text)


def pieces(text: str, language: str | None, languages: Sequence[str]) -> list[Piece]:
    """The pieces of a `readable` text in order; `language` None tells it per paragraph by script."""
    parts = [(0, len(text), language)] if language else stretches(text, languages)
    return [
        Piece(text[start + at : start + end], start + at, start + first, start + last, told)
        for start, stop, told in parts
        for at, end, first, last in _windows(text, start, stop)
    ]


def _windows(text: str, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
    """Windows over `text[start:stop]`, relative to `start`: begin, end, and the range in which each decides.

    They begin and end at lines where there are any, so that paragraphs stay whole.
    """
    length = stop - start
    at = first = 0
    while length - at > WINDOW:
        line = text.rfind("\n", start + at + WINDOW - OVERLAP // 2, start + at + WINDOW)
        end = line + 1 - start if line >= 0 else at + WINDOW
        last = end - OVERLAP // 2
        yield at, end, first, last
        line = text.find("\n", start + end - OVERLAP, start + end - OVERLAP + OVERLAP // 4)
        at, first = line + 1 - start if line >= 0 else end - OVERLAP, last
    yield at, length, first, length
