"""Masking a whole file: opened, read, judged, spliced, and then read again before anybody gets it.

A file goes out only when nothing that was masked is left in it: not in what our own readers find, not in what an independent
reader finds, and not in its raw bytes. Else there is no file, only the reason why.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cases.keeping import MACHINE, Judgement, Keep, Verdict
from connectors import documents
from connectors.contract import Mask, TextKind, Unreadable
from connectors.documents.drawing import BROKEN
from connectors.errors import Unsupported
from connectors.files import TOLERATED, File, Passage, open_file
from connectors.limits import DEFAULTS, Limits
from pii.analyzer import Analyzer
from pii.redact import DEFAULT, Operator, Span, is_stand_in, label, spans
from pii.redact.recurrence import Recurrence
from pii.redact.residue import residue

Find = Callable[[Sequence[Passage]], list[list[Span]]]
"""Finds personal data in passages: disjoint spans, in order, for each of them. Raises PartlyRead."""

NAMELESS = frozenset({"URL", "LOCATION", "ORGANIZATION"})
"""Entity types that name nobody by themselves: masked only when asked."""
_ROUNDS = 4  # a mask changes the words around it, and so what is found there


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a file was masked, step by step, and the size and SHA-256 of what came out: so that it can be made again from
    the same bytes without being kept. Holds no personal data but what stands in the place of masks."""

    steps: tuple[tuple[Mask, ...], ...]
    size: int
    sha256: str

    @property
    def masks(self) -> int:
        """How many places are masked."""
        return sum(map(len, self.steps))


@dataclass(frozen=True, slots=True)
class Redacted:
    """How it went. `data` is None when the file must be withheld: `withheld` is then a code (docs/cli.md has them).

    `judgements` cover everything that was found, `unread` what nobody could read and stayed in, `removed` what was taken
    out for that. `recipe` makes `data` out of the file again.
    """

    data: bytes | None
    judgements: tuple[Judgement, ...] = ()
    unread: tuple[Unreadable, ...] = ()
    removed: tuple[Unreadable, ...] = ()
    withheld: str = ""
    recipe: Recipe | None = None


class PartlyRead(Exception):
    """A passage would have taken too long to read to its end: what stands there is unknown."""


class _Withheld(Exception):
    """The file cannot go out; the text is the code."""


def detection(analyzer: Analyzer, labels: frozenset[str] | None = None) -> Find:
    """What the analyzer finds, each passage in the context of its field. Without `labels` all but `NAMELESS`."""
    wanted = labels or analyzer.entities - NAMELESS

    def find(passages: Sequence[Passage]) -> list[list[Span]]:
        texts, fields = [p.text for p in passages], [p.field or None for p in passages]
        found = analyzer.analyze(texts, fields=fields)
        if any(analysis.unread for analysis in found):
            raise PartlyRead
        return [
            [] if p.kind is TextKind.HEADER and MACHINE.fullmatch(p.field) else spans(r for r in hits if r.entity_type in wanted)
            for p, hits in zip(passages, found, strict=True)
        ]  # fmt: skip

    return find


def redact_file(
    data: bytes,
    name: str,
    media_type: str,
    find: Find,
    keep: Keep,
    operators: Mapping[str, Operator] | None = None,
    *,
    keys: bool = False,
    limits: Limits = DEFAULTS,
) -> Redacted:
    """The file with everything masked that is not the person's own. Never raises on bytes."""
    work = _Work(name, media_type, find, keep, operators or {}, keys, limits)
    try:
        result, why = work.run(data), ""
    except PartlyRead:
        result, why = None, "unread"
    except _Withheld as reason:
        result, why = None, str(reason)
    recipe = None
    if result is not None:
        recipe = Recipe(tuple(work.steps), len(result), hashlib.sha256(result).hexdigest())
    return Redacted(result, tuple(work.judged), tuple(work.unread), tuple(work.removed), why, recipe)


def again(data: bytes, name: str, media_type: str, recipe: Recipe, limits: Limits = DEFAULTS) -> bytes:
    """The file that `redact_file` made and checked, made once more. Raises `Unsupported` when the file is another one."""
    for masks in recipe.steps:
        data = open_file(data, name, media_type, limits, keys=True).masked(masks)
    if hashlib.sha256(data).hexdigest() != recipe.sha256:
        raise Unsupported("The file is not the one that was masked.", advice="Plan again from the record as it is now.")
    return data


class _Work:
    def __init__(
        self,
        name: str,
        media_type: str,
        find: Find,
        keep: Keep,
        operators: Mapping[str, Operator],
        keys: bool,
        limits: Limits,
    ) -> None:
        self.name, self.media_type, self.limits, self.keys = name, media_type, limits, keys
        self.find, self.keep, self.operators = find, keep, operators
        self.judged: list[Judgement] = []
        self.unread: list[Unreadable] = []
        self.removed: list[Unreadable] = []
        self.steps: list[tuple[Mask, ...]] = []
        self.values: set[str] = set()  # that were masked
        self.parts: set[str] = set()  # single words of masked names, where they stand alone
        self.written: set[str] = set()  # what stands in their place

    def run(self, data: bytes) -> bytes:
        file = self.open(data)
        self.unread += file.unread
        self.removed += file.removed
        if any(one.reason not in TOLERATED or not one.path for one in file.unread):
            raise _Withheld("unread")
        for _ in range(_ROUNDS):
            masks = self.masks(file)
            if not masks and not file.removed:
                break
            self.steps.append(tuple(masks))
            try:
                data = file.masked(masks)
            except Unsupported:
                raise _Withheld("fixed-place") from None
            file = self.open(data)
        else:
            raise _Withheld("not-settled")
        if self.steps:
            self.verify(data, file)
        return data

    def open(self, data: bytes) -> File:
        return open_file(data, self.name, self.media_type, self.limits, keys=self.keys)

    def masks(self, file: File) -> list[Mask]:
        """The masks of one round: what was found to be masked, and the same values wherever else they stand."""
        passages = file.passages
        found = [self.fresh(p, some) for p, some in zip(passages, self.find(passages), strict=True)]
        own = self.keep.evidence(passages)
        judged = self.keep.judge(passages, found, own)
        kept = {path: [(e.start, e.end) for e in some] for path, some in own.items()}
        masks: list[Mask] = []
        fixed = {passage.path for passage in passages if passage.fixed}
        for one in judged:
            if one.verdict.kept:
                kept.setdefault(one.path, []).append((one.span.start, one.span.end))
            else:
                self.values.add(one.text)
                self.parts |= self.keep.parts(one)
                masks.append(self.mask(one))
        self.judged += [one for one in judged if not one.verdict.kept or not self.steps]
        masks += self.recurring(passages, kept, masks)
        if any(mask.path in fixed for mask in masks):
            raise _Withheld("fixed-place")
        return masks

    def mask(self, one: Judgement) -> Mask:
        operator = self.operators.get(one.span.entity_type, self.operators.get(DEFAULT, label))
        by = operator(one.span.entity_type, one.text)
        self.written.add(by)
        return Mask(one.path, one.span.start, one.span.end, by)

    def recurring(
        self, passages: Sequence[Passage], kept: Mapping[str, Sequence[tuple[int, int]]], masks: Sequence[Mask]
    ) -> list[Mask]:
        taken: dict[str, list[tuple[int, int]]] = {path: list(places) for path, places in kept.items()}
        for mask in masks:
            taken.setdefault(mask.path, []).append((mask.start, mask.end))
        labels = {_plain(one.text): one.span.entity_type for one in self.judged}
        search = Recurrence(self.values | self.parts)
        more: list[Mask] = []
        for passage in passages:
            busy = sorted(taken.get(passage.path, ()))
            for start, end in _outside(search.find(passage.text), busy):
                text = passage.text[start:end]
                span = Span(labels.get(_plain(text), "PERSON"), start, end, 1.0)
                found = Judgement(passage.path, span, text, Verdict.OTHER, "recurs")
                if not self.stands_in(passage.text, start, end):
                    self.judged.append(found)
                    more.append(self.mask(found))
        return more

    def fresh(self, passage: Passage, found: Sequence[Span]) -> list[Span]:
        """Without what an operator wrote, of this run or of an earlier one."""
        return [span for span in found if not self.stands_in(passage.text, span.start, span.end)]

    def stands_in(self, text: str, start: int, end: int) -> bool:
        return text[start:end] in self.written or is_stand_in(text, start, end)

    def verify(self, data: bytes, file: File) -> None:
        """Raise `_Withheld` when a masked value is still there. A value that also stands in what was kept is looked for
        where it can be told apart only."""
        if any(one.reason not in TOLERATED for one in file.unread):
            raise _Withheld("unread-after")
        self.sweep(file.passages, self.values)
        both = {_plain(one.text) for one in self.judged if one.verdict.kept} | {_plain(text) for text in self.written}
        plain = {value for value in self.values if not any(_plain(value) in text for text in both)}
        self.sweep(self.afresh(data), plain)
        if any(residue(part, plain) for part in _raw(data)):
            raise _Withheld("left-over")

    def sweep(self, passages: Sequence[Passage], values: set[str]) -> None:
        found = [self.fresh(p, some) for p, some in zip(passages, self.find(passages), strict=True)]
        own = self.keep.evidence(passages)
        kept = {path: [(e.start, e.end) for e in some] for path, some in own.items()}
        for one in self.keep.judge(passages, found, own):
            if one.verdict.kept:
                kept.setdefault(one.path, []).append((one.span.start, one.span.end))
        search = Recurrence(values)
        for passage in passages:
            left = _outside(search.find(passage.text), sorted(kept.get(passage.path, ())))
            if any(not self.stands_in(passage.text, start, end) for start, end in left):
                raise _Withheld("left-over")

    def afresh(self, data: bytes) -> list[Passage]:
        """What the readers of searches find, which know nothing of ours."""
        texts, _ = documents.read(data, self.name, self.media_type, self.limits)
        return [Passage(f"afresh:{index}", text) for index, (_, text) in enumerate(texts)]


def _outside(places: Iterable[tuple[int, int]], busy: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the places that touch none of the busy ones; both in order."""
    found: list[tuple[int, int]] = []
    index = 0
    reach = 0
    for start, end in places:
        while index < len(busy) and busy[index][0] < end:
            reach = max(reach, busy[index][1])
            index += 1
        if reach <= start:
            found.append((start, end))
    return found


def _raw(data: bytes) -> list[bytes]:
    """The bytes themselves, and those of every member of an archive."""
    parts = [data]
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                parts += (archive.read(entry) for entry in archive.infolist())
        except BROKEN:
            raise _Withheld("unread-after") from None
    return parts


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
