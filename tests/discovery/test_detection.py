"""The detection of an installation: one analyzer, and a memory that tells nothing and may be lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.contract import Record, Ref, Text, TextKind
from discovery import detection
from discovery.detection import FileMemory
from discovery.inventory import UNREAD, take_stock
from discovery.tables import IndexedRecord, ScanCursor
from office import Office
from pii.analyzer import Analyzer

KEY = bytes(range(32))


def memory(file: Path, most: int = 100) -> FileMemory:
    return FileMemory(file, KEY, most)


def test_it_works(tmp_path: Path) -> None:
    memory(tmp_path / "m.db").remember({b"a" * 16: b"[]"})
    assert memory(tmp_path / "m.db").recall([b"a" * 16, b"b" * 16]) == {b"a" * 16: b"[]"}


def test_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = 86_400.0
    one = memory(tmp_path / "m.db", 10)
    for number in range(1, 31):
        monkeypatch.setattr("discovery.detection.time.time", lambda number=number: number * day)
        one.remember({bytes([number]) * 16: b"[]"})
        one.recall([bytes([1]) * 16])
    kept = one.recall([bytes([number]) * 16 for number in range(1, 31)])
    assert len(kept) == 10
    assert bytes([1]) * 16 in kept
    assert bytes([30]) * 16 in kept


def test_what_was_changed_on_the_disk_is_not_known(tmp_path: Path) -> None:
    one = memory(tmp_path / "m.db")
    one.remember({b"a" * 16: b'[["PERSON",0,4,0.8,"R"]]'})
    one._database.execute("UPDATE detected SET found = replace(found, 'PERSON', 'PLACES')")
    one._database.execute("INSERT INTO detected SELECT x'62626262626262626262626262626262', found, used FROM detected")
    assert one.recall([b"a" * 16, b"b" * 16]) == {}


def test_a_broken_file_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "m.db").write_bytes(b"no database" * 1000)
    one = memory(tmp_path / "m.db")
    one.remember({b"a" * 16: b"[]"})
    assert one.recall([b"a" * 16])


def test_under_another_key_nothing_is_known(tmp_path: Path) -> None:
    texts = ["write to anna@example.com"]
    Analyzer(memory=memory(tmp_path / "m.db")).analyze(texts)
    other = FileMemory(tmp_path / "m.db", KEY[::-1])
    analyzer = Analyzer(memory=other)
    assert other.recall([analyzer._reader.remembered.hash("text", "", "", "", texts[0])]) == {}


def test_scans_share_an_analyzer_and_leave_no_text(at_work: Office) -> None:
    analyzer = detection.analyzer(at_work)
    assert detection.analyzer(at_work) is analyzer
    analyzer.analyze(["Dear Zyxwvutina,"])
    files = list(at_work.settings.home.glob("detected.db*"))
    assert files
    assert all(b"yxwvutina" not in path.read_bytes() for path in files)


def test_a_text_read_in_part_is_counted_as_unread() -> None:
    looks = iter(range(10_000))
    analyzer = Analyzer(seconds=2, clock=lambda: float(next(looks)))
    text = Text("part:1", "write to anna@example.com\n" * 8_000, TextKind.BODY)
    row = IndexedRecord(store="mail", collection="c", ref_hash=b"", ref=b"", version="1", seen=1)
    take_stock(ScanCursor(store="mail", collection="c"), [(row, Record(Ref("c", "1"), "1", texts=(text,)))], analyzer)
    assert f"body\t{UNREAD}" in row.found.split("\n")
