"""Masking found spans in a text. Nothing but the spans changes."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pii.errors import PiiError
from pii.labels import LABELS, NEVER_DISCLOSE

Operator: TypeAlias = Callable[[str, str], str]
"""Takes entity type and value, gives what stands in its place."""

DEFAULT = "DEFAULT"
_LABEL = "|".join(sorted(map(re.escape, LABELS), key=len, reverse=True))
_STAND_IN = re.compile(
    rf"\[?\b(?:(?:{_LABEL})(?:_[0-9a-f]{{12}})?|another person|andere Person|redacted)\b\]?|\[?他人\]"
)


class Found(Protocol):
    """What a span must tell; `presidio_analyzer.RecognizerResult` does."""

    @property
    def entity_type(self) -> str: ...

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def score(self) -> float: ...


@dataclass(frozen=True)
class Span:
    """A stretch of text, code points, end exclusive, that is one entity after merging."""

    entity_type: str
    start: int
    end: int
    score: float


def spans(results: Iterable[Found]) -> list[Span]:
    """Disjoint spans in text order. Results that overlap become one span over all of them, of the type with the highest
    score; on a tie the longer wins, then the first. Results that only touch stay apart."""
    merged: list[Span] = []
    best: list[Found] = []
    for result in sorted(results, key=lambda r: (r.start, -r.end, r.entity_type)):
        if merged and result.start < merged[-1].end:
            best[-1] = max(best[-1], result, key=lambda r: (r.score, r.end - r.start))
            end = max(merged[-1].end, result.end)
            merged[-1] = Span(best[-1].entity_type, merged[-1].start, end, best[-1].score)
        else:
            best.append(result)
            merged.append(Span(result.entity_type, result.start, result.end, result.score))
    return merged


def redact(text: str, results: Iterable[Found], operators: Mapping[str, Operator] | None = None) -> str:
    """`text` with every span replaced.

    `operators` gives the operator by entity type, `DEFAULT` for all others; without any, the type is written
    ("[PERSON]"). Raises PiiError for a span that lies outside the text, which means it belongs to another text.
    """
    operators = operators or {}
    default = operators.get(DEFAULT, label)
    parts: list[str] = []
    done = 0
    for span in spans(results):
        if not 0 <= span.start <= span.end <= len(text):
            raise PiiError("A span lies outside the text. Redact the same text that was analysed.")
        operator = operators.get(span.entity_type, default)
        parts += [text[done : span.start], operator(span.entity_type, text[span.start : span.end])]
        done = span.end
    return "".join([*parts, text[done:]])


def label(entity_type: str, value: str) -> str:
    """The type in brackets: "[EMAIL_ADDRESS]"."""
    return f"[{entity_type}]"


def remove(entity_type: str, value: str) -> str:
    """Nothing."""
    return ""


def partial(entity_type: str, value: str) -> str:
    """Letters and digits as asterisks but for the last few, at most a quarter of them and never more than four.

    Types that are never disclosed (11 CCR 7024(d)) show nothing: their label stands instead.
    """
    if entity_type in NEVER_DISCLOSE:
        return label(entity_type, value)
    marks = [i for i, char in enumerate(value) if char.isalnum()]
    hidden = set(marks[: len(marks) - min(4, len(marks) // 4)])
    return "".join("*" if i in hidden else char for i, char in enumerate(value))


def pseudonym(key: bytes) -> Operator:
    """An operator that gives the same value the same stand-in ("PERSON_1f0c5a92b3d4") wherever `key` is the same.

    Take a fresh key of at least 16 bytes for each request, so that stand-ins cannot be joined across requests. Values
    are compared without regard to case, width and spacing. Raises PiiError for a shorter key.
    """
    if len(key) < 16:
        raise PiiError("The key of pseudonyms is too short. Give at least 16 random bytes.")

    def operator(entity_type: str, value: str) -> str:
        plain = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
        digest = hmac.digest(key, f"{entity_type}\0{plain}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"{entity_type}_{digest[:6].hex()}"

    return operator


def is_stand_in(text: str, start: int, end: int) -> bool:
    """Whether `start:end` of a text is nothing but what an operator wrote: a label with or without its brackets, a
    pseudonym, or characters of which most are hidden."""
    around = max(0, start - 60)
    left = list(text[start:end])
    for match in _STAND_IN.finditer(text, around, end + 60):
        for at in range(max(match.start(), start), min(match.end(), end)):
            left[at - start] = ""
    shown = sum(map(str.isalnum, "".join(left)))
    return not shown or left.count("*") > 2 * shown
