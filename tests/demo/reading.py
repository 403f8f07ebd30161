"""Reads the sample company with the standard library and other people's parsers, never with the code that wrote it."""

from __future__ import annotations

import html
import io
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import docx
import openpyxl
import pypdfium2

from cli.demo.truth import Company, Identifiers


def row_text(company: Company, table: str, key: str) -> tuple[dict[str, object], str]:
    """A row, and all its values as one text."""
    with closing(sqlite3.connect(company.crm)) as db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute(f"SELECT * FROM {table} WHERE id = ?", (key,)).fetchone())
    return row, "\n".join(str(value) for value in row.values())


@dataclass(frozen=True)
class Mail:
    """A stored message: its folder below `mail/`, its file, and what the standard library makes of it."""

    folder: str
    path: Path
    message: EmailMessage
    headers: str
    bodies: str  # the text parts, HTML without its tags and entities
    files: tuple[tuple[str, str], ...]  # name and text of each attachment

    @property
    def key(self) -> tuple[str, str]:
        return self.folder, self.message["Message-ID"]

    @property
    def text(self) -> str:
        return "\n".join((self.headers, self.bodies, *(text for _, text in self.files)))


@cache
def mails(folder: Path) -> tuple[Mail, ...]:
    """Every message below a Maildir tree, read once."""
    return tuple(_mail(folder, path) for path in sorted(folder.rglob("cur/*")))


def _mail(root: Path, path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    folder = path.parent.parent.relative_to(root).as_posix()
    return Mail(folder, path, message, headers, bodies(message), tuple(files(message)))


def bodies(message: EmailMessage) -> str:
    texts = []
    for part in message.walk():
        if part.get_content_maintype() != "text" or part.get_filename():
            continue
        text = part.get_content()
        if part.get_content_subtype() == "html":
            text = html.unescape(re.sub(r"<[^>]*>", "", text))
        texts.append(text)
    return "\n".join(texts)


def files(message: EmailMessage) -> Iterator[tuple[str, str]]:
    for part in message.iter_attachments():
        name, data = part.get_filename(), part.get_content()
        assert name is not None
        yield name, {"pdf": _pdf, "docx": _docx, "xlsx": _xlsx}[name.rpartition(".")[2]](data)


def _pdf(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return text


def _docx(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def _xlsx(data: bytes) -> str:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)


def digits(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isdigit())


def names_an_identifier(text: str, who: Identifiers) -> bool:
    """Whether an address, a number or a customer number of the person stands in the text, however it is written."""
    folded = unicodedata.normalize("NFKC", text).lower()
    if any(value.lower() in folded for value in (*who.emails, *who.customer_numbers)):
        return True
    runs = re.findall(r"[+(]?\d[\d \-/().\u2010-\u2015\u00a0]*\d", folded)
    return any(digits(run).endswith(phone[3:]) for run in runs for phone in who.phones)


def names_the_person(text: str, who: Identifiers) -> bool:
    bare = re.sub(r"\s+", "", text)
    return any(re.sub(r"\s+", "", name) in bare for name in who.names)
