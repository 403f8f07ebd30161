"""A PDF taken apart and put together again without what is masked; runs in a process of its own (`pdf_child`).

Everything starts from a prepared copy, written anew from its root, so that older revisions and unused objects are gone.
What PDFium reads must be what the content streams say, before and after; else the answer is `unsupported`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdfium2
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

from connectors import charset
from connectors.documents.drawing import BROKEN
from connectors.files import pdf_strings
from connectors.files.pdf_content import Contents, Point, Show, Uncertain, finish, resources_of, sub, without
from connectors.files.pdf_pages import Seen, look, placed, unmoved
from connectors.limits import Limits
from connectors.pieces import Edit, applied, merged

REASONS = (*BROKEN, PyPdfError, pypdfium2.PdfiumError, RecursionError)
_FONT = "/RedressLabel"
_WIDTH = 0.66  # of a capital of Helvetica, in ems
_LEAST = 4  # letters and digits: a shorter value may stand anywhere by chance


class Refused(ValueError):
    """The file cannot be read or masked; the text is the reason."""


@dataclass(slots=True)
class Taken:
    """A document taken apart: pages, their text as PDFium shows it, and the glyph behind every character."""

    prepared: bytes
    attached: int
    writer: PdfWriter
    contents: Contents
    seen: list[Seen] = field(default_factory=list)
    shows: list[list[Show]] = field(default_factory=list)
    behind: list[list[list[list[int]]]] = field(default_factory=list)  # page, operation, glyph: its characters
    strings: list[pdf_strings.Place] = field(default_factory=list)
    notes: list[tuple[DictionaryObject, str]] = field(default_factory=list)

    def passages(self) -> Iterator[tuple[str, str, str]]:
        """Path, text and field of everything that can be read."""
        yield from ((f"page:{number}", seen.text, "") for number, seen in enumerate(self.seen) if seen.text.strip())
        yield from ((f"string:{number}", one.text, one.field) for number, one in enumerate(self.strings))
        yield from ((f"note:{number}", text, "") for number, (_, text) in enumerate(self.notes))

    def unread(self) -> Iterator[tuple[str, str]]:
        """Pages that are pictures, and pictures on others."""
        for number, seen in enumerate(self.seen):
            if seen.pictures:
                yield f"page:{number}", "picture" if seen.text.strip() else "no-text"


def take(data: bytes, limits: Limits) -> Taken:
    """Take a document apart. Raises `Refused`."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise Refused("encrypted")
        if len(reader.pages) > limits.pages:
            raise Refused("too-large")
        first = PdfWriter(clone_from=reader)
        attached = pdf_strings.prepare(first)
        prepared = _written(first)
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(prepared), strict=False))
        taken = Taken(prepared, len(attached), writer, Contents(writer))
        _pages(taken)
        drawn = {id(canvas.holder) for canvas in taken.contents.canvases.values()}
        taken.notes = [(note, _said(taken, note)) for note in pdf_strings.appearances(writer, drawn)]
        taken.strings = pdf_strings.places(writer)
    except Refused:
        raise
    except Uncertain:
        raise Refused("unsupported") from None
    except REASONS:
        raise Refused("damaged") from None
    return taken


def mask(data: bytes, masks: Mapping[str, Sequence[Edit[str]]], limits: Limits) -> bytes:
    """The document with every mask applied; the same bytes for the same input. Raises `Refused`."""
    taken = take(data, limits)
    try:
        return _masked(taken, masks)
    except Uncertain:
        raise Refused("unsupported") from None
    except REASONS:
        raise Refused("damaged") from None


def _pages(taken: Taken) -> None:
    with pypdfium2.PdfDocument(taken.prepared) as document:
        for number, page in enumerate(taken.writer.pages):
            seen = look(document, number)
            shows = [show for show in taken.contents.shows(page)]
            spoken = [show for show in shows if any(glyph.text.strip() for glyph in show.glyphs)]
            objects = [some for some in seen.by_object() if any(seen.characters[i].text.strip() for i in some)]
            if len(spoken) != len(objects):
                raise Uncertain
            found = iter(objects)
            behind: list[list[list[int]]] = [
                placed(show.glyphs, seen, next(found)) if show in spoken else [[] for _ in show.glyphs]
                for show in shows
            ]
            taken.seen.append(seen)
            taken.shows.append(shows)
            taken.behind.append(behind)


def _said(taken: Taken, note: DictionaryObject) -> str:
    forms = (one for one in pdf_strings.nodes(note["/AP"]) if isinstance(one, StreamObject))
    return "\n".join(taken.contents.text_of(form) for form in forms if form.get("/Subtype") == "/Form")


def _masked(taken: Taken, masks: Mapping[str, Sequence[Edit[str]]]) -> bytes:
    gone: dict[int, set[int]] = {}
    values: list[tuple[int, str]] = []
    for path, edits in masks.items():
        kind, _, number = path.partition(":")
        index = int(number) if number.isdecimal() else -1
        if kind == "page" and 0 <= index < len(taken.seen):
            gone[index] = _mark(taken, index, edits)
            text = taken.seen[index].text
            values += ((index, text[edit.start : edit.end]) for edit in edits)
        elif kind == "string" and 0 <= index < len(taken.strings):
            place = taken.strings[index]
            pdf_strings.write(place, applied(place.text, merged(edits)))
        elif kind == "note" and 0 <= index < len(taken.notes):
            pdf_strings.drop_appearance(taken.writer, taken.notes[index][0])
        else:
            raise Refused("no-place")
    for index in range(len(taken.seen)):
        _splice(taken, index)
    finish(taken.writer, taken.contents)
    added = {index: _label(taken, index, masks[f"page:{index}"]) for index in gone}
    result = _written(taken.writer)
    _check(taken, result, gone, added, values)
    return result


def _mark(taken: Taken, index: int, edits: Sequence[Edit[str]]) -> set[int]:
    """Mark the glyphs of the masked characters; gives all characters that go with them."""
    seen = taken.seen[index]
    wanted = {at for edit in edits for at in range(edit.start, edit.end)}
    if any(at >= len(seen.characters) for at in wanted):
        raise Refused("no-place")
    going: set[int] = set()
    for show, behind in zip(taken.shows[index], taken.behind[index], strict=True):
        for number, characters in enumerate(behind):
            if wanted.intersection(characters):
                show.canvas.gone.setdefault(show.index, set()).add(number)
                going.update(characters)
    for at in going:
        left, bottom, right, top = seen.characters[at].box
        if any(left < p[2] and p[0] < right and bottom < p[3] and p[1] < top for p in seen.pictures):
            raise Uncertain  # the picture may show what the text says
    return going


def _splice(taken: Taken, index: int) -> None:
    """Take the marked glyphs out. A form that several pages draw loses them on all of these."""
    seen, shows = taken.seen[index], taken.shows[index]
    origins = [[seen.characters[some[0]].origin if some else None for some in behind] for behind in taken.behind[index]]
    for number, show in enumerate(shows):
        following: Point | None = None
        if number + 1 < len(shows) and shows[number + 1].follows:
            following = next((place for place in origins[number + 1] if place is not None), None)
        without(show, origins[number], following)


def _label(taken: Taken, index: int, edits: Sequence[Edit[str]]) -> int:
    """Write the replacements where the masked text began; gives how many."""
    seen, page = taken.seen[index], taken.writer.pages[index]
    lines: list[bytes] = []
    for edit in merged(edits):
        some = [seen.characters[at] for at in range(edit.start, edit.end) if seen.characters[at].object >= 0]
        text = charset.fit(edit.by, "cp1252").encode("cp1252", "replace")
        if not some or not text.strip():
            continue
        first = some[0]
        line = [one for one in some if abs(one.origin[1] - first.origin[1]) < 1]
        room = max(one.box[2] for one in line) - first.origin[0]
        size = max(4.0, min(0.8 * (first.box[3] - first.box[1]), 24.0))
        stretch = max(10.0, min(100.0, 100 * room / (_WIDTH * size * len(text))))
        spoken = text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        place = f"{size:.2f} Tf {stretch:.1f} Tz 1 0 0 1 {first.origin[0]:.2f} {first.origin[1]:.2f} Tm"
        lines.append(b"q BT 0 Tr 0 g " + f"{_FONT} {place} (".encode() + spoken + b") Tj ET Q")
    if lines:
        _append(taken.writer, page, lines)
    return len(lines)


def _append(writer: PdfWriter, page: Any, lines: Sequence[bytes]) -> None:
    font = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"), NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
    })  # fmt: skip
    resources = DictionaryObject(resources_of(page))  # other pages may share them
    fonts = DictionaryObject(sub(resources, "/Font"))
    fonts[NameObject(_FONT)] = font
    resources[NameObject("/Font")] = fonts
    page[NameObject("/Resources")] = resources
    before, after = StreamObject(), StreamObject()
    before.set_data(b"q\n")
    after.set_data(b"\nQ\n" + b"\n".join(lines) + b"\n")
    content = page.raw_get("/Contents")
    inner = content.get_object()
    middle = list(inner) if isinstance(inner, ArrayObject) else [content]
    page[NameObject("/Contents")] = ArrayObject([writer._add_object(before), *middle, writer._add_object(after)])


def _written(writer: PdfWriter) -> bytes:
    """The file; written twice, since the first time objects that nothing refers to any more are in it."""
    target, clean = io.BytesIO(), io.BytesIO()
    writer.write(target)
    PdfWriter(clone_from=PdfReader(target, strict=False)).write(clean)
    return clean.getvalue()


def _check(
    taken: Taken,
    result: bytes,
    gone: Mapping[int, set[int]],
    added: Mapping[int, int],
    values: Sequence[tuple[int, str]],
) -> None:
    """Raise `Uncertain` unless two readers find everything gone that should be, and nothing else changed."""
    with pypdfium2.PdfDocument(result) as document:
        after = [look(document, number) for number in range(len(taken.seen))]
    before, now = PdfReader(io.BytesIO(taken.prepared), strict=False), PdfReader(io.BytesIO(result), strict=False)
    for index, seen in enumerate(taken.seen):
        if not unmoved(seen, gone.get(index, set()), after[index], added.get(index, 0)):
            raise Uncertain
        masked = [_bare(value) for number, value in values if number == index]
        if not masked:
            continue
        was, is_now = (_bare(one.pages[index].extract_text()) for one in (before, now))
        for value in set(masked):
            if len(value) >= _LEAST and is_now.count(value) > max(0, was.count(value) - masked.count(value)):
                raise Uncertain
    left = _bare("".join(seen.text for seen in after))
    hard = {value for _, value in values if len(_bare(value)) >= _LEAST and _bare(value) not in left}
    forms = {value.encode(codec) for value in hard for codec in ("utf-8", "utf-16-be")}
    for number in range(1, int(str(now.trailer["/Size"]))):
        node = now.get_object(number)
        if isinstance(node, StreamObject) and node.get("/Subtype") != "/Image" and "/Length1" not in node:
            content = node.get_data()
            if any(form in content for form in forms):
                raise Uncertain


def _bare(text: str) -> str:
    return "".join(char for char in text if char.isalnum())
