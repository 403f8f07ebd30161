"""The language pipelines behind detection: those that come with Redress, installed ones, or blank ones.

Nothing is ever downloaded. spaCy keeps every new word it meets in its vocabulary for ever; that would be personal data
in memory without end, so a text is processed in a memory zone and only plain strings leave it. Presidio's recognisers
therefore see `tokens` as a list of strings and `entities` as plain records, not spaCy objects.

A text is read paragraph by paragraph (`pii.paragraphs`), and a paragraph in which no two letters stand side by side is
not read at all: what a model finds in a paragraph depends on that paragraph alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from unicodedata import category

import spacy
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.attrs import LOWER
from spacy.language import Language
from threadpoolctl import ThreadpoolController

from pii import names_zh, tagger, tokens  # noqa: F401  (loading a pipeline needs its components registered)
from pii.errors import PiiError
from pii.paragraphs import paragraphs
from pii.products import quicken

if TYPE_CHECKING:
    from spacy.tokens import Doc

# Language models know these; the rest of what they yield (dates, money, nationalities) is not personal data by itself.
MODEL_ENTITIES = ("PERSON", "LOCATION", "ORGANIZATION")
_LABELS = {
    label: entity
    for entity, labels in {
        "PERSON": "PERSON PER PRS PS persName",
        "LOCATION": "LOCATION LOC GPE FAC LC GPE_LOC placeName geogName",
        "ORGANIZATION": "ORGANIZATION ORG OG GPE_ORG orgName",
    }.items()
    for label in labels.split()
}
# Words of forms and files that a small model may take for a person's name where they stand alone.
_NOT_PEOPLE = frozenset(
    "iban bic swift sepa vat ust ustid mwst tva pin tan ssn dob tel fax www http https url csv pdf doc docx xls xlsx ppt pptx odt "
    "ods txt rtf xml json html htm eml msg ics vcf png jpg jpeg gif bmp svg tif tiff mp3 mp4 zip gz exe".split()
)
SCORE = 0.85  # spaCy tells no confidence; Presidio's default

SHIPPED = Path(__file__).parent / "models"
_NO_NAMES = frozenset(
    "tagger morphologizer parser senter sentencizer attribute_ruler lemmatizer trainable_lemmatizer textcat".split()
)
_NAMEABLE = re.compile(r"[^\W\d_]{2}")
_BATCH = 12_000  # characters of paragraphs that a model reads at once

Entity = tuple[str, int, int]
"""Type, start and end of what a model found, in a paragraph or in a text."""


@dataclass(frozen=True)
class _Span:
    """An entity as Presidio's `SpacyRecognizer` wants it, free of spaCy."""

    label_: str
    start_char: int
    end_char: int


@dataclass(frozen=True)
class _Pipeline:
    """A loaded pipeline, the lock that guards its memory zones, and the digest of what it was loaded from."""

    nlp: Language
    blank: bool
    digest: str
    stop_words: frozenset[str]
    lock: Lock


class Pipelines(NlpEngine):
    """One pipeline per language.

    `models` gives by language `shipped`, `none`, the name of an installed package or the path of a folder; a language
    that it does not name has the shipped pipeline where there is one, else a blank one. `quick` False keeps spaCy's own
    matrix product. Loading raises PiiError for a model that is not there and a language that spaCy does not know.
    """

    def __init__(self, languages: Sequence[str], models: Mapping[str, str], *, quick: bool = True) -> None:
        self._names = {language: models.get(language, "") for language in languages}
        self._quick = quick
        self._loaded: dict[str, _Pipeline] = {}

    def load(self) -> None:
        """Loads every pipeline, from this machine only; one that is loaded in this process already is shared."""
        self._loaded = {
            language: _pipeline(language, _source(language, name), self._quick)
            for language, name in self._names.items()
        }

    def is_loaded(self) -> bool:
        """Whether `load` was called."""
        return bool(self._loaded)

    @property
    def with_model(self) -> tuple[str, ...]:
        """The languages whose pipeline can find names."""
        return tuple(language for language, pipeline in self._loaded.items() if not pipeline.blank)

    @property
    def digest(self) -> str:
        """Changes whenever a pipeline is another one."""
        return " ".join(f"{language}={pipeline.digest}" for language, pipeline in sorted(self._loaded.items()))

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Tokens, lemmas and entities of a text as plain strings and numbers, one paragraph after the other."""
        return self._process(text, language, read=True)

    def tokens_only(self, text: str, language: str) -> NlpArtifacts:
        """The same without entities: for a field whose type says that no name is in it."""
        return self._process(text, language, read=False)

    def no_tokens(self, language: str) -> NlpArtifacts:
        """Artifacts of nothing, which still tell stop words."""
        return NlpArtifacts([], [], [], [], self, language)  # type: ignore[arg-type]

    def entities(self, some: Sequence[str], language: str) -> list[tuple[Entity, ...]]:
        """The entities of many paragraphs, each as if it were read alone; quickest together.

        Matrix products run in one thread meanwhile: these are so small that a second costs as much as it saves.
        """
        pipeline = self._loaded[language]
        found: list[tuple[Entity, ...]] = [()] * len(some)
        wanted = [] if pipeline.blank else [i for i, words in enumerate(some) if _NAMEABLE.search(words)]
        wanted.sort(key=lambda i: len(some[i]))
        with pipeline.lock, pipeline.nlp.memory_zone(), _products().limit(limits=1, user_api="blas"):
            for batch in _batches(wanted, some):
                docs = pipeline.nlp.pipe([some[i] for i in batch], batch_size=len(batch))
                for i, doc in zip(batch, docs, strict=True):
                    found[i] = _entities(doc)
        return found

    def _process(self, text: str, language: str, *, read: bool) -> NlpArtifacts:
        pipeline = self._loaded[language]
        spans: Any = []
        words: Any = []
        starts, lemmas = [], []
        for paragraph in paragraphs(text):
            model = read and not pipeline.blank and _NAMEABLE.search(paragraph.words)
            with pipeline.lock, pipeline.nlp.memory_zone():
                doc = pipeline.nlp(paragraph.words) if model else pipeline.nlp.make_doc(paragraph.words)
                spans += [_Span(label, *paragraph.place(start, end)) for label, start, end in _entities(doc)]
                for token in doc:
                    words.append(token.text)
                    starts.append(paragraph.place(token.idx, token.idx + 1)[0])
                    lemmas.append(token.lower_)
        return NlpArtifacts(spans, words, starts, lemmas, self, language, [SCORE] * len(spans))

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Each text with its artifacts, one after the other."""
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:
        """Whether a word says nothing by itself."""
        return word.lower() in self._loaded[language].stop_words

    def is_punct(self, word: str, language: str) -> bool:
        """Whether a word is punctuation."""
        return all(category(char).startswith("P") for char in word)

    def get_supported_entities(self) -> list[str]:
        """What a pipeline may yield; blank ones yield nothing."""
        return list(MODEL_ENTITIES)

    def get_supported_languages(self) -> list[str]:
        """The languages there is a pipeline for."""
        return list(self._names)


@lru_cache(maxsize=1)
def _products() -> ThreadpoolController:
    return ThreadpoolController()


def _entities(doc: Doc) -> tuple[Entity, ...]:
    return tuple(
        (label, ent.start_char, ent.end_char)
        for ent in doc.ents
        if (label := _LABELS.get(ent.label_)) and not (label == "PERSON" and ent.text.lower() in _NOT_PEOPLE)
    )


def _batches(order: Sequence[int], some: Sequence[str]) -> Iterator[list[int]]:
    batch: list[int] = []
    size = 0
    for i in order:
        if batch and size + len(some[i]) > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(i)
        size += len(some[i])
    if batch:
        yield batch


def _source(language: str, name: str) -> str:
    """Where the pipeline of a language is loaded from; empty for a blank one."""
    folder = SHIPPED / language
    if name == "shipped" and not folder.is_dir():
        raise PiiError(
            f"No pipeline for {language!r} comes with Redress. Name an installed one in pii.models, or none."
        )
    if name in ("", "shipped"):
        return str(folder) if folder.is_dir() else ""
    if name == "none":
        return ""
    if spacy.util.is_package(name) or Path(name).is_dir():
        return name
    raise PiiError(
        f"The pipeline {name!r} for {language!r} is not installed, and models are never downloaded. "
        "Install its package or give the path of its folder."
    )


@lru_cache(maxsize=16)
def _pipeline(language: str, source: str, quick: bool) -> _Pipeline:
    nlp = _loaded(source) if source else _blank(language)
    if quick:
        for _, component in nlp.pipeline:
            if hasattr(component, "model"):
                quicken(component.model)
    stop_words = frozenset(word.lower() for word in nlp.Defaults.stop_words)
    return _Pipeline(nlp, not source, _digest(source), stop_words, Lock())


def _blank(language: str) -> Language:
    try:
        nlp = spacy.blank(language)
    except ImportError:
        raise PiiError(f"spaCy knows no language {language!r}. Use codes such as en or zh.") from None
    nlp.tokenizer = tokens.Words(nlp.vocab)
    # Of the two dozen attributes spaCy works out for each new word, this is the one that is used here.
    vocab: Any = nlp.vocab
    vocab.lex_attr_getters = {LOWER: str.lower}
    return nlp


def _loaded(source: str) -> Language:
    """A pipeline without what finds no names: taggers and parsers cost the most and tell us nothing."""
    try:
        return spacy.load(source, exclude=sorted(_NO_NAMES))
    except (OSError, ValueError, ImportError) as error:
        raise PiiError(
            f"The pipeline {source!r} cannot be loaded ({type(error).__name__}). Install the version that fits spaCy "
            f"{version('spacy')}, and what it needs."
        ) from None


def _digest(source: str) -> str:
    """What a pipeline is told apart by: every file of a folder, name and version of a package."""
    folder = Path(source)
    if not source or not folder.is_dir():
        return f"{source} {version(source) if source else version('spacy')}"
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            data = file.read_bytes()
            digest.update(f"{file.relative_to(folder)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:32]
