"""What a database's errors mean, as the contract's error tree.

A server quotes values, statements and sometimes the sign-in name back. None of its words are passed on: only its error
codes, and for failed connections a few phrases of its text, decide which of our own sentences is raised.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import exc

from connectors.errors import (
    BadCertificate,
    BadCredentials,
    BadSettings,
    Conflict,
    MissingRights,
    StoreError,
    Terminal,
    Throttled,
    Transient,
    Unreachable,
    Unsupported,
    Vanished,
)

_MAKE: Mapping[str, Callable[[], StoreError]] = {
    "unreachable": lambda: Unreachable("The database does not answer.", advice="Check host, port and that it runs."),
    "credentials": lambda: BadCredentials(
        "The database does not accept the user or the password.", advice="Correct them in the store's settings."
    ),
    "rights": lambda: MissingRights(
        "The database account may not do this.", advice="Grant the rights that `redress store check` lists as missing."
    ),
    "certificate": lambda: BadCertificate(
        "The database's TLS certificate could not be verified, or it offers no TLS.",
        advice="Set ca_file to the authority that signed it, and use the host name it was issued for.",
    ),
    "database": lambda: BadSettings("There is no such database on this server.", advice="Correct the store's URL."),
    "file": lambda: BadSettings("The SQLite file is not there or is no database.", advice="Correct the store's URL."),
    "busy": lambda: Transient("The database is busy: a lock or a conflicting transaction.", advice="Try again."),
    "slow": lambda: Transient(
        "A statement took longer than the store's timeout.", advice="Try again, or raise the option `timeout`."
    ),
    "full": lambda: Throttled("The database accepts no more connections now.", advice="Try again later."),
    "linked": lambda: Conflict(
        "Other rows depend on this one, or a rule of the table forbids the change.", advice="Plan again."
    ),
    "value": lambda: Unsupported("A value does not fit its column.", advice="Change the plan for this record."),
    "gone": lambda: Vanished("A table or column is no longer there.", advice="Scan the store again."),
    "other": lambda: Terminal("The database refused a statement.", advice="See the database's own log."),
}

_STATES = {  # SQLSTATE, or its class
    **dict.fromkeys(("28", "28000", "28P01"), "credentials"),
    **dict.fromkeys(("3D000", "3F000"), "database"),
    **dict.fromkeys(("42501", "25006"), "rights"),
    **dict.fromkeys(("40", "55P03", "55006"), "busy"),
    **dict.fromkeys(("57014",), "slow"),
    **dict.fromkeys(("57P01", "57P02", "57P03", "57P05", "08"), "unreachable"),
    **dict.fromkeys(("53",), "full"),
    **dict.fromkeys(("23",), "linked"),
    **dict.fromkeys(("22",), "value"),
    **dict.fromkeys(("42P01", "42703"), "gone"),
}
_NUMBERS = {  # MySQL and MariaDB
    **dict.fromkeys((1045, 1698, 1251, 2059), "credentials"),
    **dict.fromkeys((1044, 1142, 1143, 1227, 1290, 1370, 1792), "rights"),
    **dict.fromkeys((1049,), "database"),
    **dict.fromkeys((1205, 1213, 1020), "busy"),
    **dict.fromkeys((1969, 3024, 1317), "slow"),
    **dict.fromkeys((2002, 2003, 2005, 2006, 2013, 2014, 1053, 1927), "unreachable"),
    **dict.fromkeys((1040, 1203, 1226), "full"),
    **dict.fromkeys((1048, 1062, 1451, 1452, 3819, 4025), "linked"),
    **dict.fromkeys((1264, 1265, 1292, 1366, 1406, 3140), "value"),
    **dict.fromkeys((1146, 1054), "gone"),
    **dict.fromkeys((2026,), "certificate"),
}
_SQLITE = {
    **dict.fromkeys(("SQLITE_BUSY", "SQLITE_LOCKED"), "busy"),
    **dict.fromkeys(("SQLITE_INTERRUPT",), "slow"),
    **dict.fromkeys(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"), "rights"),
    **dict.fromkeys(("SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_CORRUPT"), "file"),
    **dict.fromkeys(("SQLITE_CONSTRAINT",), "linked"),
    **dict.fromkeys(("SQLITE_MISMATCH", "SQLITE_TOOBIG"), "value"),
}
_PHRASES = (  # of errors that carry no code: libpq's, when no session came about
    (("certificate", "ssl"), "certificate"),
    (("password authentication failed", "no password supplied", "role ", "pg_hba"), "credentials"),
    (("database ",), "database"),
    (("too many", "remaining connection slots"), "full"),
)


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the database leave this block as `StoreError`, without a word the server said."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _MAKE[meaning(error)]() from None
    except sqlite3.Error as error:  # from BEGIN, which SQLAlchemy leaves to us
        raise _MAKE[_of_sqlite(error)]() from None
    except exc.TimeoutError:
        raise _MAKE["busy"]() from None
    except (exc.NoSuchTableError, exc.UnreflectableTableError):
        raise _MAKE["gone"]() from None


def meaning(error: exc.DBAPIError) -> str:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    number = cause.args[0] if cause is not None and cause.args else None
    if isinstance(number, int):
        if number == 2003 and any("CERTIFICATE" in str(arg).upper() for arg in cause.args[1:]):  # type: ignore[union-attr]
            return "certificate"
        return _NUMBERS.get(number) or ("value" if isinstance(error, exc.DataError) else "other")
    state = getattr(cause, "sqlstate", None)
    if state:
        return _STATES.get(state) or _STATES.get(state[:2], "other")
    if isinstance(error, exc.DataError):
        return "value"
    if isinstance(error, exc.OperationalError) or error.connection_invalidated:
        said = str(cause).lower()
        return next((mean for signs, mean in _PHRASES if any(sign in said for sign in signs)), "unreachable")
    return "other"


def _of_sqlite(cause: sqlite3.Error) -> str:
    name = getattr(cause, "sqlite_errorname", "") or ""
    if name == "SQLITE_ERROR" and str(cause).startswith(("no such table", "no such column")):
        return "gone"
    return next((meaning for sign, meaning in _SQLITE.items() if name.startswith(sign)), "other")
