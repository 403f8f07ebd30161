"""The tamper-evident record: an append-only Merkle log in the database, and the means to check it from outside."""

from ledger.check import verify_database
from ledger.errors import Forked, LedgerError, NoSuchEntry, NotAlone, NotOpaque, NotVouched
from ledger.events import Event, describe
from ledger.log import (
    append,
    checkpoint,
    consistency_proof,
    inclusion_proof,
    latest_checkpoint,
    open_payload,
    receipt,
)
from ledger.merkle import merkle_root
from ledger.shipping import adopt, export, ship
from ledger.tables import LedgerCheckpoint, LedgerHead, LedgerLeaf
from ledger.verify import Result

__all__ = [
    "Event",
    "Forked",
    "LedgerCheckpoint",
    "LedgerError",
    "LedgerHead",
    "LedgerLeaf",
    "NoSuchEntry",
    "NotAlone",
    "NotOpaque",
    "NotVouched",
    "Result",
    "adopt",
    "append",
    "checkpoint",
    "consistency_proof",
    "describe",
    "export",
    "inclusion_proof",
    "latest_checkpoint",
    "merkle_root",
    "open_payload",
    "receipt",
    "ship",
    "verify_database",
]
