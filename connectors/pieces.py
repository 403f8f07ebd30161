"""Text that was drawn out of a source, with the way back.

A text is a chain of pieces; each knows which part of the source it came from and how something else is written there.
Masks on the text become edits of the source, and what no mask touches stays as it is. The source is `str` (decoded
markup) or `bytes` (a raw header); offsets count its own units.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import AnyStr, Generic, NamedTuple


class Edit(NamedTuple, Generic[AnyStr]):
    """Replace `start:end` by `by`."""

    start: int
    end: int
    by: AnyStr


class Piece(NamedTuple, Generic[AnyStr]):
    """Text and where it came from.

    Where text and source are equally long they run in step; else the piece is replaced as one. `write` renders a
    replacement for this place. A `whole` piece (an encoded word) is always rewritten in full. `write` None: nothing
    of the source stands behind the text (a line break between two paragraphs).
    """

    text: str
    start: int
    end: int
    write: Callable[[str], AnyStr] | None
    whole: bool = False


def joined(pieces: Iterable[Piece[AnyStr]]) -> str:
    """The text of all pieces."""
    return "".join(piece.text for piece in pieces)


def merged(edits: Iterable[Edit[str]]) -> list[Edit[str]]:
    """The edits in order, overlapping ones joined into one that carries the first replacement."""
    result: list[Edit[str]] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if edit.start >= edit.end:
            continue
        if result and edit.start < result[-1].end:
            result[-1] = result[-1]._replace(end=max(edit.end, result[-1].end))
        else:
            result.append(edit)
    return result


def applied(source: AnyStr, edits: Sequence[Edit[AnyStr]]) -> AnyStr:
    """`source` with the edits made; they are in order and do not overlap."""
    parts: list[AnyStr] = []
    at = 0
    for edit in edits:
        parts += (source[at : edit.start], edit.by)
        at = edit.end
    parts.append(source[at:])
    return source[:0].join(parts)


def project(pieces: Sequence[Piece[AnyStr]], edits: Iterable[Edit[str]]) -> list[Edit[AnyStr]]:
    """Edits of the text as edits of the source, in order of the source."""
    ends = list(accumulate(len(piece.text) for piece in pieces))
    found: list[Edit[AnyStr]] = []
    rewritten: dict[int, list[Edit[str]]] = {}
    for edit in merged(edits):
        by = edit.by
        index = bisect_right(ends, edit.start)
        while index < len(pieces) and ends[index] - len(pieces[index].text) < edit.end:
            piece, base = pieces[index], ends[index] - len(pieces[index].text)
            low, high = max(edit.start - base, 0), min(edit.end - base, len(piece.text))
            index += 1
            if piece.write is None or low >= high:
                continue
            if piece.whole:
                rewritten.setdefault(index - 1, []).append(Edit(low, high, by))
            else:
                found.append(_placed(piece, low, high, by))
            by = ""  # the replacement stands once, where the masked text began
    for index, inner in rewritten.items():
        piece = pieces[index]
        if piece.write is not None:
            found.append(Edit(piece.start, piece.end, piece.write(applied(piece.text, inner))))
    return _one_per_place(found)


def _placed(piece: Piece[AnyStr], low: int, high: int, by: str) -> Edit[AnyStr]:
    assert piece.write is not None  # noqa: S101 - the caller has looked
    if len(piece.text) == piece.end - piece.start:
        return Edit(piece.start + low, piece.start + high, piece.write(by))
    return Edit(piece.start, piece.end, piece.write(by))


def _one_per_place(edits: list[Edit[AnyStr]]) -> list[Edit[AnyStr]]:
    """Two masks may touch the same indivisible piece: the first one's replacement stands."""
    result: list[Edit[AnyStr]] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if result and edit.start < result[-1].end:
            result[-1] = result[-1]._replace(end=max(edit.end, result[-1].end))
        else:
            result.append(edit)
    return result
