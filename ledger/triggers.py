"""Triggers by which the database itself refuses to change what was written.

They stop mistakes and injected SQL, not the owner of the database: against that stand hashes, checkpoints, shipping.
"""

from __future__ import annotations

TABLES = {"ledger_leaf": "seq", "ledger_checkpoint": "size"}
REFUSAL = "the ledger is only appended to"


def statements(dialect: str) -> list[str]:
    """DDL for `sqlite` or `postgresql`; safe to run again. Run it after the tables were made."""
    if dialect == "sqlite":
        return [ddl for table, key in TABLES.items() for ddl in _sqlite(table, key)]
    if dialect == "postgresql":
        function = (
            "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        return [function] + [ddl for table in TABLES for ddl in _postgresql(table)]
    raise ValueError(f"There are no ledger triggers for {dialect!r}. Use sqlite or postgresql.")


def _sqlite(table: str, key: str) -> list[str]:
    def trigger(kind: str, condition: str = "") -> str:
        return (
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{kind.lower()} BEFORE {kind} ON {table} {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )

    # INSERT OR REPLACE deletes the old row without firing DELETE triggers: inserting over a row is refused by itself.
    over = trigger("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})")
    return [trigger("UPDATE"), trigger("DELETE"), over]


def _postgresql(table: str) -> list[str]:
    made = []
    for name, when in (("rows", "UPDATE OR DELETE"), ("table", "TRUNCATE")):
        each = "ROW" if name == "rows" else "STATEMENT"
        made.append(f"DROP TRIGGER IF EXISTS {table}_keep_{name} ON {table}")
        made.append(
            f"CREATE TRIGGER {table}_keep_{name} BEFORE {when} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION ledger_refuse()"
        )
    return made
