"""HTML as readable text with the way back: what a reader sees, then what stands in attributes, comments and scripts.

A single forward pass: no input makes it slower than its length. Markup itself is never part of the text, so that masks
cannot break it, and `An<b>na</b> M&uuml;ller` reads `Anna Müller`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote_to_bytes

from connectors.pieces import Piece

_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_TAG = re.compile(r"[A-Za-z][^\s/>]*")
_SKIP = re.compile(r"[\s/]*")
_NAME = re.compile(r"[^\s=>/]+")
_EQUALS = re.compile(r"\s*=\s*")
_BARE = re.compile(r"[^\s>]*")
_ADDRESS = re.compile(r"[\w.+-]@[\w-]")
_ACTIVE = re.compile(r"[<>&\"'\\`]|--+")
_META = re.compile(rb"charset\s*=\s*[\"']?([\w-]{1,40})", re.I)
_BREAKS = frozenset(
    "address article aside blockquote body br caption center dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 head header "
    "hr html li main nav ol option p pre section select table tbody tfoot thead title tr ul".split()
)
_CELLS = frozenset({"td", "th"})
_RAW = frozenset({"script", "style", "textarea", "title", "xmp"})
_LOCATIONS = frozenset(
    "href src action cite background longdesc formaction data poster srcset xlink:href ping usemap".split()
)
# Attributes that lay out and never name anybody; read only where something like an address stands in them.
_LAYOUT = frozenset(
    "align bgcolor border cellpadding cellspacing charset class clear color colspan dir face height hspace http-equiv lang "
    "link media method nowrap rel role rowspan rules shape size style target text type valign vlink vspace width "
    "xml:lang xmlns xmlns:m xmlns:o xmlns:v xmlns:w".split()
)

Writer = Callable[[str], str]


def _in_text(text: str) -> str:
    return html.escape(text, quote=False)


def _in_bare_value(text: str) -> str:
    return "".join(char if char.isalnum() else f"&#{ord(char)};" for char in text)


def in_location(text: str) -> str:
    """A replacement as it stands in an address."""
    return quote(text, safe="", errors="replace")


def _in_code(text: str) -> str:
    return _ACTIVE.sub("", text)


def text_of(source: str) -> str:
    """The readable text of markup."""
    return "".join(piece.text for piece in pieces_of(source))


def declared_charset(data: bytes) -> str:
    """The charset that a page names in itself, empty when it names none."""
    match = _META.search(data[:2000])
    return match[1].decode("ascii") if match else ""


def pieces_of(source: str) -> list[Piece[str]]:
    """The readable text of markup as pieces of it."""
    scanner = _Scanner(source)
    scanner.scan(0, len(source), comment=False)
    return scanner.seen + scanner.unseen


def _gap(char: str, at: int) -> Piece[str]:
    return Piece(char, at, at, None)


def _entities(source: str, start: int, end: int, write: Writer) -> Iterator[Piece[str]]:
    at = start
    if source.find("&", start, end) >= 0:
        for match in _ENTITY.finditer(source, start, end):
            char = html.unescape(match[0])
            if char == match[0]:
                continue
            if match.start() > at:
                yield Piece(source[at : match.start()], at, match.start(), write)
            yield Piece(char, match.start(), match.end(), write)
            at = match.end()
    if end > at:
        yield Piece(source[at:end], at, end, write)


def unescaped_location(piece: Piece[str]) -> Iterator[Piece[str]]:
    """Percent-encoding undone, where it is UTF-8."""
    at = 0
    if "%" in piece.text and len(piece.text) == piece.end - piece.start:
        for match in _PERCENT.finditer(piece.text):
            try:
                chars = unquote_to_bytes(match[0]).decode("utf-8")
            except UnicodeDecodeError:
                continue
            if match.start() > at:
                yield Piece(piece.text[at : match.start()], piece.start + at, piece.start + match.start(), piece.write)
            at = match.start()
            for char in chars:
                size = 3 * len(char.encode("utf-8"))
                yield Piece(char, piece.start + at, piece.start + at + size, piece.write)
                at += size
    if at < len(piece.text):
        yield piece if not at else Piece(piece.text[at:], piece.start + at, piece.end, piece.write)


class _Scanner:
    def __init__(self, source: str) -> None:
        self.source = source
        self.seen: list[Piece[str]] = []
        self.unseen: list[Piece[str]] = []
        self.unclosed: set[tuple[str, int]] = set()  # quotes that are known not to come again before a place

    def scan(self, start: int, end: int, *, comment: bool) -> None:
        """Reads `start:end`; inside a comment markup is read too (conditional comments), but nothing is shown."""
        source, at = self.source, start
        while at < end:
            mark = source.find("<", at, end)
            mark = end if mark < 0 else mark
            if mark > at:
                self.text(at, mark, comment)
            if mark == end:
                return
            at = self.markup(mark, end, comment)

    def text(self, start: int, end: int, comment: bool) -> None:
        if comment:
            if not self.source[start:end].isspace():
                self.code(start, end)
        else:
            self.seen.extend(_entities(self.source, start, end, _in_text))

    def code(self, start: int, end: int) -> None:
        self.unseen.append(_gap("\n", start))
        self.unseen.append(Piece(self.source[start:end], start, end, _in_code))

    def markup(self, at: int, end: int, comment: bool) -> int:
        """Reads what begins with `<` at `at`; returns the place behind it."""
        source = self.source
        if not comment and source.startswith("<!--", at):
            close = source.find("-->", at + 4, end)
            stop = end if close < 0 else close
            self.scan(at + 4, stop, comment=True)
            return min(stop + 3, end)
        if source.startswith(("<!", "<?"), at):
            stop = self.until(">", at, end)
            if not source[at + 2 : at + 9].lower().startswith(("doctype", "[if", "[endif")):
                self.code(min(at + 2, stop), stop)
            return min(stop + 1, end)
        if source.startswith("</", at):
            stop = self.until(">", at, end)
            self.end_tag(at + 2, stop, comment)
            return min(stop + 1, end)
        tag = _TAG.match(source, at + 1, end)
        if tag is None:
            self.text(at, at + 1, comment)
            return at + 1
        return self.start_tag(tag, end, comment)

    def until(self, what: str, at: int, end: int) -> int:
        found = self.source.find(what, at, end)
        return end if found < 0 else found

    def end_tag(self, start: int, stop: int, comment: bool) -> None:
        name = self.source[start:stop].strip().lower()
        if name in _BREAKS and not comment:
            self.seen.append(_gap("\n", start))
        elif "@" in name:
            self.code(start, stop)

    def start_tag(self, tag: re.Match[str], end: int, comment: bool) -> int:
        name = tag[0].lower()
        if "@" in name:  # an address in angle brackets that nobody escaped
            self.seen.append(Piece(tag[0], tag.start(), tag.end(), _in_code))
        elif not comment and (name in _BREAKS or name in _CELLS):
            self.seen.append(_gap("\t" if name in _CELLS else "\n", tag.start()))
        at = self.attributes(tag.end(), end)
        if name in _RAW and not self.source.startswith("/>", at - 2):
            return self.raw_content(name, at, end, comment)
        return at

    def raw_content(self, name: str, at: int, end: int, comment: bool) -> int:
        close = re.compile(f"</{name}", re.I).search(self.source, at, end)
        stop = close.start() if close else end
        if name in ("textarea", "title") and not comment:
            self.seen.extend(_entities(self.source, at, stop, _in_text))
        elif stop > at and (name != "style" or _ADDRESS.search(self.source, at, stop)):
            self.code(at, stop)
        return stop

    def attributes(self, at: int, end: int) -> int:
        source = self.source
        while True:
            at = self.skipped(at, end)
            if at >= end:
                return end
            if source[at] == ">":
                return at + 1
            name = _NAME.match(source, at, end)
            if name is None:  # a stray equals sign
                at += 1
                continue
            at = name.end()
            equals = _EQUALS.match(source, at, end)
            if equals is None:
                if "@" in name[0]:
                    self.code(name.start(), name.end())
                continue
            at = self.value(name[0].lower(), equals.end(), end)

    def skipped(self, at: int, end: int) -> int:
        match = _SKIP.match(self.source, at, end)
        return match.end() if match else at

    def value(self, name: str, at: int, end: int) -> int:
        """Reads one attribute value; returns the place behind it."""
        mark = self.source[at] if at < end else ""
        if mark in ("'", '"') and (mark, end) not in self.unclosed:
            stop = self.source.find(mark, at + 1, end)
            if stop >= 0:
                self.attribute(name, at + 1, stop, html.escape)
                return stop + 1
            self.unclosed.add((mark, end))
        bare = _BARE.match(self.source, at, end)
        stop = bare.end() if bare else at
        self.attribute(name, at, stop, _in_bare_value)
        return stop

    def attribute(self, name: str, start: int, end: int, write: Writer) -> None:
        if start >= end:
            return
        pieces = list(_entities(self.source, start, end, in_location if name in _LOCATIONS else write))
        if name in _LOCATIONS:
            pieces = [part for piece in pieces for part in unescaped_location(piece)]
        text = "".join(piece.text for piece in pieces)
        layout = name in _LAYOUT and not ("@" in text or "//" in text)
        if layout or re.match(r"data:[^,]{0,100};base64,", text):
            return
        self.unseen.append(_gap("\n", start))
        self.unseen.extend(pieces)
