"""Check the ledger in the database: everything the stand-alone verifier checks, and what only the database has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session, col, select

from ledger.errors import NotAlone
from ledger.log import SIGNING_KEY, frontier_of, instant, open_salted
from ledger.tables import LedgerCheckpoint, LedgerHead, LedgerLeaf
from ledger.verify import Bad, Entry, Frontier, Result, read_checkpoints, read_segments, verify_log
from vault import Shredded, Tampered, Vault

BATCH = 500


def verify_database(session: Session, vault: Vault, shipped: Path | None = None) -> Result:
    """Check every leaf, payload, stored node, checkpoint and the head; with `shipped`, every leaf that was shipped.

    Without `shipped`, entries after the last checkpoint could be replaced by somebody who owns the database. The ledger
    may grow meanwhile: it is read in short transactions, so give it a session of its own (`NotAlone`). Raises `Unreadable`
    for a damaged folder, `vault.VaultError` when the key store cannot be used.
    """
    if session.in_transaction():
        raise NotAlone("The ledger is checked in transactions of its own. Commit, and use a fresh unit of work.")
    checkpoints = {row.size: row.note for row in session.exec(select(LedgerCheckpoint))}
    others = None
    if shipped is not None:
        checkpoints = read_checkpoints(shipped) | checkpoints
        others = read_segments(shipped)
    reader = _Reader(session, vault)
    result = verify_log(reader.entries(), checkpoints, vault.public_key(SIGNING_KEY), others)
    return reader.compare_head(max(checkpoints, default=0)) if result.ok else result


class _Reader:
    """Reads the leaves in order, and keeps what their nodes and the head must be."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session = session
        self._vault = vault
        self._frontier = Frontier()
        self._head = LedgerHead()

    def entries(self) -> Iterator[Entry]:
        while rows := self._batch():
            for row in rows:
                _check_types(row)
                yield Entry(row.seq, row.body, row.hash)  # checked by whoever takes it: below, the body can be trusted
                _check_columns(row)
                _check_payload(self._vault, row)
                if b"".join(self._frontier.append(row.hash)) != row.nodes:
                    raise Bad(row.seq, f"the stored nodes of entry {row.seq} were changed")

    def compare_head(self, vouched: int) -> Result:
        there, head = self._frontier.size, self._head
        if head.size != there:
            reason = f"the head speaks of {head.size} entries: entries were cut off or added"
            return Result(False, there, min(head.size, there), reason)
        if frontier_of(head).root() != self._frontier.root() or len(head.frontier) != 32 * len(self._frontier.roots):
            return Result(False, there, vouched, f"an entry from {vouched} on was changed: the head does not fit")
        return Result(True, there)

    def _batch(self) -> list[LedgerLeaf]:
        """The next leaves, in a transaction of their own: writers do not wait for the whole check."""
        # The head first: when no leaf follows, none was appended since, and the head must fit.
        self._head = self._session.exec(select(LedgerHead)).one_or_none() or LedgerHead()
        wanted = select(LedgerLeaf).order_by(col(LedgerLeaf.seq)).limit(BATCH)
        if self._frontier.size:  # the first batch has no lower end, so that an entry before the first is seen too
            wanted = wanted.where(col(LedgerLeaf.seq) >= self._frontier.size)
        rows = list(self._session.exec(wanted))
        self._session.expunge_all()
        self._session.rollback()
        return rows


def _check_types(row: LedgerLeaf) -> None:
    """SQLite keeps what it is given: text where bytes belong was put there by somebody else."""
    if {type(value) for value in (row.body, row.hash, row.nodes)} != {bytes}:
        raise Bad(row.seq, f"entry {row.seq} holds something other than bytes")


def _check_columns(row: LedgerLeaf) -> None:
    leaf = json.loads(row.body)
    if (leaf["case"], leaf["at"]) != (row.case_id, instant(row.at)):
        raise Bad(row.seq, f"case or time beside entry {row.seq} were changed")


def _check_payload(vault: Vault, row: LedgerLeaf) -> None:
    commit = json.loads(row.body)["commit"]
    if (commit is None) != (row.payload is None):
        raise Bad(row.seq, f"the payload of entry {row.seq} was taken away or added")
    try:
        salted = open_salted(vault, row)
    except Shredded:
        return  # forgotten on purpose; the leaf still stands
    except Tampered:
        raise Bad(row.seq, f"the payload of entry {row.seq} was changed") from None
    if salted is not None and sha256(salted).hexdigest() != commit:
        raise Bad(row.seq, f"the payload of entry {row.seq} is not the one it was written with")
