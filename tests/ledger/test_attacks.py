"""Somebody who owns the database changes the past: each attack is found, and the first bad entry is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from db import Unit
from ledger import LedgerCheckpoint, LedgerHead, LedgerLeaf
from ledger.log import leaf_of
from ledger.verify import Frontier, canonical, leaf_hash
from tests.ledger.conftest import Book


@pytest.fixture
def full(book: Book) -> Book:
    """Twelve entries, checkpoints over 5 and 10, all shipped."""
    book.write(5)
    book.sign()
    book.write(5)
    book.sign()
    book.write(2)
    book.ship()
    return book


def restamp(book: Book, seq: int, changes: dict[str, Any], *, until: int = 1000) -> None:
    """Change one entry and compute every hash, node and the head anew, as somebody would who knows this code."""
    book.sql()
    with Unit(book.engine) as unit:
        rows = [row for row in unit.session.exec(select(LedgerLeaf).order_by(LedgerLeaf.seq)) if row.seq < until]
        frontier, last = Frontier(), b""
        for row in rows:
            leaf = json.loads(row.body) | (changes if row.seq == seq else {})
            made = leaf_of(canonical(leaf | {"prev": last.hex() or None}), row.payload)
            row.body, row.hash, row.at, row.case_id = made.body, made.hash, made.at, made.case_id
            row.nodes = b"".join(frontier.append(made.hash))
            last = made.hash
        head = unit.session.get_one(LedgerHead, 1)
        head.size, head.frontier, head.last = frontier.size, b"".join(frontier.roots), last
        unit.commit()
    book.sql(f"DELETE FROM ledger_leaf WHERE seq >= {until}")


def test_it_works(full: Book) -> None:
    assert full.check(shipped=True) == full.check()
    assert (full.check().ok, full.check().leaves, full.check().first_bad) == (True, 12, None)


@pytest.mark.parametrize("seq", range(12))
def test_edited_body(full: Book, seq: int) -> None:
    full.sql(
        f"UPDATE ledger_leaf SET body = CAST(replace(CAST(body AS TEXT), 'staff:1', 'staff:2') AS BLOB) WHERE seq={seq}"
    )
    assert full.check().first_bad == seq


def test_body_that_is_no_json(full: Book) -> None:
    full.sql("UPDATE ledger_leaf SET body = x'ff' WHERE seq = 4")
    assert full.check().first_bad == 4


@pytest.mark.parametrize("seq", [0, 6, 10])
def test_edited_body_with_its_own_hash(full: Book, seq: int) -> None:
    """One entry fits its hash again, but the next one does not follow it."""
    with Unit(full.engine) as unit:
        body = unit.session.get_one(LedgerLeaf, seq).body.replace(b"staff:1", b"staff:2")
    full.sql(f"UPDATE ledger_leaf SET body = :body, hash = :hash WHERE seq = {seq}", body=body, hash=leaf_hash(body))
    assert full.check().first_bad == seq


@pytest.mark.parametrize("body", [b"\xff", b"{}", b"[]", b'{"v": 1}'])
def test_foreign_body_with_its_own_hash(full: Book, body: bytes) -> None:
    full.sql("UPDATE ledger_leaf SET body = :body, hash = :hash WHERE seq = 0", body=body, hash=leaf_hash(body))
    assert full.check().first_bad == 0


def test_body_in_another_form(full: Book) -> None:
    """The same values, but not the one canonical text."""
    with Unit(full.engine) as unit:
        body = unit.session.get_one(LedgerLeaf, 0).body.replace(b",", b", ")
    full.sql("UPDATE ledger_leaf SET body = :body, hash = :hash WHERE seq = 0", body=body, hash=leaf_hash(body))
    assert full.check().first_bad == 0


@pytest.mark.parametrize(
    "payload", ["x'00'", "NULL", "zeroblob(100)", "(SELECT payload FROM ledger_leaf WHERE seq = 1)"]
)
def test_edited_payload(full: Book, payload: str) -> None:
    full.sql(f"UPDATE ledger_leaf SET payload = {payload} WHERE seq = 3")
    assert full.check().first_bad == 3


def test_added_payload(full: Book) -> None:
    full.sql("UPDATE ledger_leaf SET payload = x'00' WHERE seq = 2")
    assert full.check().first_bad == 2


def test_payload_sealed_anew(full: Book) -> None:
    """The attacker has the vault too, and seals another payload in its place."""
    sealed = full.vault.seal("case:c1", "ledger.3", b"s" * 32 + b'{"name":"other"}')
    full.sql("UPDATE ledger_leaf SET payload = :sealed WHERE seq = 3", sealed=sealed)
    assert full.check().first_bad == 3


@pytest.mark.parametrize(
    "change", ["case_id = 'c2'", "at = '2020-01-01 00:00:00.000000'", "nodes = x'00'", "hash = x'00'"]
)
def test_edited_columns(full: Book, change: str) -> None:
    full.sql(f"UPDATE ledger_leaf SET {change} WHERE seq = 6")
    assert full.check().first_bad == 6


@pytest.mark.parametrize("seq", [0, 4, 9, 10])
def test_deleted_in_the_middle(full: Book, seq: int) -> None:
    full.sql(f"DELETE FROM ledger_leaf WHERE seq = {seq}")
    assert full.check().first_bad == seq


@pytest.mark.parametrize("kept", [0, 4, 11])
def test_deleted_tail(full: Book, kept: int) -> None:
    full.sql(f"DELETE FROM ledger_leaf WHERE seq >= {kept}")
    assert full.check().first_bad == kept


def test_closed_gap(full: Book) -> None:
    """An entry is deleted and the later ones take its number."""
    full.sql("DELETE FROM ledger_leaf WHERE seq = 6")
    for seq in range(7, 12):
        full.sql(f"UPDATE ledger_leaf SET seq = {seq - 1} WHERE seq = {seq}")
    assert full.check().first_bad == 6


def test_reordered(full: Book) -> None:
    full.sql(
        "UPDATE ledger_leaf SET seq = 99 WHERE seq = 5",
        "UPDATE ledger_leaf SET seq = 5 WHERE seq = 7",
        "UPDATE ledger_leaf SET seq = 7 WHERE seq = 99",
    )
    assert full.check().first_bad == 5


def test_duplicate_number(full: Book) -> None:
    """The same number twice: the table must lose its key first."""
    full.sql(
        "ALTER TABLE ledger_leaf RENAME TO old_leaf",
        "CREATE TABLE ledger_leaf AS SELECT * FROM old_leaf",
        "INSERT INTO ledger_leaf SELECT * FROM old_leaf WHERE seq = 6",
    )
    assert full.check().first_bad == 6


def test_inserted_at_the_end(full: Book) -> None:
    """An entry is added without the head knowing."""
    with Unit(full.engine) as unit:
        last = unit.session.get_one(LedgerLeaf, 11)
        leaf = json.loads(last.body) | {"seq": 12, "prev": last.hash.hex(), "commit": None}
        row = leaf_of(canonical(leaf), None)
        unit.session.add(row)
        unit.commit()
    assert full.check().first_bad == 12


def test_inserted_before_the_first(full: Book) -> None:
    full.sql(
        "INSERT INTO ledger_leaf SELECT -1, at, body, hash, nodes, payload, case_id FROM ledger_leaf WHERE seq = 0"
    )
    assert full.check().first_bad == -1


@pytest.mark.parametrize(("seq", "first_bad"), [(2, 0), (4, 0), (5, 5), (9, 5)])
def test_restamped_before_a_checkpoint(full: Book, seq: int, first_bad: int) -> None:
    """Every hash fits again; the checkpoint does not. It tells between which checkpoints the change lies."""
    restamp(full, seq, {"actor": "staff:2"})
    assert full.check().first_bad == first_bad


@pytest.mark.parametrize("seq", [2, 9, 10, 11])
def test_restamped_with_shipped_leaves(full: Book, seq: int) -> None:
    """Shipped leaves name the very entry, and find what no checkpoint covers yet."""
    restamp(full, seq, {"actor": "staff:2"})
    assert full.check(shipped=True).first_bad == seq
    assert full.check().ok == (
        seq >= 10
    )  # the stated limit: nothing inside the database vouches for its newest entries


def test_truncated_and_restamped(full: Book) -> None:
    restamp(full, -1, {}, until=11)
    assert full.check().ok
    assert full.check(shipped=True).first_bad == 11


def test_truncated_below_a_checkpoint(full: Book) -> None:
    restamp(full, -1, {}, until=7)
    assert full.check().first_bad == 7
    full.sql("DELETE FROM ledger_checkpoint WHERE size > 7")
    assert full.check().ok
    assert full.check(shipped=True).first_bad == 7


def test_swapped_checkpoints(full: Book) -> None:
    full.sql("UPDATE ledger_checkpoint SET note = (SELECT note FROM ledger_checkpoint WHERE size = 10) WHERE size = 5")
    result = full.check()
    assert (result.first_bad, "is one of 10 entries" in result.reason) == (0, True)


def test_replayed_checkpoint(full: Book) -> None:
    """An old checkpoint is put in the place of a newer one."""
    full.sql("UPDATE ledger_checkpoint SET note = (SELECT note FROM ledger_checkpoint WHERE size = 5) WHERE size = 10")
    assert full.check().first_bad == 5


@pytest.mark.parametrize("note", ["''", "replace(note, char(10) || '10' || char(10), char(10) || '010' || char(10))"])
def test_damaged_checkpoint(full: Book, note: str) -> None:
    full.sql(f"UPDATE ledger_checkpoint SET note = {note} WHERE size = 10")
    result = full.check()
    assert (result.first_bad, "not a checkpoint" in result.reason) == (5, True)


def test_checkpoint_signed_by_another_key(full: Book, new_book: Callable[[str], Book]) -> None:
    other = new_book("other")
    other.write(10)
    note = other.sign()
    with Unit(full.engine) as unit:
        full.sql()
        unit.session.get_one(LedgerCheckpoint, 10).note = note
        unit.commit()
    result = full.check()
    assert (result.first_bad, "not signed by the key" in result.reason) == (5, True)


def test_checkpoint_with_another_signature(full: Book) -> None:
    """The key id is right, the signature is not."""
    with Unit(full.engine) as unit:
        full.sql()
        row = unit.session.get_one(LedgerCheckpoint, 10)
        row.note = row.note[:-8] + ("AAAA" if row.note[-8:-4] != "AAAA" else "BBBB") + row.note[-4:]
        unit.commit()
    assert full.check().first_bad == 5


@pytest.mark.parametrize("change", ["size = 11", "frontier = zeroblob(64)"])
def test_edited_head(full: Book, change: str) -> None:
    full.sql(f"UPDATE ledger_head SET {change}")
    assert full.check().first_bad == (11 if "size" in change else 10)


def test_fork_after_restore(full: Book, new_book: Callable[[str], Book]) -> None:
    """The database is restored to entry 8 and goes on as if nothing had been lost."""
    restored = new_book("restored")
    restored.vault.close()
    restored.vault = full.vault
    source, target = full.engine.raw_connection(), restored.engine.raw_connection()
    source.driver_connection.backup(target.driver_connection)  # type: ignore[union-attr]
    source.close()
    target.close()
    shutil.copytree(full.shipped, restored.shipped)
    restamp(restored, -1, {}, until=8)
    restored.sql("DELETE FROM ledger_checkpoint WHERE size > 8")
    restored.write(6, case="c9")
    assert restored.check().ok
    assert restored.check(shipped=True).first_bad == 8
