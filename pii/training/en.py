"""Trains the English pipeline. It also reads the other European languages that have no pipeline of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from spacy.training.initialize import init_nlp
from spacy.training.loop import train as run
from spacy.util import load_config, registry

import pii.tokens  # noqa: F401
from pii.features import Lexicon
from pii.training import lexicon
from pii.training.corpora import Record, example, joined, read
from pii.training.generated import records as generated
from pii.training.publish import publish
from pii.training.variation import conventional, other_names, recapitalized, replaced

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.training import Example

_CONFIG = Path(__file__).with_name("en.cfg")
_DIMENSIONS, _VECTORS = 64, 50_000
_GENERATED = 6_000  # records each time round


@dataclass(frozen=True)
class Source:
    """A corpus: how often each of its sentences comes up in one round, and every how many-th is kept for development."""

    name: str
    share: float
    held_out: int = 0


SOURCES = (
    Source("en_ewt_train", 1.6),
    Source("en_wikigold", 1.0, held_out=5),
    Source("en_crossner", 0.7),
    Source("en_btc", 0.7, held_out=10),
    Source("en_wnut17_train", 1.0),
    Source("en_sec_train", 0.3),
)
_DEVELOPMENT = ("en_ewt_dev", "en_wnut17_dev")

# Contract parties in capitals that the SEC corpus takes for people.
_ROLES = frozenset(
    "lender borrower agent bank issuer trustee guarantor company seller buyer holder parent executive".split()
)


def split(data: Path, source: Source) -> tuple[list[Record], list[Record]]:
    """The records of a corpus to train on, and those held out."""
    kept = [_cleaned(record) for record in read(data / f"{source.name}.jsonl")]
    if not source.held_out:
        return kept, []
    return [r for i, r in enumerate(kept) if i % source.held_out], kept[:: source.held_out]


def _cleaned(record: Record) -> Record:
    record = conventional(record)
    spans = tuple(s for s in record.spans if s[2] != "PERSON" or record.text[s[0] : s[1]].lower() not in _ROLES)
    return Record(record.text, spans)


def development(data: Path) -> list[Record]:
    """What is measured while training: the development files and the held-out parts."""
    records = [record for name in _DEVELOPMENT for record in read(data / f"{name}.jsonl")]
    return [*map(conventional, records), *(r for source in SOURCES for r in split(data, source)[1])]


def _grouped(rng: Random, records: Sequence[Record]) -> Iterator[Record]:
    """Sentences by themselves, or several that follow one another as one text."""
    at = 0
    while at < len(records):
        size = 1 if rng.random() < 0.6 else rng.randint(2, 5)
        yield joined(records[at : at + size], rng.choice((" ", " ", "\n", "\n\n")))
        at += size


def _round(rng: Random, corpora: Sequence[tuple[float, Sequence[Record]]]) -> list[Record]:
    """What is trained on in one round."""
    texts = list(generated(rng, _GENERATED))
    for share, records in corpora:
        for part in (share, share - 1):
            texts += [r for r in _grouped(rng, records) if rng.random() < part]
    varied = [replaced(r, other_names(rng)) if rng.random() < 0.65 else r for r in texts]
    varied = [recapitalized(rng, r) if rng.random() < 0.12 else r for r in varied]
    rng.shuffle(varied)
    return varied


@registry.readers("redress.EnglishTraining.v1")  # type: ignore[untyped-decorator]
def training_reader(data: Path, seed: int) -> Callable[[Language], Iterator[Example]]:
    """Training examples without end, other ones each round."""
    corpora = [(source.share, split(Path(data), source)[0]) for source in SOURCES]
    rounds = count()

    def examples(nlp: Language) -> Iterator[Example]:
        for record in _round(Random(f"{seed}/{next(rounds)}"), corpora):
            yield example(nlp, record)

    return examples


@registry.readers("redress.EnglishDevelopment.v1")  # type: ignore[untyped-decorator]
def development_reader(data: Path) -> Callable[[Language], Iterator[Example]]:
    """Development examples."""
    return lambda nlp: (example(nlp, record) for record in development(Path(data)))


@registry.callbacks("redress.Lexicon.v1")  # type: ignore[untyped-decorator]
def lexicon_callback(folder: Path) -> Callable[[Language], None]:
    """Gives a new pipeline its lexicon before it meets a word."""

    def give(nlp: Language) -> None:
        features: Any = nlp.get_pipe("redress_features")
        features.use(Lexicon.read(Path(folder)))

    return give


def train(data: Path, out: Path, seed: int, words: Path | None = None, **overrides: object) -> None:
    """Trains, and writes the pipeline's folder. `words` is the folder of a lexicon made before, to save building it;
    `overrides` are settings of the config by their dotted names."""
    with tempfile.TemporaryDirectory() as work:
        if words is None:
            words = Path(work)
            lexicon.build(_DIMENSIONS, _VECTORS).write(words)
        paths = {"paths.lexicon": str(words), "paths.data": str(data), "system.seed": seed}
        nlp = init_nlp(load_config(_CONFIG, overrides={**paths, **overrides}, interpolate=False))
        trained = Path(work) / "trained"
        trained.mkdir()
        run(nlp, trained)
        publish(trained / "model-best", out)
