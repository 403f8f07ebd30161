"""Data keys, one per scope, wrapped under a key-encryption key, in a database of their own.

The database is apart from the data so that forgetting a case is one thing: its key is overwritten here, and every copy
of the data, in every backup, is unreadable. A tombstone stays, so that a destroyed scope never silently gets a new key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import ArgumentError, DatabaseError

from db import make_engine
from db.engine import scrub_free_space
from vault.errors import KeyInUse, KeyMissing, KeysUnreadable, Shredded, Tampered, VaultError
from vault.kms import KEY, Kms

BATCH = 500
LOCK = 0x52656472  # advisory lock of PostgreSQL, "Redr"

_metadata = MetaData()
_key = Table(
    "vault_key",
    _metadata,
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("kek", String, index=True),  # null: destroyed
    Column("wrapped", LargeBinary, nullable=False),
    Column("destroyed", Boolean, nullable=False),
)
_epoch = Table(
    "vault_epoch", _metadata, Column("id", Integer, primary_key=True), Column("destroyed", Integer, nullable=False)
)


class Kind(StrEnum):
    """What a key is for. Kinds do not share names, so nobody can shred the signing key as a scope called `ledger`."""

    SCOPE = "scope"
    ROOT = "root"
    SIGNING = "signing"


class KeyStore:
    """All keys but the ring's. Safe for several processes at once; each call is its own short transaction."""

    def __init__(self, url: str, kms: Kms) -> None:
        """Open or create the store. Raises `KeysUnreadable`; `WrongKey` when it was made with another `kms`."""
        self._kms = kms
        try:
            self._engine = make_engine(url)
        except (ArgumentError, ValueError, OSError):
            raise KeysUnreadable("The key store cannot be opened. Check the setting keys_url and its folder.") from None
        try:
            self._create()
            self._try_a_key()
        except VaultError:
            self.close()
            raise

    def close(self) -> None:
        """Give back connections."""
        self._engine.dispose()

    def get(self, kind: Kind, name: str, *, create: bool) -> bytes:
        """The 32-byte key; made on first use when `create`. Raises `Shredded`, `KeyMissing`, `WrongKey`, `Tampered`."""
        with self._transaction() as connection:
            row = self._row(connection, kind, name)
            if row is None and create:
                key = os.urandom(KEY)
                self._insert(connection, kind, name, key)
                return key
        if row is None:
            raise KeyMissing(
                f"There is no key for {name!r}. The key store is older than the data or another one: "
                "put back the newest key store of this installation."
            )
        if row.destroyed:
            raise Shredded(f"The key of {name!r} was destroyed for good. Its data cannot be read any more.")
        key = self._kms.unwrap(row.wrapped, _aad(kind, name))
        if len(key) != KEY:
            raise Tampered(f"The key of {name!r} has a wrong length. Restore the key store from its newest backup.")
        return key

    def destroy(self, scope: str) -> None:
        """Overwrite the key of a scope, on disk and in the write-ahead log, and leave a tombstone. Safe to repeat."""
        with self._transaction() as connection:
            row = self._row(connection, Kind.SCOPE, scope)
            if row is None:
                connection.execute(
                    insert(_key).values(kind=Kind.SCOPE, name=scope, kek=None, wrapped=b"", destroyed=True)
                )
            elif not row.destroyed:
                connection.execute(
                    update(_key)
                    .where(_key.c.kind == Kind.SCOPE, _key.c.name == scope)
                    .values(kek=None, wrapped=bytes(len(row.wrapped)), destroyed=True)
                )
            connection.execute(update(_epoch).values(destroyed=_epoch.c.destroyed + 1))
        self._scrub()

    def destroyed_so_far(self) -> int:
        """Grows with every `destroy`, by whichever process: whoever keeps keys in memory compares it."""
        with self._transaction(alone=False) as connection:
            return connection.scalar(select(_epoch.c.destroyed)) or 0

    def waiting(self) -> int:
        """How many keys are not wrapped under the active key-encryption key."""
        with self._transaction() as connection:
            stale = _key.c.kek != self._kms.active_id
            return connection.scalar(select(func.count()).select_from(_key).where(stale)) or 0

    def rotate(self) -> str:
        """Make a new key-encryption key and give its id; `rewrap_all` then moves the data keys to it."""
        with self._transaction():  # so that no other process wraps a key while the active one changes
            return self._kms.rotate()

    def rewrap_all(self) -> int:
        """Wrap every key under the active key-encryption key; gives how many changed. Killed, it goes on next time."""
        changed = 0
        while done := self._rewrap_some():
            changed += done
        self._scrub()
        return changed

    def drop(self, key_id: str) -> None:
        """Forget a key-encryption key. Raises `KeyInUse` while any data key needs it.

        Held in one transaction with the check, so that no process can wrap a new key under it in between.
        """
        with self._transaction() as connection:
            needing = connection.scalar(select(func.count()).select_from(_key).where(_key.c.kek == key_id))
            if needing:
                raise KeyInUse(
                    f"{needing} data keys are wrapped under the key {key_id}. Run `redress keys rotate` first."
                )
            self._kms.drop(key_id)

    def _create(self) -> None:
        with self._transaction() as connection:
            _metadata.create_all(connection)
            if connection.scalar(select(_epoch.c.id)) is None:
                connection.execute(insert(_epoch).values(id=1, destroyed=0))

    def _try_a_key(self) -> None:
        """A lost ring is made anew on first use: notice it before anything is sealed that the right one cannot open."""
        with self._transaction() as connection:
            row = connection.execute(select(_key).where(_key.c.kek.is_not(None)).limit(1)).one_or_none()
        if row is not None:
            self._kms.unwrap(row.wrapped, _aad(Kind(row.kind), row.name))

    def _rewrap_some(self) -> int:
        with self._transaction() as connection:
            active = self._kms.active_id
            rows = connection.execute(select(_key).where(_key.c.kek != active).limit(BATCH)).all()
            for row in rows:
                aad = _aad(Kind(row.kind), row.name)
                wrapped = self._kms.wrap(self._kms.unwrap(row.wrapped, aad), aad)
                mine = (_key.c.kind == row.kind, _key.c.name == row.name)
                connection.execute(update(_key).where(*mine).values(kek=active, wrapped=wrapped))
        return len(rows)

    def _insert(self, connection: Connection, kind: Kind, name: str, key: bytes) -> None:
        # Under the exclusive transaction neither another process nor a dropped key can come in between.
        wrapped = self._kms.wrap(key, _aad(kind, name))
        connection.execute(
            insert(_key).values(kind=kind, name=name, kek=self._kms.active_id, wrapped=wrapped, destroyed=False)
        )

    def _row(self, connection: Connection, kind: Kind, name: str) -> Row[tuple[str | None, bytes, bool]] | None:
        wanted = select(_key.c.kek, _key.c.wrapped, _key.c.destroyed).where(_key.c.kind == kind, _key.c.name == name)
        return connection.execute(wanted).one_or_none()

    @contextmanager
    def _transaction(self, *, alone: bool = True) -> Iterator[Connection]:
        """One transaction; `alone`: no other process is inside one. (SQLite: always, see `make_engine`.)"""
        try:
            with self._engine.begin() as connection:
                if alone and connection.dialect.name == "postgresql":
                    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
                yield connection
        except DatabaseError as error:
            raise KeysUnreadable(
                f"The key store cannot be used ({type(error.orig).__name__}). "
                "Check that it can be reached and written, and try again."
            ) from None

    def _scrub(self) -> None:
        """Old versions of rows leave the disk too: SQLite overwrites (secure_delete), PostgreSQL rewrites the table."""
        if self._engine.dialect.name == "postgresql":
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM FULL vault_key"))
        else:
            scrub_free_space(self._engine)


def _aad(kind: Kind, name: str) -> bytes:
    return f"redress data key {kind}:{name}".encode("utf-8", "surrogatepass")
