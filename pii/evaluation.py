"""How well a detection does: precision, recall and F1 against texts in which somebody marked what is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Span = tuple[int, int, str]
"""Start and end in code points, end exclusive, and label."""


@dataclass
class Counts:
    """How many spans of one label were marked, were found, and were right.

    `exact`: start and end agree. `met`: marked spans that some found span of the label overlaps; `sound`: found spans
    that overlap some marked span of the label.
    """

    marked: int = 0
    found: int = 0
    exact: int = 0
    met: int = 0
    sound: int = 0

    def add(self, marked: Sequence[tuple[int, int]], found: Sequence[tuple[int, int]]) -> None:
        """Count the spans of one text, each list without repetition."""
        self.marked += len(marked)
        self.found += len(found)
        self.exact += len(set(marked) & set(found))
        self.met += sum(1 for one in marked if any(_overlap(one, other) for other in found))
        self.sound += sum(1 for one in found if any(_overlap(one, other) for other in marked))

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in Counts.__dataclass_fields__))

    def figures(self) -> dict[str, object]:
        """The counts, and precision, recall and F1 by exact and by overlapping span; a share of nothing is None."""
        return {
            "marked": self.marked,
            "found": self.found,
            "exact": _figures(_share(self.exact, self.found), _share(self.exact, self.marked)),
            "overlap": _figures(_share(self.sound, self.found), _share(self.met, self.marked)),
        }


@dataclass
class Evaluation:
    """Counts by label over many texts."""

    labels: tuple[str, ...]
    counts: dict[str, Counts] = field(default_factory=dict)
    texts: int = 0

    def add(self, marked: Iterable[Span], found: Iterable[Span]) -> None:
        """Count one text; labels that are not asked for do not count."""
        self.texts += 1
        marked, found = set(marked), set(found)
        for label in self.labels:
            ours = [sorted((start, end) for start, end, of in some if of == label) for some in (marked, found)]
            self.counts.setdefault(label, Counts()).add(*ours)

    def figures(self) -> dict[str, object]:
        """All figures: by label, and of all labels together."""
        every = sum((self.counts.get(label, Counts()) for label in self.labels), Counts())
        by_label = {label: self.counts.get(label, Counts()).figures() for label in self.labels}
        return {"texts": self.texts, "labels": by_label, "all": every.figures()}


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _figures(precision: float | None, recall: float | None) -> dict[str, float | None]:
    f1 = None
    if precision is not None and recall is not None:
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    figures = {"precision": precision, "recall": recall, "f1": f1}
    return {name: None if figure is None else round(figure, 4) for name, figure in figures.items()}
