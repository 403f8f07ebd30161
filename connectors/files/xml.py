"""XML parts with the way back: a forward scan over markup that a parser has found well-formed.

The parser loads nothing and expands nothing; a part with a document type is refused, since entities of its own would hide
text from us (and bombs are made of them).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml import etree

from connectors.documents import markup
from connectors.pieces import Piece

_ITEM = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>"
    r"|<(?P<end>/?)(?P<name>[^\s/>]+)(?P<rest>[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*)>",
    re.S,
)
_ATTRIBUTE = re.compile(r"([^\s=/>]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class NotXml(ValueError):
    """The bytes are no well-formed XML, or XML that we do not take."""


class Attribute(NamedTuple):
    """An attribute: local name and the range of its value in the source."""

    name: str
    start: int
    end: int


class Tag(NamedTuple):
    """A start tag (or empty element) or an end tag, by local name."""

    name: str
    start: int
    end: int
    closing: bool
    empty: bool
    attributes: tuple[Attribute, ...] = ()


class Characters(NamedTuple):
    """Character data between two tags."""

    start: int
    end: int
    literal: bool  # CDATA


Event = Tag | Characters


def decode(data: bytes) -> tuple[str, str]:
    """Source and codec of an XML part. Raises `NotXml`."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codec = "utf-16-le" if data[0] == 0xFF else "utf-16-be"
    else:
        declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
        codec = declared[1].decode().lower() if declared else "utf-8"
    if codec not in ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252", "utf-16-le", "utf-16-be"):
        raise NotXml
    try:
        source = data.decode(codec)
        if "<!DOCTYPE" in source or "<!ENTITY" in source:
            raise NotXml
        etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (UnicodeError, etree.XMLSyntaxError, ValueError):
        raise NotXml from None
    return source, "utf-8" if codec == "utf8" else codec


def events(source: str) -> Iterator[Event]:
    """The tags and texts of well-formed markup in order; comments and instructions are left out."""
    at = 0
    for item in _ITEM.finditer(source):
        if item.start() > at:
            yield Characters(at, item.start(), False)
        at = item.end()
        if item["cdata"] is not None:
            yield Characters(*item.span("cdata"), True)
        elif item["name"] is not None:
            rest = item["rest"]
            name = item["name"].rpartition(":")[2]
            found = () if item["end"] else tuple(_attributes(source, *item.span("rest")))
            yield Tag(name, item.start(), item.end(), bool(item["end"]), rest.endswith("/"), found)


def _attributes(source: str, start: int, end: int) -> Iterator[Attribute]:
    for match in _ATTRIBUTE.finditer(source, start, end):
        group = 2 if match[2] is not None else 3
        yield Attribute(match[1].rpartition(":")[2], *match.span(group))


def pieces(source: str, start: int, end: int, literal: bool = False, location: bool = False) -> Iterator[Piece[str]]:
    """Text or the value of an attribute with its character references read; of a `location` %-encoding too."""
    if literal:
        yield Piece(source[start:end], start, end, _in_cdata)
        return
    found = _references(source, start, end, markup.in_location if location else in_xml)
    for piece in found:
        yield from markup.unescaped_location(piece) if location else (piece,)


def _references(source: str, start: int, end: int, write: Callable[[str], str]) -> Iterator[Piece[str]]:
    at = start
    if source.find("&", start, end) >= 0:
        for match in _ENTITY.finditer(source, start, end):
            if match.start() > at:
                yield Piece(source[at : match.start()], at, match.start(), write)
            yield Piece(html.unescape(match[0]), match.start(), match.end(), write)
            at = match.end()
    if end > at:
        yield Piece(source[at:end], at, end, write)


def in_xml(text: str) -> str:
    """A text as it stands in character data or in an attribute."""
    return html.escape(_NOT_XML.sub("", text))


def _in_cdata(text: str) -> str:
    return _NOT_XML.sub("", text).replace("]]>", "")
