"""Chinese text as a row of units for a network: common words whole, everything else character by character.

Chinese writes no spaces. Text is first folded (traditional characters to simplified ones, full-width forms to ASCII),
one character to one, so that offsets stay; then the likeliest reading in words of a lexicon of counted words is sought.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BMP = 0x10000
_FILE = "lexicon.npz"
_NONE = -1e30


@dataclass(frozen=True)
class Lexicon:
    """Characters and words with their logarithmic frequencies, and how characters are folded.

    Unit 0 stands for every unknown character, units 1 to n for the characters in order, the words follow. Characters
    outside the Basic Multilingual Plane are unknown.
    """

    folded: NDArray[np.uint16]  # code points that are folded ...
    folded_to: NDArray[np.uint16]  # ... and to which
    chars: NDArray[np.uint16]  # code points
    char_logs: NDArray[np.float16]
    words: NDArray[np.uint16]  # one row of two or more code points each, 0 after the last
    word_logs: NDArray[np.float16]

    def write(self, folder: Path) -> None:
        """Writes the lexicon into a folder."""
        arrays: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        np.savez_compressed(folder / _FILE, **arrays)

    @classmethod
    def read(cls, folder: Path) -> Lexicon:
        """The lexicon of a folder. Raises OSError if there is none."""
        with np.load(folder / _FILE, allow_pickle=False) as stored:
            return cls(**{field.name: stored[field.name] for field in fields(cls)})


class Segmenter:
    """Reads text as units of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._fold: NDArray[np.int64] = np.arange(_BMP, dtype=np.int64)
        self._fold[lexicon.folded] = lexicon.folded_to
        self._unit = np.zeros(_BMP, np.int64)
        self._unit[lexicon.chars] = np.arange(1, len(lexicon.chars) + 1)
        self._base = len(lexicon.chars) + 1  # a word's key is its units read as digits to this base
        self._logs = np.full(self._base, float(lexicon.char_logs.min()), np.float64)
        self._logs[1:] = lexicon.char_logs
        spelled = self._unit[lexicon.words]
        lengths = (lexicon.words != 0).sum(axis=1)
        self._words = {
            length: self._table(lexicon, spelled, lengths, length) for length in range(2, int(lengths.max()) + 1)
        }

    def _table(
        self, lexicon: Lexicon, spelled: NDArray[np.int64], lengths: NDArray[np.int64], length: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        at = np.flatnonzero(lengths == length)
        keys = self._keys(spelled[at, :length].T)
        order = np.argsort(keys)
        return keys[order], self._base + at[order], lexicon.word_logs[at[order]].astype(np.float64)

    def _keys(self, digits: NDArray[np.int64]) -> NDArray[np.int64]:
        keys: NDArray[np.int64] = digits[0].copy()
        for digit in digits[1:]:
            keys *= self._base
            keys += digit
        return keys

    def points(self, text: str) -> NDArray[np.int64]:
        """The folded code points of a text, one for each of its characters."""
        raw = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
        folded: NDArray[np.int64] = np.where(raw < _BMP, self._fold[raw % _BMP], _BMP - 1)
        return folded

    def units(self, points: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The units of folded text, and where each begins."""
        chars = self._unit[points]
        count = len(chars)
        best: list[float] = [0.0] * (count + 1)  # of the text from here on
        length_of = [1] * count
        known: dict[int, list[tuple[int, float]]] = {}
        ids = {1: chars}
        for length, (keys, units, logs) in self._words.items():
            if count < length:
                break
            wanted = self._keys(np.lib.stride_tricks.sliding_window_view(chars, length).T)
            found = keys.searchsorted(wanted).clip(max=len(keys) - 1)
            is_word = keys[found] == wanted
            ids[length] = units[found]
            for at, log in zip(is_word.nonzero()[0].tolist(), logs[found[is_word]].tolist(), strict=True):
                known.setdefault(at, []).append((length, log))
        alone = self._logs[chars].tolist()
        for at in range(count - 1, -1, -1):
            score = alone[at] + best[at + 1]
            for length, log in known.get(at, ()):
                longer = log + best[at + length]
                if longer >= score:
                    score, length_of[at] = longer, length
            best[at] = score
        starts = []
        at = 0
        while at < count:
            starts.append(at)
            at += length_of[at]
        begins = np.array(starts, np.int64)
        lengths = np.array(length_of, np.int64)[begins] if starts else begins
        found_units = np.empty(len(begins), np.int64)
        for length, row in ids.items():
            here = lengths == length
            found_units[here] = row[begins[here]]
        return found_units, begins
