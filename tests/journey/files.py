"""Real files of the kinds people attach, each with a few lines of text in it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from html import escape

import docx
import openpyxl

from cli.demo.papers import pdf


def word(text: str) -> bytes:
    """DOCX; every word of its own run, as Word splits what was edited."""
    document, target = docx.Document(), io.BytesIO()
    paragraph = document.add_paragraph()
    for piece in text.split(" "):
        paragraph.add_run(piece[: len(piece) // 2])
        paragraph.add_run(piece[len(piece) // 2 :] + " ").bold = True
    document.save(target)
    return target.getvalue()


def sheet(text: str) -> bytes:
    """XLSX with the text in a cell of the second row."""
    book, target = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["No", "Remark"])
    book.active.append([1, text])
    book.save(target)
    return target.getvalue()


def open_text(text: str) -> bytes:
    """ODT."""
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
        f"<text:p>{escape(text)}</text:p></office:text></office:body></office:document-content>"
    )
    return packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": content.encode()})


def rich(text: str) -> bytes:
    r"""RTF with `\uN?` escapes."""
    body = "".join(c if c.isascii() and c not in "\\{}" else f"\\u{ord(c)}?" for c in text)
    return f"{{\\rtf1\\ansi\\uc1 {body}\\par}}".encode("ascii")


def portable(text: str) -> bytes:
    """PDF."""
    return pdf([text])


def packed(members: dict[str, bytes]) -> bytes:
    """ZIP."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def zip_in_zip(text: str) -> bytes:
    """A text in an archive in an archive."""
    return packed({"inner.zip": packed({"list.txt": text.encode()})})


def letter(text: str) -> bytes:
    """EML."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "robot@machine.example", "desk@firma.example", "Forward"
    message.set_content(text)
    return message.as_bytes()


def appointment(text: str) -> bytes:
    """ICS with its lines folded at 40 octets, inside words."""
    line = f"DESCRIPTION:{text}".encode()
    folded, at = [], 0
    while at < len(line):
        size = 40
        while at + size < len(line) and line[at + size] & 0xC0 == 0x80:
            size -= 1
        folded.append(line[at : at + size])
        at += size
    return (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n"
        + b"\r\n ".join(folded)
        + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


KINDS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", word),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet),
    "odt": ("application/vnd.oasis.opendocument.text", open_text),
    "rtf": ("application/rtf", rich),
    "pdf": ("application/pdf", portable),
    "zip": ("application/zip", zip_in_zip),
    "eml": ("message/rfc822", letter),
    "ics": ("text/calendar", appointment),
    "csv": ("text/csv", lambda text: f"no,remark\r\n1,{text}\r\n".encode("utf-8-sig")),
}
"""Media type and writer by file ending."""
