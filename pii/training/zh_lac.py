"""What Baidu's LAC 2.1.2 (Apache-2.0) learnt from news and web text, read from the files of its Python package.

Our Chinese pipeline starts from its vectors and its recurrent layers. The package itself needs PaddlePaddle to run and is
never imported; its parameters are plain arrays.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pii.network_zh import Network, Weights
from pii.units_zh import Lexicon, Segmenter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_LONGEST = 3  # characters of a word that has a vector
# Beside what LAC folds: other dots of transliterated names, dashes, white space, and 妳, which LAC takes for 奶.
_FOLDED = dict(zip("•‧・．–−\t\r\u3000妳", "···.-- \n 你", strict=True))
# What is not folded though LAC does, and what starts as something else: a line feed, which LAC never reads, as a full stop.
_APART = {"你": "奶", "\n": "."} | {chr(c): chr(c).lower() for c in range(ord("A"), ord("Z") + 1)}
_NAMES = {"nr": "PER", "ns": "LOC", "nt": "ORG"}


@dataclass(frozen=True)
class Layer:
    """Parameters of gated recurrent units in one direction."""

    into: Floats
    bias: Floats
    gates: Floats
    new: Floats


class Lac:
    """LAC's dictionaries and parameters. Raises ModuleNotFoundError if the package is not installed."""

    def __init__(self) -> None:
        spec = find_spec("LAC")
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError("Install lac==2.1.2, see requirements-training.in.")
        self._folder = Path(spec.submodule_search_locations[0]) / "lac_model"
        self._rows = {word: int(row) for row, word in self._pairs("word.dic", "\t")}
        self._counts = {word: int(count) for word, count in self._pairs("small_seg.dic", " ")}
        self._total = math.log(sum(self._counts.values()))
        folded = {a: b for a, b in self._pairs("q2b.dic", "\t") if len(a) == len(b) == 1 and a not in _APART}
        self._folded = folded | _FOLDED

    def _pairs(self, name: str, separator: str) -> Iterator[tuple[str, str]]:
        for line in (self._folder / "conf" / name).read_text(encoding="utf-8").split("\n"):
            first, found, second = line.partition(separator)
            if found:
                yield first, second

    def _parameter(self, name: str) -> Floats:
        """A parameter in PaddlePaddle's format: levels of detail, a description of the tensor, the numbers."""
        data = (self._folder / "model" / name).read_bytes()
        at = 12
        for _ in range(struct.unpack_from("<Q", data, 4)[0]):
            at += 8 + int(struct.unpack_from("<Q", data, at)[0])
        described = int(struct.unpack_from("<i", data, at + 4)[0])
        return np.frombuffer(data, np.float32, offset=at + 8 + described).copy()

    def kinds(self, words: Sequence[str]) -> dict[str, str]:
        """What LAC takes each word for by itself: a part of speech or a kind of name (PER, LOC, ORG), where it is one."""
        tags = [tag for _, tag in self._pairs("tag.dic", "\t")]
        lexicon, vectors = self.lexicon(frozenset())
        segmenter, network = Segmenter(lexicon), Network(self._weights(vectors))
        rows = [segmenter.units(segmenter.points(word))[0] for word in words]
        found = {}
        for word, path in zip(words, network.labels(rows), strict=True):
            kinds = [tags[tag].rpartition("-") for tag in path]
            if all(place == "I" and kind == kinds[0][0] for kind, _, place in kinds[1:]):
                found[word] = _NAMES.get(kinds[0][0], kinds[0][0])
        return found

    def _weights(self, vectors: Floats) -> Weights:
        scales = np.abs(vectors).max(axis=1) / 127 + 1e-9
        layers = [self.layer(number) for number in range(4)]
        half: Any = {}
        for number, pair in enumerate((layers[:2], layers[2:]), 1):
            half[f"input_{number}"] = np.stack([layer.into for layer in pair], axis=1).astype(np.float16)
            for name in ("bias", "gates", "new"):
                half[f"{name}_{number}"] = np.stack([getattr(layer, name) for layer in pair]).astype(np.float16)
        bias = self._parameter("fc_4.b_0")
        begins, ends, *follows = self._parameter("crfw").reshape(-1, len(bias))
        return Weights(
            vectors=np.round(vectors / scales[:, None]).astype(np.int8),
            scales=scales.astype(np.float32),
            output=self._parameter("fc_4.w_0").reshape(-1, len(bias)).astype(np.float16),
            output_bias=bias.astype(np.float16),
            follows=np.array(follows),
            begins=begins,
            ends=ends,
            **half,
        )

    def words(self) -> list[str]:
        """The words that have a vector, the commonest first."""
        known = (word for word in self._counts if 1 < len(word) <= _LONGEST and word in self._rows)
        return sorted(known, key=lambda word: -self._counts[word])

    def layer(self, number: int) -> Layer:
        """Layer 0 and 1 read the vectors from the start and from the end, 2 and 3 what these two found."""
        gates = self._parameter(f"gru_{number}.w_0")
        size = math.isqrt(len(gates) // 3)
        return Layer(
            into=self._parameter(f"fc_{number}.w_0").reshape(-1, 3 * size),
            bias=self._parameter(f"fc_{number}.b_0") + self._parameter(f"gru_{number}.b_0"),
            gates=gates[: 2 * size * size].reshape(size, 2 * size),
            new=gates[2 * size * size :].reshape(size, size),
        )

    def lexicon(self, left_out: Set[str]) -> tuple[Lexicon, Floats]:
        """The characters and words to read text by, and the vectors of all units; without the words in `left_out`."""
        pairs = ((char, self._fold(char)) for char in self._folded)
        folded = {a: b for a, b in pairs if a != b and max(ord(a), ord(b)) < 0x10000}
        known = {*map(self._fold, self._rows), *_APART}
        chars = sorted(c for c in known if len(c) == 1 and ord(c) < 0x10000 and c not in folded)
        words = {self._fold(word): word for word in self.words() if word not in left_out}
        vectors = self._parameter("word_emb").reshape(-1, 128)
        unknown = self._rows["OOV"]
        rows = [unknown, *(self._rows.get(_APART.get(c, c), unknown) for c in chars)]
        rows += [self._rows[word] for word in words.values()]
        spelled = np.zeros((len(words), _LONGEST), np.uint16)
        for at, word in enumerate(words):
            spelled[at, : len(word)] = [ord(c) for c in word]
        lexicon = Lexicon(
            folded=_points(folded),
            folded_to=_points(folded.values()),
            chars=_points(chars),
            char_logs=self._logs(chars),
            words=spelled,
            word_logs=self._logs(words.values()),
        )
        return lexicon, vectors[rows]

    def _fold(self, text: str) -> str:
        folded = "".join(self._folded.get(c, c) for c in text)
        return folded if folded == text else self._fold(folded)

    def _logs(self, words: Any) -> NDArray[np.float16]:
        return np.array([math.log(self._counts.get(word) or 1) - self._total for word in words], np.float16)


def _points(chars: Any) -> NDArray[np.uint16]:
    return np.array([ord(c) for c in chars], np.uint16)
