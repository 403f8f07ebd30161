"""The shortlist: which rows of a table may mention a person.

No pattern language is used: `strpos`, `locate` and `instr` take the value as it is, so `%`, `_` and quotes mean themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects import mysql

from connectors.contract import FieldType, Identifier
from connectors.sql.schema import Column, Shape
from connectors.sql.values import Rows

PHONE_DIGITS = 7  # the end of a number that survives every way of writing its prefix
_CHAR = mysql.CHAR(charset="utf8mb4")


def condition(rows: Rows, identifiers: Sequence[Identifier]) -> ColumnElement[bool] | None:
    """Rows in which one of the identifiers may stand; None when this table cannot hold any of them."""
    parts: list[ColumnElement[bool]] = []
    for identifier in identifiers:
        value = identifier.value.strip().lower()
        if not value or ("\0" in value and rows.dialect == "postgresql"):  # its text cannot hold NUL
            continue
        parts += _BY_KIND.get(identifier.kind, _anywhere)(rows, value)
    return sa.or_(*parts) if parts else None


def _texts(rows: Rows) -> list[Column]:
    return [c for c in rows.table.columns.values() if rows.dialect == "sqlite" or c.shape in _READABLE]


_READABLE = (Shape.TEXT, Shape.JSON, Shape.ARRAY, Shape.CAST)


def _folded(rows: Rows, column: Column) -> ColumnElement[Any]:
    plain = rows.clause.c[column.name]
    if rows.dialect == "sqlite":
        return sa.func.redress_fold(plain)
    if rows.dialect == "postgresql":
        return sa.func.lower(sa.cast(plain, sa.Text))
    return sa.collate(sa.func.lower(sa.cast(plain, _CHAR)), "utf8mb4_bin")


def _holds(rows: Rows, text: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    bound = sa.literal(value, sa.Text)
    return (sa.func.strpos if rows.dialect == "postgresql" else sa.func.instr)(text, bound) > 0


def _anywhere(rows: Rows, value: str) -> list[ColumnElement[bool]]:
    return [_holds(rows, _folded(rows, column), value) for column in _texts(rows)]


def _phone(rows: Rows, value: str) -> list[ColumnElement[bool]]:
    """The last digits, whatever stands between them in the column."""
    digits = re.sub(r"[^0-9]", "", value)[-PHONE_DIGITS:]
    if len(digits) < PHONE_DIGITS - 2:
        return []
    columns = [c for c in rows.table.columns.values() if c in _texts(rows) or c.type is FieldType.PHONE]
    return [_holds(rows, _digits(rows, column), digits) for column in columns]


def _digits(rows: Rows, column: Column) -> ColumnElement[Any]:
    plain = rows.clause.c[column.name]
    if rows.dialect == "sqlite":
        return sa.func.redress_digits(plain)
    if rows.dialect == "postgresql":
        return sa.func.regexp_replace(sa.cast(plain, sa.Text), "[^0-9]+", "", "g")
    return sa.func.regexp_replace(sa.cast(plain, _CHAR), "[^0-9]+", "")


def _name(rows: Rows, value: str) -> list[ColumnElement[bool]]:
    """The whole name in one column, or its parts spread over the columns for names, in any order."""
    found = _anywhere(rows, value)
    columns = [c for c in rows.table.columns.values() if c.type is FieldType.NAME and c in _texts(rows)]
    if len(columns) < 2:
        return found
    words = value.split()
    if len(words) > 1:
        found.append(sa.and_(*(sa.or_(*(_holds(rows, _folded(rows, c), word) for c in columns)) for word in words)))
    joined = "".join(words)
    for order in (columns, columns[::-1]):  # family name first, as in Chinese
        parts: list[ColumnElement[Any]] = [sa.func.coalesce(_folded(rows, column), "") for column in order]
        text = reduce(lambda left, right: left.op("||")(right), parts)
        text = sa.func.concat(*parts) if rows.dialect not in ("sqlite", "postgresql") else text
        found.append(_holds(rows, sa.func.replace(text, " ", ""), joined))
    return found


def _customer(rows: Rows, value: str) -> list[ColumnElement[bool]]:
    """The whole value of a column: a number stands in too many places to look for it inside of text."""
    kinds = (FieldType.NUMBER, FieldType.REFERENCE, FieldType.OTHER, FieldType.TEXT)
    columns = [c for c in rows.table.columns.values() if c.shape is not Shape.BINARY and c.type in kinds]
    return [_folded(rows, column) == sa.literal(value, sa.Text) for column in columns]


_BY_KIND = {"phone": _phone, "name": _name, "customer_id": _customer}
