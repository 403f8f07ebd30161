"""The index of people: which records hold which identifiers, as keyed hashes only.

An index entry is the first eight bytes of HMAC-SHA-256 under a key of this installation. Whoever steals the database but
not the key ring learns how often some unknown value occurs, nothing else. Two values may collide (one chance in 2^64 a
pair): every record the index names is read and matched again before it counts.
"""

from __future__ import annotations

import array
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from sqlalchemy import bindparam, delete, insert, update
from sqlmodel import Session, col, func, select

from connectors.contract import Record, Ref
from discovery.keys import person_names, record_keys
from discovery.stores import scope
from discovery.tables import IndexedRecord, IndexKey, ScanCursor
from vault import Vault

COLUMN = "index"
T = TypeVar("T")
_CHUNK = 500  # parameters per statement; SQLite allows 32,766


def ref_hash(vault: Vault, store: str, ref: Ref) -> bytes:
    """Blind index of a record's address."""
    return vault.blind("ref", json.dumps([store, ref.collection, ref.key], ensure_ascii=False))


def known_versions(session: Session, vault: Vault, store: str, refs: Sequence[Ref]) -> dict[Ref, str]:
    """The versions the index has for these refs; those it does not know are missing."""
    hashes = {ref_hash(vault, store, ref): ref for ref in refs}
    found: dict[Ref, str] = {}
    for some in _chunks(list(hashes)):
        query = select(IndexedRecord.ref_hash, IndexedRecord.version).where(
            IndexedRecord.store == store, col(IndexedRecord.ref_hash).in_(some)
        )
        found.update({hashes[digest]: version for digest, version in session.exec(query)})
    return found


def put(
    session: Session, vault: Vault, store: str, records: Sequence[Record], pass_number: int
) -> list[tuple[IndexedRecord, Record]]:
    """Index records that are new or changed, which are returned; mark the others as seen."""
    hashes = {ref_hash(vault, store, record.ref): record for record in records}
    present = {
        row.ref_hash: row
        for some in _chunks(list(hashes))
        for row in session.exec(
            select(IndexedRecord).where(IndexedRecord.store == store, col(IndexedRecord.ref_hash).in_(some))
        )
    }
    changed: list[tuple[IndexedRecord, Record]] = []
    for digest, record in hashes.items():
        row = present.get(digest)
        if row is not None and row.version == record.version:
            row.seen = pass_number
            continue
        if row is None:
            sealed = vault.seal_text(scope(store), "ref", record.ref.key)
            row = IndexedRecord(
                store=store,
                collection=record.ref.collection,
                ref_hash=digest,
                ref=sealed,
                version=record.version,
                seen=pass_number,
            )
        else:
            _take_back(session, row)
        row.version = record.version
        row.seen = pass_number
        row.unreadable = ",".join(sorted({part.reason for part in record.unreadable}))
        session.add(row)
        changed.append((row, record))
    session.flush()
    _write_keys(session, vault, changed)
    return changed


def pass_of(session: Session, store: str, ref: Ref) -> int:
    """The running pass of a ref's collection: what is put outside a scan must not look unseen to it."""
    cursor = session.get(ScanCursor, (store, ref.collection))
    return cursor.pass_number if cursor else 1


def see(session: Session, vault: Vault, store: str, refs: Sequence[Ref], pass_number: int) -> None:
    """Mark records as still there without reading them."""
    for some in _chunks([ref_hash(vault, store, ref) for ref in refs]):
        session.execute(
            update(IndexedRecord)
            .where(col(IndexedRecord.store) == store, col(IndexedRecord.ref_hash).in_(some))
            .values(seen=pass_number)
        )


def drop(session: Session, vault: Vault, store: str, refs: Iterable[Ref]) -> int:
    """Forget records. Returns how many were known."""
    count = 0
    for some in _chunks([ref_hash(vault, store, ref) for ref in refs]):
        query = select(IndexedRecord).where(IndexedRecord.store == store, col(IndexedRecord.ref_hash).in_(some))
        count += _drop_rows(session, session.exec(query))
    return count


def drop_unseen(session: Session, store: str, collection: str, pass_number: int) -> int:
    """Forget what a whole pass did not name."""
    query = select(IndexedRecord).where(
        IndexedRecord.store == store, IndexedRecord.collection == collection, IndexedRecord.seen < pass_number
    )
    return _drop_rows(session, session.exec(query))


def lookup(session: Session, vault: Vault, store: str, keys: Iterable[bytes]) -> list[Ref]:
    """Refs of the records of one store that hold any of these keys."""
    hashed = vault.blind64(COLUMN, sorted(keys))
    found: dict[int, Ref] = {}
    for some in _chunks(hashed):
        query = (
            select(IndexedRecord.id, IndexedRecord.collection, IndexedRecord.ref)
            .join(IndexKey, col(IndexKey.record) == col(IndexedRecord.id))
            .where(IndexedRecord.store == store, col(IndexKey.key).in_(some))
        )
        for number, collection, sealed in session.exec(query):
            if number is not None and number not in found:
                found[number] = Ref(collection, vault.open_text(scope(store), "ref", sealed))
    return list(found.values())


def all_refs(session: Session, vault: Vault, store: str) -> Iterator[Ref]:
    """Every record of a store, for the rare search the index cannot answer."""
    query = select(IndexedRecord.collection, IndexedRecord.ref).where(IndexedRecord.store == store)
    for collection, sealed in session.exec(query):
        yield Ref(collection, vault.open_text(scope(store), "ref", sealed))


def holds_any(session: Session, vault: Vault, keys: Iterable[bytes]) -> bool:
    """Whether any record of any store holds one of these keys."""
    hashed = vault.blind64(COLUMN, sorted(keys))
    return (
        bool(hashed)
        and session.exec(select(IndexKey.key).where(col(IndexKey.key).in_(hashed)).limit(1)).first() is not None
    )


def names_somebody(session: Session, vault: Vault, keys: Sequence[bytes]) -> set[bytes]:
    """Those of the name keys that are the name of a contact or correspondent of the company."""
    hashed = dict(zip(vault.blind64(COLUMN, keys), keys, strict=True))
    found: set[bytes] = set()
    for some in _chunks(list(hashed)):
        query = select(IndexKey.key).where(col(IndexKey.key).in_(some), col(IndexKey.person)).distinct()
        found.update(hashed[key] for key in session.exec(query))
    return found


def unreadable_count(session: Session, store: str) -> int:
    """How many records of a store have a part nobody could read."""
    query = select(func.count()).where(IndexedRecord.store == store, IndexedRecord.unreadable != "")
    return session.exec(query).one()


def _write_keys(session: Session, vault: Vault, changed: Sequence[tuple[IndexedRecord, Record]]) -> None:
    rows: list[dict[str, object]] = []
    for row, record in changed:
        persons = person_names(record)
        keys = sorted(record_keys(record) | persons)
        hashed = vault.blind64(COLUMN, keys)
        row.keys = array.array("q", sorted(set(hashed))).tobytes()
        certain = {number for number, key in zip(hashed, keys, strict=True) if key in persons}
        rows += [{"key": number, "record": row.id, "person": number in certain} for number in sorted(set(hashed))]
    if rows:
        # without the ORM, which would take a third of the time of a scan for these narrow rows
        session.connection().execute(insert(IndexKey.__table__), rows)  # type: ignore[attr-defined]


def _drop_rows(session: Session, rows: Iterable[IndexedRecord]) -> int:
    count = 0
    for row in rows:
        _take_back(session, row)
        session.delete(row)
        count += 1
    return count


def _take_back(session: Session, row: IndexedRecord) -> None:
    keys = array.array("q")
    keys.frombytes(row.keys)
    if keys:
        statement = delete(IndexKey).where(col(IndexKey.key) == bindparam("k"), col(IndexKey.record) == bindparam("r"))
        session.connection().execute(statement, [{"k": key, "r": row.id} for key in keys])


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[i : i + _CHUNK] for i in range(0, len(items), _CHUNK))
