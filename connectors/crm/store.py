"""A `Store` made of a `Service`: passes over the collections, search with its hits looked at again, actions."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import groupby
from typing import Self

from connectors.contract import (
    Ability,
    Action,
    Collection,
    Estimate,
    Health,
    Identifier,
    Journal,
    Known,
    Page,
    Presence,
    Receipt,
    Record,
    Ref,
    Whereabouts,
)
from connectors.crm import erasing
from connectors.crm.rows import FILE, File, Module, Row, neutral, record
from connectors.crm.service import Batch, Service, TooMany
from connectors.errors import BadSettings, Unsupported, Vanished
from connectors.limits import DEFAULTS, Limits

PHONE_DIGITS = 7  # the end of a number that survives every way of writing its prefix


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pass stands. `mode` is empty between passes; times are seconds since the epoch."""

    mode: str = ""  # whole, changed
    place: str | None = None
    begun: float = 0.0  # of this pass, or the last one
    since: float = 0.0  # what changed from here on is listed
    whole: float = 0.0  # when the last pass over everything began

    @classmethod
    def read(cls, cursor: str | None) -> _Place:
        try:
            return cls(**json.loads(cursor)) if cursor else cls()
        except (ValueError, TypeError):
            raise BadSettings(
                "The cursor is not one of this kind of store.", advice="Start from the beginning."
            ) from None

    def write(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


class CrmStore:
    """See `connectors.contract.Store`.

    `whole_every` is the longest time in seconds between two passes over everything, which alone find deletions the API
    does not list; between them only changes are asked for, `overlap` seconds twice (clocks differ, indexes lag).
    """

    def __init__(
        self,
        kind: str,
        service: Service,
        limits: Limits = DEFAULTS,
        *,
        abilities: frozenset[Ability],
        whole_every: float = 86_400.0,
        overlap: float = 600.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.kind, self.abilities = kind, abilities
        self._service, self._limits, self._clock = service, limits, clock
        self._whole_every, self._overlap = whole_every, overlap

    # -- what there is

    def check(self) -> Health:
        return self._service.check()

    def collections(self) -> Sequence[Collection]:
        return [
            Collection(
                name=module.name,
                fields={column.name: column.type for column in module.columns.values()},
                labels={column.name: column.label for column in module.columns.values() if column.label},
                links=module.links,
                erase=module.erase,
                fixed=not (module.writes or module.deletes),
            )
            for module in self._service.modules().values()
        ]

    def estimate(self) -> Estimate:
        """What the API counts; a module it does not count adds nothing."""
        return Estimate(sum(self._service.count(module) or 0 for module in self._service.modules().values()))

    # -- reading

    def search(self, identifiers: Sequence[Identifier]) -> Iterator[Record]:
        """What the API's search gives and holds the identifier indeed: operators and wildcards in it mean nothing here."""
        for name in self._service.modules():
            yield from self.search_in(name, identifiers)

    def search_in(self, collection: str, identifiers: Sequence[Identifier]) -> Iterator[Record]:
        """The search of one collection."""
        module = self._module(collection)
        seen: set[str] = set()
        for identifier in filter(_searchable, identifiers):
            rows = [row for row in self._service.found(module, identifier) if row.key not in seen]
            for found in self._records(module, rows):
                if _holds(found, identifier):
                    seen.add(found.ref.key)
                    yield found

    def changes(self, collection: str, cursor: str | None, known: Known) -> Iterator[Page]:
        """Everything, or what changed since the pass before; rows `known` has are named, not given."""
        module = self._module(collection)
        place = self._begun(module, _Place.read(cursor))
        last = False
        while not last:
            try:
                batch = self._batch(module, place)
            except TooMany:
                place = replace(place, mode="whole", place=None, whole=place.begun)
                continue
            last = batch.place is None
            after = replace(place, mode="", place=None) if last else replace(place, place=batch.place)
            yield self._page(module, batch, after.write(), known, last=last, whole=place.mode == "whole")
            place = after

    def _begun(self, module: Module, place: _Place) -> _Place:
        if place.mode:
            return place
        now = self._clock()
        if not module.changes or now - place.whole >= self._whole_every:
            return _Place("whole", None, now, 0.0, now)
        return _Place("changed", None, now, place.begun - self._overlap, place.whole)

    def _batch(self, module: Module, place: _Place) -> Batch:
        if place.mode == "changed":
            return self._service.changed(module, place.since, place.place)
        return self._service.listed(module, place.place)

    def _page(self, module: Module, batch: Batch, cursor: str, known: Known, *, last: bool, whole: bool) -> Page:
        rows = {Ref(module.name, row.key): row for row in batch.rows}
        versions = known(list(rows))
        fresh = [row for ref, row in rows.items() if versions.get(ref) != row.version]
        same = tuple(ref for ref, row in rows.items() if versions.get(ref) == row.version)
        gone = tuple(Ref(module.name, key) for key in batch.gone if Ref(module.name, key) not in rows)
        return Page(tuple(self._records(module, fresh)), cursor, last, whole, same, gone)

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Record]:
        """The records that are still there."""
        by_name = sorted(dict.fromkeys(refs))
        for name, found in groupby(by_name, key=lambda ref: ref.collection):
            module = self._service.modules().get(name)
            if module is not None:
                yield from self._records(module, self._service.rows(module, [ref.key for ref in found]))

    def related(self, ref: Ref) -> Iterator[Record]:
        """What the API says hangs off this record."""
        module = self._module(ref.collection)
        row = next(iter(self._service.rows(module, [ref.key])), None)
        if row is not None:
            yield from self.fetch([other for other in self._service.related(module, row) if other != ref])

    def attachment(self, ref: Ref, path: str) -> Iterator[bytes]:
        module = self._module(ref.collection)
        row = next(iter(self._service.rows(module, [ref.key])), None)
        file = next((file for file in row.files if FILE + file.id == path), None) if row else None
        if row is None or file is None:
            raise Vanished("There is no such file in this record.", advice="Search the store again.")
        if file.fault:
            raise Unsupported("This file cannot be read through the API.", advice="Get it from the service itself.")
        yield from self._service.chunks(module, row, file)

    def presence(self, ref: Ref) -> Presence:
        """`shows` names fields that what is left in the bin, or as a tombstone, still shows of a person."""
        module = self._service.modules().get(ref.collection)
        if module is None:
            return Presence(Whereabouts.GONE)
        seen = self._service.trace(module, ref.key)
        if seen.where is Whereabouts.THERE:
            return Presence(seen.where, seen.row.version if seen.row else None)
        return Presence(seen.where, shows=_left(module, seen.row) if seen.row else ())

    # -- writing

    def act(self, action: Action, journal: Journal) -> Receipt:
        """Carry out one action. A lost connection is `Transient`: the repeat finds what happened."""
        return erasing.carry_out(erasing.Task(self._service, self._module(action.ref.collection), action, journal))

    # -- inside

    def _module(self, name: str) -> Module:
        module = self._service.modules().get(name)
        if module is None:
            raise Vanished("The collection is no longer there.", advice="Check the store.")
        return module

    def _records(self, module: Module, rows: Sequence[Row] | Iterator[Row]) -> Iterator[Record]:
        for row in rows:
            yield record(module, row, self._limits, partial(self._chunks, module, row))

    def _chunks(self, module: Module, row: Row, file: File) -> Iterator[bytes]:
        return self._service.chunks(module, row, file)

    def close(self) -> None:
        self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _left(module: Module, row: Row) -> tuple[str, ...]:
    """Fields that hold something else than what scrubbing writes."""
    blank = neutral(module, row, "")
    shapes = {name: re.sub(r"[0-9a-f]{12}", "", str(value)) for name, value in blank.items()}
    return tuple(sorted(name for name in blank if re.sub(r"[0-9a-f]{12}", "", str(row.values[name])) != shapes[name]))


def _searchable(identifier: Identifier) -> bool:
    if identifier.kind == "phone":
        return len(_digits(identifier.value)) >= PHONE_DIGITS
    return len(identifier.value.strip()) > 1


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdecimal())


def _holds(found: Record, identifier: Identifier) -> bool:
    """Whether the identifier stands in the record: a number by its last digits, a name by its words in any order."""
    texts = [item.text for item in found.readable()]
    if identifier.kind == "phone":
        tail = _digits(identifier.value)[-PHONE_DIGITS:]
        return any(tail in _digits(text) for text in texts)
    whole = "\n".join([found.ref.key, *texts]).casefold()
    value = identifier.value.strip().casefold()
    if identifier.kind == "name":
        return all(word in whole for word in value.split())
    return value in whole
