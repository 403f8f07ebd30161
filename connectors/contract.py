"""The contract between Redress and a store of personal data.

A connector turns one kind of system into collections of records with stable refs. It knows nothing of requests, law or
detection: it is told *which* records to read and *what* to do to them, and it answers with what really happened.
Everything a person could be recognised by may stand in `Ref.key`, `Field.value`, `Text.text` and `Participant`: callers
seal them, and no connector puts them into an error, a log line or a `Receipt.residue` code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, Self, runtime_checkable

from pydantic import BaseModel

from connectors.limits import DEFAULTS, Limits

Value = str | int | float | bool | Decimal | date | datetime | time | bytes | None


class Ability(StrEnum):
    """What a store can do beyond being read."""

    SEARCH = "search"  # has a search of its own, used as a shortlist
    CHANGES = "changes"  # can tell what changed since a cursor without being read whole
    ATTACHMENTS = "attachments"  # records carry files
    RELATED = "related"  # records hang off other records (foreign keys, associations)
    UPDATE = "update"  # single fields can be overwritten
    DELETE = "delete"  # records can be deleted
    PURGE = "purge"  # deletion is final (no bin), or the bin can be emptied record by record
    REDACT = "redact"  # text can be masked in place, everything else staying byte for byte
    CONDITIONAL_WRITE = "conditional_write"  # a write can be bound to the version that was read


class FieldType(StrEnum):
    """What a field holds, as far as the store itself declares it."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    REFERENCE = "reference"
    BINARY = "binary"
    OTHER = "other"


class TextKind(StrEnum):
    """Where a piece of text stands in its record."""

    FIELD = "field"
    HEADER = "header"
    BODY = "body"
    HTML = "html"
    ATTACHMENT = "attachment"
    FILENAME = "filename"


class ActionKind(StrEnum):
    """What can be done to a record."""

    UPDATE = "update"  # overwrite the named fields
    REDACT = "redact"  # replace the masked spans, drop the named attachments, touch nothing else
    ANONYMISE = "anonymise"  # keep the row for integrity, overwrite everything that identifies the person
    DELETE = "delete"  # remove the record for good


class Outcome(StrEnum):
    """How an action ended. `UNKNOWN` is honest: the effect may or may not have happened and could not be read back."""

    DONE = "done"
    ALREADY = "already"  # an earlier try had done it; nothing was touched now
    UNKNOWN = "unknown"


class Whereabouts(StrEnum):
    """What read-back found."""

    THERE = "there"
    GONE = "gone"
    BIN = "bin"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """Names one record in one store. `key` is opaque to callers and may itself be personal data."""

    collection: str
    key: str


@dataclass(frozen=True, slots=True)
class Field:
    """One typed value of a record.

    `identifying` says that the field names a person (an address, a number, a name). A `fixed` one cannot be masked in the
    store: it is a key or computed.
    """

    name: str
    value: Value
    type: FieldType = FieldType.OTHER
    identifying: bool = False
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of readable text.

    `path` addresses it inside the record (`field:notes`, `header:3`, `part:1.2`, `part:2/file`); offsets of a `Mask` count
    code points of `text`. `maskable` is False where the text was derived (out of a PDF, say) and cannot be written back.
    """

    path: str
    text: str
    kind: TextKind
    language: str | None = None
    maskable: bool = True
    name: str = ""  # of the header field, in lower case


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part in the record: role is `from`, `to`, `cc`, `bcc`, `reply-to` or `owner`."""

    role: str
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a record; `path` is the one its derived `Text` carries too. `size` in bytes."""

    path: str
    filename: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part that could not be read, and why (`encrypted`, `damaged`, `too-large`, `unsupported`, `bomb`). Never "clean"."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    """Points to the record this one hangs off (the contact of a deal). `name` is the field that holds the reference."""

    name: str
    to: Ref


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the store now. `version` changes whenever the content does."""

    ref: Ref
    version: str
    fields: tuple[Field, ...] = ()
    texts: tuple[Text, ...] = ()
    participants: tuple[Participant, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    links: tuple[Link, ...] = ()
    native: bytes | None = field(default=None, repr=False)  # the record in its own format (RFC 5322), where it has one

    def readable(self) -> Iterator[Text]:
        """Every text of the record: its `texts`, then each string field as `field:NAME`."""
        yield from self.texts
        for item in self.fields:
            if isinstance(item.value, str) and item.value:
                yield Text(f"field:{item.name}", item.value, TextKind.FIELD, maskable=not item.fixed)


@dataclass(frozen=True, slots=True)
class Collection:
    """One table, mailbox, module or folder. `erase` is what an erasure does to the subject's own record here.

    The records of a `fixed` one can be read but neither changed nor deleted.
    """

    name: str
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)  # the vendor's own personal-data labels, by field
    links: Mapping[str, str] = field(default_factory=dict)  # field -> collection it points to
    erase: ActionKind = ActionKind.DELETE
    count: int | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One bounded step of `changes`.

    `unchanged` are refs that exist and still have the version that `known` gave: not read again. `cursor` resumes behind
    this page and may hold keys: its keeper seals it. On the `last` page of a pass `cursor` starts the next pass. When
    `whole` is true the pass names every record of the collection, so that what it did not name is gone.
    """

    records: tuple[Record, ...]
    cursor: str
    last: bool
    whole: bool
    unchanged: tuple[Ref, ...] = ()
    gone: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a person can be searched by: kind is `email`, `phone`, `name` or `customer_id`; value is normalised."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Mask:
    """Replace code points `start:end` of the text at `path` by `replacement`."""

    path: str
    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Action:
    """One approved effect on one record.

    `key` is unique to the effect: repeating an action with the same key must have no second effect. `version` is the one
    that was approved; a store with CONDITIONAL_WRITE raises `Conflict` when the record has another one.
    """

    key: str
    kind: ActionKind
    ref: Ref
    version: str
    masks: tuple[Mask, ...] = ()
    drop: tuple[str, ...] = ()  # paths of attachments to replace by a notice
    changes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an action did. `ref` is where the record is now (a redacted mail has a new one; None when it is gone).

    `residue` are codes, documented per connector, of what stays behind out of our reach (`sql.backups`, `imap.index-cache`).
    """

    key: str
    outcome: Outcome
    ref: Ref | None = None
    version: str | None = None
    residue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Presence:
    """Read-back of one ref; `shows` names the fields a tombstone still shows."""

    where: Whereabouts
    version: str | None = None
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """What `check` found. Rights are plain names (`select`, `delete`, `expunge`); `notes` are sentences for the operator."""

    reachable: bool
    held: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rough size of the store: records, and bytes where the store can tell."""

    records: int
    bytes: int | None = None


class Journal(Protocol):
    """Where an action that takes several steps at the store writes down, durably, how far it came.

    `save` returns only when the note would survive a power cut.
    """

    def load(self) -> dict[str, str]: ...

    def save(self, note: Mapping[str, str]) -> None: ...


Known = Callable[[Sequence[Ref]], Mapping[Ref, str]]
"""Gives the version the caller already has for each ref it knows; the others are missing from the answer."""


@runtime_checkable
class Store(Protocol):
    """An open connection to one store. Not thread-safe: one per worker. A context manager that closes itself."""

    kind: str
    abilities: frozenset[Ability]

    def check(self) -> Health:
        """Reach the store and compare rights; raises `StoreError` when it cannot be reached or signed in to."""
        ...

    def collections(self) -> Sequence[Collection]: ...

    def search(self, identifiers: Sequence[Identifier]) -> Iterator[Record]:
        """The store's own search: a shortlist, never complete, and hits are checked again by the caller."""
        ...

    def changes(self, collection: str, cursor: str | None, known: Known) -> Iterator[Page]:
        """Pages since `cursor` (None: from the start), bounded in memory, deletions included, resumable at every page."""
        ...

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Record]:
        """The records that still exist, in any order; missing ones are left out."""
        ...

    def related(self, ref: Ref) -> Iterator[Record]:
        """Records that hang off this one (rows whose foreign key points to it). Empty without RELATED."""
        ...

    def attachment(self, ref: Ref, path: str) -> Iterator[bytes]:
        """One attachment's decoded bytes in chunks."""
        ...

    def act(self, action: Action, journal: Journal) -> Receipt:
        """Carry out one action, safe to repeat after a kill at any point."""
        ...

    def presence(self, ref: Ref) -> Presence: ...

    def estimate(self) -> Estimate: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class Kind(Protocol):
    """What an entry point of group `redress.connectors` names: how to open stores of one kind."""

    name: str
    options: type[BaseModel]  # unknown keys forbidden; SecretStr marks what is never shown

    def open(self, options: Any, limits: Limits = DEFAULTS) -> Store:
        """Open a store; raises `BadSettings` for options that cannot work."""
        ...
