"""Several processes append at once, on SQLite and on PostgreSQL; nothing is lost, doubled or out of place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from db import Unit, make_engine
from ledger import Event, LedgerLeaf, append
from tests.ledger.conftest import START, Book, make_tables, open_book
from tests.servers.postgres import Postgres, postgres_server  # noqa: F401 - a fixture
from vault import KeyInUse, Shredded, Vault

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from db import Unit, make_engine
from ledger import Event, append
from tests.ledger.conftest import START
from vault import Vault
url, keys, folder, name = sys.argv[1:]
engine, vault = make_engine(url), Vault.open_at(Path(folder) / "keyring.json", keys)
for number in range(20):
    with Unit(engine) as unit:
        append(unit.session, vault, at=START, actor=f"worker:{name}", event=Event.ACTION_DONE,
               object=f"action:{number}", case=f"c{number}", payload={"n": number})
        append(unit.session, vault, at=START, actor=f"worker:{name}", event=Event.NOTICE_SENT, object=f"notice:{number}")
        if number % 4 != 3:
            unit.commit()
"""


def write_together(book: Book, url: str, keys: str) -> None:
    """Three processes, twenty transactions of two leaves each, every fourth rolled back."""
    commands = [[sys.executable, "-c", WRITER, url, keys, str(book.folder), name] for name in "abc"]
    processes = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    with Unit(book.engine) as unit:
        leaves = unit.session.exec(select(LedgerLeaf).order_by(LedgerLeaf.seq)).all()
        assert [leaf.seq for leaf in leaves] == list(range(90))
        assert all(one.case_id and not two.case_id for one, two in zip(leaves[::2], leaves[1::2], strict=True))
    book.sign()
    assert book.ship() == 90
    assert (book.check(shipped=True).ok, book.check().leaves) == (True, 90)


def test_it_works(book: Book) -> None:
    write_together(book, str(book.engine.url), f"sqlite:///{book.folder / 'keys.db'}")


@pytest.fixture
def remote(postgres_server: Postgres, tmp_path: Path) -> Iterator[tuple[Book, str, str]]:  # noqa: F811
    """A ledger on PostgreSQL, its keys in a schema of their own of another database."""
    url, keys = postgres_server.create_database(), postgres_server.create_database()
    bare = make_engine(keys)
    with bare.begin() as connection:
        connection.execute(text("CREATE SCHEMA keys"))
    bare.dispose()
    keys += "?options=-csearch_path%3Dkeys"
    engine = make_engine(url)
    make_tables(engine)
    make_tables(engine)
    book = Book(tmp_path, engine, Vault.open_at(tmp_path / "keyring.json", keys))
    yield book, url, keys
    book.vault.close()
    engine.dispose()


@pytest.mark.postgres
def test_postgres(remote: tuple[Book, str, str]) -> None:
    write_together(*remote)


@pytest.mark.postgres
def test_postgres_refuses_changes(remote: tuple[Book, str, str]) -> None:
    book = remote[0]
    book.write(2)
    book.sign()
    for statement in (
        "UPDATE ledger_leaf SET body = '' WHERE seq = 1",
        "DELETE FROM ledger_leaf WHERE seq = 1",
        "TRUNCATE ledger_leaf",
        "UPDATE ledger_checkpoint SET note = ''",
        "TRUNCATE ledger_checkpoint",
    ):
        with pytest.raises(DBAPIError, match="only appended"), book.engine.begin() as connection:
            connection.execute(text(statement))
    assert book.check().ok


@pytest.mark.postgres
def test_postgres_keeps_keys(remote: tuple[Book, str, str]) -> None:
    """The key store on PostgreSQL: rotation, dropping, shredding."""
    vault = remote[0].vault
    blobs = {scope: vault.seal(scope, "f", b"x") for scope in ("case:1", "case:2")}
    old = vault._keys._kms.active_id
    with pytest.raises(KeyInUse):
        vault.drop(old)
    assert vault.rotate() == 2
    vault.drop(old)
    vault.shred("case:1")
    with pytest.raises(Shredded):
        vault.open("case:1", "f", blobs["case:1"])
    vault._scopes.clear()
    assert vault.open("case:2", "f", blobs["case:2"]) == b"x"


def test_an_appender_that_dies_leaves_nothing(book: Book) -> None:
    """Its lock falls with it, and the number is given to the next."""
    code = (
        "import os\nfrom pathlib import Path\nfrom db import Unit\nfrom ledger import Event, append\n"
        "from tests.ledger.conftest import START, open_book\n"
        f"book = open_book(Path({str(book.folder)!r}))\n"
        "with Unit(book.engine) as unit:\n"
        "    append(unit.session, book.vault, at=START, actor='a', event=Event.ACTION_DONE, object='o')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == -9
    other = open_book(book.folder)
    with Unit(other.engine) as unit:
        leaf = append(unit.session, other.vault, at=START, actor="a", event=Event.ACTION_DONE, object="o")
        unit.commit()
    other.vault.close()
    other.engine.dispose()
    assert (leaf.seq, book.check().leaves) == (0, 1)
