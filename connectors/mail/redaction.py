"""Masks spans of a message by splicing its bytes: what no mask touches stays identical, byte for byte.

A plain body is spliced where the text stands; quoted-printable changes its lines, base64 its part; of the headers only
the one that holds a span is written anew. Signatures (DKIM, S/MIME, PGP) over touched content become invalid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from connectors import charset
from connectors.contract import Mask
from connectors.errors import Unsupported
from connectors.limits import DEFAULTS, Limits
from connectors.mail import bodies, headers, transfer
from connectors.mail.reading import is_attachment, subject_path, tree
from connectors.mail.structure import Header, Part, line_ending
from connectors.pieces import Edit, applied, merged, project

STAMP = b"X-Privacy-Redaction"
NOTICE = "This attachment was removed to protect personal data."
REMOVED = "removed.txt"

_STAMP = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_PLACE = re.compile(r"(?:part:(?P<part>[0-9.]+))?(?:(?:^|/)(?P<place>.*))?", re.S)
_DESCRIBING = frozenset({"content-description", "content-location", "content-md5", "content-language", "content-base"})


def redact(
    raw: bytes,
    masks: Sequence[Mask],
    drop: Sequence[str],
    stamp: str | None,
    limits: Limits = DEFAULTS,
    swap: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """The message with every mask applied and the attachments at `drop` replaced by a notice.

    `swap` gives attachments other content, by path, in the encoding they have. `stamp`, an opaque id, is added as header
    `X-Privacy-Redaction`. A replacement that the charset of its place cannot hold is written in ASCII. Raises
    `Unsupported` for a place that does not exist or cannot be written back.
    """
    if stamp is not None and not _STAMP.fullmatch(stamp):
        raise ValueError("a stamp is 1 to 100 letters, digits or one of ._:-")
    editor = _Editor(raw, limits)
    dropped = _outermost([editor.dropped(path) for path in dict.fromkeys(drop)])
    edits = [edit for part in dropped for edit in _drop(raw, part)]
    for path, data in swap.items():
        part = editor.dropped(path)
        if not any(one.head_end <= part.start and part.end <= one.end for one in dropped) and part not in dropped:
            edits += _swapped(raw, part, data)
    gone = [(edit.start, edit.end) for edit in edits]
    for path, spans in editor.spans(masks).items():
        if not any(_inside(path, part) for part in dropped):
            found = editor.edits(path, spans)
            edits += (edit for edit in found if not any(edit.start < end and start < edit.end for start, end in gone))
    if stamp is not None:
        edits.append(_stamped(raw, editor.root, stamp))
    edits.sort(key=lambda edit: (edit.start, edit.end))
    return applied(raw, edits)


def stamps(raw: bytes, limits: Limits = DEFAULTS) -> set[str]:
    """The ids of the redactions that a message carries."""
    name = STAMP.decode().lower()
    root = tree(raw, limits)
    return {headers.text_of(raw, root, header).strip() for header in root.headers if header.name == name}


class _Editor:
    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw = raw
        self.root = tree(raw, limits)
        self.parts = {part.number: part for part in self.root.walk()}

    def spans(self, masks: Sequence[Mask]) -> dict[str, list[Edit[str]]]:
        """The masks by place; a field is a view of its header."""
        result: dict[str, list[Edit[str]]] = {}
        for mask in masks:
            path = mask.path
            if path.startswith("field:"):
                path = subject_path(self.raw, self.root, path.removeprefix("field:")) or path
            result.setdefault(path, []).append(Edit(mask.start, mask.end, mask.replacement))
        return result

    def dropped(self, path: str) -> Part:
        for part in self.parts.values():
            if part.path == path and is_attachment(self.raw, part):
                return part
        raise Unsupported(
            "The message has no attachment at this place.", advice="Plan again from the message as it is."
        )

    def edits(self, path: str, spans: list[Edit[str]]) -> Iterator[Edit[bytes]]:
        match = _PLACE.fullmatch(path)
        number, place = (match["part"] or "", match["place"] or "") if match else ("", "?")
        part = self.parts.get(number)
        if number == "1" and not place and (part is None or not self.root.children):
            part = self.root
        if part is None:
            raise _not_maskable()
        if not place:
            yield from self.body(part, spans)
        elif place.startswith("header:"):
            yield from self.header(part, place.removeprefix("header:"), spans)
        else:
            yield from self.loose(part, place, spans)

    def body(self, part: Part, spans: list[Edit[str]]) -> Iterator[Edit[bytes]]:
        found = bodies.readable(self.raw, part)
        if found is None or not found.body.maskable:
            raise _not_maskable()
        _check(spans, found.text)
        yield from bodies.edits_of_raw(self.raw, part, found, spans)

    def loose(self, part: Part, place: str, spans: list[Edit[str]]) -> Iterator[Edit[bytes]]:
        """Text outside the parts: before the first, behind the last, behind an encoded block."""
        if place == "appended" and not part.children:
            start, end = transfer.decode(self.raw, part.head_end, part.end, part.encoding).end, part.end
        elif place in ("preamble", "epilogue"):
            start, end = part.preamble if place == "preamble" else part.epilogue
        else:
            raise _not_maskable()
        data = self.raw[start:end]
        text, codec = charset.decode(data)
        _check(spans, text)
        for edit in charset.edits_of_bytes(data, text, codec, merged(spans), data.isascii()):
            yield Edit(start + edit.start, start + edit.end, edit.by)

    def header(self, part: Part, place: str, spans: list[Edit[str]]) -> Iterator[Edit[bytes]]:
        index, _, key = place.partition("/")
        if not index.isdecimal() or int(index) >= len(part.headers):
            raise _not_maskable()
        header = part.headers[int(index)]
        if not key:
            pieces = headers.pieces_of(self.raw, part, header)
            _check(spans, "".join(piece.text for piece in pieces))
            yield from project(pieces, spans)
            return
        found = next((item for item in headers.named(self.raw, part, header) if item.key == key), None)
        if found is None:
            raise _not_maskable()
        _check(spans, "".join(piece.text for piece in found.pieces))
        if key == "boundary":
            yield from _boundary(self.raw, part)
        else:
            yield from project(found.pieces, spans)


def _not_maskable() -> Unsupported:
    return Unsupported(
        "This place of the message cannot be masked.", advice="Drop the attachment or delete the message."
    )


def _check(spans: Sequence[Edit[str]], text: str) -> None:
    if any(not 0 <= span.start <= span.end <= len(text) for span in spans):
        raise Unsupported("A mask lies outside its text.", advice="Plan again from the message as it is now.")


def _outermost(parts: Sequence[Part]) -> list[Part]:
    """Without those that go with a part around them."""
    return [
        part
        for part in parts
        if not any(one is not part and one.head_end <= part.start and part.end <= one.end for one in parts)
    ]


def _inside(path: str, part: Part) -> bool:
    """Whether the body of a dropped part holds the place; its headers stay, but for those that describe the file."""
    if path.startswith(f"{part.path}/header:"):
        return False
    return path == part.path or path.startswith((f"{part.path}/", f"{part.path}."))


def _boundary(raw: bytes, part: Part) -> Iterator[Edit[bytes]]:
    """A boundary that names somebody is replaced as a whole, wherever it divides."""
    token, count = b"redacted-boundary", 0
    while token in raw:
        count += 1
        token = b"redacted-boundary-%d" % count
    parameter = part.parameter("content-type", "boundary")
    if parameter is not None:
        yield Edit(parameter.start, parameter.end, token)
    for start, end in part.delimiters:
        yield Edit(start, end, token)


def _drop(raw: bytes, part: Part) -> Iterator[Edit[bytes]]:
    """The notice instead of the body, and headers that fit it; names of the file go with it."""
    eol = line_ending(raw, part.start)
    wanted = {
        "content-type": b"Content-Type: text/plain; charset=us-ascii",
        "content-transfer-encoding": b"Content-Transfer-Encoding: 7bit",
        "content-disposition": b'Content-Disposition: attachment; filename="' + REMOVED.encode() + b'"',
    }
    for header in part.headers:
        if header.name in _DESCRIBING or (header.name.startswith("content-") and header.name in wanted):
            line = wanted.pop(header.name, None)
            yield Edit(header.start, header.end, line + eol if line is not None else b"")
    at = part.headers[-1].end if part.headers else part.start
    missing = b"".join(line + eol for line in wanted.values())
    if missing:
        closed = not part.headers or raw[at - 1 : at] in (b"\n", b"\r")
        yield Edit(at, at, (b"" if closed else eol) + missing)
    body = NOTICE.encode() + eol
    if part.head_end == at:  # no empty line stood between
        body = eol + body
    yield Edit(part.head_end, part.end, body)


def _swapped(raw: bytes, part: Part, data: bytes) -> Iterator[Edit[bytes]]:
    """Other content of a file; a checksum of the old one goes (RFC 1864)."""
    body = transfer.decode(raw, part.head_end, part.end, part.encoding)
    if not body.maskable or part.children:
        raise _not_maskable()
    yield from (Edit(header.start, header.end, b"") for header in part.headers if header.name == "content-md5")
    whole = [Edit(0, len(body.data), data)]
    yield from transfer.edits_of_source(raw, part.head_end, body, part.encoding, whole, line_ending(raw, part.head_end))


def _stamped(raw: bytes, root: Part, stamp: str) -> Edit[bytes]:
    """The header goes behind the last one."""
    eol = line_ending(raw, root.start)
    at = _last(root.headers, root.start)
    line = STAMP + b": " + stamp.encode() + eol
    if at > root.start and raw[at - 1 : at] not in (b"\n", b"\r"):
        line = eol + line
    if root.head_end == at and at < len(raw):  # the body follows without an empty line
        line += eol
    return Edit(at, at, line)


def _last(found: Sequence[Header], start: int) -> int:
    return found[-1].end if found else start
