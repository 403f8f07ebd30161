"""Tables as text (RFC 4180 and what programs really write), and rows that name columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from connectors.files.passages import Passage, Region
from connectors.pieces import Piece, joined

_DELIMITERS = ",;\t|"
_SNIFFED = 20  # rows that are looked at
_BREAK = re.compile(r"\r\n|\n|\r")
_LABEL = re.compile(r"[^\W\d][^@\n]{0,60}")


class _Cell(NamedTuple):
    pieces: list[Piece[str]]
    quoted: bool


def delimiter_of(source: str, sure: bool) -> str | None:
    """The delimiter of a table, None where this is none. `sure`: something else says that it is one."""
    for delimiter in sorted(_DELIMITERS, key=lambda one: -source[:10_000].count(one)):
        rows = []
        for row in _rows(source[:20_000], delimiter):
            rows.append(row)
            if len(rows) > _SNIFFED:
                break
        widths = {len(row) for row in rows[:_SNIFFED]}  # the last one may be cut
        if len(rows) > 2 and len(widths) == 1 and widths.pop() > 2 and names_columns([*map(_text, rows[0])]):
            return delimiter
    found = max(_DELIMITERS, key=source[:10_000].count)
    return (found if found in source else ",") if sure else None


def regions(source: str, delimiter: str) -> Iterator[Region]:
    """Every cell that holds something, under the name of its column where the first row names them."""
    names: list[str] = []
    for number, row in enumerate(_rows(source, delimiter), 1):
        texts = [*map(_text, row)]
        if number == 1 and names_columns(texts):
            names = texts
        for column, (cell, text) in enumerate(zip(row, texts, strict=True)):
            if text.strip():
                field = names[column] if column < len(names) and number > 1 else ""
                path = f"{number}.{column + 1}"
                yield Region(Passage(path, text, field, (f"row:{number}",)), cell.pieces)


def names_columns(texts: Sequence[str]) -> bool:
    """Whether a row holds names of columns: words, each one once, none of them an address or a number."""
    filled = [text.strip() for text in texts if text.strip()]
    distinct = len({text.lower() for text in filled}) == len(filled)
    return len(filled) > 1 and distinct and all(_LABEL.fullmatch(text) for text in filled)


def _text(cell: _Cell) -> str:
    return joined(cell.pieces)


def _rows(source: str, delimiter: str) -> Iterator[list[_Cell]]:
    mark = re.escape(delimiter)
    bare, quoted = re.compile(rf"[^{mark}\r\n]*"), re.compile(r'"([^"]*(?:""[^"]*)*)"')
    row: list[_Cell] = []
    at = 1 if source.startswith("\ufeff") else 0
    while True:
        found = quoted.match(source, at)
        cell = _Cell(list(_unquoted(source, *found.span(1))), True) if found else _Cell([], False)
        at = found.end() if found else at
        rest = bare.match(source, at)
        if rest and rest[0]:
            cell.pieces.append(Piece(rest[0], at, rest.end(), _bare_writer(delimiter)))
            at = rest.end()
        row.append(cell)
        if source.startswith(delimiter, at):
            at += 1
            continue
        yield row
        row = []
        line = _BREAK.match(source, at)
        if line is None or line.end() == len(source):
            return
        at = line.end()


def _unquoted(source: str, start: int, end: int) -> Iterator[Piece[str]]:
    at = start
    while (double := source.find('""', at, end)) >= 0:
        yield Piece(source[at : double + 1], at, double + 1, _in_quotes)
        yield Piece("", double + 1, double + 2, None)
        at = double + 2
    yield Piece(source[at:end], at, end, _in_quotes)


def _in_quotes(text: str) -> str:
    return text.replace('"', '""')


def _bare_writer(delimiter: str) -> Callable[[str], str]:
    pattern = re.compile(rf'[{re.escape(delimiter)}"\r\n]')
    return lambda text: pattern.sub(" ", text)
