"""What PDFium, the reader in most browsers, makes of a page: every character with its place. It is the judge of our own
reading: where both differ, nothing is masked."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from connectors.files.pdf_content import Glyph, Point, Uncertain

_HYPHENS = frozenset({"\x02", "\ufffe", "\u00ad"})  # how PDFium marks a hyphen at the end of a line
_NEAR = 0.75  # points: a glyph that stays has not moved


class Character(NamedTuple):
    """A character of a page; a space or line break that PDFium made up has no object."""

    text: str
    origin: Point
    box: tuple[float, float, float, float]  # left, bottom, right, top, with the height of the whole font
    object: int  # number of its text object in the order of the content; -1 for none


@dataclass(slots=True)
class Seen:
    """A page as PDFium shows it. `pictures` are boxes that images cover."""

    characters: list[Character] = field(default_factory=list)
    objects: int = 0
    pictures: list[tuple[float, float, float, float]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """A code point for each character."""
        return "".join(one.text for one in self.characters)

    def by_object(self) -> list[list[int]]:
        """The characters of every text object, by number."""
        found: list[list[int]] = [[] for _ in range(self.objects)]
        for index, one in enumerate(self.characters):
            if one.object >= 0:
                found[one.object].append(index)
        return found


def look(document: pypdfium2.PdfDocument, number: int) -> Seen:
    """One page. Raises `Uncertain` where PDFium itself does not know what a glyph means."""
    page = document[number]
    words = page.get_textpage()
    try:
        seen = Seen()
        order: dict[int, int] = {}
        for handle in _objects(page.raw, seen):
            order[handle] = len(order)
        seen.objects = len(order)
        for index in range(pdfium.FPDFText_CountChars(words.raw)):
            seen.characters.append(_character(words.raw, index, order))
        return seen
    finally:
        words.close()
        page.close()


def _objects(page: Any, seen: Seen) -> Iterator[int]:
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        yield from _object(pdfium.FPDFPage_GetObject(page, index), seen, 0)


def _object(handle: Any, seen: Seen, depth: int) -> Iterator[int]:
    kind = pdfium.FPDFPageObj_GetType(handle)
    if kind == pdfium.FPDF_PAGEOBJ_TEXT:
        yield ctypes.cast(handle, ctypes.c_void_p).value or 0
    elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        seen.pictures.append(_bounds(handle) if not depth else (-1e9, -1e9, 1e9, 1e9))
    elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < 8:
        before = len(seen.pictures)
        for index in range(pdfium.FPDFFormObj_CountObjects(handle)):
            yield from _object(pdfium.FPDFFormObj_GetObject(handle, index), seen, depth + 1)
        if not depth and len(seen.pictures) > before:  # places within a form are its own: the whole form counts
            seen.pictures[before:] = [_bounds(handle)]


def _bounds(handle: Any) -> tuple[float, float, float, float]:
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(handle, *sides):
        return (-1e9, -1e9, 1e9, 1e9)
    left, bottom, right, top = (side.value for side in sides)
    return left, bottom, right, top


def _character(words: Any, index: int, order: dict[int, int]) -> Character:
    code = pdfium.FPDFText_GetUnicode(words, index)
    generated = pdfium.FPDFText_IsGenerated(words, index) == 1
    if not generated and pdfium.FPDFText_HasUnicodeMapError(words, index) == 1:
        raise Uncertain
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(words, index, x, y)
    area = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(words, index, area)
    handle = None if generated else pdfium.FPDFText_GetTextObject(words, index)
    number = order.get(ctypes.cast(handle, ctypes.c_void_p).value or 0, -1) if handle else -1
    if not generated and number < 0:
        raise Uncertain
    char = chr(code) if code < 0x110000 else "\ufffd"
    text = "-" if char in _HYPHENS else char
    return Character(text, (x.value, y.value), (area.left, area.bottom, area.right, area.top), number)


def placed(glyphs: Sequence[Glyph], seen: Seen, indices: Sequence[int]) -> list[list[int]]:
    """For each glyph of an operation the characters of its object that it stands for; none for a space that PDFium left
    out. Raises `Uncertain` where the two read different text."""
    result: list[list[int]] = []
    at = 0
    for glyph in glyphs:
        wanted = _normal(glyph.text)
        found: list[int] = []
        read = ""
        while (
            at < len(indices) and len(read) < len(wanted) and wanted.startswith(read + _normal(_at(seen, indices[at])))
        ):
            read += _normal(_at(seen, indices[at]))
            found.append(indices[at])
            at += 1
        if read != wanted and wanted.strip():
            raise Uncertain
        if read != wanted:
            at -= len(found)
            found = []
        result.append(found)
    if any(_at(seen, index).strip() for index in indices[at:]):
        raise Uncertain
    return result


def _at(seen: Seen, index: int) -> str:
    return seen.characters[index].text


def _normal(text: str) -> str:
    """Spaces and hyphens alike, ligatures in their letters."""
    spaced = "".join(" " if char.isspace() else "-" if char in _HYPHENS else char for char in text)
    return unicodedata.normalize("NFKC", spaced).replace("\u2010", "-").replace("\u2011", "-")


def unmoved(before: Seen, gone: set[int], after: Seen, added: int) -> bool:
    """Whether everything that was to stay stands where it stood; the last `added` objects of `after` are new."""
    old = [before.characters[i] for indices in before.by_object() for i in indices if i not in gone]
    new = [after.characters[i] for indices in after.by_object()[: after.objects - added] for i in indices]
    stayed, found = ([one for one in some if one.text.strip()] for some in (old, new))
    return len(stayed) == len(found) and all(
        a.text == b.text and abs(a.origin[0] - b.origin[0]) < _NEAR and abs(a.origin[1] - b.origin[1]) < _NEAR
        for a, b in zip(stayed, found, strict=True)
    )
