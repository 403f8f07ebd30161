"""The outbox table."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from db import UtcDateTime


class State(StrEnum):
    """Where a letter is.

    queued -> sending -> sent | unknown | failed, or back to queued when the relay defers; queued -> cancelled;
    unknown | failed -> queued by a person's decision only.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Notice(SQLModel, table=True):
    """One letter to one person. `recipient`, `name` and `facts` are sealed under the case's key."""

    __tablename__ = "notice"

    id: str = Field(default_factory=lambda: uuid.uuid4().hex, primary_key=True)
    case_id: str = Field(index=True)
    kind: str
    language: str
    state: str = Field(default=State.QUEUED, index=True)
    message_id: str = Field(unique=True)
    recipient: bytes
    name: bytes | None = None
    facts: bytes
    dedupe: str = Field(unique=True, description="`case:kind:number`; the same letter is queued once.")
    queued_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    give_up_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="Set when first deferred.")
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    last_error: str = ""
