"""Opening a file: its first bytes decide what it is; name and media type only where a format has no mark of its own."""

from __future__ import annotations

import re

from connectors import charset
from connectors.contract import Unreadable
from connectors.documents import escapes, markup
from connectors.documents.reading import PICTURES
from connectors.files import columns, values, xml
from connectors.files.letters import Letter
from connectors.files.markup_parts import Part
from connectors.files.office import open_office
from connectors.files.passages import File, Opaque, Region, TextFile, region
from connectors.files.pdf import open_pdf
from connectors.limits import DEFAULTS, Limits
from connectors.pieces import Piece

_MAIL = re.compile(rb"(?:From [^\n]*\n)?(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){2}")
_LETTER_HEADER = re.compile(rb"^(?:From|To|Subject|Date|Message-ID|Received|MIME-Version|Return-Path):", re.I | re.M)
_HTML = re.compile(
    r"\ufeff?\s*(?:<!--.{0,2000}?-->\s*)?(?:<!doctype\s+html|<html|<head|<body|<table|<div|<p[ >])", re.I | re.S
)
_XML = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<(?:\0)?\?(?:\0)?x")
_CARD = re.compile(r"\ufeff?\s*BEGIN:(?:VCALENDAR|VCARD)", re.I)
_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 11, 12, 13, 27))
_MEDIA = (b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"\x1a\x45\xdf\xa3")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PICTURE_URL = re.compile(r"data:(?:image|font)/[^,\"']{0,100};base64,", re.I)


def open_file(
    data: bytes,
    name: str = "",
    media_type: str = "",
    limits: Limits = DEFAULTS,
    *,
    label: str = "",
    keys: bool = False,
) -> File:
    """The file, taken apart; one that cannot be read is an empty file whose `unread` says why. Never raises on bytes.

    `label` is the charset that somebody else names; `keys` makes the keys of JSON maskable too.
    """
    return _Opener(limits, keys, limits.archive_depth).open(data, name, media_type, label)


class _Opener:
    def __init__(self, limits: Limits, keys: bool, depth: int) -> None:
        self.limits, self.keys, self.depth = limits, keys, depth

    def inner(self, data: bytes, name: str, media_type: str = "", label: str = "") -> File:
        """A file in a file."""
        if self.depth <= 0:
            return Opaque(data, "bomb")
        return _Opener(self.limits, self.keys, self.depth - 1).open(data, name, media_type, label)

    def open(self, data: bytes, name: str, media_type: str, label: str) -> File:
        if len(data) > self.limits.attachment_bytes:
            return Opaque(data, "too-large")
        name, media_type = name.lower(), media_type.lower().partition(";")[0].strip()
        if data.startswith(PICTURES) or data[8:12] == b"WEBP":
            return Opaque(data, "media" if data.startswith(_MEDIA) else "picture")
        if b"%PDF-" in data[:1024]:
            return open_pdf(data, self.limits)
        if data.startswith(_ZIP):
            return open_office(data, self.limits, self.inner) or Opaque(data, "unsupported")
        if data.lstrip()[:5] == b"{\\rtf":
            return Opaque(data, "unsupported")
        if data[4:8] == b"ftyp" or media_type.startswith(("audio/", "video/")):
            return Opaque(data, "media")
        return self.text(data, name, media_type, label)

    def text(self, data: bytes, name: str, media_type: str, label: str) -> File:
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        if not wide and not _is_text(data):
            return Opaque(data, "unsupported")
        if _XML.match(data) and not (name.endswith((".html", ".htm", ".xhtml")) or media_type == "text/html"):
            try:
                return self.xml(data)
            except xml.NotXml:
                pass  # read like HTML, which needs no form
        if not wide and (media_type == "message/rfc822" or name.endswith(".eml") or _is_mail(data)):
            return Letter(data, self.limits, self.inner)
        source, codec = _decoded(data, label or markup.declared_charset(data))
        guessed = codec not in ("utf-8", "ascii", "utf-16-le", "utf-16-be") and codec != charset.codec(label)
        unread = [Unreadable("1", "picture")] if _PICTURE_URL.search(source) else []
        regions = self.regions(source, name, media_type)
        if "-----BEGIN PGP MESSAGE" in source[:200]:
            return Opaque(data, "encrypted")
        return TextFile(data, source, codec, regions, guessed, unread=unread)

    def regions(self, source: str, name: str, media_type: str) -> list[Region]:
        """The passages of a text by its notation."""
        sheet = name.endswith((".csv", ".tsv", ".tab")) or media_type in ("text/csv", "text/tab-separated-values")
        if not sheet and values.is_json(source):
            return list(values.regions(source, self.keys))
        if not sheet and (
            _HTML.match(source) or name.endswith((".html", ".htm", ".xml", ".svg")) or "html" in media_type
        ):
            return [region("1", markup.pieces_of(source))]
        if _CARD.match(source):
            return [region("1", escapes.card_pieces(source))]
        if delimiter := columns.delimiter_of(source, sheet):
            return list(columns.regions(source, delimiter))
        return [region("1", [Piece(source, 0, len(source), str)])] if source.strip() else []

    def xml(self, data: bytes) -> File:
        source, codec = xml.decode(data)
        part = Part("", source)
        unread = [Unreadable("1", "picture")] if _PICTURE_URL.search(source) else []
        return TextFile(data, source, codec, part.regions, tied=part.tied, unread=unread)


def _decoded(data: bytes, label: str) -> tuple[str, str]:
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark) and len(data) % 2 == 0:
            try:
                return data.decode(codec), codec
            except UnicodeDecodeError:
                break
    return charset.decode(data, label)


def _is_mail(data: bytes) -> bool:
    head = data[:20_000]
    return _MAIL.match(head) is not None and _LETTER_HEADER.search(head) is not None


def _is_text(data: bytes) -> bool:
    """Whether there are next to no control characters."""
    return len(data) - len(data.translate(None, _CONTROL)) <= len(data) // 200
