"""A small convolutional network that marks the names in a text.

Each token is the sum of what is known of it as a word (`pii.features`); a few layers then mix it with its neighbours, the
last says how well each label fits, and the best lawful row of labels is taken: a name begins, goes on and ends, or is one
token long, and never reaches over a line end. It is run by NumPy alone, all documents of a batch at once, with blank
rows between them, so that none can see another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.attrs import ID, LANG, NORM, PREFIX, SHAPE, SUFFIX
from spacy.language import Language
from spacy.tokens import Doc, Span

from pii.features import CASES, LINE_END

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

LABELS = ("PERSON", "LOCATION", "ORGANIZATION")
TAGS = ("O", *(f"{part}-{label}" for label in LABELS for part in "BILU"))
ATTRIBUTES = (NORM, PREFIX, SUFFIX, SHAPE, ID, LANG)
DILATIONS = (1, 2, 1, 4, 1)  # of the layers: how far away the neighbours are that each mixes in
PAD = max(DILATIONS)  # blank rows between documents
REACH = sum(DILATIONS)  # how far away a token can matter

_FILE = "network.npz"
_EPSILON = np.float32(1e-5)
_ODD = np.uint64(0x9E3779B97F4A7C15)  # multiplying by it spreads a hash anew
_TOKENS = 2_000  # read at once


@dataclass(frozen=True)
class Weights:
    """What was learnt. `d` is the width of a token's vector; the tables hold whole numbers, one scale for each row."""

    tables: NDArray[np.int8]  # (rows of all tables, d): form twice, prefix, suffix, shape, class, class by case
    scales: NDArray[np.float32]  # (rows of all tables,)
    sizes: NDArray[np.int64]  # (7,): rows of each table
    vectors: NDArray[np.int8]  # (words, v); row 0 stands for every word without a vector
    vector_scales: NDArray[np.float32]  # (v,)
    from_vector: NDArray[np.float16]  # (v, d)
    mix_in: NDArray[np.float16]  # (d, 2d)
    mix_bias: NDArray[np.float16]  # (2d,)
    gains: NDArray[np.float16]  # (layers + 2, d): of the sum, the mix and each layer
    shifts: NDArray[np.float16]  # (layers + 2, d)
    layers: NDArray[np.float16]  # (layers, 3d, 2d)
    biases: NDArray[np.float16]  # (layers, 2d)
    output: NDArray[np.float16]  # (d, tags)
    output_bias: NDArray[np.float32]  # (tags,)

    def write(self, folder: Path) -> None:
        """Writes the weights into a folder."""
        arrays: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        np.savez_compressed(folder / _FILE, **arrays)

    @classmethod
    def read(cls, folder: Path) -> Weights:
        """The weights of a folder. Raises OSError if there are none."""
        with np.load(folder / _FILE, allow_pickle=False) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})


def rows(attributes: NDArray[np.uint64], sizes: Sequence[int]) -> Ints:
    """The rows of the tables that a token's attributes stand for: (tokens, 6) to (tokens, 7)."""
    norm, prefix, suffix, shape, known = attributes[:, :5].T
    columns = (norm, norm * _ODD >> np.uint64(20), prefix, suffix, shape, known // np.uint64(CASES), known)
    offsets = np.cumsum([0, *sizes[:-1]])
    picked = [column % np.uint64(size) for column, size in zip(columns, sizes, strict=True)]
    found: Ints = np.stack(picked, axis=1).astype(np.int64) + offsets
    return found


def attributes_of(doc: Doc) -> NDArray[np.uint64]:
    """What the network reads of a document: (tokens, 6)."""
    read: Any = doc.to_array(list(ATTRIBUTES))
    return read  # type: ignore[no-any-return]


def line_ends(attributes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which tokens no name can reach over."""
    ends: NDArray[np.bool_] = attributes[:, 0] == np.uint64(LINE_END)
    return ends


@dataclass(frozen=True)
class _Piece:
    """Tokens to be read together, and which of them to keep; the others are the neighbours these need."""

    attributes: NDArray[np.uint64]
    first: int
    last: int


def _pieces(document: NDArray[np.uint64]) -> Iterator[_Piece]:
    for start in range(0, len(document), _TOKENS):
        stop = min(start + _TOKENS, len(document))
        begin = max(0, start - REACH)
        yield _Piece(document[begin : stop + REACH], start - begin, stop - begin)


def _groups(documents: Sequence[NDArray[np.uint64]]) -> Iterator[list[_Piece]]:
    """Pieces that are read at once: memory does not grow with the size of a text."""
    group: list[_Piece] = []
    size = 0
    for document in documents:
        for piece in _pieces(document):
            if group and size + len(piece.attributes) > _TOKENS:
                yield group
                group, size = [], 0
            group.append(piece)
            size += len(piece.attributes)
    if group:
        yield group


class Network:
    """Says how well each tag fits each token."""

    def __init__(self, weights: Weights) -> None:
        self._tables = weights.tables * weights.scales[:, None]
        self._sizes = weights.sizes.tolist()
        self._vectors, self._vector_scales = weights.vectors, weights.vector_scales
        self._from_vector = weights.from_vector.astype(np.float32)
        self._mix = weights.mix_in.astype(np.float32), weights.mix_bias.astype(np.float32)
        self._gains, self._shifts = weights.gains.astype(np.float32), weights.shifts.astype(np.float32)
        self._layers = list(zip(weights.layers.astype(np.float32), weights.biases.astype(np.float32), strict=True))
        self._output, self._output_bias = weights.output.astype(np.float32), weights.output_bias

    def scores(self, documents: Sequence[NDArray[np.uint64]]) -> Floats:
        """Scores (tokens of all documents, tags) for the attributes (tokens, 6) of each document."""
        return np.concatenate([self._together(group) for group in _groups(documents)])

    def _together(self, pieces: Sequence[_Piece]) -> Floats:
        lengths = [len(piece.attributes) for piece in pieces]
        starts = np.cumsum([PAD, *(length + PAD for length in lengths)])
        places = np.concatenate([np.arange(n) + start for n, start in zip(lengths, starts, strict=False)])
        words = self._words(np.concatenate([piece.attributes for piece in pieces]))
        x: Floats = np.zeros((starts[-1], words.shape[1]), np.float32)
        x[places] = words
        for at, (layer, bias) in enumerate(self._layers):
            step = DILATIONS[at]
            near = np.concatenate([x[places - step], x[places], x[places + step]], axis=1)
            x[places] += self._normal(_maxout(near @ layer + bias), at + 2)
        kept = [np.arange(p.first, p.last) + start for p, start in zip(pieces, starts, strict=False)]
        scores: Floats = x[np.concatenate(kept)] @ self._output + self._output_bias
        return scores

    def _words(self, attributes: NDArray[np.uint64]) -> Floats:
        """Vectors of tokens by themselves."""
        vectors = self._vectors[attributes[:, 5].astype(np.int64)] * self._vector_scales
        x: Floats = self._tables[rows(attributes, self._sizes)].sum(axis=1) + vectors @ self._from_vector
        x = self._normal(x, 0)
        return x + self._normal(_maxout(x @ self._mix[0] + self._mix[1]), 1)

    def _normal(self, x: Floats, at: int) -> Floats:
        x = x - x.mean(axis=1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=1, keepdims=True) + _EPSILON)
        x *= self._gains[at]
        x += self._shifts[at]
        return x


def _maxout(x: Floats) -> Floats:
    half = x.shape[1] // 2
    return np.maximum(x[:, :half], x[:, half:])


def _lawful() -> Floats:
    """What following each other costs two tags: nothing, or more than any score."""
    cost = np.full((len(TAGS), len(TAGS)), -1e6, np.float32)
    for i, first in enumerate(TAGS):
        for j, second in enumerate(TAGS):
            inside = first[0] in "BI"
            if (inside and second[0] in "IL" and first[1:] == second[1:]) or (not inside and second[0] in "OBU"):
                cost[i, j] = 0
    return cost


_FOLLOWS = _lawful()
_EDGE = np.array([0 if tag[0] in "OLU" else -1e6 for tag in TAGS], np.float32)  # what may be last
_FIRST = np.array([0 if tag[0] in "OBU" else -1e6 for tag in TAGS], np.float32)


def best_tags(scores: Floats, breaks: Ints, ends: NDArray[np.bool_]) -> Ints:
    """The lawful row of tags with the highest sum of scores (Viterbi 1967). Lines are searched side by side: they break
    before the tokens `breaks`, and at `ends`, which are O."""
    tags = np.zeros(len(scores), np.int64)
    before = np.zeros(len(scores) + 1, np.bool_)
    before[0] = before[-1] = before[breaks] = True
    before[:-1] |= ends
    before[1:] |= ends
    edges = np.flatnonzero(before)
    lines = ~ends[edges[:-1]]
    begin, length = edges[:-1][lines], np.diff(edges)[lines]
    if not len(begin):
        return tags
    favourites = scores.argmax(axis=1)
    left = np.flatnonzero(~_are_lawful(favourites, begin, length))
    tags[~ends] = favourites[~ends]
    begin, length = begin[left], length[left]
    for doubled in np.unique(magnitude := np.ceil(np.log2(length))):  # lines of about one length
        alike = magnitude == doubled
        _search(scores, begin[alike], length[alike], tags)
    return tags


def _are_lawful(tags: Ints, begin: Ints, length: Ints) -> NDArray[np.bool_]:
    """Of which lines the tags that score best one by one may stand so: then no other row scores better."""
    last = begin + length - 1
    broken = np.zeros(len(tags), np.bool_)
    broken[1:] = _FOLLOWS[tags[:-1], tags[1:]] < 0
    broken[begin] = _FIRST[tags[begin]] < 0
    broken[last] |= _EDGE[tags[last]] < 0
    sofar = np.concatenate([[0], broken.cumsum()])
    lawful: NDArray[np.bool_] = sofar[begin + length] == sofar[begin]
    return lawful


def _search(scores: Floats, begin: Ints, length: Ints, tags: Ints) -> None:
    longest = int(length.max())
    lanes = np.arange(len(begin))
    best = scores[begin] + _FIRST
    came_from = np.zeros((longest, len(begin), len(TAGS)), np.int8)
    for at in range(1, longest):
        here = at < length
        ways = best[:, :, None] + _FOLLOWS
        came_from[at] = ways.argmax(axis=1)
        step = ways.max(axis=1) + scores[np.where(here, begin + at, 0)]
        best = np.where(here[:, None], step, best)
    tag = (best + _EDGE).argmax(axis=1)
    for at in range(longest - 1, -1, -1):
        here = at < length
        tags[begin[here] + at] = tag[here]
        tag = np.where(here, came_from[at, lanes, tag], tag)


def spans(tags: Ints) -> Iterator[tuple[int, int, str]]:
    """The names in a row of tags: first token, token after the last, label."""
    start = 0
    for at in np.flatnonzero(tags).tolist():
        part, label = TAGS[tags[at]].split("-")
        if part in "BU":
            start = at
        if part in "LU":
            yield start, at + 1, label


def _span(doc: Doc, start: int, end: int, label: str) -> Span:
    """A name without white space around it, if anything else is left."""
    while doc[start].is_space and start < end - 1:
        start += 1
    while doc[end - 1].is_space and start < end - 1:
        end -= 1
    return Span(doc, start, end, label=label)


@Language.factory("redress_names")
class Names:
    """The pipeline component that sets `doc.ents`."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._network: Network | None = None

    labels = LABELS

    def use(self, weights: Weights) -> None:
        """Takes weights."""
        self.weights = weights
        self._network = Network(weights)

    def __call__(self, doc: Doc) -> Doc:
        self._set([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Documents in batches."""
        waiting = iter(stream)
        while docs := list(islice(waiting, batch_size)):
            self._set(docs)
            yield from docs

    def _set(self, docs: Sequence[Doc]) -> None:
        if self._network is None:
            raise ValueError("The component redress_names has no weights: load a trained pipeline.")
        read = [(doc, attributes_of(doc)) for doc in docs if len(doc)]
        if not read:
            return
        starts = np.cumsum([0, *(len(doc) for doc, _ in read)])
        ends = line_ends(np.concatenate([attributes for _, attributes in read]))
        tags = best_tags(self._network.scores([attributes for _, attributes in read]), starts[:-1], ends)
        for (doc, _), start, stop in zip(read, starts, starts[1:], strict=False):
            doc.set_ents([_span(doc, *found) for found in spans(tags[start:stop])])

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes the weights into the component's folder."""
        Path(path).mkdir(exist_ok=True)
        self.weights.write(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Names:
        """Reads the weights of the component's folder."""
        self.use(Weights.read(Path(path)))
        return self
