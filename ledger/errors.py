"""What can go wrong with the ledger.

LedgerError
├── NotOpaque      an actor or object that could hold personal data
├── NoSuchEntry    an entry or size that the ledger does not have
├── NotVouched     no checkpoint covers the entry yet
├── NotAlone       shipping inside a transaction that may still be rolled back
└── Forked         the ledger is not a continuation of what was shipped
"""

from __future__ import annotations


class LedgerError(Exception):
    """Base of all errors of the ledger."""


class NotOpaque(LedgerError):
    """Leaves are public and permanent: only opaque names may stand in them."""


class NoSuchEntry(LedgerError):
    """The ledger is shorter than that."""


class NotVouched(LedgerError):
    """A receipt needs a checkpoint made after the entry."""


class NotAlone(LedgerError):
    """Shipped leaves cannot be taken back, so they must be committed."""


class Forked(LedgerError):
    """Database and shipped leaves differ: a restored backup, or a changed entry."""
