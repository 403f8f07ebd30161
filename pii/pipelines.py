"""The language pipelines behind detection: a blank spaCy pipeline per language, or an installed one.

Nothing is ever downloaded. spaCy keeps every new word it meets in its vocabulary for ever; that would be personal data
in memory without end, so a text is processed in a memory zone and only plain strings leave it. Presidio's recognisers
therefore see `tokens` as a list of strings and `entities` as plain records, not spaCy objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from unicodedata import category

import spacy
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.attrs import LOWER
from spacy.language import Language
from spacy.tokens import Doc

from pii.errors import PiiError

if TYPE_CHECKING:
    from spacy.vocab import Vocab

# Language models know these; the rest of what they yield (dates, money) is not personal data by itself.
MODEL_ENTITIES = ("PERSON", "LOCATION", "ORGANIZATION")
_LABELS = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "LOCATION": "LOCATION",
    "LOC": "LOCATION",
    "GPE": "LOCATION",
    "ORGANIZATION": "ORGANIZATION",
    "ORG": "ORGANIZATION",
}
_MODEL_SCORE = 0.85  # spaCy tells no confidence; Presidio's default

_TOKEN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]|[^\W\u2e80-\u9fff]{1,64}|\s+|[^\w\s]|\w")


@Language.component("lower_as_lemma")
def lower_as_lemma(doc: Doc) -> Doc:
    """Copies LOWER into LEMMA, which is all that context words need."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


class _Words:
    """A tokeniser in linear time: spaCy's own strips punctuation one by one, so that a line of brackets stalls it."""

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        words = _TOKEN.findall(text)
        return Doc(self._vocab, words=words, spaces=[False] * len(words))


@dataclass(frozen=True)
class Entity:
    """What a language model found, free of spaCy."""

    label_: str
    start_char: int
    end_char: int


class Pipelines(NlpEngine):
    """One pipeline per language. `models` names installed packages or folders; other languages get a blank one.

    Raises PiiError, on `load`, for a model that is not installed.
    """

    def __init__(self, languages: Sequence[str], models: Mapping[str, str]) -> None:
        self._names = {language: models.get(language, "") for language in languages}
        self._nlp: dict[str, Language] = {}
        self._stop_words: dict[str, frozenset[str]] = {}
        self._lock = Lock()

    def load(self) -> None:
        """Loads every pipeline, from this machine only."""
        self._nlp = {language: _pipeline(language, name) for language, name in self._names.items()}
        self._stop_words = {language: frozenset(nlp.Defaults.stop_words) for language, nlp in self._nlp.items()}

    def is_loaded(self) -> bool:
        """Whether `load` was called."""
        return bool(self._nlp)

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Tokens, lemmas and entities of a text as plain strings and numbers."""
        nlp = self._nlp[language]
        with self._lock, nlp.memory_zone():  # spaCy's memory zones are not made for threads
            doc = nlp(text)
            found: Any = [
                Entity(_LABELS[ent.label_], ent.start_char, ent.end_char) for ent in doc.ents if ent.label_ in _LABELS
            ]
            words: Any = []
            starts, lemmas = [], []
            for token in doc:
                words.append(token.text)
                starts.append(token.idx)
                lemmas.append(token.lemma_)
            return NlpArtifacts(
                entities=found,
                tokens=words,
                tokens_indices=starts,
                lemmas=lemmas,
                nlp_engine=self,
                language=language,
                scores=[_MODEL_SCORE] * len(found),
            )

    def process_batch(
        self, texts: Iterable[str], language: str, batch_size: int = 1, n_process: int = 1, **kwargs: Any
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        """Each text with its artifacts, one after the other."""
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:
        """Whether a word says nothing by itself."""
        return word.lower() in self._stop_words[language]

    def is_punct(self, word: str, language: str) -> bool:
        """Whether a word is punctuation."""
        return all(category(char).startswith("P") for char in word)

    def get_supported_entities(self) -> list[str]:
        """What an installed pipeline may yield; blank ones yield nothing."""
        return list(MODEL_ENTITIES)

    def get_supported_languages(self) -> list[str]:
        """The languages there is a pipeline for."""
        return list(self._names)


def _pipeline(language: str, model: str) -> Language:
    if not model:
        try:
            nlp = spacy.blank(language)
        except ImportError:
            raise PiiError(f"spaCy knows no language {language!r}. Use codes such as en or zh.") from None
        nlp.tokenizer = _Words(nlp.vocab)
        # Of the two dozen attributes spaCy works out for each new word, this is the one that is used here.
        vocab: Any = nlp.vocab
        vocab.lex_attr_getters = {LOWER: str.lower}
    elif spacy.util.is_package(model) or Path(model).is_dir():
        nlp = spacy.load(model)
    else:
        raise PiiError(
            f"The pipeline {model!r} for {language!r} is not installed, and models are never downloaded. "
            "Install its package or give the path of its folder."
        )
    if "lemmatizer" not in nlp.pipe_names:
        nlp.add_pipe("lower_as_lemma")
    return nlp
