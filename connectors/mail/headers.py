"""Header values as text and back (RFC 2047, RFC 2231, raw 8-bit), each character knowing where it stands."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from connectors import charset
from connectors.mail.structure import Header, Parameter, Part
from connectors.pieces import Piece

_WORD = re.compile(rb"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(rb"\r*\n|\r")
_CONTINUED = re.compile(rb"(?:\r*\n|\r)([ \t]?)")
_FOLD_TEXT = re.compile(r"\r*\n|\r")
_BLANK = re.compile(rb"[ \t\r\n]*")
_SPECIAL = re.compile(r"[()<>@,;:\\\"\[\]\r\n]")
_TOKEN = re.compile(rb"[A-Za-z0-9!#$&^_.+/-]*")
_PLAIN_VALUE = re.compile(rb"[A-Za-z0-9!#$&^_.+:=\s/-]*")
_SYNTAX = frozenset({"content-type", "content-disposition", "content-transfer-encoding", "mime-version"})
_NAMES = ("filename", "name")
# Headers that programs take apart: a replacement must not look like syntax there.
STRUCTURED = frozenset(
    "from sender reply-to to cc bcc resent-from resent-sender resent-to resent-cc resent-bcc return-path delivered-to "
    "message-id in-reply-to references content-type content-disposition content-id received list-id".split()
)


class Named(NamedTuple):
    """A parameter value as its own text: a file name, or a boundary that holds an address."""

    key: str  # `filename`, `filename*`, `name`, `boundary`
    pieces: list[Piece[bytes]]


def text_of(raw: bytes, part: Part, header: Header) -> str:
    """The unfolded, decoded value. Of headers that hold the message together only what is no syntax."""
    value = raw[header.value : header.value_end]
    if header.name not in _SYNTAX and value.isascii() and b"=?" not in value:
        return _FOLD_TEXT.sub("", value.decode("ascii"))
    return "".join(piece.text for piece in pieces_of(raw, part, header))


def pieces_of(raw: bytes, part: Part, header: Header) -> list[Piece[bytes]]:
    """`text_of` as pieces of `raw`."""
    eol = b"\r\n" if raw[header.value_end : header.end] in (b"\r\n", b"") else raw[header.value_end : header.end]
    structured = header.name in STRUCTURED
    if header.name not in _SYNTAX:
        return _value(raw, header.value, header.value_end, structured, eol)
    pieces: list[Piece[bytes]] = []
    at = header.value
    for start, end in [*_syntax(raw, part, header), (header.value_end, header.value_end)]:
        if raw[at:start].strip(b" \t\r\n;"):
            pieces += _value(raw, at, start, structured, eol)
            pieces.append(Piece(" ", start, start, None))
        at = max(at, end)
    return pieces


def _syntax(raw: bytes, part: Part, header: Header) -> list[tuple[int, int]]:
    """What a program needs to read the part: types, names of parameters, plain values, and what `named` gives."""
    token = _TOKEN.match(raw, header.value, header.value_end)
    ranges = [token.span()] if token else []
    apart = list(_apart(raw, part, header))
    for item in part.parameters.get(header.name, ()) if part.header(header.name) is header else ():
        if item in apart or _PLAIN_VALUE.fullmatch(raw, item.start, item.end):
            ranges.append((item.outer_start, item.outer_end))
        else:
            ranges += ((item.outer_start, item.start), (item.end, item.outer_end))
    return ranges


def named(raw: bytes, part: Part, header: Header) -> list[Named]:
    """The file names and the boundary of a structured header. A boundary cannot be masked piece by piece."""
    chains: dict[str, list[Parameter]] = {}
    for item in _apart(raw, part, header):
        chains.setdefault(item.name + ("*" if item.extended or item.section is not None else ""), []).append(item)
    result = []
    for key, items in chains.items():
        items.sort(key=lambda item: item.section or 0)
        pieces = list(_parameter(raw, items))
        if any(piece.text for piece in pieces):
            result.append(Named(key, pieces))
    return result


def filename(raw: bytes, part: Part) -> str:
    """The best file name of a part: extended before plain, Content-Disposition before Content-Type."""
    found: dict[str, str] = {}
    for name in ("content-disposition", "content-type"):
        header = part.header(name)
        for item in named(raw, part, header) if header else ():
            found.setdefault(item.key, "".join(piece.text for piece in item.pieces))
    return next((found[key] for key in ("filename*", "filename", "name*", "name") if key in found), "")


def decoded(value: bytes) -> str:
    """A piece of a header value as text."""
    return "".join(piece.text for piece in _value(value, 0, len(value), False, b"\r\n"))


def _apart(raw: bytes, part: Part, header: Header) -> Iterator[Parameter]:
    if part.header(header.name) is not header:
        return
    for item in part.parameters.get(header.name, ()):
        boundary = item.name == "boundary" and part.delimiters and not item.extended
        if item.name in _NAMES or (boundary and item is part.parameter(header.name, "boundary")):
            yield item


def _parameter(raw: bytes, items: list[Parameter]) -> Iterator[Piece[bytes]]:
    """One value out of its sections; the first extended section names the charset (RFC 2231)."""
    label = ""
    for index, item in enumerate(items):
        start = item.start
        if not item.extended:
            yield from _value(raw, start, item.end, True, b"\r\n")
            continue
        if index == 0 and raw.count(b"'", start, item.end) >= 2:
            label = raw[start : raw.index(b"'", start)].decode("latin-1")
            start = raw.index(b"'", raw.index(b"'", start) + 1) + 1
        text, name = charset.decode(unquote_to_bytes(raw[start : item.end]), label)
        if text:
            yield Piece(text, start, item.end, _percent(name), whole=True)


def _percent(name: str) -> Callable[[str], bytes]:
    return lambda text: quote(text.encode(name, "replace"), safe="").encode("ascii")


def _value(raw: bytes, start: int, end: int, structured: bool, eol: bytes) -> list[Piece[bytes]]:
    """Plain runs and encoded words; white space between two encoded words is not text (RFC 2047, section 6.2)."""
    if start >= end:
        return []
    words = list(_WORD.finditer(raw, start, end))
    plain = b"".join(_between(raw, start, end, words))
    _, name = charset.decode(plain)
    pieces: list[Piece[bytes]] = []
    at = start
    index = 0
    while index < len(words):
        run = [words[index]]
        while index + len(run) < len(words) and _adjacent(raw, run[-1], words[index + len(run)]):
            run.append(words[index + len(run)])
        pieces += _plain(raw, at, run[0].start(), name, structured)
        pieces += _encoded(run, eol)
        at = run[-1].end()
        index += len(run)
    return [*pieces, *_plain(raw, at, end, name, structured)]


def _between(raw: bytes, start: int, end: int, words: list[re.Match[bytes]]) -> Iterator[bytes]:
    at = start
    for word in words:
        yield raw[at : word.start()]
        at = word.end()
    yield raw[at:end]


def _adjacent(raw: bytes, one: re.Match[bytes], other: re.Match[bytes]) -> bool:
    return _BLANK.fullmatch(raw, one.end(), other.start()) is not None


def _encoded(run: list[re.Match[bytes]], eol: bytes) -> Iterator[Piece[bytes]]:
    """Neighbours of one charset are decoded together: careless senders split inside a character."""
    index = 0
    while index < len(run):
        label = run[index][1].lower()
        same = [run[index]]
        while index + len(same) < len(run) and run[index + len(same)][1].lower() == label:
            same.append(run[index + len(same)])
        text, name = charset.decode(b"".join(_word(item) for item in same), label.decode("latin-1"))
        index += len(same)
        if text:
            yield Piece(text, same[0].start(), same[-1].end(), _words(label.decode("latin-1"), name, eol), whole=True)


def _word(match: re.Match[bytes]) -> bytes:
    data = _FOLD.sub(b"", match[3])
    if match[2] in b"qQ":
        return binascii.a2b_qp(data.replace(b"_", b" "))
    data = re.sub(rb"[^A-Za-z0-9+/]+", b"", data)
    data = data[:-1] if len(data) % 4 == 1 else data
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _words(label: str, name: str, eol: bytes) -> Callable[[str], bytes]:
    """Writes encoded words of at most 75 characters, each complete in itself; in UTF-8 where the charset is too small."""

    def write(text: str) -> bytes:
        used = label.partition("*")[0] if charset.codec(label) == name and _holds(text, name) else "utf-8"
        words, at = [], 0
        room = 72 - len(used) - 8
        while at < len(text):
            size = min(room, len(text) - at)
            while size > 1 and len(_base64(text[at : at + size], used)) > room:
                size = max(1, size * 2 // 3)
            words.append(b"=?%s?B?%s?=" % (used.encode(), _base64(text[at : at + size], used)))
            at += size
        return (eol + b" ").join(words)

    return write


def _holds(text: str, name: str) -> bool:
    try:
        return charset.decode(text.encode(name), name) == (text, name)
    except (UnicodeError, ValueError):
        return False


def _base64(text: str, label: str) -> bytes:
    return binascii.b2a_base64(text.encode(charset.codec(label) or "utf-8", "replace"), newline=False)


def _plain(raw: bytes, start: int, end: int, name: str, structured: bool) -> Iterator[Piece[bytes]]:
    """Text as it stands, line by line. A fold reads as the white space behind it, and goes together with that."""
    at = start
    write = _plain_writer(name, structured)
    for fold in _CONTINUED.finditer(raw, start, end):
        yield from _run(raw, at, fold.start(), name, write)
        if fold[1]:
            yield Piece(fold[1].decode("ascii"), fold.start(), fold.end(), write)
        at = fold.end()
    yield from _run(raw, at, end, name, write)


def _run(raw: bytes, start: int, end: int, name: str, write: Callable[[str], bytes]) -> Iterator[Piece[bytes]]:
    data = raw[start:end]
    if not data:
        return
    if data.isascii():
        yield Piece(data.decode("ascii"), start, end, write)
        return
    text = data.decode(name, "replace")
    if text.encode(name, "replace") != data:
        yield Piece(text, start, end, lambda new: new.encode(name, "replace"), whole=True)
        return
    at = start
    for run in re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]", text):
        size = len(run.encode(name))
        yield Piece(run, at, at + size, write)
        at += size


def _plain_writer(name: str, structured: bool) -> Callable[[str], bytes]:
    def write(text: str) -> bytes:
        text = charset.fit(text, name if name == "utf-8" else "ascii")  # the charset of raw bytes was only guessed
        if structured:
            text = _SPECIAL.sub("", text).strip()
        return _FOLD_TEXT.sub(" ", text).encode(name, "replace")

    return write
