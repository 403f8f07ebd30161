"""Appending, checkpoints, proofs and receipts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from db import Unit
from ledger import (
    Event,
    Forked,
    LedgerLeaf,
    NoSuchEntry,
    NotAlone,
    NotOpaque,
    NotVouched,
    append,
    checkpoint,
    consistency_proof,
    describe,
    inclusion_proof,
    latest_checkpoint,
    open_payload,
    receipt,
    triggers,
    verify_database,
)
from ledger.verify import (
    canonical,
    consistency_holds,
    inclusion_holds,
    leaf_hash,
    origin_of,
    read_checkpoint,
    verify_receipt,
)
from tests.ledger.conftest import START, Book
from vault import Shredded


def add(session: Session, book: Book, **changes: object) -> LedgerLeaf:
    values = {"at": START, "actor": "staff:1", "event": Event.REQUEST_RECEIVED, "object": "request:1", "case": "c1"}
    return append(session, book.vault, **(values | changes))  # type: ignore[arg-type]


def test_it_works(book: Book) -> None:
    with Unit(book.engine) as unit:
        first = add(unit.session, book, payload={"email": "anna@example.com"})
        second = add(unit.session, book, case=None)
        unit.commit()
    leaf = json.loads(first.body)
    assert list(leaf) == sorted(leaf)
    assert leaf["at"] == "2026-03-29T00:59:59.999Z"
    assert (leaf["seq"], leaf["action"], leaf["prev"]) == (0, "request.received", None)
    assert json.loads(second.body)["prev"] == first.hash.hex()
    assert open_payload(book.vault, first) == {"email": "anna@example.com"}
    assert open_payload(book.vault, second) is None
    assert book.check().ok


def test_nothing_is_kept_without_the_commit(book: Book) -> None:
    with Unit(book.engine) as unit:
        add(unit.session, book)
    book.write(3)
    assert (book.check().ok, book.check().leaves) == (True, 3)


def test_personal_data_stays_out_of_the_file(book: Book) -> None:
    book.write(5)
    assert not any(b"Musterfrau" in file.read_bytes() for file in book.folder.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    "name", ["anna@example.com", "Anna Muster", "+49 30 23125042", "", "王小明", "a" * 201, "a\nb"]
)
@pytest.mark.parametrize("field", ["actor", "object", "case"])
def test_names_that_may_be_personal_are_refused(book: Book, field: str, name: str) -> None:
    with Unit(book.engine) as unit, pytest.raises(NotOpaque) as caught:
        add(unit.session, book, **{field: name})
    assert not name or name not in str(caught.value)


def test_a_naive_time_is_taken_as_nobody_meant_it(book: Book) -> None:
    with Unit(book.engine) as unit, pytest.raises(ValueError, match="time zone"):
        add(unit.session, book, at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_shredded_case_takes_no_payload_but_entries(book: Book) -> None:
    with Unit(book.engine) as unit:
        leaf = add(unit.session, book, payload={"a": 1})
        book.vault.shred("case:c1")
        with pytest.raises(Shredded):
            add(unit.session, book, payload={"a": 1})
        add(unit.session, book, event=Event.CASE_SHREDDED)
        unit.commit()
    with pytest.raises(Shredded):
        open_payload(book.vault, leaf)
    assert book.check().ok


def test_equal_payloads_have_different_commitments(book: Book) -> None:
    with Unit(book.engine) as unit:
        leaves = [add(unit.session, book, payload={"a": 1}) for _ in range(2)]
    assert len({json.loads(leaf.body)["commit"] for leaf in leaves}) == 2


def test_checkpoint(book: Book) -> None:
    book.write(3)
    note = book.sign()
    public = book.vault.public_key("ledger")
    lines = note.split("\n")
    assert lines[:2] == [origin_of(public), "3"]
    assert lines[3] == ""
    assert lines[4].startswith(f"— {origin_of(public)} ")
    assert note.endswith("\n")
    assert read_checkpoint(note, public).size == 3
    assert book.sign() == note


def test_a_checkpoint_is_not_signed_over_a_changed_past(book: Book) -> None:
    book.write(3)
    book.sign()
    book.write(1)
    book.sql("UPDATE ledger_head SET frontier = zeroblob(32)")
    with Unit(book.engine) as unit, pytest.raises(Forked, match="does not continue"):
        checkpoint(unit.session, book.vault, START)


def test_a_checkpoint_is_not_signed_over_a_cut_off_past(book: Book) -> None:
    book.write(3)
    book.sign()
    book.sql("UPDATE ledger_head SET size = 1, frontier = (SELECT hash FROM ledger_leaf WHERE seq = 0)")
    with Unit(book.engine) as unit, pytest.raises(Forked):
        checkpoint(unit.session, book.vault, START)


def test_a_checkpoint_does_not_follow_a_forged_one(book: Book) -> None:
    book.write(3)
    book.sign()
    book.write(1)
    book.sql("UPDATE ledger_checkpoint SET note = ''")
    with Unit(book.engine) as unit, pytest.raises(Forked, match="cannot be believed"):
        checkpoint(unit.session, book.vault, START)


def test_a_proof_over_a_missing_entry_is_refused(book: Book) -> None:
    book.write(4)
    book.sql("DELETE FROM ledger_leaf WHERE seq = 1")
    with Unit(book.engine) as unit, pytest.raises(NoSuchEntry, match="missing"):
        inclusion_proof(unit.session, 3, 4)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13])
def test_proofs_from_the_database(book: Book, size: int) -> None:
    public, notes = book.vault.public_key("ledger"), []
    for _ in range(size):
        book.write(1)
        notes.append(read_checkpoint(book.sign(), public))
    with Unit(book.engine) as unit:
        hashes = unit.session.exec(select(LedgerLeaf.hash).order_by(LedgerLeaf.seq)).all()
        for seq in range(size):
            for tree in notes[seq:]:
                proof = inclusion_proof(unit.session, seq, tree.size)
                assert inclusion_holds(hashes[seq], seq, tree.size, proof, tree.root)
        for old in notes:
            proof = consistency_proof(unit.session, old.size, size)
            assert consistency_holds(old.size, size, old.root, notes[-1].root, proof)


def test_receipt(book: Book) -> None:
    book.write(5)
    book.sign()
    with Unit(book.engine) as unit:
        kept = json.loads(json.dumps(receipt(unit.session, book.vault, 3)))
    public = bytes.fromhex(kept["public_key"])
    assert verify_receipt(kept, public).ok
    assert verify_receipt(kept | {"seq": 2}, public).first_bad == 2
    assert not verify_receipt(kept | {"leaf": kept["leaf"].replace("action:3", "action:4")}, public).ok
    assert not verify_receipt(kept | {"proof": kept["proof"][::-1]}, public).ok
    assert not verify_receipt(kept, bytes(32)).ok


def test_a_receipt_needs_a_checkpoint(book: Book) -> None:
    book.write(2)
    book.sign()
    book.write(1)
    with Unit(book.engine) as unit:
        with pytest.raises(NotVouched, match="Make one"):
            receipt(unit.session, book.vault, 2)
        with pytest.raises(NoSuchEntry):
            receipt(unit.session, book.vault, 3)


@pytest.mark.parametrize(("seq", "size"), [(0, 4), (3, 3), (-1, 3)])
def test_a_proof_beyond_the_ledger_is_refused(book: Book, seq: int, size: int) -> None:
    book.write(3)
    with Unit(book.engine) as unit, pytest.raises(NoSuchEntry):
        inclusion_proof(unit.session, seq, size)


def test_growth_beyond_the_ledger_is_refused(book: Book) -> None:
    book.write(3)
    with Unit(book.engine) as unit:
        for old, new in ((1, 4), (3, 2)):
            with pytest.raises(NoSuchEntry):
                consistency_proof(unit.session, old, new)


def test_an_empty_ledger(book: Book) -> None:
    with Unit(book.engine) as unit:
        assert latest_checkpoint(unit.session) is None
    assert book.check().ok
    assert read_checkpoint(book.sign(), book.vault.public_key("ledger")).size == 0
    book.write(2)
    book.sign()
    assert book.check().ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_leaf SET body = x'00' WHERE seq = 1",
        "DELETE FROM ledger_leaf WHERE seq = 2",
        "INSERT OR REPLACE INTO ledger_leaf SELECT * FROM ledger_leaf WHERE seq = 0",
        "UPDATE ledger_checkpoint SET note = ''",
        "DELETE FROM ledger_checkpoint",
        "INSERT OR REPLACE INTO ledger_checkpoint SELECT size, at, '' FROM ledger_checkpoint",
    ],
)
def test_the_database_refuses_changes(book: Book, statement: str) -> None:
    book.write(3)
    book.sign()
    with pytest.raises(IntegrityError, match="only appended"), book.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert book.check().ok


def test_triggers_of_an_unknown_database_are_refused() -> None:
    with pytest.raises(ValueError, match="Use sqlite or postgresql"):
        triggers.statements("oracle")


def test_every_event_is_named_and_described() -> None:
    for name, description in describe().items():
        kind, _, verb = name.partition(".")
        assert kind.isalpha()
        assert verb.replace("_", "").isalpha()
        assert description.endswith(".")


def test_two_installations_have_different_names(new_book: Callable[[str], Book]) -> None:
    one, two = new_book("one"), new_book("two")
    assert origin_of(one.vault.public_key("ledger")) != origin_of(two.vault.public_key("ledger"))


def test_the_form_of_a_leaf_is_frozen() -> None:
    """Leaves are hashed as they stand: these bytes must never change."""
    body = canonical(
        {"v": 1, "seq": 0, "actor": "\u00e4\U0001f600", "case": None, "at": "A\u030a/\u00c5", "action": "\ud800"}
    )
    assert body == rb'{"action":"\ud800","actor":"\u00e4\ud83d\ude00","at":"A\u030a/\u00c5","case":null,"seq":0,"v":1}'
    assert leaf_hash(body).hex() == "1e90198bfa2152228652d5192c52c8c805d6b219e96377f8698c9d5af4804b86"


def test_the_check_runs_in_its_own_transactions(book: Book) -> None:
    book.write(1)
    with Unit(book.engine) as unit:
        latest_checkpoint(unit.session)
        with pytest.raises(NotAlone):
            verify_database(unit.session, book.vault)


def test_a_check_of_many_batches(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.check.BATCH", 3)
    book.write(10)
    book.ship()
    assert (book.check(shipped=True).ok, book.check().leaves) == (True, 10)
