"""The parts of a message as byte ranges of its source (RFC 5322, RFC 2046), linear in time and bounded in depth.

Nothing is decoded or copied here, so that a redaction can splice the source. Broken structure is read the way most
mail programs do, and named in `Part.defects`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.limits import Limits

_LINE = re.compile(rb"[^\n]*(?:\n|\Z)")
_LINE_CR = re.compile(rb"[^\r]*(?:\r|\Z)")
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:[ \t]*")
_PARAMETER = re.compile(rb""";\s*([^\s=;*"]+)(?:\*([0-9]{1,4}))?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)("?)|([^;]*))""", re.S)
_PLAIN = (b"", b"7bit", b"8bit", b"binary")
_HEADS = {b"message/rfc822", b"message/global", b"message/news", b"text/rfc822-headers", b"message/global-headers"}


class Header(NamedTuple):
    """One header field: `name` in lower case (empty for a line that is none), the range of its value and its end."""

    name: str
    start: int
    value: int
    value_end: int  # without the line ending
    end: int


class Parameter(NamedTuple):
    """One parameter of a structured header (RFC 2045, 2231): its value without quotes, and all of it with its `;`."""

    name: str
    section: int | None
    extended: bool
    quoted: bool
    start: int
    end: int
    outer_start: int
    outer_end: int


@dataclass(slots=True)
class Part:
    """A message or a body part. `number` is its path (`1.2`; empty for the message itself)."""

    number: str
    headers: list[Header]
    start: int
    head_end: int  # behind the empty line
    end: int
    media_type: bytes = b"text/plain"
    parameters: dict[str, list[Parameter]] = field(default_factory=dict)  # by header name, the first of each name
    encoding: bytes = b""
    children: list[Part] = field(default_factory=list)
    preamble: tuple[int, int] = (0, 0)
    epilogue: tuple[int, int] = (0, 0)
    delimiters: list[tuple[int, int]] = field(default_factory=list)  # of the boundary itself, without the hyphens
    defects: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Where the body of the part stands in a record: `part:1` when there is only one, `part:0` for all of them."""
        return f"part:{self.number or ('0' if self.children else '1')}"

    def at(self, place: str) -> str:
        """Path of something that belongs to the part but is not its body (`header:3`, `preamble`)."""
        return f"part:{self.number}/{place}" if self.number else place

    def header(self, name: str) -> Header | None:
        """The first header of that name."""
        return next((header for header in self.headers if header.name == name), None)

    def parameter(self, header: str, name: str) -> Parameter | None:
        """The first plain parameter of that name."""
        found = (item for item in self.parameters.get(header, ()) if item.name == name and not item.extended)
        return next(found, None)

    def walk(self) -> Iterator[Part]:
        """The part and everything in it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


def line_ending(raw: bytes, start: int = 0) -> bytes:
    """What ends lines from `start` on."""
    at = raw.find(b"\n", start)
    if at < 0:
        return b"\r" if b"\r" in raw[start : start + 4096] else b"\r\n"
    return b"\r\n" if at > start and raw[at - 1] == 13 else b"\n"


def structure(raw: bytes, limits: Limits) -> Part:
    """The tree of `raw`; never raises on bytes."""
    return _Reader(raw, limits).part("", 0, len(raw), 0, b"text/plain")


class _Reader:
    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw = raw
        self.limits = limits
        self.lines = _LINE if b"\n" in raw else _LINE_CR
        self.count = 0

    def part(self, number: str, start: int, end: int, depth: int, default: bytes) -> Part:
        """The part in `start:end`; `default` is its media type when it names none."""
        self.count += 1
        headers, head_end, defects = self.head(start, end)
        part = Part(number, headers, start, head_end, end, defects=defects)
        for header in headers:
            if header.name in ("content-type", "content-disposition") and header.name not in part.parameters:
                part.parameters[header.name] = parameters(self.raw, header, self.limits)
        part.media_type = self.token(part, "content-type") or default
        if b"/" not in part.media_type:
            part.media_type = default
        part.encoding = self.token(part, "content-transfer-encoding")
        if part.media_type.startswith(b"multipart/"):
            self.multipart(part, depth)
        elif part.media_type in _HEADS and part.encoding in _PLAIN and self.room(part, depth):
            part.children.append(self.part(self.number(part, 1), head_end, end, depth + 1, b"text/plain"))
        return part

    def number(self, part: Part, index: int) -> str:
        return f"{part.number}.{index}" if part.number else str(index)

    def room(self, part: Part, depth: int) -> bool:
        """Whether the part may be taken apart further; else it is one text."""
        if depth < self.limits.mime_depth and self.count < self.limits.mime_parts:
            return True
        part.defects.append("too-large")
        return False

    def token(self, part: Part, name: str) -> bytes:
        header = part.header(name)
        if header is None:
            return b""
        value = self.raw[header.value : min(header.value_end, header.value + 200)]
        return value.split(b";")[0].split(b"(")[0].strip().strip(b"\"'").lower()

    def head(self, start: int, end: int) -> tuple[list[Header], int, list[str]]:
        """The header fields from `start` on, the place behind the empty line, and what is wrong with them."""
        headers: list[Header] = []
        at = start
        while at < end:
            match = self.lines.match(self.raw, at, end)
            stop = match.end() if match else end
            content = self.stripped(at, stop)
            if content == at:
                return headers, stop, []
            if headers and self.raw[at] in b" \t":
                headers[-1] = headers[-1]._replace(value_end=content, end=stop)
            elif len(headers) >= self.limits.header_count:
                return headers, at, ["too-large"]
            elif (named := _FIELD.match(self.raw, at, content)) is not None:
                name = named[1].decode("ascii").lower()
                headers.append(Header(name, at, named.end(), content, stop))
            elif self.raw.startswith((b"From ", b">From "), at) or (not headers and self.raw[at] in b" \t"):
                value = min(self.raw.find(b" ", at, content) + 1 or at, content)
                headers.append(Header("", at, value, content, stop))
            else:
                return headers, at, ["no-header-end"]
            at = stop
        return headers, at, [] if headers else ["no-headers"]

    def stripped(self, start: int, stop: int) -> int:
        """The end of a line without its line ending."""
        if stop > start and self.raw[stop - 1] == 10:
            stop -= 1
        while stop > start and self.raw[stop - 1] == 13:
            stop -= 1
        return stop

    def multipart(self, part: Part, depth: int) -> None:
        boundary = part.parameter("content-type", "boundary")
        if boundary is None or boundary.start >= boundary.end:
            part.defects.append("no-boundary")
            return
        if not self.room(part, depth):
            return
        token = re.sub(rb"\r?\n[ \t]*", b"", self.raw[boundary.start : boundary.end]).rstrip()
        token = re.sub(rb"\\(.)", rb"\1", token) if boundary.quoted else token
        pattern = re.compile(rb"^--(" + re.escape(token) + rb")(--)?[ \t]*\r*$", re.M)
        if self.lines is _LINE_CR:
            pattern = re.compile(rb"(?:^|(?<=\r))--(" + re.escape(token) + rb")(--)?[ \t]*(?=\r|\Z)")
        begin = -1
        default = b"message/rfc822" if part.media_type == b"multipart/digest" else b"text/plain"
        for match in pattern.finditer(self.raw, part.head_end, part.end):
            part.delimiters.append(match.span(1))
            if begin < 0:
                part.preamble = (part.head_end, self.unended(part.head_end, match.start()))
            elif self.count >= self.limits.mime_parts:
                part.defects.append("too-large")
                part.epilogue = (begin, part.end)
                return
            else:
                self.child(part, begin, match.start(), depth, default)
            begin = self.next_line(match.end(), part.end)
            if match[2] is not None:
                part.epilogue = (begin, part.end)
                return
        if begin < 0:
            part.defects.append("no-boundary")
            return
        part.defects.append("truncated")
        self.child(part, begin, part.end, depth, default, closed=False)

    def unended(self, start: int, end: int) -> int:
        """`end` before one line ending."""
        if end > start and self.raw[end - 1] == 10:
            end -= 1
        if end > start and self.raw[end - 1] == 13:
            end -= 1
        return end

    def next_line(self, at: int, end: int) -> int:
        match = self.lines.match(self.raw, at, end)
        return match.end() if match else end

    def child(self, part: Part, start: int, end: int, depth: int, default: bytes, closed: bool = True) -> None:
        """The part between two delimiters; the line ending before a delimiter belongs to the delimiter."""
        end = self.unended(start, end) if closed else end
        number = self.number(part, len(part.children) + 1)
        part.children.append(self.part(number, start, end, depth + 1, default))


def parameters(raw: bytes, header: Header, limits: Limits) -> list[Parameter]:
    """The parameters of a structured header, as tolerant as senders are careless."""
    found: list[Parameter] = []
    end = min(header.value_end, header.value + limits.header_bytes)
    for match in _PARAMETER.finditer(raw, header.value, end):
        name = match[1].decode("latin-1").lower()
        section = int(match[2]) if match[2] is not None else None
        quoted = match[6] is None
        start, stop = match.span(4 if quoted else 6)
        if not quoted:
            if name not in ("filename", "name"):  # only file names are written with bare spaces
                stop = start + len(raw[start:stop].split(None, 1)[0] if raw[start:stop].strip() else b"")
            stop = start + len(raw[start:stop].rstrip())
        outer_end = match.end() if quoted else stop
        found.append(Parameter(name, section, match[3] is not None, quoted, start, stop, match.start(), outer_end))
    return found
