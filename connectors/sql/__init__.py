"""Relational databases: SQLite, PostgreSQL, MySQL and MariaDB, over their own catalogue."""

from __future__ import annotations

from connectors.contract import Store
from connectors.errors import BadSettings
from connectors.limits import DEFAULTS, Limits
from connectors.sql.options import SqlOptions


class _Sql:
    """The kind `sql`."""

    name = "sql"
    options: type = SqlOptions

    def open(self, options: object, limits: Limits = DEFAULTS) -> Store:
        """Open the store; nothing is connected before it is first used. Raises `BadSettings`."""
        from connectors.sql.store import SqlStore

        if not isinstance(options, SqlOptions):
            raise BadSettings("These are not options of a store of kind sql.", advice="Use `SqlOptions`.")
        return SqlStore(options, limits)


KIND = _Sql()
