"""What a PDF says outside its pages' content: properties, notes, links, form values, bookmarks, structure, scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    ContentStream,
    DictionaryObject,
    IndirectObject,
    NullObject,
    StreamObject,
    TextStringObject,
)

from connectors.files.markup_parts import PERSON_FIELD
from connectors.files.pdf_content import Uncertain, replace

_SILENT = frozenset(  # keys whose values are no text, or are read as content
    {"/ID", "/Registry", "/Ordering", "/Font", "/FontDescriptor", "/CharSet", "/FontFamily", "/DA", "/Cert", "/Parent", "/Lang",
     "/ColorSpace", "/Shading", "/CIDSystemInfo", "/P", "/Panose"}
)  # fmt: skip
_COPIES = ("/Metadata", "/PieceInfo", "/Thumb", "/LastModified")
_DATE = re.compile(r"D:\d{4}[\d+\-'Z]*")
_SHOWS_TEXT = re.compile(rb"T[jJ]|['\"]\s")
_MOST = 500_000  # objects


class Place(NamedTuple):
    """A string and where it stands."""

    holder: Any
    key: Any
    text: str
    field: str


def nodes(*roots: Any, silent: frozenset[str] = frozenset()) -> Iterator[Any]:
    """Every dictionary and array that can be reached, once each, in a fixed order; what stands under a `silent` key is
    left out. Raises `Uncertain` for too many."""
    seen: set[int] = set()
    stack: list[Any] = [*reversed(roots)]
    while stack:
        node = stack.pop()
        node = node.get_object() if isinstance(node, IndirectObject) else node
        if not isinstance(node, DictionaryObject | ArrayObject) or id(node) in seen:
            continue
        seen.add(id(node))
        if len(seen) > _MOST:
            raise Uncertain
        yield node
        stack.extend(value for key, value in reversed(_items(node)) if key not in silent)


def places(writer: PdfWriter) -> list[Place]:
    """Every string that may be text, under the name of its form field, or that of an author where it names one."""
    found: list[Place] = []
    for node in nodes(writer.root_object, writer._info or DictionaryObject(), silent=_SILENT):
        for key, value in _items(node):
            if key in _SILENT or (key == "/Contents" and "/ByteRange" in node):
                continue
            text = _text(value.get_object() if isinstance(value, IndirectObject) else value)
            if text.strip() and not _DATE.fullmatch(text):
                found.append(Place(node, key, text, _field(node, key)))
    return found


def _field(node: Any, key: Any) -> str:
    if key == "/Author" or (key == "/T" and "/FT" not in node and "/Subtype" in node):
        return PERSON_FIELD
    return str(node.get("/T", "")) if key in ("/V", "/DV") else ""


def _items(node: Any) -> list[tuple[Any, Any]]:
    return list(node.items() if isinstance(node, DictionaryObject) else enumerate(node))


def write(place: Place, text: str) -> None:
    """Put a text where one was."""
    place.holder[place.key] = TextStringObject(text)


def prepare(writer: PdfWriter) -> list[str]:
    """Take out what repeats the pages in another form; gives the names of attached files, which go too. Raises `Uncertain`
    for what cannot be taken out: forms in XML, text in patterns and masks."""
    attached: list[str] = []
    for node in list(nodes(writer.root_object)):
        if not isinstance(node, DictionaryObject):
            continue
        if "/XFA" in node or (node.get("/PatternType") == 1 and _shows_text(node)):
            raise Uncertain
        for key in _COPIES:
            node.pop(key, None)
        if "/EF" in node:
            attached.append(str(node.get("/UF", node.get("/F", ""))))
            node.pop("/EF", None)
        if node.get("/Type") != "/StructElem":
            node.pop("/ActualText", None)
        _plainly(writer, node)
    writer.xmp_metadata = None
    names = writer.root_object.get("/Names")
    if names is not None:
        for key in ("/EmbeddedFiles", "/JavaScript"):
            names.get_object().pop(key, None)
    writer.root_object.pop("/AF", None)
    return attached


def _plainly(writer: PdfWriter, node: DictionaryObject) -> None:
    """Content without the text that marks say it stands for (ISO 32000-2, 14.9.4)."""
    if node.get("/Type") == "/Page" and "/Contents" in node:
        source: Any = node["/Contents"].get_object()
    elif isinstance(node, StreamObject) and node.get("/Subtype") == "/Form":
        source = node
    else:
        return
    stream = ContentStream(source, writer, forced_encoding="bytes")
    if b"/ActualText" not in stream.get_data():
        return
    for operands, operator in stream.operations:
        if operator in (b"BDC", b"DP") and len(operands) > 1 and isinstance(operands[1], DictionaryObject):
            operands[1].pop("/ActualText", None)
    stream.operations = list(stream.operations)
    replace(writer, node, stream.get_data())


def appearances(writer: PdfWriter, drawn: set[int]) -> list[DictionaryObject]:
    """Annotations that draw text of their own. Raises `Uncertain` for other content with text that no page draws."""
    found: list[DictionaryObject] = []
    theirs: set[int] = set()
    every = list(nodes(writer.root_object))
    for node in every:
        if isinstance(node, DictionaryObject) and "/AP" in node:
            inside = [one for one in nodes(node["/AP"]) if isinstance(one, StreamObject)]
            theirs |= {id(one) for one in inside}
            if any(_shows_text(one) for one in inside):
                found.append(node)
    for node in every:
        form = isinstance(node, StreamObject) and node.get("/Subtype") == "/Form"
        if form and id(node) not in drawn | theirs and _shows_text(node):
            raise Uncertain
    return found


def drop_appearance(writer: PdfWriter, note: DictionaryObject) -> None:
    """Let the reader draw an annotation from its values."""
    note.pop("/AP", None)
    form = writer.root_object.get("/AcroForm")
    if form is not None and not isinstance(form.get_object(), NullObject):
        writer.set_need_appearances_writer()


def _shows_text(node: Any) -> bool:
    return isinstance(node, StreamObject) and _SHOWS_TEXT.search(node.get_data()) is not None


def _text(value: Any) -> str:
    if isinstance(value, TextStringObject):
        return str(value)
    if isinstance(value, ByteStringObject):
        text = bytes(value).decode("latin-1")
        return text if text.isprintable() else ""
    return ""
