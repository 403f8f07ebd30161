"""The tables of the ledger. Leaves and checkpoints are only ever inserted (see `ledger.triggers`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from db import UtcDateTime


class LedgerLeaf(SQLModel, table=True):
    """One entry. `body` is the canonical JSON exactly as it was hashed; the other columns repeat it for queries.

    `nodes` holds the roots of the subtrees of 2, 4, 8, … leaves that this leaf completed: so a proof reads O(log n)
    rows. They are derived, and checked by `ledger.check`.
    """

    __tablename__ = "ledger_leaf"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    body: bytes
    hash: bytes
    nodes: bytes
    payload: bytes | None = None  # salt and payload, sealed under `case:<case_id>` or `ledger`
    case_id: str | None = Field(default=None, index=True)


class LedgerHead(SQLModel, table=True):
    """The single row that every append locks: what is needed to add the next leaf."""

    __tablename__ = "ledger_head"

    id: int = Field(default=1, primary_key=True)
    size: int = 0
    frontier: bytes = b""  # roots of the complete subtrees, largest first, 32 bytes each
    last: bytes = b""  # hash of the last leaf


class LedgerCheckpoint(SQLModel, table=True):
    """A signed note over the first `size` leaves."""

    __tablename__ = "ledger_checkpoint"

    size: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    note: str
