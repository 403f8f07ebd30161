"""What a connector has to know about its API; everything else is done by `CrmStore`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.contract import Health, Identifier, Ref, Value, Whereabouts
from connectors.crm.rows import File, Module, Row
from connectors.errors import Terminal


class TooMany(Terminal):
    """More rows changed than the API lists: the collection is read whole instead."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a listing, keys that are gone, and where the next ones are; `place` None: these were the last."""

    rows: tuple[Row, ...]
    place: str | None
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a record is. `row` is what is seen of it there, if anything."""

    where: Whereabouts
    row: Row | None = None


class Service(Protocol):
    """One account at one API. Every method raises `StoreError`."""

    def check(self) -> Health: ...

    def modules(self) -> Mapping[str, Module]:
        """What there is, read once per service."""
        ...

    def count(self, module: Module) -> int | None:
        """How many records there are; None when the API does not tell."""
        ...

    def listed(self, module: Module, place: str | None) -> Batch:
        """The next rows of all, in an order that new and removed rows do not disturb."""
        ...

    def changed(self, module: Module, since: float, place: str | None) -> Batch:
        """The next rows that changed at or after `since` (seconds since the epoch). Raises `TooMany`."""
        ...

    def rows(self, module: Module, keys: Sequence[str]) -> Iterator[Row]:
        """The rows that are there, whole. A key that no record can have is one that is not there."""
        ...

    def found(self, module: Module, identifier: Identifier) -> Iterator[Row]:
        """What the API's own search gives."""
        ...

    def related(self, module: Module, row: Row) -> Iterator[Ref]:
        """What hangs off the record."""
        ...

    def chunks(self, module: Module, row: Row, file: File) -> Iterator[bytes]: ...

    def write(self, module: Module, key: str, values: Mapping[str, Value]) -> None:
        """Overwrite fields; no workflow of the vendor is set off. Safe to repeat."""
        ...

    def discard(self, module: Module, key: str) -> None:
        """Delete: into the bin, where there is one. Repeating it is harmless."""
        ...

    def purge(self, module: Module, key: str) -> None:
        """Remove for good. Repeating it is harmless."""
        ...

    def remove_file(self, module: Module, row: Row, file: File) -> None: ...

    def trace(self, module: Module, key: str) -> Trace:
        """Look again, past every cache: there, in the bin, a tombstone, or gone."""
        ...

    def close(self) -> None: ...
