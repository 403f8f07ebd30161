"""Annotated text: reading it, making documents of it, and scoring what a pipeline finds in it.

A record is a text with spans `(start, end, label)`; offsets are code points, the end is exclusive.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

LABELS = ("PERSON", "LOCATION", "ORGANIZATION")

Span = tuple[int, int, str]


@dataclass(frozen=True)
class Record:
    """A text and its spans, in text order and without overlap."""

    text: str
    spans: tuple[Span, ...]


def read(path: Path) -> Iterator[Record]:
    """The records of a JSON-lines file; of overlapping spans the longest stays, other labels than ours are dropped."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Record(row["text"], disjoint((a, b, label) for a, b, label in row["spans"] if label in LABELS))


def disjoint(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in text order; of overlapping ones the longest stays."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: s[0] - s[1]):
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    return tuple(sorted(kept))


def joined(records: Sequence[Record], glue: str) -> Record:
    """Several records as one."""
    text, spans = "", []
    for record in records:
        text += glue if text else ""
        spans += [(a + len(text), b + len(text), label) for a, b, label in record.spans]
        text += record.text
    return Record(text, tuple(spans))


def on_tokens(doc: Doc, record: Record) -> list[str]:
    """The tag of each token; a span that cuts through a token makes its tokens unknown (`-`), not wrong."""
    tags = ["O"] * len(doc)
    for start, end, label in record.spans:
        span = doc.char_span(start, end, label=label, alignment_mode="expand")
        if span is None or not len(span):
            continue
        if (span.start_char, span.end_char) != (start, end):
            tags[span.start : span.end] = ["-"] * len(span)
        elif len(span) == 1:
            tags[span.start] = f"U-{label}"
        else:
            tags[span.start : span.end] = [f"B-{label}", *[f"I-{label}"] * (len(span) - 2), f"L-{label}"]
    return tags


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of one label."""

    precision: float
    recall: float
    f1: float
    support: int


def score(nlp: Language, records: Iterable[Record]) -> dict[str, tuple[Score, Score]]:
    """Per label: the score of exact spans, and of spans that overlap one of the same label."""
    counts: dict[str, Counter[str]] = {label: Counter() for label in LABELS}
    gold = list(records)
    for record, doc in zip(gold, nlp.pipe(record.text for record in gold), strict=True):
        found = [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]
        for label in LABELS:
            is_, want = [s for s in found if s[2] == label], [s for s in record.spans if s[2] == label]
            counts[label] += Counter(
                found=len(is_),
                wanted=len(want),
                exact=len(set(is_) & set(want)),
                hit=sum(any(a < d and c < b for c, d, _ in want) for a, b, _ in is_),
                reached=sum(any(a < d and c < b for c, d, _ in is_) for a, b, _ in want),
            )
    return {label: _scores(count) for label, count in counts.items()}


def table(nlp: Language, sets: Mapping[str, Sequence[Record]]) -> str:
    """Scores as a table in Markdown: a line for each set and label that occurs in it."""
    lines = ["| set | label | names | exact P / R / F1 | overlap P / R / F1 |", "|---|---|---|---|---|"]
    for name, records in sets.items():
        for label, pair in score(nlp, records).items():
            if pair[0].support:
                figures = (f"{s.precision:.3f} / {s.recall:.3f} / **{s.f1:.3f}**" for s in pair)
                lines.append(" | ".join((f"| {name}", label, str(pair[0].support), *figures)) + " |")
    return "\n".join(lines)


def _scores(count: Counter[str]) -> tuple[Score, Score]:
    return (
        _score(count["exact"], count["exact"], count["found"], count["wanted"]),
        _score(count["hit"], count["reached"], count["found"], count["wanted"]),
    )


def _score(right: int, reached: int, found: int, wanted: int) -> Score:
    precision = right / found if found else 0.0
    recall = reached / wanted if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return Score(precision, recall, f1, wanted)
