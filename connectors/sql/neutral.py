"""What stands in a column once the person is out of it.

Neutral values depend on the action's key alone, never on what was there: doing an action twice gives the same row, and a
row that already holds them is known to be done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from sqlalchemy import types
from sqlalchemy.dialects import mysql, postgresql

from connectors.contract import FieldType, Value
from connectors.sql.schema import Column, Shape, Table

WORD = "[erased]"
NOTICE = b"Removed after a privacy request."
_TRIES = 4  # short unique columns may need more than one draw


def targets(table: Table) -> list[Column]:
    """Columns that anonymising overwrites: what identifies, and what may hold free text."""
    untouched = table.bound | set(table.rule.keep)
    return [
        column
        for column in table.columns.values()
        if column.name not in untouched and not column.generated and (column.identifying or _is_free(column))
    ]


def _is_free(column: Column) -> bool:
    """Whether anything may be written in the column. Three characters are a code (country, currency, language)."""
    if column.coded:
        return False
    if column.shape is Shape.TEXT:
        return column.length is None or column.length > 3
    if column.shape is Shape.CAST:
        return column.type is FieldType.OTHER and not isinstance(column.declared, types.Uuid | postgresql.INTERVAL)
    return column.shape in (Shape.JSON, Shape.ARRAY, Shape.BINARY)


def candidates(column: Column, key: str) -> Iterator[Value]:
    """Values for the column, best first; the first one that the table's constraints accept is taken."""
    if column.nullable:
        yield None
    if column.shape is Shape.TEXT:
        yield from _texts(column, key)
    elif column.shape is Shape.BINARY:
        yield from (_draw(column, key, n)[: column.length or 32] for n in range(_TRIES)) if column.unique else (b"",)
        yield NOTICE[: column.length or None]
    elif column.shape is Shape.PLAIN:
        yield from _numbers(column, key)
    elif column.shape is Shape.JSON:
        yield from ("{}", "[]")
    elif column.shape is Shape.ARRAY:
        yield "[]"
    elif column.type is FieldType.DATE:
        yield from ("1900-01-01", "1970-01-01", "2000-01-01", "00:00:00")
    else:
        yield from ("", "0.0.0.0/32", "0.0.0.0", "00:00:00:00:00:00", "0", "<erased/>")  # noqa: S104 - an address nobody has


def _texts(column: Column, key: str) -> Iterator[str]:
    hashes = [_draw(column, key, n).hex() for n in range(_TRIES)]
    forms: list[str] = []
    if column.type is FieldType.EMAIL:
        forms += [f"{text[:12]}@example.invalid" for text in hashes] + [f"{text[:4]}@e.invalid" for text in hashes]
    if column.type is FieldType.PHONE:
        forms += [f"+000{int(text[:10], 16) % 10**10:010}" for text in hashes] if column.unique else ["0000000"]
    if not column.unique:
        forms += [WORD, "-", ""]
    forms += [f"erased-{text[:16]}" for text in hashes]
    forms += [text[: column.length or 32] for text in hashes]
    forms += ["{}", "0"]  # text that is checked to be JSON, or a number
    yield from (form for form in forms if column.length is None or len(form) <= column.length)


def _numbers(column: Column, key: str) -> Iterator[int]:
    if column.unique:
        highest = 2**31 - 1
        if isinstance(column.declared, types.SmallInteger | mysql.TINYINT | mysql.MEDIUMINT):
            highest = 127 if isinstance(column.declared, mysql.TINYINT) else 2**15 - 1
        if isinstance(column.declared, types.Numeric):
            whole = (column.declared.precision or 9) - (column.declared.scale or 0)
            highest = 10 ** min(whole, 9) - 1
        yield from (int.from_bytes(_draw(column, key, n)[:8], "big") % highest for n in range(_TRIES))
    yield from (0, 1)


def _draw(column: Column, key: str, n: int) -> bytes:
    """32 bytes that belong to this action and column."""
    return hashlib.sha256(json.dumps([key, column.name, n]).encode()).digest()
