"""How values travel between a database, a record and a ref key.

Every statement here is composed by SQLAlchemy from names of the catalogue; values are bound, never written into SQL. On
PostgreSQL a string is bound without a type, so that the server reads it as what the column is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, types
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect, RowMapping

from connectors.contract import FieldType, Value
from connectors.sql.schema import Column, Shape, Table

_CHAR = mysql.CHAR(charset="utf8mb4")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.S)


@dataclass(frozen=True, slots=True)
class Blob:
    """Size in bytes and SHA-256 of a binary value that was not read."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `values` by column, binary ones in `blobs`; `version` is a digest of all of it."""

    key: str
    version: str
    values: Mapping[str, Value]
    blobs: Mapping[str, Blob]


class Rows:
    """The rows of one table in the dialect of its database."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self.table = table
        self.dialect = dialect.name
        self.clause = table.clause
        self.binary = [c.name for c in table.columns.values() if c.shape is Shape.BINARY and c.name not in table.bound]

    # -- reading

    def select(self) -> sa.Select[Any]:
        """Everything of a row but the bytes of binary columns."""
        parts: list[ColumnElement[Any]] = [part.label(f"k{n}") for n, part in enumerate(self.key_parts())]
        for n, column in enumerate(self.table.columns.values()):
            if column.name in self.binary:
                parts += (part.label(f"{tag}{n}") for tag, part in zip("vsd", self._summary(column), strict=True))
            else:
                parts.append(self.readable(column).label(f"v{n}"))
        return sa.select(*parts).select_from(self.clause)

    def key_parts(self) -> list[ColumnElement[Any]]:
        """What a ref key is made of, as it is read."""
        if not self.table.key:
            return [self._row_digest()]
        return [self.readable(c) if c else self.clause.c[name] for name, c in self._key_columns()]

    def _key_columns(self) -> list[tuple[str, Column | None]]:
        return [(name, self.table.columns.get(name)) for name in self.table.key]

    def readable(self, column: Column) -> ColumnElement[Any]:
        """The column as an expression whose value the driver always understands."""
        plain: ColumnElement[Any] = self.clause.c[column.name]
        if self.dialect == "sqlite" or column.shape in (Shape.PLAIN, Shape.TEXT, Shape.BINARY):
            return plain
        if self.dialect == "postgresql":
            return sa.cast(sa.func.to_json(plain) if column.shape is Shape.ARRAY else plain, sa.Text)
        return sa.cast(plain, sa.BigInteger if isinstance(column.declared, mysql.BIT) else _CHAR)

    def _summary(self, column: Column) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
        """(value if it is not binary after all, size, digest) of a binary column."""
        plain = self.clause.c[column.name]
        if self.dialect == "sqlite":
            binary = sa.func.typeof(plain) == "blob"
            return (
                sa.case((~binary, plain)),
                sa.case((binary, sa.func.length(plain))),
                sa.case((binary, sa.func.redress_digest(plain))),
            )
        size = sa.func.octet_length(plain)
        if self.dialect == "postgresql":
            return sa.null(), size, sa.func.encode(sa.func.sha256(plain), "hex")
        return sa.null(), size, sa.func.sha2(plain, 256)

    def _row_digest(self) -> ColumnElement[Any]:
        """SHA-256 over a whole row, for tables without a key."""
        columns = [self.clause.c[name] for name in self.table.columns]
        if self.dialect == "postgresql":
            text = sa.cast(sa.func.row(*columns), sa.Text)
            return sa.func.encode(sa.func.sha256(sa.func.convert_to(text, "UTF8")), "hex")
        return sa.func.sha2(sa.func.concat_ws("|", *(sa.func.quote(column) for column in columns)), 256)

    def decode(self, found: RowMapping) -> Row:
        """The row, with its key and version."""
        values: dict[str, Value] = {}
        blobs: dict[str, Blob] = {}
        for n, column in enumerate(self.table.columns.values()):
            value = _normal(found[f"v{n}"])
            if column.name in self.binary and found[f"d{n}"] is not None:
                blobs[column.name] = Blob(int(found[f"s{n}"]), str(found[f"d{n}"]))
                value = None
            elif isinstance(value, bytes) and column.name not in self.table.bound:
                blobs[column.name] = Blob(len(value), hashlib.sha256(value).hexdigest())
                value = None
            values[column.name] = value
        return Row(self.key_of(found), _version(values, blobs), values, blobs)

    def key_of(self, found: RowMapping) -> str:
        """The ref key of a row whose key was read."""
        return dump_key([_normal(found[f"k{n}"]) for n in range(len(self.table.key) or 1)])

    # -- addressing

    def at(self, key: Sequence[Value]) -> ColumnElement[bool]:
        """The row with this key."""
        return sa.and_(*(part == value for part, value in self._bound_key(key)))

    def behind(self, key: Sequence[Value]) -> ColumnElement[bool]:
        """The rows that follow this key in the order of `order`."""
        parts = self._bound_key(key)
        ways = [
            sa.and_(*(part == value for part, value in parts[:n]), parts[n][0] > parts[n][1]) for n in range(len(parts))
        ]
        first, least = parts[0]
        return ways[0] if len(ways) == 1 else sa.and_(first >= least, sa.or_(*ways))

    def order(self) -> list[ColumnElement[Any]]:
        """The order rows are paged in: that of the key."""
        return [self.clause.c[name] for name in self.table.key] or [self._row_digest()]

    def _bound_key(self, key: Sequence[Value]) -> list[tuple[ColumnElement[Any], ColumnElement[Any]]]:
        if not self.table.key:
            return [(self._row_digest(), sa.literal(key[0]))]
        named = zip(self._key_columns(), key, strict=True)
        return [(self.clause.c[name], self.bound(column, value)) for (name, column), value in named]

    def bound(self, column: Column | None, value: Value) -> ColumnElement[Any]:
        """`value` as a bound parameter that can be compared with, or stored in, the column."""
        if value is None:
            return sa.null()
        if isinstance(value, datetime) and value.tzinfo is not None and self.dialect != "postgresql":
            value = value.astimezone(UTC).replace(tzinfo=None)
        if isinstance(value, datetime):
            value = value.isoformat(sep=" ")
        elif isinstance(value, date | time):
            value = value.isoformat()
        elif isinstance(value, Decimal) and self.dialect == "sqlite":
            value = str(value)
        if column is not None and column.shape is Shape.ARRAY and isinstance(value, str):
            found = json.loads(value)
            if isinstance(getattr(column.declared, "item_type", None), sa.JSON):
                found = [None if item is None else json.dumps(item, ensure_ascii=False) for item in found]
            items = sa.bindparam(None, found, type_=types.NullType(), unique=True)
            return sa.cast(items, column.declared)
        return sa.bindparam(None, value, type_=types.NullType(), unique=True)

    def parse_key(self, text: str) -> list[Value] | None:
        """The values of a ref key, None when no row of this table can have it."""
        key = load_key(text)
        if key is None or len(key) != (len(self.table.key) or 1):
            return None
        for (_, column), value in zip(self._key_columns(), key, strict=False):
            numeric = column is not None and column.shape is Shape.PLAIN and self.dialect != "sqlite"
            if isinstance(value, str) and (numeric or "\0" in value):
                return None
            if isinstance(value, int) and not -(2**63) <= value < 2**63:
                return None
        return key


def _normal(value: object) -> Value:
    """What a driver gave, as one of the contract's value types."""
    if isinstance(value, UUID | timedelta):
        return str(value)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if value is None or isinstance(value, str | int | float | Decimal | date | time | bytes):
        return value
    return str(value)


def _version(values: Mapping[str, Value], blobs: Mapping[str, Blob]) -> str:
    """BLAKE2b-128 of a row's content, independent of the order of its columns."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(values):
        blob = blobs.get(name)
        value: Value = f"{blob.size}:{blob.digest}" if blob else values[name]
        kind = "blob" if blob else type(value).__name__
        for part in (name, kind, value if isinstance(value, bytes) else str(value)):
            data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def dump_key(values: Sequence[Value]) -> str:
    """Canonical JSON list of key values; what JSON does not know is tagged."""
    return json.dumps([_tagged(value) for value in values], ensure_ascii=False, separators=(",", ":"))


def _tagged(value: Value) -> object:
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return value.isoformat() if isinstance(value, date | time) else value


def load_key(text: str) -> list[Value] | None:
    """The values `dump_key` wrote, None for anything else."""
    try:
        found = json.loads(text)
        return [_untagged(item) for item in found] if isinstance(found, list) else None
    except (ValueError, TypeError, InvalidOperation):
        return None


def _untagged(item: object) -> Value:
    if isinstance(item, dict):
        ((tag, text),) = item.items()
        return bytes.fromhex(text) if tag == "bytes" else Decimal(text)
    if item is None or isinstance(item, str | int | float):
        return item
    raise ValueError("not a key")


def shown(column: Column, value: Value) -> Value:
    """The value as a field of a record: dates and truth values typed, where the stored text is one."""
    if column.type is FieldType.BOOLEAN and value in (0, 1):
        return bool(value)
    if not isinstance(value, str):
        return value
    try:
        if isinstance(column.declared, types.DateTime):
            return datetime.fromisoformat(value)
        if isinstance(column.declared, types.Date):
            return date.fromisoformat(value)
        if isinstance(column.declared, types.Time):
            return time.fromisoformat(value)
    except ValueError:
        return value  # 'infinity', a year BC, or what SQLite let in
    return value


def json_text(text: str) -> str:
    r"""JSON with `\uXXXX` escapes of letters written out, so that what people wrote can be read; else unchanged."""
    if "\\u" not in text:
        return text
    joined = re.sub(
        r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})",
        lambda m: m[1] + bytes.fromhex(m[2] + m[3]).decode("utf-16-be"),
        text,
    )
    return _ESCAPE.sub(
        lambda m: (
            chr(int(m[1], 16)) if m[1] and int(m[1], 16) >= 0xA0 and not 0xD800 <= int(m[1], 16) < 0xE000 else m[0]
        ),
        joined,
    )
