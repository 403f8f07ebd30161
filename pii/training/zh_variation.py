"""Varying annotated Chinese text: other names in place of those that stand there, and other words between them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING

from pii.training.corpora import Record
from pii.training.zh_names import Names, surnames, words

if TYPE_CHECKING:
    from pii.units_zh import Segmenter

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z][A-Za-z .'-]+")
# Parts of speech and the like, as LAC calls them, whose words can stand for one another without giving a name.
_OPEN = frozenset("n nz v vn a ad d nw s f".split())


def other_names(rng: Random, names: Names) -> Callable[[str, str], str | None]:
    """A replacement for `variation.replaced`: a name of the same sort, or None to keep the one that is there."""

    def replacement(old: str, label: str) -> str | None:
        if label == "PERSON":
            return _person(names, old) if rng.random() < 0.8 else None
        if label == "LOCATION":
            return names.place() if len(old) > 1 and rng.random() < 0.5 else None
        return names.organization() if len(old) > 2 and rng.random() < 0.3 else None

    return replacement


def _person(names: Names, old: str) -> str | None:
    if "·" in old or "‧" in old:
        return names.foreign()
    if _LATIN.fullmatch(old):
        return names.latin() if " " in old else names.english()
    if not _HAN.fullmatch(old):
        return None
    sounds = sum(c in _sounds() for c in old)
    if len(old) > 1 and sounds > 0.7 * len(old):
        return names.foreign()
    if (old[0] in surnames() and len(old) in (2, 3)) or old[:2] in words("double surnames"):
        return names.chinese()
    return names.japanese() if len(old) == 4 else None


def _sounds() -> frozenset[str]:
    return frozenset("".join((*words("syllables of transliterations"), *words("ends of transliterations"))))


class OtherWords:
    """Puts other words of the same kind and length in place of words outside of names. `kinds` tells a word's kind."""

    def __init__(self, segmenter: Segmenter, kinds: Mapping[str, str]) -> None:
        self._segmenter = segmenter
        self._kinds = kinds
        self._alike: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word, kind in kinds.items():
            if kind in _OPEN:
                self._alike[kind, len(word)].append(word)

    def __call__(self, rng: Random, record: Record, share: float = 0.2) -> Record:
        """The record with about a `share` of its words replaced; offsets stay."""
        text = record.text
        _, starts = self._segmenter.units(self._segmenter.points(text))
        changed = list(text)
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(text)], strict=True):
            alike = self._alike.get((self._kinds.get(text[start:end], ""), end - start))
            if alike and rng.random() < share and all(end <= a or b <= start for a, b, _ in record.spans):
                changed[start:end] = rng.choice(alike)
        return Record("".join(changed), record.spans)
