"""The stand-alone verifier, as an auditor runs it: another process, another folder, nothing of ours to import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from db import Unit
from ledger import consistency_proof, export, receipt
from ledger.verify import SEGMENTS, main
from tests.ledger.conftest import Book


class Auditor:
    """An export at 5 and 9 entries, receipts of entry 3, and the copied verifier."""

    def __init__(self, book: Book) -> None:
        self.book, self.folder = book, book.folder / "export"
        book.write(5)
        self.old = book.folder / "old.note"
        self.old.write_text(book.sign(), "utf-8")
        book.write(4)
        self.new = book.folder / "new.note"
        self.new.write_text(book.sign(), "utf-8")
        self.receipt, self.proof = book.folder / "receipt.json", book.folder / "proof.json"
        with Unit(book.engine) as unit:
            export(unit.session, book.vault, self.folder)
        with Unit(book.engine) as unit:
            self.receipt.write_text(json.dumps(receipt(unit.session, book.vault, 3)), "utf-8")
            self.proof.write_text(json.dumps([node.hex() for node in consistency_proof(unit.session, 5, 9)]), "utf-8")
        self.key = book.vault.public_key("ledger").hex()

    def run(self, *arguments: object) -> tuple[int, str]:
        """Isolated from our packages (-I), in a folder that is not the repository."""
        command = [sys.executable, "-I", str(self.folder / "verify.py"), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    def spoil(self, old: bytes, new: bytes) -> None:
        (segment,) = self.folder.glob(SEGMENTS)
        data = segment.read_bytes()
        assert old in data
        segment.write_bytes(data.replace(old, new))


@pytest.fixture
def auditor(book: Book) -> Auditor:
    return Auditor(book)


def test_it_works(auditor: Auditor) -> None:
    book = auditor.book
    book.ship()
    assert auditor.run("log", auditor.folder) == (0, "All is well: 9 entries.\n")
    code, text = auditor.run("log", auditor.folder, "--public-key", auditor.key, "--shipped", book.shipped, "--json")
    assert (code, json.loads(text)) == (0, {"ok": True, "leaves": 9, "first_bad": None, "reason": ""})
    assert auditor.run("receipt", auditor.receipt) == (0, "All is well: 9 entries.\n")
    assert auditor.run("log", book.shipped, "--public-key", auditor.key)[0] == 0
    assert auditor.run("consistency", auditor.old, auditor.folder)[0] == 0
    assert auditor.run("consistency", auditor.receipt, auditor.folder)[0] == 0
    done = auditor.run("consistency", auditor.old, auditor.new, "--proof", auditor.proof, "--public-key", auditor.key)
    assert done[0] == 0


def test_it_imports_nothing_of_ours() -> None:
    import ledger.verify

    source = Path(ledger.verify.__file__).read_text("utf-8")
    imported = {
        line.split()[1].partition(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def test_a_changed_entry_is_named(auditor: Auditor) -> None:
    auditor.spoil(b"action:4", b"action:8")
    code, text = auditor.run("log", auditor.folder)
    assert (code, "First bad entry: 4." in text) == (1, True)


def test_a_garbled_line_is_named(auditor: Auditor) -> None:
    auditor.spoil(b'{"seq":2,', b'{"seq":!,')
    assert json.loads(auditor.run("log", auditor.folder, "--json")[1])["first_bad"] == 2


def test_another_key_is_refused(auditor: Auditor) -> None:
    for command in (
        ("log", auditor.folder),
        ("receipt", auditor.receipt),
        ("consistency", auditor.old, auditor.folder),
    ):
        assert auditor.run(*command, "--public-key", "0" * 64)[0] == 1


def test_a_changed_receipt_is_refused(auditor: Auditor) -> None:
    auditor.receipt.write_text(auditor.receipt.read_text("utf-8").replace("staff:1", "staff:2"), "utf-8")
    code, text = auditor.run("receipt", auditor.receipt)
    assert (code, "First bad entry: 3." in text) == (1, True)


def test_a_rewritten_beginning_is_refused(auditor: Auditor, new_book: object) -> None:
    other = new_book("other")  # type: ignore[operator]
    other.vault = auditor.book.vault
    other.write(9, case="c9")
    other.sign()
    with Unit(other.engine) as unit:
        export(unit.session, other.vault, other.folder / "export")
    assert auditor.run("log", other.folder / "export")[0] == 0
    assert auditor.run("consistency", auditor.old, other.folder / "export")[0] == 1


def test_a_shorter_log_is_refused(auditor: Auditor) -> None:
    (segment,) = auditor.folder.glob(SEGMENTS)
    segment.write_bytes(b"".join(segment.read_bytes().splitlines(keepends=True)[:4]))
    code, text = auditor.run("consistency", auditor.old, auditor.folder, "--json")
    assert (code, json.loads(text)["first_bad"]) == (1, 4)


def test_a_wrong_proof_is_refused(auditor: Auditor) -> None:
    auditor.proof.write_text("[]")
    common = ("--public-key", auditor.key)
    assert auditor.run("consistency", auditor.old, auditor.new, "--proof", auditor.proof, *common)[0] == 1
    assert auditor.run("consistency", auditor.new, auditor.old, "--proof", auditor.proof, *common)[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("log", "nowhere"),
        ("log", "export", "--public-key", "12"),
        ("log", "export", "--public-key", "z" * 64),
        ("receipt", "nowhere.json"),
        ("receipt", "old.note"),
        ("receipt", "proof.json"),
        ("consistency", "old.note", "new.note"),
    ],
)
def test_unreadable_input(auditor: Auditor, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    given = [str(auditor.book.folder / one) if (auditor.book.folder / one).exists() else one for one in arguments]
    assert main(given) == 2
    assert capsys.readouterr().err.endswith(".\n")


def test_damaged_checkpoints_are_unreadable(auditor: Auditor, capsys: pytest.CaptureFixture[str]) -> None:
    (auditor.folder / "checkpoints.jsonl").write_text("{}\n")
    assert main(["log", str(auditor.folder)]) == 2
    assert "checkpoints.jsonl" in capsys.readouterr().err


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err
