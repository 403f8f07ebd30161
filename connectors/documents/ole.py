"""Files of older office programs and Outlook: compound files ([MS-CFB], [MS-DOC], [MS-PPT], [MS-OXMSG])."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import olefile  # type: ignore[import-untyped]

from connectors.documents import markup, office
from connectors.documents.drawing import Drawing

_PROPERTIES = ("title", "subject", "author", "keywords", "comments", "last_saved_by", "manager", "company")


def draw(drawing: Drawing, path: str, data: bytes) -> None:
    """By the streams in the file."""
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        names = {"/".join(entry).lower() for entry in file.listdir()}
        if "encryptedpackage" in names:
            drawing.lost(path, "encrypted")
        elif "__properties_version1.0" in names:
            _message(drawing, path, data)
        elif "worddocument" in names:
            _word(drawing, path, file)
        elif names & {"workbook", "book"}:
            _workbook(drawing, path, data, file)
        elif "powerpoint document" in names:
            stream = file.openstream("PowerPoint Document").read()
            drawing.text(path, "\n".join([*_slides(stream), _properties(file)]))
        else:
            drawing.lost(path, "unsupported")


def _properties(file: olefile.OleFileIO) -> str:
    metadata = file.get_metadata()
    values = (getattr(metadata, name) for name in _PROPERTIES)
    return "\n".join(value.decode("utf-8", "replace") for value in values if isinstance(value, bytes) and value.strip())


def _workbook(drawing: Drawing, path: str, data: bytes, file: olefile.OleFileIO) -> None:
    cells = office.draw_cells(data)
    drawing.text(path, "\n".join(text for text in (cells, _properties(file)) if text))
    if cells is None:
        name = "Workbook" if file.exists("Workbook") else "Book"
        drawing.lost(path, "encrypted" if b"\x2f\x00" in file.openstream(name).read(200) else "damaged")


def _word(drawing: Drawing, path: str, file: olefile.OleFileIO) -> None:
    """The pieces of the text in order, as the piece table of [MS-DOC] 2.4.1 gives them."""
    main = file.openstream("WordDocument").read()
    flags = struct.unpack_from("<H", main, 0x0A)[0]
    if flags & 0x0100:
        drawing.lost(path, "encrypted")
        return
    if struct.unpack_from("<H", main, 2)[0] < 0xC1:  # Word 6 and 95 have no table stream
        start, end = struct.unpack_from("<II", main, 0x18)
        drawing.text(path, f"{_without_fields(main[start:end].decode('cp1252', 'replace'))}\n{_properties(file)}")
        return
    table = file.openstream("1Table" if flags & 0x0200 else "0Table").read()
    start, size = struct.unpack_from("<II", main, 0x01A2)
    text = "".join(_pieces(main, table[start : start + size]))
    drawing.text(path, f"{_without_fields(text)}\n{_properties(file)}")


def _pieces(main: bytes, complex_part: bytes) -> Iterator[str]:
    at = 0
    while complex_part[at : at + 1] == b"\x01":  # formatting runs stand before the piece table
        at += 3 + struct.unpack_from("<H", complex_part, at + 1)[0]
    if complex_part[at : at + 1] != b"\x02":
        raise ValueError("no piece table")
    size = struct.unpack_from("<I", complex_part, at + 1)[0]
    table = complex_part[at + 5 : at + 5 + size]
    count = (len(table) - 4) // 12
    places = struct.unpack_from(f"<{count + 1}I", table)
    for index in range(count):
        where = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * index + 2)[0]
        length = places[index + 1] - places[index]
        if where & 0x40000000:
            begin = (where & 0x3FFFFFFF) // 2
            yield main[begin : begin + length].decode("cp1252", "replace")
        else:
            yield main[where : where + 2 * length].decode("utf-16-le", "replace")


def _without_fields(text: str) -> str:
    """Marks of paragraphs and cells as line breaks; marks of fields away, their links stay."""
    return text.translate({7: "\n", 11: "\n", 12: "\n", 13: "\n", 19: " ", 20: " ", 21: " ", 1: "", 8: "", 0: ""})


def _slides(stream: bytes) -> Iterator[str]:
    """Text atoms of [MS-PPT] 2.9: containers are entered, other records skipped."""
    at = 0
    while at + 8 <= len(stream):
        version, kind, size = struct.unpack_from("<HHI", stream, at)
        at += 8
        if version & 0x0F == 0x0F:
            continue
        if kind in (0x0FA0, 0x0FBA):
            yield stream[at : at + size].decode("utf-16-le", "replace").replace("\r", "\n")
        elif kind == 0x0FA8:
            yield stream[at : at + size].decode("latin-1").replace("\r", "\n")
        at += size


def _message(drawing: Drawing, path: str, data: bytes) -> None:
    """An Outlook message: who, subject, bodies, headers, attachments."""
    from oxmsg import Message

    message = Message.load(io.BytesIO(data))
    people = [f"{person.name} <{person.email_address}>" for person in message.recipients]
    headers = [f"{name}: {value}" for name, value in message.message_headers.items()]
    page = markup.text_of(message.html_body) if message.html_body else ""
    texts = [message.sender or "", *people, message.subject or "", message.body or "", page, *headers]
    drawing.text(path, "\n".join(text for text in texts if text))
    for index, item in enumerate(message.attachments, 1):
        drawing.entry()
        content = item.file_bytes
        if content is None:
            drawing.lost(f"{path}/{index}".lstrip("/"), "unsupported")
            continue
        drawing.spend(len(content))
        drawing.inside(path, index, content, item.file_name or "", item.mime_type or "")
