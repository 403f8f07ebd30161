"""The component of the Chinese pipeline that finds names of people, places and organisations.

A name may begin inside what a dictionary calls a word, and Chinese words depend on the text around them; so this reads
units of its own (`pii.units_zh`) beside the tokens of the document, and lays what it finds on the tokens.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from spacy.language import Language
from spacy.tokens import Span

from pii.network_zh import Network, Weights
from pii.units_zh import Lexicon, Segmenter

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.tokens import Doc

LABELS = ("PERSON", "LOCATION", "ORGANIZATION")
# Label 0 is no name; then, for each kind of name, its first unit, one within, its last, and one that is all of it.
_FIRST, _WITHIN, _LAST, _WHOLE = range(4)

_SHORT, LONGEST_ROW = 48, 96  # units: how much of a text is read at once
_ENDS = np.array([ord(c) for c in "\n!?;"])  # of a sentence or a line, folded
_PAUSES = frozenset(map(ord, ",: "))
_HAN = 0x2E80  # and above
_PART = 50_000  # characters taken at a time, so that memory does not grow with the text

Found = tuple[int, int, int]  # first character, end, number of the label

_ADDRESS = re.compile(r"@|://|www\.")


@dataclass(frozen=True)
class _Part:
    """A part of a document, by its number in the batch, that begins at its character `first`."""

    document: int
    first: int
    points: NDArray[np.int64]


@Language.factory("redress_names_zh", assigns=["doc.ents"])
class Names:
    """Sets the entities of documents; it reads each by itself, whatever else is in the batch."""

    labels = LABELS

    def __init__(self, nlp: Language, name: str) -> None:
        self._learnt: tuple[Lexicon, Weights] | None = None

    def use(self, lexicon: Lexicon, weights: Weights) -> None:
        """Takes what was learnt."""
        self._learnt = lexicon, weights
        self._segmenter, self._network = Segmenter(lexicon), Network(weights)

    def __call__(self, doc: Doc) -> Doc:
        """Sets `doc.ents`. Raises ValueError before anything was learnt."""
        self._set([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Documents in batches, read in lockstep."""
        waiting = iter(stream)
        while docs := list(islice(waiting, batch_size)):
            self._set(docs)
            yield from docs

    def _set(self, docs: Sequence[Doc]) -> None:
        if self._learnt is None:
            raise ValueError("The component has learnt nothing: load the pipeline from its folder.")
        found: list[list[Found]] = [[] for _ in docs]
        for group in _groups([self._segmenter.points(doc.text) for doc in docs]):
            self._read(group, found)
        for doc, names in zip(docs, found, strict=True):
            doc.ents = tuple(_spans(doc, names))

    def _read(self, group: Sequence[_Part], found: list[list[Found]]) -> None:
        """Adds the names of some parts of documents to what was found."""
        rows, places = [], []
        for part in group:
            units, starts = self._segmenter.units(part.points)
            bounds = np.append(starts, len(part.points)) + part.first
            for begin, end in rows_of(units, part.points[starts]):
                rows.append(units[begin:end])
                places.append((part.document, bounds[begin : end + 1]))
        for path, (document, bounds) in zip(self._network.labels(rows), places, strict=True):
            found[document] += [(int(bounds[a]), int(bounds[b + 1]), label) for a, b, label in _names(path)]

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes what was learnt into the component's folder."""
        Path(path).mkdir(exist_ok=True)
        for part in self._learnt or ():
            part.write(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Names:
        """Reads what was learnt from the component's folder."""
        self.use(Lexicon.read(Path(path)), Weights.read(Path(path)))
        return self


def _names(path: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """First unit, last unit and label of each name on a path of labels."""
    begin = 0
    for at in path.nonzero()[0].tolist():
        label, place = divmod(int(path[at]) - 1, 4)
        if place in (_FIRST, _WHOLE):
            begin = at
        if place in (_LAST, _WHOLE):
            yield begin, at, label


def _spans(doc: Doc, names: Iterable[Found]) -> Iterator[Span]:
    """What was found as spans of tokens."""
    starts = [token.idx for token in doc]
    free = 0
    for start, end, label in names:
        first, last = bisect_right(starts, start) - 1, bisect_left(starts, end)
        span = Span(doc, first, last, LABELS[label])
        # A name in an address is part of the address, which has its own recogniser.
        if first >= free and not _ADDRESS.search(span.text):
            free = last
            yield span


def _groups(documents: Iterable[NDArray[np.int64]]) -> Iterator[list[_Part]]:
    """Documents, or parts of long ones, that are read at once: memory does not grow with the text."""
    group: list[_Part] = []
    size = 0
    for number, points in enumerate(documents):
        for first, last in _cuts(points):
            if size + last - first > _PART:
                yield group
                group, size = [], 0
            group.append(_Part(number, first, points[first:last]))
            size += last - first
    yield group


def _cuts(points: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cuts a long text where a line ends, if one does in the second half of a part."""
    first = 0
    while first < len(points):
        last = min(first + _PART, len(points))
        if last < len(points):
            middle = first + _PART // 2
            breaks = (points[middle:last] == ord("\n")).nonzero()[0]
            last = middle + int(breaks[-1]) + 1 if len(breaks) else last
        yield first, last
        first = last


def rows_of(units: NDArray[np.int64], firsts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cuts units, of which the first characters are given, into rows: short sentences and lines together, long ones at a
    pause, if there is one."""
    # A full stop of either kind ends a sentence before a Chinese character only: not in 3.14 or J. Smith.
    ends = np.isin(firsts, _ENDS)
    ends[:-1] |= (firsts[:-1] == ord(".")) & (firsts[1:] >= _HAN)
    begin, pause = 0, 0
    for at, (point, end) in enumerate(zip(firsts.tolist(), ends.tolist(), strict=True), 1):
        if point in _PAUSES:
            pause = at
        if end and at - begin >= _SHORT:
            yield begin, at
            begin = pause = at
        elif at - begin >= LONGEST_ROW:
            cut = pause if pause > begin else at
            yield begin, cut
            begin = pause = cut
    if begin < len(units):
        yield begin, len(units)
