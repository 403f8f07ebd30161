"""Scanning: read what is new or changed in a collection, index it, take stock of it. Resumable at every page."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, update

from connectors.contract import Page, Ref, Store
from connectors.errors import Transient
from discovery import index
from discovery.inventory import recount, take_stock
from discovery.stores import scope
from discovery.tables import ScanCursor
from office import Office
from pii.analyzer import Analyzer

HELD = timedelta(seconds=60)
"""A scan that has not finished a page for so long is taken for dead."""


class ScanBusy(Transient):
    """Another scan of this collection is at work; it will have done ours when it is through."""

    def __init__(self) -> None:
        super().__init__("This collection is being scanned by another run.", advice="Wait for it.")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did; all numbers are records."""

    read: int = 0
    changed: int = 0
    gone: int = 0
    unreadable: int = 0

    def __add__(self, other: Scanned) -> Scanned:
        return Scanned(
            self.read + other.read,
            self.changed + other.changed,
            self.gone + other.gone,
            self.unreadable + other.unreadable,
        )


def scan_collection(
    office: Office,
    store: Store,
    name: str,
    collection: str,
    analyzer: Analyzer | None = None,
    progress: Callable[[Scanned], None] = lambda done: None,
) -> Scanned:
    """Bring the index of one collection up to date. Each page is one transaction: a kill costs one page.

    A pass that an earlier scan left midway is finished first and followed by one of our own: what it had read may have
    changed since. `analyzer` None leaves the inventory as it is until the next scan (a request in a hurry only needs the
    index). Raises `StoreError`, and `ScanBusy` while another scan holds the collection.
    """
    holder = uuid.uuid4().hex
    done = Scanned()
    start, midway = _take(office, name, collection, holder)

    def known(refs: Sequence[Ref]) -> dict[Ref, str]:
        with office.unit() as unit:
            return index.known_versions(unit.session, office.vault, name, refs)

    try:
        for _ in range(1 + midway):
            for page in store.changes(collection, start, known):
                done += _take_page(office, name, collection, page, holder, analyzer)
                start = page.cursor
                progress(done)
    finally:
        _release(office, name, collection, holder)
    return done


def is_complete(session: Session, name: str, collection: str) -> bool:
    """Whether the collection has been read whole at least once."""
    cursor = session.get(ScanCursor, (name, collection))
    return cursor is not None and cursor.complete


def _take(office: Office, name: str, collection: str, holder: str) -> tuple[str | None, bool]:
    """Claim the collection; gives the cursor to start from, and whether it stands in the midst of a pass."""
    with office.unit() as unit:
        cursor = unit.session.get(ScanCursor, (name, collection), with_for_update=True)
        if cursor is None:
            cursor = ScanCursor(store=name, collection=collection, updated_at=office.clock())
            unit.session.add(cursor)
        elif cursor.holder and office.clock() - cursor.updated_at < HELD:
            raise ScanBusy
        cursor.holder = holder
        cursor.updated_at = office.clock()
        unit.commit()
        start = office.vault.open_text(scope(name), "cursor", cursor.cursor) if cursor.cursor else None
        return start, cursor.midway


def _take_page(
    office: Office, name: str, collection: str, page: Page, holder: str, analyzer: Analyzer | None
) -> Scanned:
    vault = office.vault
    with office.unit() as unit:
        session = unit.session
        cursor = session.get_one(ScanCursor, (name, collection), with_for_update=True)
        if cursor.holder != holder:
            raise ScanBusy
        changed = index.put(session, vault, name, page.records, cursor.pass_number)
        index.see(session, vault, name, page.unchanged, cursor.pass_number)
        gone = index.drop(session, vault, name, page.gone)
        take_stock(cursor, changed, analyzer)
        if page.last:
            if page.whole:
                gone += index.drop_unseen(session, name, collection, cursor.pass_number)
            cursor.pass_number += 1
            cursor.complete = True
            if analyzer is not None:
                session.flush()
                recount(session, name, collection)
        cursor.midway = not page.last
        cursor.cursor = vault.seal_text(scope(name), "cursor", page.cursor)
        cursor.updated_at = office.clock()
        unit.commit()
    unreadable = sum(1 for record in page.records if record.unreadable)
    return Scanned(len(page.records) + len(page.unchanged), len(changed), gone, unreadable)


def release_all(office: Office) -> None:
    """Free every collection at once: for a supervisor that knows that no scan of its home is alive."""
    with office.unit() as unit:
        unit.session.execute(update(ScanCursor).where(col(ScanCursor.holder) != "").values(holder=""))
        unit.commit()


def _release(office: Office, name: str, collection: str, holder: str) -> None:
    with office.unit() as unit:
        cursor = unit.session.get(ScanCursor, (name, collection), with_for_update=True)
        if cursor is not None and cursor.holder == holder:
            cursor.holder = ""
            unit.commit()
