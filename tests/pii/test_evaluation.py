"""Figures against marked texts, one span per mention, and the comparison with the plain engine."""

from __future__ import annotations

import pytest

from pii.comparison import compare
from pii.evaluation import Evaluation
from pii.reading import Item
from pii.redact import Span
from pii.resolve import resolve


def figures(marked: list[tuple[int, int, str]], found: list[tuple[int, int, str]]) -> tuple[object, object]:
    evaluation = Evaluation(("PERSON",))
    evaluation.add(marked, found)
    person = evaluation.figures()["labels"]["PERSON"]  # type: ignore[index]
    return tuple(tuple(person[how].values()) for how in ("exact", "overlap"))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("marked", "found", "exact", "overlap"),
    [
        ([(0, 4, "PERSON")], [(0, 4, "PERSON")], (1, 1, 1), (1, 1, 1)),
        ([(0, 4, "PERSON")], [(0, 3, "PERSON")], (0, 0, 0), (1, 1, 1)),
        ([(0, 4, "PERSON")], [(4, 6, "PERSON")], (0, 0, 0), (0, 0, 0)),
        ([(0, 4, "PERSON")], [(0, 4, "LOCATION")], (None, 0, None), (None, 0, None)),
        ([], [(0, 4, "PERSON")], (0, None, None), (0, None, None)),
        ([], [], (None, None, None), (None, None, None)),
        ([(0, 4, "PERSON"), (5, 9, "PERSON")], [(0, 9, "PERSON")], (0, 0, 0), (1, 1, 1)),
        ([(0, 4, "PERSON"), (5, 9, "PERSON")], [(5, 9, "PERSON")] * 2, (1, 0.5, 0.6667), (1, 0.5, 0.6667)),
    ],
)
def test_figures(
    marked: list[tuple[int, int, str]], found: list[tuple[int, int, str]], exact: object, overlap: object
) -> None:
    assert figures(marked, found) == (exact, overlap)


@pytest.mark.parametrize(
    ("results", "kept"),
    [
        ([("PERSON", 0, 4, 0.8), ("PERSON", 0, 9, 0.8)], [(0, 9)]),
        ([("PERSON", 0, 4, 0.9), ("PERSON", 0, 9, 0.8)], [(0, 4)]),
        ([("PERSON", 0, 4, 0.8), ("PERSON", 4, 9, 0.7)], [(0, 4), (4, 9)]),
        ([("PERSON", 0, 6, 0.7), ("PERSON", 4, 9, 0.8), ("PERSON", 8, 12, 0.7)], [(4, 9)]),
        ([("PERSON", 0, 4, 0.8), ("EMAIL_ADDRESS", 0, 9, 1.0)], [(0, 4), (0, 9)]),
        ([], []),
    ],
)
def test_one_span_per_mention(results: list[tuple[str, int, int, float]], kept: list[tuple[int, int]]) -> None:
    assert [(one.start, one.end) for one in resolve(Span(*result) for result in results)] == kept


def test_comparison() -> None:
    items = [Item("Dear Ms Example, call 030 23125 123."), Item("1990-01-02", field="dob"), Item("")]
    done = compare(items, ("en", "zh"), "DE", {})
    assert (done.texts, done.different, done.unread) == (3, (), ())
    assert done.findings == 3
    assert done.ratio > 0
