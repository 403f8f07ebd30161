"""The body of a part as text, as a reader sees it, with the way back to the source."""

from __future__ import annotations

import re
from typing import NamedTuple

from connectors import charset
from connectors.contract import TextKind
from connectors.documents import escapes, markup
from connectors.mail import transfer
from connectors.mail.structure import Part, line_ending
from connectors.pieces import Edit, Piece, merged, project

_HTML = frozenset({b"text/html", b"application/xhtml+xml"})
_XML = frozenset({b"application/xml", b"text/xml"})
_JSON = frozenset({b"application/json", b"text/json"})
_TEXT = frozenset(
    {b"application/json", b"application/xml", b"application/ics", b"application/x-yaml", b"application/csv",
     b"message/delivery-status", b"message/disposition-notification", b"message/feedback-report", b"message/partial",
     b"message/external-body"}
)  # fmt: skip
_CARDS = frozenset({b"text/calendar", b"text/vcard", b"text/x-vcard", b"text/directory", b"application/ics"})
_SOFT_BREAK = re.compile(r" \r?\n")  # RFC 3676 with DelSp: the space only marks the break
_DOCUMENT = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf", b"\x78\x9f\x3e\x22")


class Readable(NamedTuple):
    """A decoded body. `source` is what the charset gave; `text` is what is read of it."""

    body: transfer.Body
    source: str
    codec: str
    text: str
    kind: TextKind


def readable(raw: bytes, part: Part) -> Readable | None:
    """The body as text; None when the part has parts of its own or holds a document, a picture or the like."""
    if part.children or not _is_text(part):
        return None
    body = transfer.decode(raw, part.head_end, part.end, part.encoding)
    if body.data.startswith(_DOCUMENT):
        return None
    source, codec = charset.decode(body.data, _charset(raw, part, body.data))
    pieces = _pieces(raw, part, source)
    text = source if pieces is None else "".join(piece.text for piece in pieces)
    kind = TextKind.HTML if part.media_type in _HTML else TextKind.BODY
    return Readable(body, source, codec, text, TextKind.ATTACHMENT if attached(raw, part) else kind)


def attached(raw: bytes, part: Part) -> bool:
    """Whether the sender meant the part as a file."""
    header = part.header("content-disposition")
    if header and raw[header.value : header.value_end].lstrip()[:10].lower() == b"attachment":
        return True
    return any(
        name in ("filename", "name")
        for parameters in part.parameters.values()
        for name in (item.name for item in parameters)
    )


def edits_of_raw(raw: bytes, part: Part, found: Readable, edits: list[Edit[str]]) -> list[Edit[bytes]]:
    """Edits of the text as edits of the message."""
    pieces = _pieces(raw, part, found.source)
    inner = merged(edits) if pieces is None else project(pieces, edits)
    guessed = found.codec not in ("utf-8", charset.codec(_charset(raw, part, found.body.data)))
    plain = guessed or (part.encoding in transfer.IDENTITY and found.body.data.isascii())
    data = charset.edits_of_bytes(found.body.data, found.source, found.codec, inner, plain)
    eol = line_ending(raw, part.head_end)
    return transfer.edits_of_source(raw, part.head_end, found.body, part.encoding, data, eol)


def value(raw: bytes, part: Part, name: str) -> str:
    """A parameter of Content-Type, empty when it is not there."""
    parameter = part.parameter("content-type", name)
    return raw[parameter.start : parameter.end].decode("latin-1") if parameter else ""


def _charset(raw: bytes, part: Part, data: bytes) -> str:
    """What the header declares, else what a page says of itself."""
    declared = value(raw, part, "charset")
    return declared or (markup.declared_charset(data) if part.media_type in _HTML else "")


def _is_text(part: Part) -> bool:
    if part.media_type.startswith((b"text/", b"multipart/")):
        return part.media_type not in (b"text/rtf", b"text/richtext+rtf")
    nested = part.media_type.startswith(b"message/") and part.encoding in transfer.IDENTITY
    return nested or part.media_type in _TEXT or part.media_type in _HTML


def _pieces(raw: bytes, part: Part, source: str) -> list[Piece[str]] | None:
    """None where text and source are the same."""
    if part.media_type in _HTML or part.media_type in _XML:
        return markup.pieces_of(source)
    if part.media_type in _JSON:
        return escapes.json_pieces(source)
    if part.media_type in _CARDS:
        return escapes.card_pieces(source)
    if value(raw, part, "delsp").lower() == "yes":
        return list(escapes.without(_SOFT_BREAK, source, 0, len(source)))
    return None
