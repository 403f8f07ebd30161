"""Where personal data lives: counts per store, collection, field and entity, without samples.

Typed and identifying fields count for every record. What stands in free text is estimated: the analyser reads at most
`SAMPLE` records of a collection, because reading all of them costs far more than it tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlmodel import Session, col, delete, select

from connectors.contract import FieldType, Record
from discovery.tables import IndexedRecord, InventoryLine, ScanCursor
from pii.analyzer import Analyzer

SAMPLE = 100
_TYPED = {FieldType.EMAIL: "EMAIL_ADDRESS", FieldType.PHONE: "PHONE_NUMBER", FieldType.NAME: "PERSON"}
_LONGEST = 20_000  # characters of one text that are analysed for the inventory


def take_stock(cursor: ScanCursor, changed: Sequence[tuple[IndexedRecord, Record]], analyzer: Analyzer | None) -> None:
    """Note on each newly indexed record which entities it holds where; without an analyzer only what is typed."""
    for row, record in changed:
        found = {(f.name, _TYPED[f.type]) for f in record.fields if f.type in _TYPED and f.value}
        found |= {(f"participant:{p.role}", "EMAIL_ADDRESS") for p in record.participants}
        if analyzer is not None and cursor.sampled < SAMPLE:
            cursor.sampled += 1
            found |= _read(record, analyzer)
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


def _read(record: Record, analyzer: Analyzer) -> set[tuple[str, str]]:
    texts = list(record.readable())
    names = [text.path.partition(":")[2] if text.path.startswith("field:") else None for text in texts]
    results = analyzer.analyze([text.text[:_LONGEST] for text in texts], fields=names)
    return {
        (_place(text.path, text.kind), hit.entity_type)
        for text, hits in zip(texts, results, strict=True)
        for hit in hits
    }


def _place(path: str, kind: str) -> str:
    """The field of a row, or the kind of place in a mail (`body`, `header`): part numbers say nothing."""
    return path.partition(":")[2] if path.startswith("field:") else kind
