"""What an opened file shows, and files that are one text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from connectors import charset
from connectors.contract import Mask, TextKind, Unreadable
from connectors.errors import Unsupported
from connectors.pieces import Edit, Piece, applied, joined, project

TOLERATED = frozenset({"picture", "media"})
"""Reasons for which a part stays in a masked file although nobody could read it."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of readable text; offsets of a `Mask` at its `path` count its code points.

    `field` is the name of the column, key or header it is the value of. What shares one of its `groups` stands in the
    same row or object. A `fixed` one is read, but cannot be masked.
    """

    path: str
    text: str
    field: str = ""
    groups: tuple[str, ...] = ()
    fixed: bool = False
    kind: TextKind = TextKind.BODY


class File(Protocol):
    """An opened file. An `Unreadable` with an empty path is the file itself."""

    @property
    def passages(self) -> Sequence[Passage]: ...

    @property
    def unread(self) -> Sequence[Unreadable]: ...

    @property
    def removed(self) -> Sequence[Unreadable]:
        """Parts that could not be read and that `masked` takes out, whatever the masks are."""
        ...

    def masked(self, masks: Sequence[Mask]) -> bytes:
        """The file with every mask applied. Raises `Unsupported` for a place that is not there or cannot be written."""
        ...


class Region(NamedTuple):
    """A passage with the pieces of the source it was read from."""

    passage: Passage
    pieces: Sequence[Piece[str]]


class Tied(NamedTuple):
    """An edit that is made when another one touches `start:end` (a cell that becomes text, initials of an author)."""

    start: int
    end: int
    edit: Edit[str]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A file that cannot be read, and why."""

    data: bytes
    reason: str

    passages: Sequence[Passage] = ()
    removed: Sequence[Unreadable] = ()

    @property
    def unread(self) -> Sequence[Unreadable]:
        return (Unreadable("", self.reason),)

    def masked(self, masks: Sequence[Mask]) -> bytes:
        if masks:
            raise no_place()
        return self.data


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that is one text: `source` is what the codec gave. Guessed charsets are written to in ASCII only."""

    data: bytes
    source: str
    codec: str
    regions: Sequence[Region]
    guessed: bool = False
    tied: Sequence[Tied] = ()
    unread: Sequence[Unreadable] = ()
    removed: Sequence[Unreadable] = field(default=())

    @property
    def passages(self) -> Sequence[Passage]:
        return [region.passage for region in self.regions]

    def masked(self, masks: Sequence[Mask]) -> bytes:
        edits = edits_of(self.regions, masks, self.tied)
        if not edits:
            return self.data
        made = charset.edits_of_bytes(self.data, self.source, self.codec, edits, self.guessed)
        return applied(self.data, made)


def edits_of(regions: Iterable[Region], masks: Sequence[Mask], tied: Sequence[Tied] = ()) -> list[Edit[str]]:
    """Masks of passages as edits of their common source, in order."""
    wanted = by_path(masks)
    edits: list[Edit[str]] = []
    for region in regions:
        spans = wanted.pop(region.passage.path, None)
        if spans is None:
            continue
        check(region.passage, spans)
        edits += project(region.pieces, spans)
    if wanted:
        raise no_place()
    edits.sort(key=lambda edit: (edit.start, edit.end))
    return _with_tied(edits, tied)


def by_path(masks: Sequence[Mask]) -> dict[str, list[Edit[str]]]:
    """The masks by the path of their passage."""
    found: dict[str, list[Edit[str]]] = {}
    for mask in masks:
        found.setdefault(mask.path, []).append(Edit(mask.start, mask.end, mask.replacement))
    return found


def check(passage: Passage, spans: Sequence[Edit[str]]) -> None:
    """Raise `Unsupported` for spans that are not of this passage, or that cannot be written."""
    if passage.fixed:
        raise Unsupported("This place of the file cannot be masked.", advice="Hold the file back.")
    if any(not 0 <= span.start <= span.end <= len(passage.text) for span in spans):
        raise Unsupported("A mask lies outside its text.", advice="Read the file again, then mask it.")


def no_place() -> Unsupported:
    """The error for a mask that points nowhere."""
    return Unsupported("The file has no text at this place.", advice="Read the file again, then mask it.")


def region(path: str, pieces: Sequence[Piece[str]], **more: object) -> Region:
    """A region whose passage is the text of the pieces."""
    return Region(Passage(path, joined(pieces), **more), pieces)  # type: ignore[arg-type]


def _with_tied(edits: list[Edit[str]], tied: Sequence[Tied]) -> list[Edit[str]]:
    """The edits with those that are tied to them, but for what one of them replaces anyway."""
    if not edits or not tied:
        return edits
    index, result = 0, [(edit, False) for edit in edits]
    for one in sorted(tied):
        while index < len(edits) and edits[index].end <= one.start:
            index += 1
        if index < len(edits) and edits[index].start < one.end:
            result.append((one.edit, True))
    result.sort(key=lambda pair: (pair[0].start, pair[0].end, pair[1]))
    kept: list[Edit[str]] = []
    for edit, is_tied in result:
        if not (is_tied and kept and edit.start < kept[-1].end):
            kept.append(edit)
    return kept
