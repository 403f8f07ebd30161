"""Trains the Chinese pipeline from what LAC learnt, on open corpora in both scripts and on text of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import spacy
import torch

import pii.tokens  # noqa: F401
from pii.names_zh import LABELS
from pii.training.corpora import Record, read, score, table
from pii.training.publish import publish
from pii.training.variation import conventional, replaced
from pii.training.zh_generated import records as generated
from pii.training.zh_lac import Lac
from pii.training.zh_names import TEXTS, Names, surnames, words
from pii.training.zh_network import Coded, Network, Schedule, learn
from pii.training.zh_variation import OtherWords, other_names
from pii.units_zh import Lexicon, Segmenter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from spacy.language import Language

    from pii.names_zh import Names as Component

# The same sentences in two scripts, divided in the same way: no sentence to train on has its twin in a test file.
_CORPORA = (("zh_gsdsimp_train", 1.0), ("zh_gsd_train", 0.5))
_DEVELOPMENT = "zh_gsdsimp_dev"
_TESTS = ("zh_gsdsimp_test", "zh_gsd_test", "zh_gsdsimp_dev", "zh_gsd_dev")
_ENGLISH = ("en_ewt_train", "en_btc")  # for names in Latin letters
_GENERATED, _ENGLISH_RECORDS = 7_000, 400  # each round
_LONGEST_ENGLISH, _LONGEST = 90, 220  # characters, units
_TOO_COMMON = 5_000  # words that nobody is called, such as 可以
_OTHER_NAMES, _OTHER_WORDS = 0.5, 0.3  # shares of the records


class Training:
    """All that a round of training is made from."""

    def __init__(self, data: Path, lac: Lac, seed: int) -> None:
        self._seed = seed
        kinds = lac.kinds(lac.words())
        self.lexicon, self.vectors = lac.lexicon(_personal(kinds))
        self._segmenter = Segmenter(self.lexicon)
        self._other_words = OtherWords(self._segmenter, kinds)
        self._corpora = [([_cleaned(r) for r in read(data / f"{name}.jsonl")], share) for name, share in _CORPORA]
        english = (r for name in _ENGLISH for r in read(data / f"{name}.jsonl"))
        self._english = [conventional(r) for r in english if r.spans and len(r.text) < _LONGEST_ENGLISH]
        named = [(r.text[a:b], label) for r in self._corpora[0][0] for a, b, label in r.spans]
        self._places = tuple(name for name, label in named if label == "LOCATION" and 2 <= len(name) <= 10)
        self._places += tuple(word for word, kind in kinds.items() if kind == "LOC")
        self._organizations = tuple(name for name, label in named if label == "ORGANIZATION" and 3 <= len(name) <= 14)
        self._rare = "".join(c for c in map(chr, self.lexicon.chars) if "\u4e00" <= c <= "\u9fa5")
        used = {c for part in ("men's names", "women's names") for c in words(f"characters of {part}")}
        rarer = list(kinds)[_TOO_COMMON:]
        self._called_so = tuple(word for word in rarer if len(word) == 2 and used.issuperset(word))

    def rounds(self) -> Iterator[list[Coded]]:
        """Training rows without end, other ones each round."""
        for number in count():
            rows = [self.coded(record) for record in self._records(Random(f"{self._seed}/{number}")) if record.text]
            yield [row for row in rows if len(row[0]) <= _LONGEST]

    def _records(self, rng: Random) -> Iterator[Record]:
        names = Names(rng, self._places, self._organizations, self._rare)
        names.common_words = self._called_so
        for corpus, share in self._corpora:
            for record in corpus:
                if rng.random() >= share:
                    continue
                varied = replaced(record, other_names(rng, names)) if rng.random() < _OTHER_NAMES else record
                yield self._other_words(rng, varied) if rng.random() < _OTHER_WORDS else varied
        yield from generated(rng, names, _GENERATED)
        yield from rng.sample(self._english, _ENGLISH_RECORDS)

    def coded(self, record: Record) -> Coded:
        """What the network reads of a record and should answer. A word that a name begins or ends in is read
        character by character."""
        points = self._segmenter.points(record.text)
        units, starts = self._segmenter.units(points)
        bounds = np.array([0, *(edge for a, b, _ in record.spans for edge in (a, b))], np.int64)
        cut = set(
            starts[starts.searchsorted(bounds, side="right") - 1][~np.isin(bounds, [*starts, len(points)])].tolist()
        )
        if cut:
            units, starts = self._apart(points, units, starts, cut)
        labels = np.zeros(len(units), np.int64)
        for a, b, label in record.spans:
            first, last = starts.searchsorted(a), starts.searchsorted(b) - 1
            base = 1 + 4 * LABELS.index(label)
            labels[first : last + 1] = base + 1
            labels[first], labels[last] = base, base + 2
            if first == last:
                labels[first] = base + 3
        return units, labels

    def _apart(
        self, points: NDArray[np.int64], units: NDArray[np.int64], starts: NDArray[np.int64], cut: set[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found: list[tuple[int, int]] = []
        for unit, start, end in zip(units.tolist(), starts.tolist(), [*starts[1:].tolist(), len(points)], strict=True):
            if start in cut:
                found += [(int(self._segmenter.units(points[at : at + 1])[0][0]), at) for at in range(start, end)]
            else:
                found.append((unit, start))
        return np.array([unit for unit, _ in found]), np.array([at for _, at in found])


def _personal(kinds: Mapping[str, str]) -> frozenset[str]:
    """Words that name a person by surname and given name. The lexicon does without them: it is no list of people."""
    spared = frozenset((*words("transliterated given names"), *words("transliterated family names")))
    begins = (*list(surnames())[:250], *words("double surnames"))
    return frozenset(w for w, kind in kinds.items() if kind == "PER" and w.startswith(begins) and w not in spared)


def _cleaned(record: Record) -> Record:
    """The record without spans that hold no letter, such as a year that was taken for a person."""
    return Record(record.text, tuple(s for s in record.spans if re.search(r"[^\W\d_]", record.text[s[0] : s[1]])))


def train(data: Path, out: Path, seed: int, schedule: Schedule | None = None) -> None:
    """Trains, and writes the pipeline's folder after each round."""
    torch.manual_seed(seed)
    schedule = schedule or Schedule()
    lac = Lac()
    training = Training(data, lac, seed)
    network = Network(training.vectors, [lac.layer(number) for number in range(4)], schedule.drop, schedule.forget_unit)
    measured = list(read(data / f"{_DEVELOPMENT}.jsonl"))
    for number, loss, learnt in learn(network, training.rounds(), schedule, seed):
        nlp = pipeline(training.lexicon, learnt)
        scores = score(nlp, measured)
        print(f"round {number}, loss {loss:.3f}, " + _told(scores), flush=True)  # noqa: T201
        publish(nlp, out)


def _told(scores: Mapping[str, Sequence[Any]]) -> str:
    return ", ".join(f"{label} {exact.f1:.3f}/{overlap.recall:.3f}" for label, (exact, overlap) in scores.items())


def pipeline(lexicon: Lexicon, network: Network) -> Language:
    """The pipeline as it is shipped."""
    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"@tokenizers": "redress.Words.v1"}}})
    names: Component = nlp.add_pipe("redress_names_zh", name="ner")  # type: ignore[assignment]
    names.use(lexicon, network.weights())
    return nlp


def measure(data: Path, out: Path) -> str:
    """The scores of the pipeline in the folder `out` on what it was not trained on, as a table in Markdown. `held out` are
    sentences of our own, as news and posts have them, that were not made from the sentences of the training text."""
    sets = {name: list(read(data / f"{name}.jsonl")) for name in _TESTS}
    sets["own, held out"] = list(read(TEXTS / "held_out.jsonl"))
    return table(spacy.load(out), sets)
