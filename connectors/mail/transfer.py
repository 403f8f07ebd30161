"""Content transfer encodings (RFC 2045, section 6), with the way back from decoded bytes to the source."""

from __future__ import annotations

import binascii
import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from connectors.pieces import Edit, applied

IDENTITY = frozenset({b"", b"7bit", b"8bit", b"binary"})
_UU = frozenset({b"x-uuencode", b"uuencode", b"x-uue", b"uue"})
_QP = re.compile(rb"=([0-9A-Fa-f]{2})|=[ \t]*(?:\r?\n|\Z)|(?<![ \t])[ \t]++(?=\r?\n)")
_ESCAPE = re.compile(rb"=[0-9A-Fa-f]{2}")
INLINE_FILE = re.compile(r"^begin [0-7]{3,4} (\S[^\r\n]*)\r?\n((?:[!-`][ -`]*\r?\n)+)(?:[ `]?\r?\n)?end\b", re.M)
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=]+[ \t\r]*")


class Body(NamedTuple):
    """A decoded body. `end` is where its encoded form ends; text that somebody appended stands behind it.

    `maskable` False: it was decoded, but cannot be written back. `damaged` says that something had to be left out.
    """

    data: bytes
    end: int
    maskable: bool = True
    damaged: bool = False


def decode(raw: bytes, start: int, end: int, encoding: bytes) -> Body:
    """The decoded bytes of `start:end`; what cannot be decoded at all comes as it stands."""
    source = raw[start:end]
    if encoding == b"quoted-printable":
        return Body(_unquoted(source), end)
    if encoding == b"base64":
        return _base64(source, start)
    if encoding in _UU:
        return _uu(source, end)
    return Body(source, end, damaged=encoding not in IDENTITY)


def edits_of_source(
    raw: bytes, start: int, body: Body, encoding: bytes, edits: Sequence[Edit[bytes]], eol: bytes
) -> list[Edit[bytes]]:
    """Edits of the decoded bytes as edits of `raw`; in order, as given."""
    if encoding == b"quoted-printable":
        return _quoted_edits(raw, start, body.end, edits, eol)
    if encoding == b"base64":
        return [Edit(start, body.end, _base64_again(raw[start : body.end], applied(body.data, edits), eol))]
    return [Edit(start + edit.start, start + edit.end, edit.by) for edit in edits]


def _unquoted(source: bytes) -> bytes:
    return _QP.sub(lambda match: bytes.fromhex(match[1].decode()) if match[1] else b"", source)


def _base64(source: bytes, start: int) -> Body:
    """Tolerates noise, and padding in the middle as left by programs that glue encoded blocks together."""
    stop = _base64_end(source)
    block = re.sub(rb"[^A-Za-z0-9+/=]+", b"", source[:stop])
    noise = len(block) + sum(source[:stop].count(space) for space in b"\r\n \t")
    data, damaged = [], noise != stop
    for piece in re.split(rb"=+", block):
        rest = len(piece) % 4
        if rest == 1:
            piece, damaged = piece[:-1], True  # noqa: PLW2901 - six bits alone carry nothing
        data.append(binascii.a2b_base64(piece + b"=" * (-len(piece) % 4)))
    return Body(b"".join(data), start + stop, damaged=damaged)


def _base64_end(source: bytes) -> int:
    """Where the encoded block ends: behind it a mailing list may have put a footer in plain text."""
    end = at = 0
    for line in source.splitlines(keepends=True):
        at += len(line)
        if _BASE64_LINE.fullmatch(line.rstrip(b"\r\n")):
            end = at
        elif line.strip() and end and b" " in line.strip() and not _long_base64_after(source, at):
            return end
    return len(source)


def _long_base64_after(source: bytes, at: int) -> bool:
    return re.compile(rb"^[A-Za-z0-9+/]{60,}[ \t\r]*$", re.M).search(source, at) is not None


def _base64_again(source: bytes, data: bytes, eol: bytes) -> bytes:
    """Encodes with the line length, the blank lines around and the last line ending of what it replaces."""
    lead = source[: len(source) - len(source.lstrip(b"\r\n"))]
    tail = source[len(source.rstrip(b"\r\n")) :]
    width = len(source.lstrip(b"\r\n").split(b"\n", 1)[0].strip()) // 4 * 4
    width = width if 4 <= width <= 996 else 76
    step = width // 4 * 3
    lines = (binascii.b2a_base64(data[at : at + step], newline=False) for at in range(0, len(data), step))
    return lead + eol.join(lines) + tail


def unpacked_uu(source: bytes) -> bytes | None:
    """The bytes of a uuencoded block, None when a line of it is broken."""
    data = []
    for line in source.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            data.append(binascii.a2b_uu(line))
        except binascii.Error:
            return None
    return b"".join(data)


def _uu(source: bytes, end: int) -> Body:
    data = unpacked_uu(source)
    return Body(source if data is None else data, end, maskable=False, damaged=data is None)


def _quoted_edits(raw: bytes, start: int, end: int, edits: Sequence[Edit[bytes]], eol: bytes) -> list[Edit[bytes]]:
    """Only the edited lines change their form."""
    places = _QuotedPlaces(raw, start, end)
    result = []
    for edit in edits:
        low = places.first(edit.start)
        high = max(low, places.last(edit.end))
        line_end = raw.find(b"\n", high, end)
        tail = (line_end if line_end >= 0 else end) - high
        column = low - max(raw.rfind(b"\n", start, low) + 1, start)
        result.append(Edit(low, high, _quoted(edit.by, column, tail, eol)))
    return result


class _QuotedPlaces:
    """Maps offsets of the decoded bytes to the source; built in one pass."""

    def __init__(self, raw: bytes, start: int, end: int) -> None:
        self.decoded, self.source = array("q"), array("q")  # where each run starts: literal text, or one =XX
        self.end = end
        at, count = start, 0
        for match in _QP.finditer(raw, start, end):
            count = self._run(count, at, match.start() - at)
            if match[1]:
                count = self._run(count, match.start(), 1)
            at = match.end()
        self.total = self._run(count, at, end - at)
        self.raw = raw

    def _run(self, count: int, at: int, size: int) -> int:
        if size:
            self.decoded.append(count)
            self.source.append(at)
        return count + size

    def _place(self, offset: int) -> tuple[int, int]:
        """Source range of the decoded byte at `offset`."""
        index = bisect_right(self.decoded, offset) - 1
        at = self.source[index] + offset - self.decoded[index]
        following = self.decoded[index + 1] if index + 1 < len(self.decoded) else self.total
        escape = following - self.decoded[index] == 1 and _ESCAPE.match(self.raw, at, self.end)
        return at, at + (3 if escape else 1)

    def first(self, offset: int) -> int:
        """Where the byte at `offset` begins."""
        return self._place(offset)[0] if offset < self.total else self.end

    def last(self, offset: int) -> int:
        """Where the byte before `offset` ends."""
        return self._place(offset - 1)[1] if offset else self.first(0)


def _quoted(data: bytes, column: int, tail: int, eol: bytes) -> bytes:
    """Quoted-printable for the middle of a line; soft breaks keep every line within 76 characters where they can."""
    units = [bytes([byte]) if 33 <= byte <= 126 and byte != 61 else b"=%02X" % byte for byte in data]
    out: list[bytes] = []
    for unit in units:
        if column + len(unit) > 75:
            out.append(b"=" + eol)
            column = 0
        out.append(unit)
        column += len(unit)
    if data and column and column + tail > 76:
        out.append(b"=" + eol)
    return b"".join(out)
