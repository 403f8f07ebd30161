"""Where personal data lives: counts per store, collection, field and entity, without samples.

Typed and identifying fields count for every record. What stands in free text is estimated: the analyser reads at most
`SAMPLE` records of a collection, because reading all of them costs far more than it tells. Where a text takes too long to
be read whole, `UNREAD` is counted beside what was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlmodel import Session, col, delete, select

from connectors.contract import FieldType, Record
from discovery.contents import content
from discovery.tables import IndexedRecord, InventoryLine, ScanCursor
from pii.analyzer import Analyzer
from pii.records import Inspected, Place, inspect

SAMPLE = 100
_TYPED = {FieldType.EMAIL: "EMAIL_ADDRESS", FieldType.PHONE: "PHONE_NUMBER", FieldType.NAME: "PERSON"}
UNREAD = "UNREAD"
"""Stands among the entities where a text was read in part only: what else it holds is unknown."""


def take_stock(cursor: ScanCursor, changed: Sequence[tuple[IndexedRecord, Record]], analyzer: Analyzer | None) -> None:
    """Note on each newly indexed record which entities it holds where; without an analyzer only what is typed."""
    sample = list(changed) if analyzer is not None else []
    sample = sample[: max(0, SAMPLE - cursor.sampled)]
    cursor.sampled += len(sample)
    read = iter(inspect(analyzer, (content(record) for _, record in sample)) if analyzer is not None else ())
    for number, (row, record) in enumerate(changed):
        found = {(f.name, _TYPED[f.type]) for f in record.fields if f.type in _TYPED and f.value}
        found |= {(f"participant:{p.role}", "EMAIL_ADDRESS") for p in record.participants}
        if number < len(sample):
            found |= _places(next(read))
        row.found = "\n".join(f"{field}\t{entity}" for field, entity in sorted(found))


def recount(session: Session, store: str, collection: str) -> None:
    """Write the inventory of a collection anew from its indexed records."""
    here = (
        col(IndexedRecord.store) == store,
        col(IndexedRecord.collection) == collection,
        col(IndexedRecord.found) != "",
    )
    counts: Counter[str] = Counter()
    for found in session.exec(select(IndexedRecord.found).where(*here)):
        counts.update(found.split("\n"))
    session.execute(
        delete(InventoryLine).where(col(InventoryLine.store) == store, col(InventoryLine.collection) == collection)
    )
    for line, number in counts.items():
        field, _, entity = line.partition("\t")
        session.add(InventoryLine(store=store, collection=collection, field=field, entity=entity, records=number))


def listing(session: Session, store: str = "") -> list[InventoryLine]:
    """The inventory, or that of one store, in order."""
    query = select(InventoryLine).order_by(
        InventoryLine.store, InventoryLine.collection, InventoryLine.field, InventoryLine.entity
    )
    return list(session.exec(query.where(InventoryLine.store == store) if store else query))


def _places(inspected: Inspected) -> set[tuple[str, str]]:
    found = {(_place(spot.path, spot.place), spot.entity) for spot in inspected.spots}
    return found | {(_place(part.path, part.place), UNREAD) for part, _, _ in inspected.unread}


def _place(path: str, place: Place) -> str:
    """The field of a row, or the kind of place in a mail (`body`, `header`): part numbers say nothing."""
    return path.partition(":")[2] if path.startswith("field:") else place
