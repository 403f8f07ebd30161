"""The stores a company has connected: added, listed, opened, removed. Options are sealed as a whole."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlmodel import Session, col, delete, select

from connectors import registry
from connectors.contract import Health, Store
from connectors.errors import BadSettings
from connectors.limits import Limits
from discovery.tables import IndexedRecord, IndexKey, InventoryLine, ScanCursor, StoreRow
from ledger.actors import actor
from ledger.events import Event
from ledger.log import append
from office import Office

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class NoSuchStore(Exception):
    """No store of this name is connected."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No store called {name!r} is connected. `redress store list` shows the ones there are.")


def add(office: Office, kind: str, name: str, pairs: Mapping[str, str], environ: Mapping[str, str], by: str) -> Health:
    """Connect a store after reaching it; nothing is saved when that fails. Raises `StoreError`."""
    if not _NAME.fullmatch(name):
        raise BadSettings(
            "The name of a store is small letters, digits, - and _, at most 40.", advice="Choose another name."
        )
    with office.unit() as unit:
        if unit.session.get(StoreRow, name) is not None:
            raise BadSettings("A store of this name is or was connected.", advice="Choose another name.")
    options = registry.parse_options(registry.kind(kind), pairs, environ)
    data = registry.dump(options)
    with registry.open_store(kind, data, limits(office)) as store:
        health = store.check()
    with office.unit() as unit:
        sealed = office.vault.seal_json(scope(name), "options", data)
        unit.session.add(StoreRow(name=name, kind=kind, options=sealed, added_at=office.clock()))
        append(
            unit.session,
            office.vault,
            at=office.clock(),
            actor=actor(office.vault, by),
            event=Event.STORE_ADDED,
            object=f"store:{name}",
        )
        unit.commit()
    return health


def connected(session: Session) -> list[StoreRow]:
    """Every connected store, by name."""
    query = select(StoreRow).where(col(StoreRow.removed_at).is_(None)).order_by(StoreRow.name)
    return list(session.exec(query))


def open_named(office: Office, name: str) -> Store:
    """Open a connected store. Raises `NoSuchStore` or `StoreError`."""
    with office.unit() as unit:
        row = unit.session.get(StoreRow, name)
    if row is None or row.removed_at is not None or row.options is None:
        raise NoSuchStore(name)
    return registry.open_store(row.kind, office.vault.open_json(scope(name), "options", row.options), limits(office))


def limits(office: Office) -> Limits:
    """The bounds of the settings, as connectors take them."""
    bounds = office.settings.limits
    return Limits(
        message_bytes=bounds.message_bytes,
        attachment_bytes=bounds.attachment_bytes,
        unpacked_bytes=bounds.unpacked_bytes,
    )


def shown_options(office: Office, row: StoreRow) -> dict[str, object]:
    """The options of a store with every secret masked."""
    if row.options is None:
        return {}
    model = registry.kind(row.kind).options
    return registry.shown(model.model_validate(office.vault.open_json(scope(row.name), "options", row.options)))


def remove(office: Office, name: str, by: str) -> None:
    """Disconnect a store: forget its credentials and everything indexed from it. The store itself is not touched."""
    with office.unit() as unit:
        session = unit.session
        row = session.get(StoreRow, name)
        if row is None or row.removed_at is not None:
            raise NoSuchStore(name)
        row.options = None
        row.removed_at = office.clock()
        records = select(IndexedRecord.id).where(IndexedRecord.store == name)
        session.execute(delete(IndexKey).where(col(IndexKey.record).in_(records)))
        session.execute(delete(IndexedRecord).where(col(IndexedRecord.store) == name))
        session.execute(delete(InventoryLine).where(col(InventoryLine.store) == name))
        session.execute(delete(ScanCursor).where(col(ScanCursor.store) == name))
        append(
            session,
            office.vault,
            at=office.clock(),
            actor=actor(office.vault, by),
            event=Event.STORE_REMOVED,
            object=f"store:{name}",
        )
        unit.commit()
    office.vault.shred(scope(name))


def scope(name: str) -> str:
    """The vault scope under which everything of a store is sealed."""
    return f"store:{name}"
