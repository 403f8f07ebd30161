"""Which rights the account holds, lacks, and has beyond need."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract import Health
from connectors.sql.schema import Catalogue, Table

NEEDED = ("select", "update", "delete")
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?:TABLE )?(?P<scope>\S+\.\S+) TO ", re.I)


def health(connection: Connection, catalogue: Catalogue) -> Health:
    """Rights of the signed-in account on the tables that are read."""
    tables = list(catalogue.tables.values())
    dialect = connection.dialect.name
    notes = list(catalogue.notes)
    if dialect == "postgresql":
        lacking, needless = _postgres(connection, tables, notes)
    elif dialect == "sqlite":
        lacking, needless = _sqlite(connection), []
    else:
        lacking, needless = _mysql(connection, tables, notes)
    held = tuple(right for right in NEEDED if not any(lack.startswith(right) for lack in lacking))
    return Health(True, held, tuple(lacking), tuple(needless), tuple(notes))


def _sqlite(connection: Connection) -> list[str]:
    file = connection.exec_driver_sql("PRAGMA database_list").first()
    writable = file is not None and os.access(file[2], os.W_OK)
    return [] if writable else ["update", "delete"]


def _postgres(connection: Connection, tables: Sequence[Table], notes: list[str]) -> tuple[list[str], list[str]]:
    query = sa.text(
        "SELECT has_table_privilege(c.oid, 'SELECT'), has_table_privilege(c.oid, 'UPDATE'), "
        "has_table_privilege(c.oid, 'DELETE'), c.relrowsecurity FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relname = :name AND n.nspname = coalesce(:schema, current_schema())"
    )
    lacking: list[str] = []
    for table in tables:
        found = connection.execute(query, {"name": table.name, "schema": table.schema}).first()
        if found is None:
            continue
        lacking += [f"{right} on {table.name}" for right, has in zip(NEEDED, found, strict=False) if not has]
        if found[3]:
            notes.append(f"Table {table.name} has row security: reading fails where a policy hides rows.")
    if connection.scalar(sa.text("SELECT pg_is_in_recovery()")):
        notes.append("This server is a read-only replica: nothing can be erased here.")
    role = sa.text(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, "
        "has_database_privilege(current_database(), 'CREATE'), has_schema_privilege(coalesce(:schema, "
        "current_schema()), 'CREATE') FROM pg_catalog.pg_roles WHERE rolname = current_user"
    )
    schema = tables[0].schema if tables else None
    names = ["superuser", "create role", "create database", "replication", "bypass row security"]
    names += ["create schema", "create table"]
    found = connection.execute(role, {"schema": schema}).first()
    return lacking, [name for name, has in zip(names, found or (), strict=False) if has]


def _mysql(connection: Connection, tables: Sequence[Table], notes: list[str]) -> tuple[list[str], list[str]]:
    database = connection.scalar(sa.text("SELECT DATABASE()")) or ""
    grants = [str(row) for row in connection.exec_driver_sql("SHOW GRANTS").scalars()]
    held = [found for grant in grants for found in _parsed(grant)]
    lacking: list[str] = []
    for table in tables:
        rights: set[str] = set()
        for scope_database, scope_table, names in held:
            if _covers(scope_database, table.schema or database) and scope_table in ("*", table.name):
                rights |= names
        lacking += [f"{right} on {table.name}" for right in NEEDED if not {right, "all privileges"} & rights]
    needless = sorted({name for _, _, names in held for name in names} - {*NEEDED, "usage", "show view", "lock tables"})
    query = sa.text(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = :schema AND table_type = 'BASE TABLE' "
        "AND engine NOT IN ('InnoDB')"
    )
    for name in connection.execute(query, {"schema": (tables[0].schema if tables else None) or database}).scalars():
        notes.append(f"Table {name} is not InnoDB: its changes cannot be rolled back.")
    if connection.scalar(sa.text("SELECT @@read_only")):
        notes.append("This server is read-only: nothing can be erased here.")
    return lacking, needless


def _parsed(grant: str) -> Iterator[tuple[str, str, set[str]]]:
    """(database pattern, table, rights) of one line of SHOW GRANTS. Rights on single columns do not count."""
    found = _GRANT.match(grant)
    if found:
        database, _, table = found["scope"].replace("`", "").rpartition(".")
        rights = re.sub(r"[A-Z ]+ \([^)]*\)", "", found["rights"]).split(",")
        names = {right.strip().lower() for right in rights if right.strip()}
        if "WITH GRANT OPTION" in grant.upper():
            names.add("grant option")
        yield database, table, names


def _covers(pattern: str, database: str) -> bool:
    """Whether a grant's database pattern (`%`, `_`, escaped by a backslash) names the database."""
    parts = re.findall(r"\\.|.", pattern)
    expression = "".join(
        re.escape(p[-1]) if p.startswith("\\") else {"%": ".*", "_": ".", "*": ".*"}.get(p, re.escape(p)) for p in parts
    )
    return re.fullmatch(expression, database) is not None
