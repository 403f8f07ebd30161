"""A database as a store: tables are collections, rows are records, the primary key is the ref."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError

from connectors.contract import (
    Ability,
    Action,
    ActionKind,
    Collection,
    Estimate,
    Health,
    Identifier,
    Journal,
    Known,
    Page,
    Presence,
    Receipt,
    Record,
    Ref,
    Value,
    Whereabouts,
)
from connectors.errors import BadSettings, Vanished
from connectors.limits import DEFAULTS, Limits
from connectors.sql import erase, residue, rights, search, size
from connectors.sql.engine import WRITE, make_engine
from connectors.sql.faults import translated
from connectors.sql.options import SqlOptions
from connectors.sql.records import Records
from connectors.sql.schema import Catalogue, Table, inspect
from connectors.sql.values import Row, Rows, dump_key, load_key

PAGE_ROWS = 200
PAGE_BYTES = 8_000_000  # a page ends early at this much text
FETCH_ROWS = 50
ABILITIES = frozenset(Ability) - {Ability.CHANGES}


@dataclass(frozen=True, slots=True)
class _Place:
    """A cursor: the pass goes on behind `after`. The others are highest values of the `updated` column when a pass began:
    this one (`new`), the one before (`last`), and the one before that (`old`).

    Rows below `old` are taken as unchanged. With `last` instead, a row would be missed for ever whose transaction was
    still open when the last pass came by.
    """

    after: str | None = None
    old: str | None = None
    last: str | None = None
    new: str | None = None

    @classmethod
    def read(cls, cursor: str | None) -> _Place:
        try:
            return cls(**json.loads(cursor)) if cursor else cls()
        except (ValueError, TypeError):
            raise BadSettings(
                "The cursor is not one of this kind of store.", advice="Start from the beginning."
            ) from None

    def write(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


class SqlStore:
    """See `connectors.contract.Store`. Connects when first used."""

    kind = "sql"

    def __init__(self, options: SqlOptions, limits: Limits = DEFAULTS) -> None:
        self._options = options
        self._limits = limits
        self._engine = make_engine(options)
        self._found: Catalogue | None = None
        self.abilities = ABILITIES | ({Ability.CHANGES} if options.updated else frozenset())

    # -- what there is

    def check(self) -> Health:
        """Sign in, read the catalogue afresh, compare rights."""
        self._found = None
        catalogue = self._catalogue()
        with self._reading() as connection:
            return rights.health(connection, catalogue)

    def collections(self) -> Sequence[Collection]:
        """Every table that is read. Labels are comments that call a column personal data."""
        tables = self._catalogue().tables
        with self._reading() as connection:
            return [self._collection(table, size.rows(connection, table)) for table in tables.values()]

    def _collection(self, table: Table, count: int) -> Collection:
        known = self._catalogue().tables
        return Collection(
            name=table.name,
            fields={column.name: column.type for column in table.columns.values()},
            labels={column.name: column.label for column in table.columns.values() if column.label},
            links={",".join(r.columns): r.to_table for r in table.out if r.to_table in known},
            erase=table.erase,
            count=count,
            fixed=not table.key,
        )

    def estimate(self) -> Estimate:
        """Rows of all tables, and the bytes they take in the database."""
        tables = self._catalogue().tables.values()
        with self._reading() as connection:
            return Estimate(sum(size.rows(connection, t) for t in tables), size.bytes_of(connection, list(tables)))

    # -- reading

    def search(self, identifiers: Sequence[Identifier]) -> Iterator[Record]:
        """Rows that may mention one of the identifiers, table by table."""
        for name in self._catalogue().tables:
            rows = self._rows(name)
            condition = search.condition(rows, identifiers)
            if condition is not None:
                yield from self._walk(rows, condition)

    def changes(self, collection: str, cursor: str | None, known: Known) -> Iterator[Page]:
        """Every row in the order of the key, a page per transaction; rows `known` has are named, not given.

        With an `updated` column only keys are read of rows that did not move.
        """
        rows = self._rows(collection)
        place = _Place.read(cursor)
        if place.after is None and collection in self._options.updated:
            place = replace(place, old=place.last, last=place.new, new=self._mark(rows))
        last = False
        while not last:
            page = self._page(rows, place, known)
            place, last = _Place.read(page.cursor), page.last
            yield page

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Record]:
        """The rows that are still there."""
        by_table: dict[str, list[str]] = {}
        for ref in dict.fromkeys(refs):
            by_table.setdefault(ref.collection, []).append(ref.key)
        for name, keys in by_table.items():
            if name not in self._catalogue().tables:
                continue
            for start in range(0, len(keys), FETCH_ROWS):
                with self._reading() as connection:
                    found = self._load(connection, self._rows(name), keys[start : start + FETCH_ROWS])
                    records = [self._records(name).record(connection, row) for row in found]
                yield from records

    def related(self, ref: Ref) -> Iterator[Record]:
        """Rows of any table whose foreign key, or `links` setting, points to this row."""
        parent = self._rows(ref.collection)
        with self._reading() as connection:
            row = next(iter(self._load(connection, parent, [ref.key])), None)
        seen = {ref}
        for reference in parent.table.incoming if row is not None else ():
            child = self._catalogue().tables.get(reference.table)
            values = [row.values[name] for name in reference.to_columns] if row is not None else []
            if child is None or reference.schema != child.schema or None in values:
                continue
            rows = self._rows(child.name)
            pairs = zip(reference.columns, values, strict=True)
            where = sa.and_(*(rows.clause.c[name] == rows.bound(child.columns[name], value) for name, value in pairs))
            for record in self._walk(rows, where):
                if record.ref not in seen:
                    seen.add(record.ref)
                    yield record

    def attachment(self, ref: Ref, path: str) -> Iterator[bytes]:
        """One binary value in chunks of a mebibyte."""
        rows = self._rows(ref.collection)
        column = rows.table.columns.get(path.removeprefix(erase.FILE))
        if column is None or not path.startswith(erase.FILE):
            raise Vanished("There is no such file in this record.", advice="Search the store again.")
        with self._reading() as connection:
            row = next(iter(self._load(connection, rows, [ref.key])), None)
            if row is None or column.name not in row.blobs:
                raise Vanished("There is no such file in this record.", advice="Search the store again.")
            yield from self._records(ref.collection).chunks(connection, ref.key, column)

    def presence(self, ref: Ref) -> Presence:
        """THERE with the version now, or GONE. An anonymised row is there, with another version."""
        if ref.collection not in self._catalogue().tables:
            return Presence(Whereabouts.GONE)
        with self._reading() as connection:
            row = next(iter(self._load(connection, self._rows(ref.collection), [ref.key])), None)
        return Presence(Whereabouts.THERE, row.version) if row else Presence(Whereabouts.GONE)

    # -- writing

    def act(self, action: Action, journal: Journal) -> Receipt:
        """Carry out one action in one transaction. A lost connection is `Transient`: the repeat finds what happened."""
        rows = self._rows(action.ref.collection)
        with translated(), self._engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
            effect = erase.carry_out(connection, rows, action, journal)
        left = residue.after_write(self._engine, rows.table) if action.kind is not ActionKind.UPDATE else ()
        if effect.kind is ActionKind.ANONYMISE and _key_identifies(rows.table):
            left = (*left, residue.KEY)
        where = action.ref if effect.version is not None else None
        return Receipt(action.key, effect.outcome, where, effect.version, left)

    # -- inside

    def _catalogue(self) -> Catalogue:
        if self._found is None:
            with self._reading() as connection:
                self._found = inspect(connection, self._options)
        return self._found

    def _rows(self, name: str) -> Rows:
        table = self._catalogue().tables.get(name)
        if table is None:
            raise Vanished("The table is no longer there, or the settings leave it out.", advice="Check the store.")
        return Rows(table, self._engine.dialect)

    def _records(self, name: str) -> Records:
        return Records(self._rows(name), self._catalogue(), self._limits)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(), self._engine.connect() as connection, connection.begin():
            yield connection

    def _walk(self, rows: Rows, where: ColumnElement[bool]) -> Iterator[Record]:
        """Records of the rows that meet the condition, a bounded page per transaction."""
        records, after, last = self._records(rows.table.name), None, False
        while not last:
            with self._reading() as connection:
                found, last = _take(connection, rows, after, where)
                page = [records.record(connection, row) for row in found]
            yield from page
            after = found[-1].key if found else after

    def _load(self, connection: Connection, rows: Rows, keys: Sequence[str]) -> list[Row]:
        """The rows with these keys. A key that no value of its column can be is a row that is not there."""
        parsed = [values for values in map(rows.parse_key, keys) if values is not None]
        if not parsed:
            return []
        wanted = set(keys)
        savepoint = connection.begin_nested()
        try:
            found = connection.execute(rows.select().where(sa.or_(*map(rows.at, parsed)))).mappings().all()
            savepoint.commit()
        except DataError:
            savepoint.rollback()
            if len(keys) == 1:
                return []
            return [row for key in keys for row in self._load(connection, rows, [key])]
        decoded = {row.key: row for row in map(rows.decode, found)}
        return [row for key, row in decoded.items() if key in wanted]

    def _mark(self, rows: Rows) -> str | None:
        """The highest value of the `updated` column, as a key."""
        column = rows.table.columns[self._options.updated[rows.table.name]]
        with self._reading() as connection:
            readable, plain = rows.readable(column), rows.clause.c[column.name]
            value = connection.scalar(sa.select(readable).where(plain.is_not(None)).order_by(plain.desc()).limit(1))
        return None if value is None else dump_key([value])

    def _page(self, rows: Rows, place: _Place, known: Known) -> Page:
        name = rows.table.name
        unchanged: list[Ref] = []
        if place.old is not None and name in self._options.updated:
            unchanged, found, after, last = self._skipping(rows, place, known)
        else:
            with self._reading() as connection:
                found, last = _take(connection, rows, place.after, None)
            after = found[-1].key if found else place.after
        versions = known([Ref(name, row.key) for row in found])  # the caller's code: not inside our transaction
        fresh = [row for row in found if versions.get(Ref(name, row.key)) != row.version]
        same = {row.key for row in found} - {row.key for row in fresh}
        with self._reading() as connection:
            records = tuple(self._records(name).record(connection, row) for row in fresh)
        cursor = replace(place, after=None if last else after).write()
        unchanged += [Ref(name, row.key) for row in found if row.key in same]
        return Page(records, cursor, last, whole=True, unchanged=tuple(unchanged))

    def _skipping(self, rows: Rows, place: _Place, known: Known) -> tuple[list[Ref], list[Row], str | None, bool]:
        """Keys first; whole rows only where the caller has none, or the `updated` column moved."""
        name = rows.table.name
        listed = self._listed(rows, place)
        have = known([Ref(name, key) for key in listed])
        unchanged: list[Ref] = []
        found: list[Row] = []
        after, weight, keys = place.after, 0, list(listed)
        for start in range(0, len(keys), FETCH_ROWS):
            if weight > PAGE_BYTES:
                return unchanged, found, after, False
            part = keys[start : start + FETCH_ROWS]
            moved = [key for key in part if not (listed[key] and Ref(name, key) in have)]
            unchanged += [Ref(name, key) for key in part if key not in set(moved)]
            with self._reading() as connection:
                loaded = self._load(connection, rows, moved)
            weight += sum(map(_weight, loaded))
            found += loaded
            after = part[-1]
        return unchanged, found, after, len(keys) < PAGE_ROWS

    def _listed(self, rows: Rows, place: _Place) -> dict[str, bool]:
        """The next keys, and whether their `updated` column stands below the mark."""
        column = rows.table.columns[self._options.updated[rows.table.name]]
        (mark,) = load_key(place.old or "") or [None]
        settled = sa.func.coalesce(rows.clause.c[column.name] < rows.bound(column, mark), sa.false())
        parts = [part.label(f"k{n}") for n, part in enumerate(rows.key_parts())]
        query = sa.select(*parts, settled.label("settled")).select_from(rows.clause).order_by(*rows.order())
        with self._reading() as connection:
            found = connection.execute(_behind(query, rows, place.after).limit(PAGE_ROWS)).mappings().all()
        return {rows.key_of(item): bool(item["settled"]) for item in found}

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _behind(query: sa.Select[Any], rows: Rows, after: str | None) -> sa.Select[Any]:
    key: Sequence[Value] | None = rows.parse_key(after) if after is not None else None
    if after is not None and key is None:
        raise BadSettings("The cursor is not one of this table.", advice="Start from the beginning.")
    return query if key is None else query.where(rows.behind(key))


def _take(
    connection: Connection, rows: Rows, after: str | None, where: ColumnElement[bool] | None
) -> tuple[list[Row], bool]:
    """The next rows in the order of the key, up to a page or its weight, and whether they were the last."""
    query = _behind(rows.select().order_by(*rows.order()), rows, after)
    query = (query if where is None else query.where(where)).limit(PAGE_ROWS)
    found: dict[str, Row] = {}
    weight = count = 0
    with connection.execute(query.execution_options(yield_per=FETCH_ROWS)) as result:
        for item in result.mappings():
            row = rows.decode(item)
            found[row.key] = row  # rows without a key may be equal
            weight, count = weight + _weight(row), count + 1
            if weight > PAGE_BYTES:
                return list(found.values()), False
    return list(found.values()), count < PAGE_ROWS


def _weight(row: Row) -> int:
    return sum(len(value) for value in row.values.values() if isinstance(value, str | bytes))


def _key_identifies(table: Table) -> bool:
    return any(table.columns[name].identifying for name in table.bound if name in table.columns)
