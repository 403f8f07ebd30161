"""Text as paragraphs: the lines between two blank ones, quoted parts apart and without their quote marks.

A language model reads one paragraph at a time, so that what it finds in one never depends on the others, and a quoted
paragraph reads the same in every mail that quotes it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 4000  # characters; a longer paragraph is read in several parts

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_LINE = re.compile(r"[^\n]*\n?")
MARKS = re.compile(r"(?:[ \t]{0,3}>){1,32}[ \t]?")
_SENTENCE_END = re.compile(r"[.!?]\s|[。！？；]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`words` is the paragraph without quote marks; it stands at `start:end` of the text.

    `lines` says where each line begins in `words` and in the text, where marks were left out.
    """

    start: int
    end: int
    words: str
    lines: tuple[tuple[int, int], ...] = ()

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where `words[start:end]` (at least one character) stands in the text."""
        if not self.lines:
            return self.start + start, self.start + end
        return self._offset(start), self._offset(end - 1) + 1

    def _offset(self, position: int) -> int:
        own, outer = self.lines[bisect_right(self.lines, (position, len(self.words) + self.end)) - 1]
        return outer + position - own


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a text in order; blank ones are left out."""
    for paragraph in _quoted(text) if ">" in text else _plain(text):
        if len(paragraph.words) > LONGEST:
            yield from _parts(paragraph)
        elif not paragraph.words.isspace() and paragraph.words:
            yield paragraph


def _plain(text: str) -> Iterator[Paragraph]:
    start = 0
    for blank in _BLANK_LINES.finditer(text):
        yield Paragraph(start, blank.start(), text[start : blank.start()])
        start = blank.end()
    yield Paragraph(start, len(text), text[start:])


def _quoted(text: str) -> Iterator[Paragraph]:
    depth = 0
    lines: list[tuple[int, int, int]] = []  # where a line's own words begin, where they end, where the line begins
    for line in _LINE.finditer(text):
        marks = MARKS.match(text, *line.span())
        begin = marks.end() if marks else line.start()
        now = marks[0].count(">") if marks else 0
        blank = begin == line.end() or text[begin : line.end()].isspace()
        if lines and (blank or now != depth):
            yield _joined(text, lines)
            lines = []
        depth = now
        if not blank:
            lines.append((begin, line.end(), line.start()))
    if lines:
        yield _joined(text, lines)


def _joined(text: str, lines: list[tuple[int, int, int]]) -> Paragraph:
    words, places, length = [], [], 0
    for begin, end, _ in lines:
        words.append(text[begin:end])
        places.append((length, begin))
        length += end - begin
    marked = any(begin != start for begin, _, start in lines)
    return Paragraph(lines[0][2], lines[-1][1], "".join(words).removesuffix("\n"), tuple(places) if marked else ())


def _parts(paragraph: Paragraph) -> Iterator[Paragraph]:
    """Parts of at most `LONGEST` characters: whole lines where possible, else sentences, else words."""
    words, begin = paragraph.words, 0
    while begin < len(words):
        end = begin + LONGEST
        end = len(words) if end >= len(words) else _cut(words, begin, end)
        part = words[begin:end]
        if not part.isspace():
            start, stop = paragraph.place(begin, end)
            lines = [(max(own, begin), outer + max(0, begin - own)) for own, outer in paragraph.lines if own < end]
            kept = lines[max(0, bisect_right([own for own, _ in paragraph.lines], begin) - 1) :]
            yield Paragraph(start, stop, part, tuple((own - begin, outer) for own, outer in kept))
        begin = end


def _cut(words: str, begin: int, end: int) -> int:
    """Where a part that begins at `begin` ends, `end` at most."""
    half = begin + LONGEST // 2
    line = words.rfind("\n", half, end)
    if line >= 0:
        return line + 1
    sentences = [match.end() for match in _SENTENCE_END.finditer(words, half, end)]
    if sentences:
        return sentences[-1]
    space = words.rfind(" ", half, end)
    return space + 1 if space >= 0 else end
