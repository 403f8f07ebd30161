"""The component of the Chinese pipeline that finds names of people, places and organisations.

A name may begin inside what a dictionary calls a word, and Chinese words depend on the text around them; so this reads
units of its own (`pii.units_zh`) beside the tokens of the document, and lays what it finds on the tokens.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
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

_SHORT, _LONG = 48, 96  # units: how much of a text is read at once
_ENDS = frozenset(map(ord, "\n!?;。"))  # of a sentence or a line, folded
_PAUSES = frozenset(map(ord, ",: "))
_PART = 50_000  # characters taken at a time, so that memory does not grow with the text

_ADDRESS = re.compile(r"@|://|www\.")


@Language.factory("redress_names_zh", assigns=["doc.ents"])
class Names:
    """Sets the entities of a document; it finds the same ones whatever else is in the batch."""

    labels = LABELS

    def __init__(self, nlp: Language, name: str) -> None:
        self._learnt: tuple[Lexicon, Weights] | None = None

    def use(self, lexicon: Lexicon, weights: Weights) -> None:
        """Takes what was learnt."""
        self._learnt = lexicon, weights
        self._segmenter, self._network = Segmenter(lexicon), Network(weights)

    def __call__(self, doc: Doc) -> Doc:
        """Sets `doc.ents`. Raises ValueError before anything was learnt."""
        starts = [token.idx for token in doc]
        spans: list[Span] = []
        for start, end, label in self._find(doc.text):
            first, last = bisect_right(starts, start) - 1, bisect_left(starts, end)
            span = Span(doc, first, last, LABELS[label])
            # A name in an address is part of the address, which has its own recogniser.
            if not _ADDRESS.search(span.text) and (not spans or spans[-1].end <= span.start):
                spans.append(span)
        doc.ents = tuple(spans)
        return doc

    def _find(self, text: str) -> Iterator[tuple[int, int, int]]:
        if self._learnt is None:
            raise ValueError("The component has learnt nothing: load the pipeline from its folder.")
        points = self._segmenter.points(text)
        for first, last in _parts(points):
            units, starts = self._segmenter.units(points[first:last])
            rows = list(_rows(units, starts, points[first:last]))
            paths = self._network.labels([units[a:b] for a, b in rows])
            ends = np.append(starts[1:], last - first)
            for (a, _), path in zip(rows, paths, strict=True):
                for begin, end, label in _names(path):
                    yield first + int(starts[a + begin]), first + int(ends[a + end]), label

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


def _parts(points: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cuts a long text where a line ends, if one does in the second half of a part."""
    first = 0
    while first < len(points):
        last = min(first + _PART, len(points))
        if last < len(points):
            breaks = (points[first + _PART // 2 : last] == ord("\n")).nonzero()[0]
            last = first + _PART // 2 + int(breaks[-1]) + 1 if len(breaks) else last
        yield first, last
        first = last


def _rows(units: NDArray[np.int64], starts: NDArray[np.int64], points: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Cuts units into rows: short sentences and lines together, long ones at a pause, if there is one."""
    firsts = points[starts].tolist()
    begin, pause = 0, 0
    for at, point in enumerate(firsts, 1):
        if point in _PAUSES:
            pause = at
        if point in _ENDS and at - begin >= _SHORT:
            yield begin, at
            begin = pause = at
        elif at - begin >= _LONG:
            cut = pause if pause > begin else at
            yield begin, cut
            begin = pause = cut
    if begin < len(units):
        yield begin, len(units)
