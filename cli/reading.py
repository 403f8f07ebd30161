"""Reads files with the standard library and other people's parsers, never with our connectors: a second opinion."""

from __future__ import annotations

import html
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from cli.demo.truth import Identifiers

_RUN = re.compile(r"[+(]?\d[\d \-/().\u2010-\u2015\u00a0]*\d")
_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words in any case, and numbers however their digits are set apart."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def person(cls, known: Identifiers) -> Wanted:
        """A person's addresses, customer numbers and phone numbers. A name alone is somebody else's too."""
        words = tuple(word.lower() for word in (*known.emails, *known.customer_numbers))
        return cls(words, tuple(phone[3:] for phone in known.phones))  # all of them have a country code of two digits

    @classmethod
    def other(cls, canary: str) -> Wanted:
        """An address, or a number as it is written."""
        if "@" in canary:
            return cls((canary.lower(),), ())
        return cls((canary.lower(),), (_digits(canary).lstrip("0"),))

    def stands_in(self, text: str) -> bool:
        """Whether any of it stands in the text."""
        folded = unicodedata.normalize("NFKC", text).lower()
        if any(word in folded for word in self.words):
            return True
        runs = [_digits(run) for run in _RUN.findall(folded)] if self.numbers else []
        return any(number in run for run in runs for number in self.numbers)


def texts_of(name: str, data: bytes, depth: int = 3) -> Iterator[tuple[str, str]]:
    """Every text that can be had out of a file, its raw bytes first: parts of mails, files in archives, pages of PDFs."""
    yield name, data.decode("utf-8", "replace")
    if not depth:
        return
    ending = name.rpartition(".")[2].lower()
    if ending == "eml":
        yield from _mail(name, data, depth)
    elif ending == "pdf":
        yield name, _pdf(data)
    elif ending in {"html", "xml"}:
        yield name, html.unescape(_TAGS.sub("", data.decode("utf-8", "replace")))
    elif ending in {"zip", "docx", "xlsx"}:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in archive.namelist():
                yield from texts_of(f"{name}/{inner}", archive.read(inner), depth - 1)


def _mail(name: str, data: bytes, depth: int) -> Iterator[tuple[str, str]]:
    message = message_from_bytes(data, policy=policy.default)
    for part in message.walk():
        yield name, "\n".join(f"{key}: {value}" for key, value in part.items())
        if part.is_multipart() or not isinstance(part, EmailMessage):
            continue
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        if part.get_content_maintype() == "text":
            text = content.decode(_charset(part), "replace")
            yield name, text
            yield name, html.unescape(_TAGS.sub("", text))
        elif part.get_filename():
            yield from texts_of(f"{name}/{part.get_filename()}", content, depth - 1)


def _charset(part: EmailMessage) -> str:
    found = part.get_content_charset("utf-8")
    try:
        "".encode(found)
    except LookupError:
        return "utf-8"
    return found


def _pdf(data: bytes) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def _digits(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text) if char.isdigit())
