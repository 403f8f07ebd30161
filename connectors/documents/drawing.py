"""Draws the texts of a file and of the files in it; runs in the reading process only."""

from __future__ import annotations

import re
import struct
import zlib
from zipfile import BadZipFile

from connectors import charset
from connectors.documents import escapes, markup, signed
from connectors.limits import Limits
from connectors.pieces import joined

# What readers of broken files raise. A `MemoryError` is not among them: it ends the process, which is the answer.
BROKEN = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError, OSError, RuntimeError, AssertionError,
    struct.error, zlib.error, BadZipFile,
)  # fmt: skip

_MAIL = re.compile(rb"\s*(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){2}")
_HTML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html|<head|<body)", re.I)
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*\"|\[\s*[\[{\"])")  # a binary column has no name that would tell
_CARD = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*BEGIN:(?:VCALENDAR|VCARD)", re.I)
_ENVELOPED = bytes.fromhex("2a864886f70d010703")  # PKCS #7 envelopedData, RFC 8551
_SIGNED = bytes.fromhex("2a864886f70d010702")
_CONTROL = bytes(code for code in range(32) if code not in (9, 10, 11, 12, 13, 27))


class Bomb(Exception):
    """The file unpacks to more than a bound allows."""


class Drawing:
    """Collects what is drawn of one attachment, within one budget for all that it holds."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.texts: list[tuple[str, str]] = []
        self.unreadable: list[tuple[str, str]] = []
        self.bytes_left = limits.unpacked_bytes
        self.entries_left = limits.archive_entries
        self.characters_left = limits.text_characters
        self.depth = 0

    def text(self, path: str, text: str) -> None:
        """Adds a text; what goes over the bound is cut and named."""
        text = text.encode("utf-8", "replace").decode("utf-8")
        if len(text) > self.characters_left:
            text = text[: self.characters_left]
            self.lost(path, "too-large")
        self.characters_left -= len(text)
        if text.strip():
            self.texts.append((path, text))

    def lost(self, path: str, reason: str) -> None:
        """Names what cannot be read."""
        if (path, reason) not in self.unreadable:
            self.unreadable.append((path, reason))

    def spend(self, size: int) -> None:
        """Counts unpacked bytes; raises `Bomb` when there are too many."""
        self.bytes_left -= size
        if self.bytes_left < 0:
            raise Bomb

    def entry(self) -> None:
        """Counts an entry of an archive; raises `Bomb` when there are too many."""
        self.entries_left -= 1
        if self.entries_left < 0:
            raise Bomb

    def inside(self, path: str, index: int, data: bytes, name: str, media_type: str = "") -> None:
        """A file in this file, the `index`-th; its name is a text of its own."""
        below = f"{path}/{index}" if path else str(index)
        self.text(f"{below}/name", name)
        if self.depth >= self.limits.archive_depth:
            self.lost(below, "bomb")
            return
        self.depth += 1
        self.file(below, data, name, media_type)
        self.depth -= 1

    def file(self, path: str, data: bytes, name: str, media_type: str) -> None:
        """Draws one file; a failure is named, never raised."""
        before = len(self.texts), len(self.unreadable)
        try:
            self._by_content(path, data, name.lower(), media_type.lower())
        except Bomb:
            self.lost(path, "bomb")
        except BROKEN:
            self.lost(path, "damaged")
        if data.strip() and before == (len(self.texts), len(self.unreadable)):
            self.lost(path, "no-text")

    def _by_content(self, path: str, data: bytes, name: str, media_type: str) -> None:
        """The first bytes decide; name and media type only where a format has none."""
        from connectors.documents import archives, ole, pdf, tnef

        if b"%PDF-" in data[:1024]:
            pdf.draw(self, path, data)
        elif data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK00PK")):
            archives.draw_zip(self, path, data)
        elif data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
            ole.draw(self, path, data)
        elif data.lstrip()[:5] == b"{\\rtf":
            self.text(path, rtf(data))
        elif data.startswith(b"\x78\x9f\x3e\x22"):
            tnef.draw(self, path, data)
        elif archives.is_packed(data):
            archives.draw_packed(self, path, data, name)
        elif archives.is_tar(data):
            archives.draw_tar(self, path, data)
        else:
            self._without_magic(path, data, name, media_type)

    def _without_magic(self, path: str, data: bytes, name: str, media_type: str) -> None:
        if data[:1] == b"\x30" and _ENVELOPED in data[:64]:
            self.lost(path, "encrypted")
        elif data[:1] == b"\x30" and _SIGNED in data[:64]:
            self._signed(path, data)
        elif _HTML.match(data[:1000]) or media_type == "text/html":
            self.text(path, markup.text_of(charset.decode(data, markup.declared_charset(data))[0]))
        elif media_type.startswith("message/") or (name.endswith(".eml") and _MAIL.match(data[:20_000])):
            self._mail(path, data)
        elif data.startswith((b"\xff\xfe", b"\xfe\xff")) and len(data) % 2 == 0:
            self.text(path, data.decode("utf-16", "replace"))
        elif _CARD.match(data[:1000]):
            self.text(path, joined(escapes.card_pieces(charset.decode(data)[0])))
        elif _is_text(data) and (
            name.endswith(".json") or media_type == "application/json" or _JSON.match(data[:1000])
        ):
            self.text(path, joined(escapes.json_pieces(charset.decode(data)[0])))
        elif _is_text(data):
            self.text(path, charset.decode(data)[0])
        else:
            self.lost(path, "encrypted" if b"-----BEGIN PGP MESSAGE" in data[:200] else "unsupported")

    def _mail(self, path: str, data: bytes) -> None:
        """An attached message: its texts, numbered, and its attachments within the same budget."""
        from connectors.contract import Ref
        from connectors.mail.reading import parse

        record = parse(data, Ref("", ""), "", self.limits, self._nested)
        for index, text in enumerate(record.texts, 1):
            self.text(f"{path}/{index}" if path else str(index), text.text)
        for lost in record.unreadable:
            self.lost(path, lost.reason)

    def _nested(self, data: bytes, name: str, media_type: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Reads an attachment of an attached message in this process."""
        if self.depth >= self.limits.archive_depth:
            return [], [("", "bomb")]
        kept, self.texts, self.unreadable = (self.texts, self.unreadable), [], []
        self.depth += 1
        self.file("", data, name, media_type)
        self.depth -= 1
        found = self.texts, self.unreadable
        self.texts, self.unreadable = kept
        return found

    def _signed(self, path: str, data: bytes) -> None:
        """What was signed, if it is inside; the certificates hold names and addresses too."""
        content, certificates = signed.open_signed(data)
        self.text(f"{path}/certificates" if path else "certificates", certificates)
        if content is not None:
            self.spend(len(content))
            self._mail(path, content)


def rtf(data: bytes) -> str:
    """The text of RTF."""
    from striprtf.striprtf import rtf_to_text

    found: str = rtf_to_text(  # type: ignore[no-untyped-call]
        data.decode("latin-1"), errors="ignore"
    )
    return found


def _is_text(data: bytes) -> bool:
    """Whether there are next to no control characters."""
    sample = data[:100_000]
    return len(sample) - len(sample.translate(None, _CONTROL)) <= len(sample) // 200
