"""What scans leave behind: connected stores, the index of people, the inventory, cursors. No plain personal data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from db import UtcDateTime


class StoreRow(SQLModel, table=True):
    """A connected store. `options` is sealed whole: it holds credentials. A removed store stays listed, without options."""

    __tablename__ = "store"

    name: str = Field(primary_key=True, max_length=64)
    kind: str
    options: bytes | None = Field(default=None, sa_type=LargeBinary)
    added_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IndexedRecord(SQLModel, table=True):
    """One record as the last scan saw it. `ref` is sealed (a key can be an address), `ref_hash` is its blind index."""

    __tablename__ = "indexed_record"
    __table_args__ = (Index("ix_indexed_record_ref", "store", "ref_hash", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    store: str = Field(sa_column=Column(ForeignKey("store.name"), nullable=False))
    collection: str
    ref_hash: bytes = Field(sa_type=LargeBinary)
    ref: bytes = Field(sa_type=LargeBinary)
    version: str
    seen: int  # number of the pass that saw it last
    unreadable: str = ""  # reasons, joined by commas
    keys: bytes = Field(default=b"", sa_type=LargeBinary)  # its keys, 8 bytes each, so that they can be taken back
    found: str = ""  # what the inventory counts: a line `field<TAB>entity` each


class IndexKey(SQLModel, table=True):
    """`key` (keyed hash of an identifier) occurs in `record`; `person` marks names that certainly name somebody."""

    __tablename__ = "index_key"

    key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    record: int = Field(primary_key=True)
    person: bool = False


class ScanCursor(SQLModel, table=True):
    """How far the scan of one collection has come. `cursor` is sealed: it may hold record keys."""

    __tablename__ = "scan_cursor"

    store: str = Field(primary_key=True, foreign_key="store.name")
    collection: str = Field(primary_key=True)
    cursor: bytes | None = Field(default=None, sa_type=LargeBinary)
    pass_number: int = 1
    complete: bool = False  # at least one pass has read the whole collection
    midway: bool = False  # a pass has begun and not come to its end
    sampled: int = 0  # records of this collection analysed for the inventory
    holder: str = ""  # the scan at work on it: two at once would forget records the other has just seen
    updated_at: datetime = Field(sa_type=UtcDateTime)


class InventoryLine(SQLModel, table=True):
    """So many records of a collection hold this entity in this field."""

    __tablename__ = "inventory"

    store: str = Field(primary_key=True, foreign_key="store.name")
    collection: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    entity: str = Field(primary_key=True)
    records: int = 0


class ScanRun(SQLModel, table=True):
    """One scan of one store: what it read and how it ended (running, finished, failed)."""

    __tablename__ = "scan_run"

    id: str = Field(primary_key=True)
    store: str = Field(foreign_key="store.name")
    state: str = "queued"
    queued_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    records: int = 0
    changed: int = 0
    gone: int = 0
    unreadable: int = 0
    problem: str = ""
