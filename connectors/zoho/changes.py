"""Passes over a module, a page at a time, from a cursor that a kill does not lose.

The first pass lists every record in the order of ids. Later ones ask what was modified, got a file, or was deleted since the
last pass began, by the service's own clock and with an overlap. After `whole_days`, or where Zoho keeps no list of what was
deleted, everything is listed again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Known, Page, Record, Ref
from connectors.errors import BadSettings
from connectors.http.shared import digest
from connectors.zoho.client import Rejected
from connectors.zoho.fields import Module
from connectors.zoho.reading import IDS_PER_CALL, Reader, behind

_STALE = frozenset({"EXPIRED_VALUE", "TOKEN_BOUND_DATA_MISMATCH"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pass stands. Times are Zoho's; `token` is its page token, or the last id among `files`.

    `listed` is when everything was listed last; `deletions` False: there is no list of what was deleted. `fields` stands for
    the fields that were read: when there are others, what was listed before must be read again.
    """

    stage: str = "rows"  # rows, files, gone
    since: str = ""
    begun: str = ""
    listed: str = ""
    token: str | None = None
    page: int = 1
    deletions: bool = True
    fields: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        try:
            return cls(**json.loads(cursor)) if cursor else cls()
        except (ValueError, TypeError):
            raise BadSettings("The cursor is not one of a Zoho store.", advice="Start from the beginning.") from None

    def write(self) -> str:
        return json.dumps(asdict(self))


Make = Callable[[Module, Sequence[Mapping[str, Any]]], list[tuple[Ref, str, Callable[[], Record]]]]
"""Refs and versions of rows, and a way to make each record: files are read only where the record is wanted."""


class Passes:
    """Walks modules. `make` turns rows into records."""

    def __init__(self, reader: Reader, server_time: Callable[[], str], make: Make, whole_days: int) -> None:
        self._reader, self._server_time, self._make = reader, server_time, make
        self._whole_days = whole_days

    def pages(self, module: Module, cursor: str | None, known: Known) -> Iterator[Page]:
        """Pages from the cursor to the end of its pass."""
        place = Place.read(cursor)
        last = False
        while not last:
            page, place = self._step(module, place, known)
            last = page.last
            yield page

    def _step(self, module: Module, place: Place, known: Known) -> tuple[Page, Place]:
        if place.stage == "files":
            return self._files(module, place, known)
        if place.stage == "gone":
            return self._gone(module, place)
        return self._rows(module, self._settled(module, place), known)

    def _settled(self, module: Module, place: Place) -> Place:
        """A new pass lists everything when that is due, or when there are other fields than before."""
        fields = digest(*(spec.name for spec in module.shown()))
        if place.token is None and place.since and (place.fields != fields or self._due(place)):
            place = replace(place, since="")
        return replace(place, fields=fields)

    def _due(self, place: Place) -> bool:
        age = datetime.fromisoformat(place.since) - datetime.fromisoformat(place.listed or place.since)
        return not place.deletions or age > timedelta(days=self._whole_days)

    def _rows(self, module: Module, place: Place, known: Known) -> tuple[Page, Place]:
        try:
            found = self._reader.page(module, place.token, place.since)
        except Rejected as refusal:
            if refusal.code not in _STALE or place.token is None:
                raise
            place = replace(place, token=None)  # a token lives for a day: begin this pass again, little is read twice
            found = self._reader.page(module, None, place.since)
        begun = place.begun or behind(self._server_time())
        after = replace(place, begun=begun, token=found.token)
        whole = not place.since
        if found.token is None:
            after = self._ended(after) if whole else replace(after, stage="files")
        return self._page(module, found.rows, after, known, last=found.token is None and whole, whole=whole), after

    def _files(self, module: Module, place: Place, known: Known) -> tuple[Page, Place]:
        parents = sorted(self._reader.changed_files(place.since), key=_order)
        rest = [id for id in parents if place.token is None or _order(id) > _order(place.token)]
        part = rest[:IDS_PER_CALL]
        found = list(self._reader.rows(module, part)) if part else []
        more = len(rest) > len(part)
        after = replace(place, token=part[-1]) if more else replace(place, stage="gone", token=None)
        return self._page(module, found, after, known, last=False, whole=False), after

    def _gone(self, module: Module, place: Place) -> tuple[Page, Place]:
        try:
            found, more = self._reader.deleted(module, place.since, place.page)
        except Rejected:
            found, more, place = [], False, replace(place, deletions=False)
        after = replace(place, page=place.page + 1) if more else self._ended(place)
        gone = tuple(Ref(module.name, row["id"]) for row in found)
        return Page((), after.write(), last=not more, whole=False, gone=gone), after

    def _ended(self, place: Place) -> Place:
        """The start of the next pass: it asks what changed since this one began."""
        listed = place.listed if place.since else place.begun
        return Place(since=place.begun, listed=listed, deletions=place.deletions, fields=place.fields)

    def _page(
        self, module: Module, rows: Sequence[Mapping[str, Any]], after: Place, known: Known, *, last: bool, whole: bool
    ) -> Page:
        made = self._make(module, rows)
        have = known([ref for ref, _, _ in made])
        records = tuple(record() for ref, version, record in made if have.get(ref) != version)
        unchanged = tuple(ref for ref, version, _ in made if have.get(ref) == version)
        return Page(records, after.write(), last, whole, unchanged)


def _order(id: str) -> tuple[int, str]:
    return len(id), id
