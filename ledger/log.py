"""Writing the ledger, and proofs about it.

A leaf is appended in the transaction of the change it speaks of: both are saved or none. It holds no personal data.
What belongs to the event and may be personal, its payload, lies beside it, sealed under the key of the case; the leaf
holds a salted hash of it. When the case is forgotten the payload is unreadable, and the ledger can still be verified.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from ledger import merkle
from ledger.errors import Forked, NoSuchEntry, NotOpaque, NotVouched
from ledger.events import Event
from ledger.tables import LedgerCheckpoint, LedgerHead, LedgerLeaf
from ledger.verify import VERSION, Frontier, canonical, consistency_holds, key_id, leaf_hash, origin_of, read_checkpoint
from vault import Vault

SIGNING_KEY = "ledger"
SALT = 32
HASH = 32
OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,199}")  # no @, space or +: no address, full name or phone number


def append(
    session: Session,
    vault: Vault,
    *,
    at: datetime,
    actor: str,
    event: Event,
    object: str,
    case: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> LedgerLeaf:
    """Append a leaf in the transaction of `session`, which the caller commits; other appenders wait for that.

    `actor`, `object` and `case` are opaque names (`staff:3`, `action:17`): `NotOpaque` otherwise. `payload` is JSON; a
    case that was shredded takes none any more (`vault.Shredded`).
    """
    for name in (actor, object, case):
        if name is not None and not OPAQUE.fullmatch(name):
            raise NotOpaque("Actor, object and case of an entry must be opaque ids such as staff:3. Use the payload.")
    if at.tzinfo is None:
        raise ValueError("The time of an entry needs a time zone.")
    head = lock_head(session)
    at = at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)
    commit = sealed = None
    if payload is not None:
        salted = os.urandom(SALT) + canonical(payload)
        commit, sealed = sha256(salted).hexdigest(), vault.seal(scope_of(case), _field(head.size), salted)
    leaf = {
        "v": VERSION,
        "seq": head.size,
        "at": instant(at),
        "actor": actor,
        "action": event.value,
        "object": object,
        "case": case,
        "prev": head.last.hex() or None,
        "commit": commit,
    }
    return add_leaf(session, head, leaf_of(canonical(leaf), sealed))


def leaf_of(body: bytes, payload: bytes | None) -> LedgerLeaf:
    """The row of a leaf whose bytes are known, as when shipped leaves are taken back after a restore."""
    leaf = json.loads(body)
    return LedgerLeaf(
        seq=leaf["seq"],
        at=datetime.fromisoformat(leaf["at"]),
        body=body,
        hash=leaf_hash(body),
        nodes=b"",
        payload=payload,
        case_id=leaf["case"],
    )


def add_leaf(session: Session, head: LedgerHead, leaf: LedgerLeaf) -> LedgerLeaf:
    """Add the next leaf and move the locked head on."""
    frontier = frontier_of(head)
    leaf.nodes = b"".join(frontier.append(leaf.hash))
    head.size, head.frontier, head.last = frontier.size, b"".join(frontier.roots), leaf.hash
    session.add(leaf)
    session.add(head)
    session.flush()
    return leaf


def lock_head(session: Session) -> LedgerHead:
    """The head row, locked until the transaction ends, and as it is now even if the session has seen it before.

    SQLite holds the write lock since the transaction began; PostgreSQL locks the row.
    """
    wanted = select(LedgerHead).with_for_update().execution_options(populate_existing=True)
    head = session.exec(wanted).one_or_none()
    if head is None:
        make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        first = make(LedgerHead).values(id=1, size=0, frontier=b"", last=b"")
        session.execute(first.on_conflict_do_nothing())  # two processes may begin the ledger at once
        head = session.exec(wanted).one()
    return head


def frontier_of(head: LedgerHead) -> Frontier:
    """The frontier kept in the head row."""
    return Frontier(head.size, [head.frontier[at : at + HASH] for at in range(0, len(head.frontier), HASH)])


def instant(at: datetime) -> str:
    """A time as it stands in leaves: UTC in milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def scope_of(case: str | None) -> str:
    """Whose key seals a payload."""
    return f"case:{case}" if case else "ledger"


def open_payload(vault: Vault, leaf: LedgerLeaf) -> dict[str, Any] | None:
    """The payload of a leaf. Raises `vault.VaultError`, `Shredded` when its case was forgotten."""
    salted = open_salted(vault, leaf)
    return None if salted is None else dict(json.loads(salted[SALT:]))


def open_salted(vault: Vault, leaf: LedgerLeaf) -> bytes | None:
    """Salt and payload: the bytes whose SHA-256 is the commitment in the leaf."""
    return None if leaf.payload is None else vault.open(scope_of(leaf.case_id), _field(leaf.seq), leaf.payload)


def checkpoint(session: Session, vault: Vault, at: datetime) -> str:
    """Sign the present size and root (C2SP tlog-checkpoint); gives the note, the same one until a leaf is added.

    Raises `Forked` rather than sign a ledger that does not continue the one signed last.
    """
    head = lock_head(session)
    latest = latest_checkpoint(session)
    if latest is not None and latest.size == head.size:
        return latest.note
    public = vault.public_key(SIGNING_KEY)
    root = frontier_of(head).root()
    if latest is not None:
        _refuse_fork(session, latest.note, public, head.size, root)
    origin = origin_of(public)
    text = f"{origin}\n{head.size}\n{b64encode(root).decode()}\n"
    signature = key_id(origin, public) + vault.signing_key(SIGNING_KEY).sign(text.encode())
    note = f"{text}\n— {origin} {b64encode(signature).decode()}\n"
    session.add(LedgerCheckpoint(size=head.size, at=at, note=note))
    session.flush()
    return note


def latest_checkpoint(session: Session) -> LedgerCheckpoint | None:
    """The checkpoint over the most leaves."""
    return session.exec(select(LedgerCheckpoint).order_by(col(LedgerCheckpoint.size).desc()).limit(1)).first()


def inclusion_proof(session: Session, seq: int, size: int) -> list[bytes]:
    """Hashes that prove leaf `seq` in the tree of the first `size` leaves (RFC 6962 section 2.1.1); O(log n) rows."""
    _refuse_beyond(session, size)
    if not 0 <= seq < size:
        raise NoSuchEntry(f"Entry {seq} is not among the first {size}. Use the number of an entry that exists.")
    return merkle.roots(merkle.inclusion_ranges(seq, size), lambda nodes: _fetch(session, nodes))


def consistency_proof(session: Session, old: int, new: int) -> list[bytes]:
    """Hashes that prove that the first `old` leaves begin the first `new` (RFC 6962 section 2.1.2)."""
    _refuse_beyond(session, new)
    if not 0 <= old <= new:
        raise NoSuchEntry(f"A ledger of {old} entries cannot begin one of {new}. Give the smaller size first.")
    return merkle.roots(merkle.consistency_ranges(old, new), lambda nodes: _fetch(session, nodes))


def receipt(session: Session, vault: Vault, seq: int) -> dict[str, Any]:
    """What a customer keeps: the leaf, its proof and the newest checkpoint. Check it with `verify.py receipt FILE`.

    Raises `NoSuchEntry`, or `NotVouched` when no checkpoint was made since the entry.
    """
    leaf = session.get(LedgerLeaf, seq)
    if leaf is None:
        raise NoSuchEntry(f"There is no entry {seq}. Use the number of an entry that exists.")
    latest = latest_checkpoint(session)
    if latest is None or latest.size <= seq:
        raise NotVouched(f"No checkpoint covers entry {seq} yet. Make one first.")
    return {
        "v": VERSION,
        "seq": seq,
        "leaf": leaf.body.decode("ascii"),
        "proof": [node.hex() for node in inclusion_proof(session, seq, latest.size)],
        "checkpoint": latest.note,
        "public_key": vault.public_key(SIGNING_KEY).hex(),
    }


def _field(seq: int) -> str:
    return f"ledger.{seq}"


def _fetch(session: Session, nodes: Sequence[merkle.Node]) -> dict[merkle.Node, bytes]:
    """Each node lies in the row of the leaf that completed it."""
    rows = {node: ((node[1] + 1) << node[0]) - 1 for node in nodes}
    wanted = select(LedgerLeaf.seq, LedgerLeaf.hash, LedgerLeaf.nodes).where(col(LedgerLeaf.seq).in_(rows.values()))
    found = {seq: (own, made) for seq, own, made in session.exec(wanted)}
    result = {}
    for (level, index), seq in rows.items():
        if seq not in found:
            raise NoSuchEntry(f"Entry {seq} is missing. Run `redress ledger verify`.")
        own, made = found[seq]
        result[level, index] = made[(level - 1) * HASH : level * HASH] if level else own
    return result


def _refuse_beyond(session: Session, size: int) -> None:
    head = session.exec(select(LedgerHead.size)).one_or_none() or 0
    if size > head:
        raise NoSuchEntry(f"The ledger has {head} entries, not {size}. Use a size it has reached.")


def _refuse_fork(session: Session, note: str, public: bytes, size: int, root: bytes) -> None:
    try:
        old = read_checkpoint(note, public)
    except ValueError as error:
        raise Forked(f"The last checkpoint cannot be believed: {error}. Run `redress ledger verify`.") from None
    proof = consistency_proof(session, old.size, size) if old.size <= size else []
    if not consistency_holds(old.size, size, old.root, root, proof):
        raise Forked(
            f"The ledger of {size} entries does not continue the one of {old.size} signed last. "
            "Run `redress ledger verify`."
        )
