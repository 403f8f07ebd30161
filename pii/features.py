"""What a pipeline knows of a word by itself: its form, whether it is a known name, place or common word, and a vector.

spaCy works out a word's attributes once, when the word first enters the vocabulary, and forgets them with it at the end
of a memory zone. The features live there, so they cost nothing per token and nothing of a text is kept elsewhere. Two
attributes that spaCy fills for its own purposes and never reads in these pipelines carry what has none: ID holds the
word's class in the lexicon together with its capitals, LANG the place of its vector.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.attrs import ID, IS_SPACE, LANG, LOWER, NORM, PREFIX, SHAPE, SUFFIX
from spacy.language import Language
from spacy.strings import get_string_id

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

CASES = 8  # ID is the class times this, plus the capitals
LINE_END = get_string_id("\n")  # the NORM of white space with a line end

_FILE = "lexicon.npz"
_DIGIT = re.compile(r"\d")
_REPEATED = re.compile(r"(.)\1{2,}")


def norm(word: str) -> str:
    """Lower case, digits as 0, white space as one space or one line feed."""
    if word.isspace():
        return "\n" if "\n" in word or "\r" in word else " "
    return _DIGIT.sub("0", word.lower())


def prefix(word: str) -> str:
    """The first three letters in lower case."""
    return word[:3].lower()


def suffix(word: str) -> str:
    """The last three letters in lower case."""
    return word[-3:].lower()


def shape(word: str) -> str:
    """Capitals as X, other letters as x, digits as d, at most two of each in a row."""
    kinds = ("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word[:24])
    return _REPEATED.sub(r"\1\1", "".join(kinds))


def capitals(word: str) -> int:
    """0 none, 1 the first letter only, 2 all of several, 3 a single capital, 4 mixed."""
    if word.islower() or not any(c.isupper() for c in word):
        return 0
    if len(word) == 1:
        return 3
    if word.isupper():
        return 2
    return 1 if word[0].isupper() and word[1:].islower() else 4


class Lexicon:
    """Classes of words, and the places of their vectors, by the hash of their lower-case form.

    `keys` are spaCy's string hashes in ascending order, `classes` a small number for each, `places` the row of each in a
    table of vectors, from 1. Unknown words have class 0, words without a vector the row 0.
    """

    def __init__(self, keys: NDArray[np.uint64], classes: NDArray[np.uint16], places: NDArray[np.uint16]) -> None:
        self.keys, self.classes, self.places = keys, classes, places

    def _at(self, word: str) -> int | None:
        key = np.uint64(get_string_id(word.lower()))
        at = int(self.keys.searchsorted(key))
        return at if at < len(self.keys) and self.keys[at] == key else None

    def class_of(self, word: str) -> int:
        """The class of a word in any case, times CASES, plus its capitals."""
        at = self._at(word)
        return (0 if at is None else int(self.classes[at])) * CASES + capitals(word)

    def place_of(self, word: str) -> int:
        """The row of a word's vector."""
        at = self._at(word)
        return 0 if at is None else int(self.places[at])

    def write(self, path: Path) -> None:
        """Writes the lexicon into a folder."""
        np.savez_compressed(path / _FILE, keys=self.keys, classes=self.classes, places=self.places)

    @classmethod
    def read(cls, path: Path) -> Lexicon:
        """The lexicon of a folder. Raises OSError if there is none."""
        with np.load(path / _FILE, allow_pickle=False) as stored:
            return cls(stored["keys"], stored["classes"], stored["places"])

    def install(self, vocab: Vocab) -> None:
        """Makes `vocab` work out these features, and only these, for every word from now on."""
        shared: Any = vocab
        shared.lex_attr_getters = {
            LOWER: str.lower,
            NORM: norm,
            PREFIX: prefix,
            SUFFIX: suffix,
            SHAPE: shape,
            IS_SPACE: str.isspace,
            ID: self.class_of,
            LANG: self.place_of,
        }


@Language.factory("redress_features")
class Features:
    """The pipeline component that holds the lexicon; it comes first and leaves documents as they are."""

    def __init__(self, nlp: Language, name: str) -> None:
        self._vocab = nlp.vocab
        self.use(Lexicon(np.zeros(0, np.uint64), np.zeros(0, np.uint16), np.zeros(0, np.uint16)))

    def __call__(self, doc: Doc) -> Doc:
        return doc

    def use(self, lexicon: Lexicon) -> None:
        """Takes a lexicon; to be called before the pipeline has met a word."""
        self.lexicon = lexicon
        lexicon.install(self._vocab)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes the lexicon into the component's folder."""
        Path(path).mkdir(exist_ok=True)
        self.lexicon.write(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Features:
        """Reads the lexicon of the component's folder."""
        self.use(Lexicon.read(Path(path)))
        return self
