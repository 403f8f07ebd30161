"""OOXML and OpenDocument: every text of every XML part, properties, comments, authors and links."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import python_calamine
from lxml import etree

from connectors.documents.drawing import BROKEN, Drawing

_INLINE = frozenset(
    {"t", "r", "span", "a", "s", "delText", "instrText", "rubyBase", "hyperlink", "ins", "del", "smartTag"}
)
_BLOCK = frozenset({"p", "h", "row", "si", "tc", "comment", "br", "cr", "tab", "text", "line-break", "table-cell", "c"})
_PEOPLE = frozenset(
    {"author", "initials", "descr", "title", "displayName", "userId", "lastModifiedBy", "href", "tooltip"}
)
_FILES = (".pdf", ".docx", ".xlsx", ".pptx", ".doc", ".xls", ".ppt", ".bin", ".msg", ".eml")


def draw(drawing: Drawing, path: str, data: bytes, members: Mapping[str, bytes]) -> bool:
    """Draws an office file given its unpacked members; False when it is none."""
    kind = members.get("mimetype", b"").decode("latin-1")
    open_document = kind.startswith("application/vnd.oasis.opendocument")
    if not open_document and not any(name.startswith(("word/", "xl/", "ppt/")) for name in members):
        return False
    if b"encryption-data" in members.get("META-INF/manifest.xml", b""):
        drawing.lost(path, "encrypted")
        return True
    texts = []
    sheets = "spreadsheet" in kind or any(name.startswith("xl/") for name in members)
    read = sheets and (cells := draw_cells(data)) is not None
    if read:
        texts.append(cells or "")
    for name, content in members.items():
        if read and _is_cells(name) and b"annotation" not in content:
            continue
        if name.endswith((".xml", ".rels", ".vml")):
            try:
                texts.append(xml_text(content))
            except etree.XMLSyntaxError:
                drawing.lost(path, "damaged")
    drawing.text(path, "\n".join(text for text in texts if text.strip()))
    _embedded(drawing, path, members)
    return True


def _is_cells(name: str) -> bool:
    """Whether the reader of workbooks has read this part."""
    sheet = name.startswith("xl/worksheets/sheet") and name.endswith(".xml")
    return sheet or name in ("xl/sharedStrings.xml", "content.xml")


def _embedded(drawing: Drawing, path: str, members: Mapping[str, bytes]) -> None:
    for index, (name, content) in enumerate(members.items(), 1):
        if "/embeddings/" in name and name.lower().endswith(_FILES):
            drawing.inside(path, index, content, name)


def draw_cells(data: bytes) -> str | None:
    """The cells of a workbook, a line per row; None when it cannot be read as one."""
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        lines = []
        for name in book.sheet_names:
            lines.append(name)
            for row in book.get_sheet_by_name(name).iter_rows():
                lines.append("\t".join(_cell(value) for value in row))
        return "\n".join(line for line in lines if line.strip())
    except (python_calamine.CalamineError, *BROKEN):
        return None


def _cell(value: object) -> str:
    """Telephone numbers come as floats."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def xml_text(content: bytes) -> str:
    """The character data of XML, a line per paragraph, with attributes that name people or places on the web."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    root = etree.fromstring(content, parser)
    return "" if root is None else "".join(_walk(root))


def _walk(root: etree._Element) -> Iterator[str]:
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(element.tag, str):
            yield element.tail or "" if event == "end" else ""
            continue
        local = element.tag.rpartition("}")[2]
        if event == "start":
            yield from _people(element)
            yield element.text or ""
        else:
            if local in _BLOCK or (element.text and local not in _INLINE):
                yield "\n"
            yield element.tail or ""


def _people(element: etree._Element) -> Iterator[str]:
    for name, value in element.attrib.items():
        local = str(name).rpartition("}")[2]
        if local in _PEOPLE or (local == "Target" and element.get("TargetMode") == "External"):
            yield f"\n{value}\n"
