"""Reads a message into a record in which every place where a person can stand is a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

from connectors import charset, documents
from connectors.contract import Attachment, Field, FieldType, Participant, Record, Ref, Text, TextKind, Unreadable
from connectors.errors import Vanished
from connectors.limits import Limits
from connectors.mail import bodies, headers, transfer
from connectors.mail.addresses import addresses
from connectors.mail.structure import Part, structure

_ROLES = {
    "from": "from", "sender": "from", "resent-from": "from", "resent-sender": "from", "return-path": "from",
    "reply-to": "reply-to", "mail-followup-to": "reply-to",
    "to": "to", "resent-to": "to", "cc": "cc", "resent-cc": "cc", "bcc": "bcc", "resent-bcc": "bcc",
    "delivered-to": "owner", "x-original-to": "owner", "envelope-to": "owner",
}  # fmt: skip
_LOST = {"too-large": "too-large", "no-boundary": "damaged", "truncated": "damaged"}
_ARMOUR = "-----BEGIN PGP MESSAGE-----"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-,;\s])")


Draw = Callable[[bytes, str, str], tuple[Iterable[tuple[str, str]], Iterable[tuple[str, str]]]]
"""Draws the (subpath, text) and (subpath, reason) of a file, given its bytes, name and media type."""


def parse(raw: bytes, ref: Ref, version: str, limits: Limits, draw: Draw | None = None) -> Record:
    """The record of a message; never raises on bytes.

    Texts: each header of each part (`header:3`, `part:1.2/header:0`), file names (`part:2/header:1/filename`), bodies
    (`part:1.2`), what stands before, between and behind the parts, and what is drawn out of attachments (not maskable).
    What could not be read stands in `unreadable`; a message beyond a limit is still searched as far as it is text.
    Participants are those of the message itself, not of messages forwarded in it. `draw` reads attachments, by default
    `documents.read`.
    """
    return _Reader(raw, limits, draw or partial(documents.read, limits=limits)).record(ref, version)


def attachment(raw: bytes, path: str, limits: Limits) -> bytes:
    """The decoded bytes of one attachment; raises `Vanished` when the message has none at `path`."""
    for part in tree(raw, limits).walk():
        if part.path == path and is_attachment(raw, part):
            return transfer.decode(raw, part.head_end, part.end, part.encoding).data
    raise Vanished("The message has no attachment at this place.", advice="Plan again from the message as it is now.")


def tree(raw: bytes, limits: Limits) -> Part:
    """The structure of a message; one that is too large is not taken apart below its headers."""
    return structure(raw, limits if len(raw) <= limits.message_bytes else replace(limits, mime_depth=0))


def is_attachment(raw: bytes, part: Part) -> bool:
    """Whether the part is listed as an attachment, and can be dropped as one."""
    if part.media_type.startswith(b"multipart/"):
        return False
    if part.children:
        return bool(part.number) and part.media_type.startswith(b"message/")
    found = bodies.readable(raw, part)
    return found is None or found.kind is TextKind.ATTACHMENT


def subject_path(raw: bytes, root: Part, name: str) -> str | None:
    """Path of the header that field `subject` or `message-id` shows."""
    return next((f"header:{index}" for index, header in enumerate(root.headers) if header.name == name), None)


class _Reader:
    def __init__(self, raw: bytes, limits: Limits, draw: Draw) -> None:
        self.raw = raw
        self.draw = draw
        self.limits = limits
        self.texts: list[Text] = []
        self.attachments: list[Attachment] = []
        self.unreadable: list[Unreadable] = []

    def record(self, ref: Ref, version: str) -> Record:
        root = tree(self.raw, self.limits)
        for part in root.walk():
            self.part(part)
        return Record(
            ref,
            version,
            fields=self.fields(root),
            texts=tuple(self.texts),
            participants=tuple(self.participants(root)),
            attachments=tuple(self.attachments),
            unreadable=tuple(dict.fromkeys(self.unreadable)),
            native=self.raw,
        )

    def part(self, part: Part) -> None:
        self.headers(part)
        for defect in part.defects:
            if defect in _LOST:
                self.unreadable.append(Unreadable(part.path, _LOST[defect]))
        if part.media_type == b"multipart/encrypted":
            self.unreadable.append(Unreadable(part.path, "encrypted"))
        for place, (start, end) in (("preamble", part.preamble), ("epilogue", part.epilogue)):
            self.loose(part.at(place), start, end)
        if part.children:
            if part.number and part.media_type.startswith(b"message/"):
                self.attach(part, part.end - part.head_end)
        elif not part.media_type.startswith(b"multipart/") or not part.delimiters:
            self.body(part)

    def headers(self, part: Part) -> None:
        for index, header in enumerate(part.headers):
            path = part.at(f"header:{index}")
            text = headers.text_of(self.raw, part, header)
            if text and not text.isspace():
                self.texts.append(Text(path, text, TextKind.HEADER, name=header.name))
            if header.value_end - header.value > self.limits.header_bytes:
                self.unreadable.append(Unreadable(path, "too-large"))
            if part.parameters.get(header.name):
                self.named(part, index)

    def named(self, part: Part, index: int) -> None:
        for item in headers.named(self.raw, part, part.headers[index]):
            text = "".join(piece.text for piece in item.pieces)
            if item.key != "boundary":
                self.texts.append(Text(part.at(f"header:{index}/{item.key}"), text, TextKind.FILENAME))
            elif "@" in text:
                self.texts.append(Text(part.at(f"header:{index}/{item.key}"), text, TextKind.HEADER))

    def loose(self, path: str, start: int, end: int) -> None:
        text, _ = charset.decode(self.raw[start:end])
        if text and not text.isspace():
            self.texts.append(Text(path, text, TextKind.BODY))

    def body(self, part: Part) -> None:
        found = bodies.readable(self.raw, part)
        if found is None:
            self.document(part)
            return
        if found.text and not found.text.isspace():
            self.texts.append(Text(part.path, found.text, found.kind, self.language(part), found.body.maskable))
        if _ARMOUR in found.text:
            self.unreadable.append(Unreadable(part.path, "encrypted"))
        if part.media_type == b"message/partial":  # RFC 2046, section 5.2.2: the rest came in other messages
            self.unreadable.append(Unreadable(part.path, "unsupported"))
        self.inline_files(part, found.source)
        self.appended(part, found.body)
        if found.kind is TextKind.ATTACHMENT:
            self.attach(part, len(found.body.data))

    def inline_files(self, part: Part, source: str) -> None:
        """Files that old programs wrote into the text."""
        for index, match in enumerate(transfer.INLINE_FILE.finditer(source), 1):
            data = transfer.unpacked_uu(match[2].encode("latin-1", "replace"))
            if data is None:
                self.unreadable.append(Unreadable(f"{part.path}/{index}", "damaged"))
            else:
                self.draw_into(f"{part.path}/{index}", data, match[1], "")

    def document(self, part: Part) -> None:
        body = transfer.decode(self.raw, part.head_end, part.end, part.encoding)
        self.appended(part, body)
        self.attach(part, len(body.data))
        name = headers.filename(self.raw, part)
        self.draw_into(part.path, body.data, name, part.media_type.decode("latin-1"))

    def draw_into(self, path: str, data: bytes, name: str, media_type: str) -> None:
        texts, unreadable = self.draw(data, name, media_type)
        for subpath, text in texts:
            self.texts.append(Text(_below(path, subpath), text, TextKind.ATTACHMENT, maskable=False))
        for subpath, reason in unreadable:
            self.unreadable.append(Unreadable(_below(path, subpath), reason))

    def appended(self, part: Part, body: transfer.Body) -> None:
        if body.damaged:
            self.unreadable.append(Unreadable(part.path, "damaged"))
        self.loose(part.at("appended"), body.end, part.end)

    def attach(self, part: Part, size: int) -> None:
        name = headers.filename(self.raw, part)
        self.attachments.append(Attachment(part.path, name, part.media_type.decode("latin-1"), size))

    def language(self, part: Part) -> str | None:
        header = part.header("content-language")
        match = _LANGUAGE.match(headers.text_of(self.raw, part, header)) if header else None
        return match[0].lower() if match else None

    def participants(self, root: Part) -> Iterator[Participant]:
        for header in root.headers:
            role = _ROLES.get(header.name)
            if role is None or header.value_end - header.value > self.limits.header_bytes:
                continue
            value, _ = charset.decode(re.sub(rb"\r*\n", b"", self.raw[header.value : header.value_end]))
            for name, address in addresses(value):
                yield Participant(role, address, name)

    def fields(self, root: Part) -> tuple[Field, ...]:
        values = {}
        for name in ("subject", "date", "message-id"):
            header = root.header(name)
            values[name] = headers.text_of(self.raw, root, header) if header else ""
        return (
            Field("subject", values["subject"], FieldType.TEXT),
            Field("date", _moment(values["date"]), FieldType.DATE),
            Field("message-id", values["message-id"], FieldType.OTHER),
        )


def _below(path: str, subpath: str) -> str:
    return f"{path}/{subpath}" if subpath else path


def _moment(text: str) -> datetime | None:
    """The date of a message; without a zone it counts as UTC."""
    try:
        found = parsedate_to_datetime(text[:200])
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
