"""The first look at what is to be packed: which collections there are, how they are laid out, what they are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from cases.package.content import Item, PackageError
from cases.package.names import file_name, folder_name, unique
from cases.package.view import Shown, ShownFile, field_names, show, weight

PAGE_RECORDS = 100
PAGE_WEIGHT = 500_000
_SHORT_RECORDS = 10
_SHORT_WEIGHT = 20_000
_ALL_SHORT_WEIGHT = 150_000
_WIDE_COLUMNS = 6  # more do not fit beside each other: then each record becomes a table of its own


@dataclass(slots=True)
class Shelf:
    """One collection of the answer. `pages` has the number of records of each page; `sample` all of them, when few."""

    store: str
    collection: str
    folder: str = ""  # `crm/contacts`, safe and unique
    mbox: str = ""
    mail: bool = False
    rich: bool = False  # records have texts, files or unreadable parts besides their fields
    records: int = 0
    masked: int = 0
    bytes: int = 0
    pages: list[int] = field(default_factory=list)
    columns: dict[str, None] = field(default_factory=dict)
    reasons: set[str] = field(default_factory=set)
    sample: list[Shown] | None = field(default_factory=list)

    @property
    def wide(self) -> bool:
        """True when records are rows of one table."""
        return not self.rich and len(self.columns) <= _WIDE_COLUMNS

    def page(self, number: int) -> str:
        """Path of a page, the first is 1. Names of folders hold no dot, so no other collection has this name."""
        return f"data/{self.folder}.html" if number == 1 else f"data/{self.folder}.page{number}.html"

    def attachment(self, record: int, position: int, file: ShownFile) -> str:
        """Path of a file that is handed over."""
        return f"attachments/{self.folder}/{record:06}-{position}-{file_name(file.name)}"


class Source:
    """The items, to be read several times, always the same: what changes between two reads ends the build."""

    def __init__(self, items: Callable[[], Iterator[Item]]) -> None:
        self._items = items
        self._digest = b""

    def groups(self) -> Iterator[tuple[tuple[str, str], Iterator[tuple[int, Item]]]]:
        """Each collection with its items, numbered from 1."""
        for key, group in groupby(self._read(), lambda item: (item.store, item.collection)):
            yield key, enumerate(group, 1)

    def _read(self) -> Iterator[Item]:
        digest = hashlib.sha256()
        for item in self._items():
            files = [one.path for one in item.attachments]
            seen = (item.store, item.collection, item.record.ref, item.record.version, item.masks, item.reasons, files)
            digest.update(repr(seen).encode("utf-8", "surrogatepass"))
            yield item
        self._digest = self._digest or digest.digest()
        if self._digest != digest.digest():
            raise PackageError("The data changed while the package was built. Build it again.")


def survey(source: Source) -> dict[tuple[str, str], Shelf]:
    """The shelves in the order of the items. Raises `PackageError` when a collection comes in more than one piece."""
    shelves: dict[tuple[str, str], Shelf] = {}
    for key, group in source.groups():
        if key in shelves:
            raise PackageError("The records are not grouped by store and collection. Sort them, then build again.")
        shelf = shelves[key] = Shelf(*key)
        on_page = _PageEnd()
        for number, item in group:
            _count(shelf, item, number)
            if on_page.full(weight(item)):
                shelf.pages.append(0)
            shelf.pages[-1] += 1
    _name(list(shelves.values()))
    _shorten(shelves.values())
    return shelves


def _shorten(shelves: Iterable[Shelf]) -> None:
    """Keep the first page small when there are many short collections."""
    room = _ALL_SHORT_WEIGHT
    for shelf in shelves:
        room -= shelf.bytes if shelf.sample else 0
        if room < 0:
            shelf.sample = None


class _PageEnd:
    """Says when a new page begins."""

    def __init__(self) -> None:
        self._records = self._weight = 0

    def full(self, weight: int) -> bool:
        """True when the next record, of this weight, starts a page; the first one always does."""
        starts = not 0 < self._records < PAGE_RECORDS or self._weight + weight > PAGE_WEIGHT
        if starts:
            self._records = self._weight = 0
        self._records += 1
        self._weight += weight
        return starts


def _count(shelf: Shelf, item: Item, number: int) -> None:
    record = item.record
    shelf.records += 1
    shelf.masked += len(item.masks)
    shelf.bytes += weight(item) + len(record.native or b"")
    shelf.mail |= record.native is not None
    shelf.rich |= bool(record.texts or record.attachments or record.unreadable)
    shelf.columns |= dict.fromkeys(field_names(record))
    shelf.reasons |= {match[0] for reason in item.reasons if (match := re.match("[a-z_]+", reason))}
    if shelf.sample is not None:
        if shelf.records > _SHORT_RECORDS or shelf.bytes > _SHORT_WEIGHT:
            shelf.sample = None
        else:
            shelf.sample.append(show(item, number))


def _name(shelves: list[Shelf]) -> None:
    stores: dict[str, str] = {}
    folders: dict[str, set[str]] = {}
    taken: set[str] = set()
    boxes: set[str] = set()
    for shelf in shelves:
        store = stores.setdefault(shelf.store, "") or unique(folder_name(shelf.store), taken)
        stores[shelf.store] = store
        name = unique(folder_name(shelf.collection), folders.setdefault(store, set()))
        shelf.folder = f"{store}/{name}"
        if shelf.mail:
            shelf.mbox = f"mail/{unique(f'{store}-{name}', boxes)}.mbox"
