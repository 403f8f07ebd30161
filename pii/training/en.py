"""Trains the English pipeline. It also reads the other European languages that have no pipeline of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import spacy
import torch

import pii.tokens  # noqa: F401
from pii.features import Lexicon
from pii.tagger import TAGS, attributes_of
from pii.training.corpora import Record, joined, on_tokens, read, score, table
from pii.training.generated import records as generated
from pii.training.lexicon import build
from pii.training.network import Coded, Schedule, Tagger, learn
from pii.training.publish import publish
from pii.training.variation import conventional, other_names, recapitalized, replaced

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from spacy.language import Language

_VECTORS = 50_000  # words that have one
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
_TESTS = ("en_ewt_test", "en_ewt_test_docs", "en_presidio_synth_v2")
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


def pipeline(words: Lexicon) -> Language:
    """A pipeline that has learnt nothing yet."""
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "redress.Words.v1"}}})
    features: Any = nlp.add_pipe("redress_features")
    features.use(words)
    nlp.add_pipe("redress_names", name="ner")
    return nlp


def _examples(nlp: Language, data: Path, seed: int) -> Iterator[Coded]:
    """Training examples without end, other ones each round."""
    corpora = [(source.share, split(data, source)[0]) for source in SOURCES]
    for at in count():
        for record in _round(Random(f"{seed}/{at}"), corpora):
            yield coded(nlp, record)


def coded(nlp: Language, record: Record) -> Coded:
    """What the network reads of a record, and the tags it should give."""
    doc = nlp.make_doc(record.text)
    tags = [TAGS.index(tag) if tag != "-" else -100 for tag in on_tokens(doc, record)]
    return attributes_of(doc), np.array(tags, np.int64)


def train(data: Path, out: Path, seed: int, words: Path | None = None, schedule: Schedule | None = None) -> None:
    """Trains, and writes the pipeline's folder. `words` is a folder that keeps the lexicon and vectors between runs."""
    torch.manual_seed(seed)
    lexicon, vectors = _lexicon(words)
    nlp = pipeline(lexicon)
    names: Any = nlp.get_pipe("ner")
    measured = development(data)
    schedule = schedule or Schedule()
    for step, loss, model in learn(Tagger(vectors, schedule.drop), _examples(nlp, data, seed), schedule):
        names.use(model.weights())
        figures = ", ".join(f"{label} {exact.f1:.3f}" for label, (exact, _) in score(nlp, measured).items())
        print(f"step {step}, loss {loss:.4f}, {figures}", flush=True)  # noqa: T201
        publish(nlp, out)


def measure(data: Path, out: Path) -> str:
    """The scores of the pipeline in the folder `out` on all that it was not trained on, as a table in Markdown."""
    sets = {name: list(map(conventional, read(data / f"{name}.jsonl"))) for name in (*_TESTS, *_DEVELOPMENT)}
    sets |= {f"{source.name}, held out": split(data, source)[1] for source in SOURCES if source.held_out}
    return table(spacy.load(out), sets)


def _lexicon(folder: Path | None) -> tuple[Lexicon, NDArray[np.float32]]:
    if folder and (folder / "vectors.npy").exists():
        return Lexicon.read(folder), np.load(folder / "vectors.npy")
    lexicon, vectors = build(_VECTORS)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        lexicon.write(folder)
        np.save(folder / "vectors.npy", vectors)
    return lexicon, vectors
