"""What an approved action does to one row, inside one transaction that already holds the write lock.

Safe to repeat after a kill at any point. The row is locked and compared with the approved version first. What the row
will be is written to the journal before the commit: after a kill, a row of the approved version means "not done", a row
of the journalled version means "done", and anything else is a conflict.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from connectors.contract import Action, ActionKind, Journal, Mask, Outcome, Value
from connectors.errors import Conflict, Terminal, Unsupported, Vanished
from connectors.pieces import Edit, applied, merged
from connectors.sql import faults, neutral
from connectors.sql.schema import Column, Shape, Table
from connectors.sql.values import Row, Rows, json_text

FIELD = "field:"
FILE = "file:"


class Effect(NamedTuple):
    """What happened to the row, and its version now (None when it is gone)."""

    outcome: Outcome
    version: str | None
    kind: ActionKind


def carry_out(connection: Connection, rows: Rows, action: Action, journal: Journal) -> Effect:
    """Do the action or find that it was done. The caller commits. Raises `Conflict`, `Vanished` or `Unsupported`."""
    if not rows.table.key:
        raise Unsupported(
            "Rows of a table without a key cannot be told apart safely.", advice="Give the table a primary key."
        )
    key = rows.parse_key(action.ref.key)
    row = _locked(connection, rows, key, action.ref.key) if key is not None else None
    if key is None or row is None:
        if action.kind is ActionKind.DELETE:
            return Effect(Outcome.ALREADY, None, action.kind)
        raise Vanished("The record is no longer there.", advice="Search the store again.")
    kind = _effective(connection, rows, key, row, action)
    if row.version != action.version:
        if journal.load().get("version") == row.version or _is_done(rows.table, row, kind, action):
            return Effect(Outcome.ALREADY, row.version, kind)
        raise Conflict("The record changed since the action was approved.", advice="Plan again.")
    if kind is ActionKind.DELETE:
        _one(connection.execute(sa.delete(rows.clause).where(rows.at(key))).rowcount)
        return Effect(Outcome.DONE, None, kind)
    if kind is ActionKind.ANONYMISE:
        _anonymise(connection, rows, key, action.key)
    elif kind is ActionKind.REDACT:
        _redact(connection, rows, key, row, action)
    else:
        _write(connection, rows, key, _named(rows.table, action.changes))
    after = _locked(connection, rows, key, action.ref.key)
    if after is None:
        raise Terminal("The row could not be read back after writing.", advice="Look for triggers on its table.")
    journal.save({"version": after.version})
    return Effect(Outcome.DONE, after.version, kind)


def _locked(connection: Connection, rows: Rows, key: Sequence[Value], text: str) -> Row | None:
    """The row, locked until the transaction ends (SQLite holds its write lock already)."""
    found = connection.execute(rows.select().where(rows.at(key)).with_for_update()).mappings().first()
    row = rows.decode(found) if found is not None else None
    return row if row is not None and row.key == text else None  # equal by collation is not equal


def _one(count: int) -> None:
    if count != 1:
        raise Terminal(
            "The statement would not have touched exactly one row; nothing was changed.",
            advice="Look for triggers or rules on the table.",
        )


# -- delete, or what stands in for it


def _effective(connection: Connection, rows: Rows, key: Sequence[Value], row: Row, action: Action) -> ActionKind:
    """DELETE of a row that others point to would break them, or take them along without approval."""
    if action.kind is not ActionKind.DELETE or not _has_children(connection, rows, key, row):
        return action.kind
    if rows.table.rule.erase == "anonymise":
        return ActionKind.ANONYMISE
    raise Conflict(
        "Other rows still point to this record, so it was not deleted.",
        advice='Erase those first, or set the rule erase = "anonymise" for its table.',
    )


def _has_children(connection: Connection, rows: Rows, key: Sequence[Value], row: Row) -> bool:
    for reference in rows.table.incoming:
        values = [row.values[name] for name in reference.to_columns]
        if None in values:
            continue
        own = reference.table == rows.table.name and reference.schema == rows.table.schema
        names: list[sa.ColumnClause[Value]] = [sa.column(name) for name in reference.columns]
        child = rows.clause if own else sa.table(reference.table, *names, schema=reference.schema)
        pairs = zip(reference.columns, reference.to_columns, values, strict=True)
        where = [child.c[name] == rows.bound(rows.table.columns[to], value) for name, to, value in pairs]
        if own:
            where.append(sa.not_(rows.at(key)))
        if connection.execute(sa.select(sa.literal(1)).select_from(child).where(*where).limit(1)).first():
            return True
    return False


# -- anonymise


def _anonymise(connection: Connection, rows: Rows, key: Sequence[Value], action: str) -> None:
    """Write the best neutral values; where a constraint refuses them, find for each column the first it accepts."""
    columns = neutral.targets(rows.table)
    best = {column.name: next(neutral.candidates(column, action)) for column in columns}
    if _accepted(connection, rows, key, best):
        return
    for column in columns:
        if not any(_accepted(connection, rows, key, {column.name: v}) for v in neutral.candidates(column, action)):
            raise Unsupported(
                f"Column {column.name} of table {rows.table.name} accepts no neutral value; nothing was changed.",
                advice="List it under `keep` in the table's rule, or allow NULL.",
            )


def _accepted(connection: Connection, rows: Rows, key: Sequence[Value], changes: Mapping[str, Value]) -> bool:
    savepoint = connection.begin_nested()
    try:
        _write(connection, rows, key, changes)
    except DBAPIError as error:
        savepoint.rollback()
        if faults.meaning(error) not in ("linked", "value"):
            raise
        return False
    savepoint.commit()
    return True


# -- update and redact


def _write(connection: Connection, rows: Rows, key: Sequence[Value], changes: Mapping[str, Value]) -> None:
    if not changes:
        return
    bound = {name: rows.bound(rows.table.columns[name], value) for name, value in changes.items()}
    _one(connection.execute(sa.update(rows.clause).where(rows.at(key)).values(bound)).rowcount)


def _writable(table: Table, name: str) -> Column:
    column = table.columns.get(name)
    if column is None or column.generated or name in table.bound:
        raise Unsupported(
            f"A column of table {table.name} cannot be written: it is not there, computed, or ties rows together.",
            advice="Change the plan for this record.",
        )
    return column


def _named(table: Table, changes: Mapping[str, Value]) -> Mapping[str, Value]:
    for name in changes:
        _writable(table, name)
    return changes


def _redact(connection: Connection, rows: Rows, key: Sequence[Value], row: Row, action: Action) -> None:
    """Write the masked texts; where a constraint refuses one that was masked whole, the first neutral value it accepts."""
    changes = _masked(rows.table, row, action)
    if _accepted(connection, rows, key, changes):
        return
    whole = {
        mask.path
        for mask in action.masks
        if mask.start == 0 and mask.end == len(str(row.values.get(mask.path.removeprefix(FIELD))))
    }
    for name, value in changes.items():
        column = rows.table.columns[name]
        others = neutral.candidates(column, action.key) if FIELD + name in whole else iter(())
        if not any(_accepted(connection, rows, key, {name: one}) for one in chain([value], others)):
            raise Unsupported(
                f"Column {name} of table {rows.table.name} does not take the masked text; nothing was changed.",
                advice="Change the plan for this record.",
            )


def _masked(table: Table, row: Row, action: Action) -> dict[str, Value]:
    """The new text of every column that a mask touches; dropped files become NULL or a notice."""
    masks: dict[str, list[Mask]] = {}
    for mask in action.masks:
        masks.setdefault(mask.path, []).append(mask)
    changes: dict[str, Value] = {}
    for path, found in masks.items():
        column = _writable(table, path.removeprefix(FIELD))
        value = row.values[column.name]
        if not path.startswith(FIELD) or not isinstance(value, str):
            raise Unsupported("A mask points to something that is no text of this row.", advice="Plan again.")
        changes[column.name] = _replaced(column, value, found)
    for path in action.drop:
        column = _writable(table, path.removeprefix(FILE))
        if column.name not in row.blobs:
            raise Unsupported("A file to be dropped is not in this row.", advice="Plan again.")
        changes[column.name] = None if column.nullable else neutral.NOTICE[: column.length or None]
    return changes


def _replaced(column: Column, value: str, masks: Sequence[Mask]) -> str:
    structured = column.shape in (Shape.JSON, Shape.ARRAY)
    text = json_text(value) if structured else value
    if any(not 0 <= mask.start <= mask.end <= len(text) for mask in masks):
        raise Unsupported("A mask reaches beyond its text.", advice="Plan again.")
    edits = [Edit(mask.start, mask.end, mask.replacement) for mask in masks]
    if structured:
        edits = [edit._replace(by=json.dumps(edit.by, ensure_ascii=False)[1:-1]) for edit in edits]
    result = applied(text, merged(edits))
    if column.length is not None and len(result) > column.length:
        short = [edit._replace(by=edit.by[: edit.end - edit.start]) for edit in edits]
        result = applied(text, merged(short))
    if structured and not _same_shape(text, result):
        raise Unsupported("The masks would break the structure of a JSON value.", advice="Mask whole values of it.")
    return result


def _same_shape(before: str, after: str) -> bool:
    try:
        return type(json.loads(before)) is type(json.loads(after))
    except ValueError:
        return False


# -- was it done before?


def _is_done(table: Table, row: Row, kind: ActionKind, action: Action) -> bool:
    """Whether the row already holds what the action would write (for a journal that was lost)."""
    if kind is ActionKind.UPDATE:
        return bool(action.changes) and all(
            name in row.values and name not in row.blobs and _plain(row.values[name]) == _plain(value)
            for name, value in action.changes.items()
        )
    if kind is ActionKind.ANONYMISE:
        return all(_is_neutral(column, row, action.key) for column in neutral.targets(table))
    return False


def _is_neutral(column: Column, row: Row, key: str) -> bool:
    allowed = list(neutral.candidates(column, key))
    blob = row.blobs.get(column.name)
    if blob is not None:
        return any(isinstance(v, bytes) and hashlib.sha256(v).hexdigest() == blob.digest for v in allowed)
    return _plain(row.values[column.name]) in [_plain(value) for value in allowed]


def _plain(value: Value) -> str | None:
    """A value as text, for telling equal ones that differ in type or padding."""
    return None if value is None else str(int(value) if isinstance(value, bool) else value).rstrip().replace("T", " ")
