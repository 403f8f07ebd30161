"""Varying annotated text: other names in place of those that stand there, other capitals, other line ends.

A pipeline that sees the same sentence with other names each time learns what surrounds a name instead of the name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from random import Random

from pii.training import names
from pii.training.corpora import Record, Span

_TITLE = re.compile(
    r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|President|Prime Minister|Senator|Sen|Rep|Sir|Dame|Judge|Justice|Rev|Reverend|"
    r"Captain|Capt|General|Gen|Lt|Lieutenant|Col|Colonel|Major|Governor|Gov|Mayor|Secretary|Chancellor|Minister|"
    r"Ambassador|Coach|Imam|Ayatollah|Sheikh|Shaikh|Pope|Lord|Lady|King|Queen|Prince|Princess|Herr|Frau|Mme|M)\.?\s+(?=\S{2})"
)
_KEPT_TITLES = (
    "Pope",
    "Lord",
    "Lady",
    "King",
    "Queen",
    "Prince",
    "Princess",
)  # these are part of how the person is known
_POSSESSIVE = re.compile(r"\s?['’]s?$")
_INITIAL = re.compile(r"[A-Z]\.?")
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?")


def conventional(record: Record) -> Record:
    """The record with spans as our corpora of reference draw them: no title before a name, no possessive after it, no
    @handle, hashtag or mail address."""
    return Record(record.text, tuple(s for span in record.spans if (s := _drawn(record.text, span)) is not None))


def _drawn(text: str, span: Span) -> Span | None:
    start, end, label = span
    if re.search(r"[@#]\s?$", text[:start]) or text[start] in "@#" or re.match(r"\s?@", text[end:]):
        return None
    if label == "PERSON":
        while (title := _TITLE.match(text[start:end])) and not title[0].startswith(_KEPT_TITLES):
            start += title.end()
        if possessive := _POSSESSIVE.search(text[start:end]):
            end = start + possessive.start()
    return (start, end, label) if start < end else None


def replaced(record: Record, replacement: Callable[[str, str], str | None]) -> Record:
    """The record with each span's text replaced; None keeps it. The same name gets the same replacement."""
    chosen: dict[tuple[str, str], str] = {}
    parts: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for start, end, label in record.spans:
        old = record.text[start:end]
        if (label, old) not in chosen:
            chosen[label, old] = replacement(old, label) or old
        new = chosen[label, old]
        parts += [record.text[at:start], new]
        length += start - at
        spans.append((length, length + len(new), label))
        length += len(new)
        at = end
    return Record("".join([*parts, record.text[at:]]), tuple(spans))


def other_names(
    rng: Random, people: float = 0.6, places: float = 0.4, organizations: float = 0.25
) -> Callable[[str, str], str | None]:
    """A replacement for `replaced`: the chances are per name, people of one text mostly share a culture."""
    culture = names.person(rng).culture if rng.random() < 0.4 else ""

    def replacement(old: str, label: str) -> str | None:
        if label == "PERSON":
            return _person(rng, old, culture) if rng.random() < people else None
        if label == "LOCATION":
            return _place(rng, old) if rng.random() < places else None
        return _organization(rng, old) if rng.random() < organizations else None

    return replacement


def _like(old: str, new: str) -> str:
    if old.isupper() and len(old) > 2:
        return new.upper()
    return new.lower() if old.islower() else new


@cache
def _given() -> frozenset[str]:
    return frozenset(w.lower() for pool in names.cultures().values() for w in pool.given)


@cache
def _cities() -> frozenset[str]:
    return frozenset(c.lower() for c in names.places().cities)


@cache
def _countries() -> frozenset[str]:
    return frozenset(c.lower() for c in names.places().countries)


@cache
def _regions() -> frozenset[str]:
    return frozenset(r.lower() for r in names.places().regions)


def _person(rng: Random, old: str, culture: str) -> str | None:
    """Another name of the same form: initials stay initials, one word stays one word."""
    words = old.split()
    if not words or any(c.isdigit() for c in old) or len(words) > 4:
        return None
    new = names.person(rng, culture)
    if len(words) == 1:
        return _like(old, new.given if old.lower() in _given() else new.family)
    kept = [w for w in words[1:] if _SUFFIX.fullmatch(w)]
    middle = [
        f"{rng.choice('ABCDEFGHJKLMNPRSTW')}." if _INITIAL.fullmatch(w) else names.person(rng, new.culture).given
        for w in words[1 : -1 - len(kept)]
        if rng.random() < 0.8
    ]
    first = f"{new.given[0]}." if _INITIAL.fullmatch(words[0]) else new.given
    if words[0].endswith(","):
        return _like(old, f"{new.family}, {' '.join([new.given, *middle])}")
    if len(words) - len(kept) == 1:
        return _like(old, " ".join([new.given, *kept]))
    return _like(old, " ".join([first, *middle, new.family, *kept]))


def _place(rng: Random, old: str) -> str | None:
    """Another place of the same kind, where the kind is known."""
    if old.lower() in _countries():
        return _like(old, rng.choice(names.places().countries))
    if len(old) == 2 and old in names.places().states:
        return rng.choice(names.places().states)
    if old.lower() in _regions():
        return _like(old, rng.choice(names.places().regions))
    return _like(old, names.city(rng)) if old.lower() in _cities() else None


def _organization(rng: Random, old: str) -> str | None:
    """Another organisation; abbreviations stay."""
    return None if old.isupper() or old.startswith(("The ", "the ")) else _like(old, names.organization(rng))


def recapitalized(rng: Random, record: Record) -> Record:
    """The record all in lower case, all in capitals, or with names in one of them; offsets stay."""
    kind = rng.random()
    if kind < 0.55:
        return _mapped(record, str.lower)
    if kind < 0.75:
        return _mapped(record, str.upper)
    text = list(record.text)
    change = str.lower if kind < 0.88 else str.upper
    for start, end, label in record.spans:
        if label == "PERSON":
            text[start:end] = [_single(change, c) for c in text[start:end]]
    return Record("".join(text), record.spans)


def _mapped(record: Record, change: Callable[[str], str]) -> Record:
    return Record("".join(_single(change, c) for c in record.text), record.spans)


def _single(change: Callable[[str], str], char: str) -> str:
    changed = change(char)
    return changed if len(changed) == 1 else char
