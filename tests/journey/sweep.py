"""Looks for people in bytes, by other means than Redress: the standard library's mail parser, and every decoding that fits.

Deliberately greedy: each byte string is read in every charset, unpacked, unescaped and unfolded, and all of that is searched.
"""

from __future__ import annotations

import email
import gzip
import html
import io
import json
import quopri
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email.header import decode_header
from email.message import Message
from urllib.parse import unquote

from pypdf import PdfReader
from pypdf.errors import PdfReadError
from striprtf.striprtf import rtf_to_text

from tests.journey.people import Person
from tests.journey.writing import SOUNDS, TRADITIONAL

CHARSETS = ("utf-8", "latin-1", "gb18030")
_BETWEEN = re.compile(r"(\d)[\s().\-/\u2010-\u2015\u2212]{1,3}(?=\d)")
_BLANK = re.compile(r"[\s>|*_]+")
_TAG = re.compile(r"<[^<>]*>")


def found(person: Person, texts: Iterable[str]) -> set[str]:
    """The kinds of identifier (`email`, `phone`, `name`) of the person that stand in the texts."""
    wanted = needles(person)
    kinds: set[str] = set()
    for text in texts:
        for reading in readings(text):
            kinds |= {kind for kind, words in wanted.items() if any(word in reading for word in words)}
    return kinds


def needles(person: Person) -> dict[str, list[str]]:
    """What to look for in a `reading`."""
    wanted: dict[str, list[str]] = {}
    if person.email:
        wanted["email"] = [_folded(person.email)]
    if person.phone:
        wanted["phone"] = [person.national.lstrip("0")]
    if person.family:
        orders = [
            f"{person.given} {person.family}",
            f"{person.family} {person.given}",
            f"{person.family}, {person.given}",
        ]
        if person.chinese:
            given, family = SOUNDS[person.name]
            orders = [person.name, TRADITIONAL[person.name], f"{given} {family}", f"{family} {given}"]
        wanted["name"] = [_folded(order) for order in orders]
    return wanted


def readings(text: str) -> Iterator[str]:
    """The text as it stands, and as programs and people read it."""
    sources = {text, text.replace("=\r\n", "").replace("=\n", "")}
    if "=" in text:
        sources.add(quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace"))
    if "&" in text or "<" in text:
        sources |= {html.unescape(_TAG.sub("", text)), html.unescape(text)}
    if "%" in text:
        sources |= {unquote(source) for source in list(sources)}
    if "\\u" in text:
        sources.add(re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text))
    sources |= {re.sub(r"\r?\n[ \t]", "", s) for s in list(sources)} | {re.sub(r" \r?\n", "", s) for s in list(sources)}
    for source in sources:
        folded = _folded(source)
        yield folded
        yield _BETWEEN.sub(r"\1", folded)


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code)).casefold()
        self[code] = "".join(c for c in plain if unicodedata.category(c) not in {"Mn", "Cf"})
        return self[code]


_TABLE = _Table()


def _folded(text: str) -> str:
    return _BLANK.sub(" ", text.lower() if text.isascii() else text.translate(_TABLE)).strip()


def texts_of_mail(raw: bytes) -> Iterator[str]:
    """Every text of a message: source, headers, parameters, decoded parts, what is in the files."""
    yield from _decoded(raw)
    for part in email.message_from_bytes(raw).walk():
        yield from _headers(part)
        if part.is_multipart():
            yield from filter(None, (part.preamble, part.epilogue))
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield from texts_of_file(payload, part.get_content_charset() or "")


def _headers(part: Message) -> Iterator[str]:
    for name, value in part.items():
        text = str(value)
        yield text
        data = b"".join(
            piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace") for piece, _ in decode_header(value)
        )
        yield from _decoded(data)
        for piece, charset in decode_header(value):
            if isinstance(piece, bytes):
                yield from _decoded(piece, charset or "")
        if name.lower().startswith("content-"):
            yield part.get_filename("") or ""


def texts_of_file(data: bytes, charset: str = "", depth: int = 0) -> Iterator[str]:
    """Every text of a file."""
    if data.startswith(b"PK\x03\x04") and depth < 4:
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name
                yield from texts_of_file(archive.read(name), "", depth + 1)
    elif data.startswith(b"\x1f\x8b"):
        yield from texts_of_file(gzip.decompress(data), "", depth + 1)
    elif data.startswith(b"%PDF-"):
        yield from _decoded(data)
        with suppress(PdfReadError):  # foreign mail holds broken files
            yield from (page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    elif data.startswith(b"{\\rtf"):
        yield rtf_to_text(data.decode("latin-1"))
    else:
        yield from _decoded(data, charset)
        if b"\nbegin 644" in data or b"\nbase64" in data.lower() or b"message-id:" in data.lower():
            yield from _inner(data)


def _inner(data: bytes) -> Iterator[str]:
    import binascii

    lines = data.split(b"\n")
    unpacked = b""
    for line in lines:
        try:
            unpacked += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    yield from _decoded(unpacked)
    if re.match(rb"[A-Za-z-]+:", data):
        yield from texts_of_mail(data)


def _decoded(data: bytes, charset: str = "") -> Iterator[str]:
    names = {charset, *CHARSETS} - {""}
    if charset.startswith("big5"):
        names.add("big5")
    if data.count(0) > len(data) // 4:
        names |= {"utf-16-le", "utf-16-be"}
    for name in names:
        try:
            yield data.decode(name, "ignore")
        except (LookupError, UnicodeError):
            continue


def texts_of_package(raw: bytes) -> Iterator[tuple[str, Iterator[str]]]:
    """(entry, its texts) of an answer: names, bytes, mails of an mbox taken apart, attachments unpacked, JSON read."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            yield name, _entry(name, data)


def _entry(name: str, data: bytes) -> Iterator[str]:
    yield name
    yield from texts_of_file(data)
    if name.endswith(".json"):
        yield from _strings(json.loads(data))
    if name.endswith(".mbox"):
        for raw in re.split(rb"^From .*\n", data, flags=re.M)[1:]:
            yield from texts_of_mail(re.sub(rb"^>(>*From )", rb"\1", raw, flags=re.M))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
