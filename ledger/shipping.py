"""Leaves leave the database: to a folder on another machine's disk, to an auditor, and back after a restore.

Segments are append-only text files of 10,000 leaves, one line each. By them, truncation and re-stamping of the
newest entries is found; after a restore they tell which erasures must be done again.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import Session, col, select

from ledger import verify
from ledger.errors import Forked, NotAlone
from ledger.log import SIGNING_KEY, add_leaf, leaf_of, lock_head
from ledger.tables import LedgerCheckpoint, LedgerLeaf
from ledger.verify import CHECKPOINTS, PUBLIC_KEY, SEGMENTS, Bad, Entry, format_entry, parse_entry
from vault import Vault

SEGMENT = 10_000
BATCH = 500


def ship(session: Session, folder: Path) -> int:
    """Append the leaves and checkpoints that `folder` does not have yet, synced; gives the number of leaves.

    Safe to repeat and to kill: a line cut short is repaired first. Give it a session of its own (`NotAlone`), for a
    shipped leaf cannot be rolled back. Raises `Forked` when the folder is ahead of the database or differs from it.
    """
    return _ship(session, folder, payloads=True)


def export(session: Session, vault: Vault, folder: Path) -> int:
    """Write what an auditor needs: leaves without payloads, checkpoints, public key, verifier. See `ship`."""
    count = _ship(session, folder, payloads=False)
    (folder / PUBLIC_KEY).write_text(vault.public_key(SIGNING_KEY).hex() + "\n", "ascii")
    (folder / "verify.py").write_bytes(Path(verify.__file__).read_bytes())
    return count


def adopt(session: Session, folder: Path) -> list[LedgerLeaf]:
    """After a restore: take back the leaves that were shipped after the backup, in the transaction of `session`.

    Gives them, so that every erasure among them is done again. Raises `Forked` when the restored leaves are not the
    beginning of the shipped ones.
    """
    head = lock_head(session)
    adopted = []
    try:
        for entry in verify.chain_of(verify.read_segments(folder)):
            if entry.seq < head.size:
                _refuse_other(session, entry)
            else:
                adopted.append(add_leaf(session, head, leaf_of(entry.body, entry.payload)))
    except Bad as bad:
        raise Forked(f"The shipped leaves cannot be taken back: {bad}. Use another copy of the folder.") from None
    return adopted


def _ship(session: Session, folder: Path, *, payloads: bool) -> int:
    if session.in_transaction():
        raise NotAlone("Leaves are shipped in a transaction of their own. Commit, and use a fresh unit of work.")
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        shipped = _last_shipped(session, folder)
        wanted = select(LedgerLeaf).where(col(LedgerLeaf.seq) >= shipped).order_by(col(LedgerLeaf.seq))
        rows = session.exec(wanted.execution_options(yield_per=BATCH))
        count = _write(folder, (Entry(row.seq, row.body, row.hash, row.payload if payloads else None) for row in rows))
        _write_checkpoints(session, folder)
    session.rollback()  # nothing was written; lets go of the lock
    return count


def _last_shipped(session: Session, folder: Path) -> int:
    """How many leaves the folder has, after repairing its tail and comparing its last leaf with ours."""
    segments = sorted(folder.glob(SEGMENTS))
    while segments and not _repair(segments[-1]):
        segments.pop()
    if not segments:
        return 0
    line = _last_line(segments[-1])
    try:
        entry = parse_entry(line, 0)
    except Bad:
        raise Forked(f"The last line of {segments[-1].name} is damaged. Move the folder away, and ship anew.") from None
    _refuse_other(session, entry)
    return entry.seq + 1


def _refuse_other(session: Session, entry: Entry) -> None:
    row = session.get(LedgerLeaf, entry.seq)
    if row is None:
        raise Forked(
            f"Entry {entry.seq} was shipped, but the ledger is shorter. After a restore, run `redress restore`."
        )
    if row.body != entry.body:
        raise Forked(f"Entry {entry.seq} is not the one that was shipped. Run `redress ledger verify`.")


def _repair(segment: Path) -> bool:
    """Cut off a line that was being written when the process died; False when nothing is left."""
    with segment.open("r+b") as file:
        file.truncate(_start_of_tail(file.fileno()))
        os.fsync(file.fileno())
        return file.seek(0, os.SEEK_END) > 0


def _last_line(segment: Path) -> bytes:
    with segment.open("rb") as file:
        return list(file)[-1]


def _start_of_tail(handle: int) -> int:
    """Where the bytes after the last newline begin."""
    at = os.fstat(handle).st_size
    while at > 0:
        start = max(0, at - 65_536)
        newline = os.pread(handle, at - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        at = start
    return 0


def _write(folder: Path, entries: Iterable[Entry]) -> int:
    """Append to the segments; each is synced before the next one begins."""
    count, file = 0, None
    try:
        for entry in entries:
            if file is None or entry.seq % SEGMENT == 0:
                if file is not None:
                    _sync(file)
                file = os.open(folder / f"leaves-{entry.seq // SEGMENT * SEGMENT:012}.jsonl", _APPEND, 0o600)
            _write_all(file, format_entry(entry))
            count += 1
    finally:
        if file is not None:
            _sync(file)
    _sync(os.open(folder, os.O_RDONLY))
    return count


_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _sync(file: int) -> None:
    os.fsync(file)
    os.close(file)


def _write_checkpoints(session: Session, folder: Path) -> None:
    path = folder / CHECKPOINTS
    if path.exists():
        _repair(path)
    known = max(verify.read_checkpoints(folder), default=-1)
    rows = session.exec(
        select(LedgerCheckpoint).where(col(LedgerCheckpoint.size) > known).order_by(col(LedgerCheckpoint.size))
    )
    file = os.open(path, _APPEND, 0o600)
    for row in rows:
        _write_all(file, json.dumps({"size": row.size, "note": row.note}).encode() + b"\n")
    _sync(file)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One shipper at a time; the lock falls when its holder dies."""
    lock = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
