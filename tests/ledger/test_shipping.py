"""Shipping, export, and taking leaves back after a restore."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from db import Unit
from ledger import Forked, LedgerHead, LedgerLeaf, NotAlone, adopt, export, open_payload, ship, shipping
from ledger.verify import SEGMENTS, read_checkpoints, read_segments
from tests.ledger.conftest import Book

ROOT = Path(__file__).parents[2]


def test_it_works(book: Book) -> None:
    book.write(3)
    book.sign()
    assert [book.ship(), book.ship()] == [3, 0]
    book.write(2)
    book.sign()
    assert book.ship() == 2
    assert [entry.seq for entry in read_segments(book.shipped)] == [0, 1, 2, 3, 4]
    assert list(read_checkpoints(book.shipped)) == [3, 5]
    assert book.check(shipped=True).ok


def test_segments(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "SEGMENT", 4)
    for count in (3, 1, 6):
        book.write(count)
        book.ship()
    names = [file.name for file in sorted(book.shipped.glob(SEGMENTS))]
    assert names == ["leaves-000000000000.jsonl", "leaves-000000000004.jsonl", "leaves-000000000008.jsonl"]
    assert book.check(shipped=True).ok


def test_every_torn_tail_is_repaired(book: Book) -> None:
    book.write(2)
    book.ship()
    (segment,) = book.shipped.glob(SEGMENTS)
    whole = segment.read_bytes()
    first = whole.index(b"\n") + 1
    for cut in range(len(whole)):
        segment.write_bytes(whole[:cut])
        assert len(list(read_segments(book.shipped))) == (cut >= first)
        assert book.ship() == (1 if cut >= first else 2)
        assert segment.read_bytes() == whole


def test_a_torn_checkpoint_is_repaired(book: Book) -> None:
    book.write(2)
    book.sign()
    book.ship()
    file = book.shipped / "checkpoints.jsonl"
    whole = file.read_bytes()
    for cut in (0, 10, len(whole) - 1):
        file.write_bytes(whole[:cut])
        assert read_checkpoints(book.shipped) == {}
        book.ship()
        assert file.read_bytes() == whole


def test_killed_while_writing(book: Book) -> None:
    """The process dies with half a line written, at several places."""
    book.write(6)
    for line in (1, 3, 4):
        code = (
            "import os, signal\nfrom pathlib import Path\nfrom tests.ledger.conftest import open_book\n"
            "import ledger.shipping as shipping\nwrite, lines = os.write, 0\n"
            "def dying(file, data):\n"
            "    global lines\n    lines += 1\n"
            f"    if lines == {line}:\n"
            "        write(file, data[:len(data) // 2])\n        os.kill(os.getpid(), signal.SIGKILL)\n"
            "    return write(file, data)\n"
            f"os.write = dying\nopen_book(Path({str(book.folder)!r})).ship()\n"
        )
        assert (
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode
            == -signal.SIGKILL
        )
        assert book.check(shipped=True).ok
    book.ship()
    assert [entry.seq for entry in read_segments(book.shipped)] == list(range(6))


def test_shipping_uncommitted_leaves_is_refused(book: Book) -> None:
    book.write(1)
    with Unit(book.engine) as unit:
        unit.session.exec(select(LedgerHead)).all()
        with pytest.raises(NotAlone, match="of their own"):
            ship(unit.session, book.shipped)


def test_a_ledger_behind_its_shipped_leaves_is_refused(book: Book) -> None:
    book.write(3)
    book.ship()
    book.sql("DELETE FROM ledger_leaf WHERE seq = 2")
    with pytest.raises(Forked, match="shorter"):
        book.ship()


def test_another_ledger_is_refused(book: Book, new_book: Callable[[str], Book]) -> None:
    book.write(3)
    book.ship()
    other = new_book("other")
    other.write(4)
    with Unit(other.engine) as unit, pytest.raises(Forked, match="not the one"):
        ship(unit.session, book.shipped)


def test_a_damaged_last_line_is_refused(book: Book) -> None:
    book.write(3)
    book.ship()
    (segment,) = book.shipped.glob(SEGMENTS)
    segment.write_bytes(segment.read_bytes() + b"{}\n")
    with pytest.raises(Forked, match="damaged"):
        book.ship()
    assert book.check(shipped=True).first_bad == 3


def test_export_holds_no_payloads(book: Book) -> None:
    book.write(3)
    book.sign()
    with Unit(book.engine) as unit:
        assert export(unit.session, book.vault, book.folder / "export") == 3
    assert all(entry.payload is None for entry in read_segments(book.folder / "export"))
    names = {file.name for file in (book.folder / "export").iterdir()}
    assert names >= {"leaves-000000000000.jsonl", "checkpoints.jsonl", "public-key.txt", "verify.py"}


def restore(book: Book, size: int) -> None:
    """What a backup made at `size` entries brings back."""
    from tests.ledger.test_attacks import restamp

    restamp(book, -1, {}, until=size)
    book.sql(f"DELETE FROM ledger_checkpoint WHERE size > {size}")


def test_adopting_what_was_shipped_after_the_backup(book: Book) -> None:
    book.write(8)
    book.sign()
    book.ship()
    restore(book, 5)
    with Unit(book.engine) as unit:
        adopted = adopt(unit.session, book.shipped)
        assert [leaf.seq for leaf in adopted] == [5, 6, 7]
        assert open_payload(book.vault, adopted[0]) == {"n": 5, "name": "Hannelore Musterfrau"}
        unit.commit()
    book.write(2)
    book.sign()
    assert book.ship() == 2
    assert book.check(shipped=True).ok
    with Unit(book.engine) as unit:
        assert adopt(unit.session, book.shipped) == []


def test_adopting_onto_a_fork_is_refused(book: Book) -> None:
    book.write(8)
    book.ship()
    restore(book, 5)
    book.write(1, case="c9")
    with Unit(book.engine) as unit, pytest.raises(Forked):
        adopt(unit.session, book.shipped)


def test_adopting_damaged_leaves_is_refused(book: Book) -> None:
    book.write(8)
    book.ship()
    (segment,) = book.shipped.glob(SEGMENTS)
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:6] + lines[7:]))
    restore(book, 5)
    with Unit(book.engine) as unit, pytest.raises(Forked, match="another copy"):
        adopt(unit.session, book.shipped)
    with Unit(book.engine) as unit:
        assert len(unit.session.exec(select(LedgerLeaf)).all()) == 5
