"""JSON (RFC 8259) value by value, one document or one per line, each value under its key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from connectors.documents.escapes import json_pieces
from connectors.files.passages import Passage, Region
from connectors.pieces import Piece, joined

_TOKEN = re.compile(r'[ \t\r\n]+|"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|true|false|null|[{}\[\]:,]', re.S)
_BEGIN = re.compile(r"\ufeff?\s*[\[{]")
_FEWEST_DIGITS = 5  # a shorter number names nobody


def is_json(source: str) -> bool:
    """Whether this is JSON, token by token."""
    if not _BEGIN.match(source):
        return False
    at = 1 if source.startswith("\ufeff") else 0
    while at < len(source):
        token = _TOKEN.match(source, at)
        if token is None:
            return False
        at = token.end()
    return True


class _Level:
    """One open object or array."""

    def __init__(self, name: str, is_object: bool, field: str) -> None:
        self.name = name
        self.is_object = is_object
        self.field = field  # of what comes next
        self.at_key = is_object


def regions(source: str, keys: bool) -> Iterator[Region]:
    """Every string, every longer number, and every key; keys are `fixed` unless `keys`."""
    levels = [_Level("", False, "")]
    objects = 0
    for number, token in enumerate(_TOKEN.finditer(source), 1):
        mark, level = token[0][0], levels[-1]
        if mark in "{[":
            objects += mark == "{"
            levels.append(_Level(f"object:{objects}" if mark == "{" else level.name, mark == "{", level.field))
        elif mark in "}]":
            if len(levels) > 1:
                levels.pop()
        elif mark == ",":
            level.at_key = level.is_object
        elif mark == ":":
            level.at_key = False
        elif mark == '"':
            pieces = _string(source, token.start() + 1, token.end() - 1)
            text, is_key = joined(pieces), level.at_key
            level.field = text if is_key else level.field
            if text.strip():
                field = "" if is_key else level.field
                yield Region(Passage(str(number), text, field, (level.name,), is_key and not keys), pieces)
        elif sum(map(str.isdigit, token[0])) >= _FEWEST_DIGITS:
            whole = Piece(token[0], token.start(), token.end(), json.dumps, whole=True)
            yield Region(Passage(str(number), token[0], level.field, (level.name,)), [whole])


def _string(source: str, start: int, end: int) -> list[Piece[str]]:
    return [
        piece._replace(start=piece.start + start, end=piece.end + start) for piece in json_pieces(source[start:end])
    ]
