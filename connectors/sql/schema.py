"""What a database holds, as its own catalogue tells: tables, keys, foreign keys, types."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine import Connection, Inspector
from sqlalchemy.types import TypeEngine

from connectors.contract import ActionKind, FieldType
from connectors.errors import BadSettings
from connectors.sql import labels
from connectors.sql.options import SqlOptions, TableRule


class Shape(Enum):
    """How the values of a column travel."""

    PLAIN = "plain"  # as the driver gives them
    TEXT = "text"  # a string
    CAST = "cast"  # read as text, written by a cast: dates, uuids, types we do not know
    JSON = "json"
    ARRAY = "array"
    BINARY = "binary"  # read as size and digest; the bytes only when asked for


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `coded` text is bound to a fixed list of values and cannot be free text."""

    name: str
    declared: TypeEngine[Any]
    type: FieldType
    shape: Shape
    nullable: bool
    identifying: bool
    length: int | None = None
    unique: bool = False
    coded: bool = False
    generated: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of `table` point with `columns` to the row of `to_table` that has these values in `to_columns`."""

    schema: str | None
    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Without `key` columns its rows are addressed by a digest of the whole row and cannot be changed."""

    name: str
    schema: str | None
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    rule: TableRule
    rowid: bool = False  # the key is SQLite's own row number
    out: tuple[Reference, ...] = ()
    incoming: tuple[Reference, ...] = ()

    @property
    def erase(self) -> ActionKind:
        """What an erasure does here: the rule, else anonymise where other rows may point to this one."""
        if self.rule.erase is not None:
            return ActionKind(self.rule.erase)
        return ActionKind.ANONYMISE if self.incoming else ActionKind.DELETE

    @property
    def bound(self) -> frozenset[str]:
        """Columns that hold rows together: the key, foreign keys, and what foreign keys point to."""
        names = set(self.key)
        for reference in self.out:
            names.update(reference.columns)
        for reference in self.incoming:
            names.update(reference.to_columns)
        return frozenset(names)

    @property
    def clause(self) -> sa.TableClause:
        """The table for use in a statement; columns carry no type, so that nothing is converted unasked."""
        names = list(self.columns) + ([self.key[0]] if self.rowid else [])
        return sa.table(self.name, *(sa.column(name) for name in names), schema=self.schema)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The tables that are read, and sentences on what is not."""

    tables: Mapping[str, Table]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Facts:
    """Answers of the inspector, by table name."""

    columns: dict[str, list[Any]]
    keys: dict[str, tuple[str, ...]]
    uniques: dict[str, list[tuple[str, ...]]]
    checks: dict[str, list[str]]
    references: list[Reference] = field(default_factory=list)


def inspect(connection: Connection, options: SqlOptions) -> Catalogue:
    """Read the catalogue. Raises `BadSettings` when a rule names a table or column that is not there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SAWarning)  # types it does not know are read as text
        inspector = sa.inspect(connection)
        facts = _facts(inspector, options)
        notes = list(_unread(inspector, options.schema_name))
    hidden = _hidden(connection, options.schema_name)
    tables: dict[str, Table] = {}
    _check_rules(facts, options)
    for name in sorted(set(facts.columns) - hidden):
        if _wanted(name, options):
            tables[name] = _table(connection, name, facts, options)
        else:
            notes.append(f"Table {name} is left out by the settings.")
    notes += [f"Table {t.name} has no key: its rows can be read but not changed." for t in tables.values() if not t.key]
    return Catalogue(tables, tuple(notes))


def _wanted(name: str, options: SqlOptions) -> bool:
    chosen = not options.tables or any(fnmatchcase(name, pattern) for pattern in options.tables)
    return chosen and not any(fnmatchcase(name, pattern) for pattern in options.exclude)


def _facts(inspector: Inspector, options: SqlOptions) -> _Facts:
    schema = options.schema_name
    columns = {name: list(found) for (_, name), found in inspector.get_multi_columns(schema).items()}
    keys = {
        name: tuple(found["constrained_columns"]) if found else ()
        for (_, name), found in inspector.get_multi_pk_constraint(schema).items()
    }
    uniques: dict[str, list[tuple[str, ...]]] = {name: [] for name in columns}
    for (_, name), constraints in inspector.get_multi_unique_constraints(schema).items():
        uniques.setdefault(name or "", []).extend(tuple(c["column_names"]) for c in constraints or ())
    for (_, name), indexes in inspector.get_multi_indexes(schema).items():
        for index in indexes or ():
            partial = any("where" in key for key in index.get("dialect_options", {}))
            if index["unique"] and None not in index["column_names"]:
                found = tuple(str(column) for column in index["column_names"])
                uniques.setdefault(name or "", []).append((*found, "") if partial else found)
    checks = {
        name or "": [str(c["sqltext"]) for c in found or ()]
        for (_, name), found in inspector.get_multi_check_constraints(schema).items()
    }
    for table, clause in _column_checks(inspector, schema):
        checks.setdefault(table, []).append(clause)
    return _Facts(columns, keys, uniques, checks, list(_references(inspector, options)))


def _column_checks(inspector: Inspector, schema: str | None) -> list[tuple[str, str]]:
    """MariaDB's checks by table: the inspector leaves out those that are written beside a column."""
    if not getattr(inspector.dialect, "is_mariadb", False):
        return []
    query = sa.text(
        "SELECT table_name, check_clause FROM information_schema.check_constraints "
        "WHERE constraint_schema = coalesce(:schema, DATABASE())"
    )
    return [(str(row[0]), str(row[1])) for row in _connection(inspector).execute(query, {"schema": schema})]


def _connection(inspector: Inspector) -> Connection:
    bind = inspector.bind
    assert isinstance(bind, Connection)  # noqa: S101 - we inspect connections only
    return bind


def _references(inspector: Inspector, options: SqlOptions) -> Iterator[Reference]:
    """Foreign keys into the schema we read, also from other schemas; then the links of the settings."""
    home = options.schema_name or inspector.default_schema_name
    for schema in (options.schema_name, *_neighbours(inspector, home)):
        for (_, table), keys in inspector.get_multi_foreign_keys(schema).items():
            for key in keys or ():
                if (key["referred_schema"] or inspector.default_schema_name) == home:
                    columns, to_columns = tuple(key["constrained_columns"]), tuple(key["referred_columns"])
                    yield Reference(schema, table or "", columns, key["referred_table"], to_columns)
    for table, links in options.links.items():
        for column, target in links.items():
            to_table, _, to_column = target.rpartition(".")
            yield Reference(options.schema_name, table, (column,), to_table, (to_column,))


def _neighbours(inspector: Inspector, home: str | None) -> list[str]:
    """Other schemas of the server whose tables may point into ours."""
    if inspector.dialect.name == "sqlite":
        return []
    if inspector.dialect.name == "postgresql":
        return [name for name in inspector.get_schema_names() if name not in (home, "information_schema")]
    query = (
        "SELECT DISTINCT table_schema FROM information_schema.key_column_usage "
        "WHERE referenced_table_schema = :home AND table_schema <> :home"
    )
    return list(_connection(inspector).execute(sa.text(query), {"home": home}).scalars())


def _unread(inspector: Inspector, schema: str | None) -> Iterator[str]:
    """What holds or shows data and is no table of this database."""
    for name in sorted(inspector.get_view_names(schema)):
        yield f"View {name} is not read: its rows are those of its tables."
    if inspector.dialect.name == "postgresql":
        for name in sorted(inspector.get_materialized_view_names(schema)):
            yield f"Materialised view {name} is not read; it keeps a copy of rows until it is refreshed."
        for name in sorted(inspector.get_foreign_table_names(schema)):  # type: ignore[attr-defined]
            yield f"Foreign table {name} is not read; connect the database it stands in."


def _hidden(connection: Connection, schema: str | None) -> set[str]:
    """Names the inspector lists although another table already stands for their rows."""
    if connection.dialect.name == "sqlite":  # shadow tables of a full-text table
        return {row[1] for row in connection.exec_driver_sql("PRAGMA table_list") if row[2] == "shadow"}
    if connection.dialect.name == "postgresql":  # partitions
        query = (
            "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relispartition AND n.nspname = coalesce(:schema, current_schema())"
        )
        return set(connection.execute(sa.text(query), {"schema": schema}).scalars())
    return set()


def _check_rules(facts: _Facts, options: SqlOptions) -> None:
    """A misspelt `keep` would erase what must stay: every name in the settings must exist."""
    named: list[tuple[str, Sequence[str]]] = [
        (table, (*rule.keep, *rule.name, *rule.email, *rule.phone)) for table, rule in options.rules.items()
    ]
    named += [(table, (column,)) for table, column in options.updated.items()]
    named += [(table, tuple(links)) for table, links in options.links.items()]
    for links in options.links.values():
        named += [(table, (column,)) for table, _, column in (target.rpartition(".") for target in links.values())]
    for table, columns in named:
        known = {column["name"] for column in facts.columns.get(table, ())}
        missing = [name for name in columns if name not in known]
        if table not in facts.columns or missing:
            what = f"the table {table}" if table not in facts.columns else f"column {missing[0]} of table {table}"
            raise BadSettings(
                f"The settings name {what}, which the database does not have.", advice="Correct the name."
            )


def _table(connection: Connection, name: str, facts: _Facts, options: SqlOptions) -> Table:
    rule = options.rules.get(name, TableRule())
    out = tuple(r for r in facts.references if r.table == name and r.schema == options.schema_name)
    incoming = tuple(r for r in facts.references if r.to_table == name)
    raw = facts.columns[name]
    pointing = {column for reference in out for column in reference.columns}
    uniques = facts.uniques.get(name, [])
    columns = {c["name"]: _column(c, rule, c["name"] in pointing, uniques, facts.checks.get(name, [])) for c in raw}
    key = facts.keys.get(name, ())
    nullable = {column.name for column in columns.values() if column.nullable}
    if not key:
        key = next((u for u in sorted(uniques, key=len) if set(u) <= set(columns) and not set(u) & nullable), ())
    table = Table(name, options.schema_name, columns, key, rule, False, out, incoming)
    if connection.dialect.name == "sqlite" and (not key or _has_null_keys(connection, table)):
        return replace(table, key=(_rowid(columns),), rowid=True)
    return table


def _has_null_keys(connection: Connection, table: Table) -> bool:
    """SQLite allows NULL in a primary key; such rows would never be reached by comparing keys."""
    clause = table.clause
    missing = sa.or_(*(clause.c[name].is_(None) for name in table.key))
    return connection.execute(sa.select(sa.literal(1)).select_from(clause).where(missing).limit(1)).first() is not None


def _rowid(columns: Mapping[str, Column]) -> str:
    taken = {name.lower() for name in columns}
    return next(name for name in ("rowid", "_rowid_", "oid") if name not in taken)


def _column(
    raw: Mapping[str, Any], rule: TableRule, pointing: bool, uniques: Sequence[tuple[str, ...]], checks: Sequence[str]
) -> Column:
    name, declared = str(raw["name"]), raw["type"]
    if isinstance(declared, DOMAIN):
        declared = declared.data_type
    kind = labels.declared_type(declared)
    guess = labels.subject(name) or labels.subject(raw.get("comment") or "")
    ruled = {FieldType.NAME: rule.name, FieldType.EMAIL: rule.email, FieldType.PHONE: rule.phone}
    by_rule = next((type_ for type_, names in ruled.items() if name in names), None)
    readable = kind in (FieldType.TEXT, FieldType.OTHER) or (kind is FieldType.NUMBER and guess is FieldType.PHONE)
    about = by_rule or (guess if readable else None)
    identifying = by_rule is not None or (
        guess is not None and (readable or kind in (FieldType.DATE, FieldType.BINARY))
    )
    type_ = about if about and about is not FieldType.OTHER else kind
    if pointing and about in (None, FieldType.OTHER):
        type_ = FieldType.REFERENCE
    listed = re.compile(rf"\b{re.escape(name)}\b.*?(\bIN\s*\(|=\s*ANY|=\s*')", re.I | re.S)
    coded = isinstance(declared, sa.Enum) or (kind is FieldType.TEXT and any(listed.search(check) for check in checks))
    return Column(
        name=name,
        declared=declared,
        type=type_,
        shape=_shape(declared, kind),
        nullable=bool(raw["nullable"]),
        identifying=identifying,
        length=getattr(declared, "length", None),
        unique=any(name in unique for unique in uniques),
        coded=coded,
        generated=bool(raw.get("computed")) or bool((raw.get("identity") or {}).get("always")),
        label=labels.label(raw.get("comment")),
    )


def _shape(declared: TypeEngine[Any], kind: FieldType) -> Shape:
    if isinstance(declared, sa.JSON):
        return Shape.JSON
    if isinstance(declared, sa.ARRAY):
        return Shape.ARRAY
    if kind is FieldType.BINARY:
        return Shape.BINARY
    if isinstance(declared, sa.Enum):
        return Shape.CAST
    if kind is FieldType.TEXT:
        return Shape.TEXT
    return Shape.PLAIN if kind in (FieldType.NUMBER, FieldType.BOOLEAN) else Shape.CAST
