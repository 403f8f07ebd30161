"""Writing to databases: what an action changes, what it refuses, and what is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Action, ActionKind, Mask, Outcome, Record, Ref, Store, Whereabouts
from connectors.errors import Conflict, StoreError, Transient, Unsupported, Vanished
from tests.connectors.conformance import Memory
from tests.connectors.sql_databases import Database, database, postgres_database, sqlite_database

__all__ = ["database", "postgres_database", "sqlite_database"]

CRM = (
    """CREATE TABLE contacts (id INTEGER PRIMARY KEY, name VARCHAR(60) NOT NULL, email VARCHAR(40) NOT NULL UNIQUE,
        code CHAR(4) UNIQUE, phone BIGINT NOT NULL UNIQUE, birthday DATE NOT NULL, photo BLOB, remark TEXT,
        country CHAR(2) NOT NULL, status VARCHAR(10) NOT NULL CHECK (status IN ('new', 'open')), score INTEGER,
        manager_id INTEGER REFERENCES contacts (id), CONSTRAINT looks CHECK (email LIKE '%@%'))""",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, contact_id INTEGER, body TEXT, FOREIGN KEY (contact_id) REFERENCES contacts (id))",
    """INSERT INTO contacts VALUES
        (1, 'Lena Novak', 'lena@example.com', 'LN01', 49305550123, '1988-04-01', NULL, 'likes tea', 'DE', 'open', 7, NULL),
        (2, 'Tom Baker', 'tom@example.net', 'TB02', 49305550199, '1990-01-01', NULL, NULL, 'GB', 'new', 1, 1)""",
    "INSERT INTO notes VALUES (1, 1, 'Call Lena Novak, not 娜娜 or Tom 😀 Baker.'), (2, NULL, 'nothing')",
)


@pytest.fixture
def crm(database: Database) -> Iterator[Store]:
    database.sql(*CRM)
    with database.open(timeout=3) as store:
        yield store


def the(store: Store, table: str, number: int) -> Record:
    (record,) = store.fetch([Ref(table, f"[{number}]")])
    return record


def action(kind: ActionKind, record: Record, **more: Any) -> Action:
    return Action(f"case-1/{kind}", kind, record.ref, record.version, **more)


def values(record: Record) -> dict[str, Any]:
    return {field.name: field.value for field in record.fields}


def test_it_works(crm: Store, database: Database) -> None:
    before = the(crm, "notes", 1)
    receipt = crm.act(action(ActionKind.DELETE, before), Memory())
    assert (receipt.outcome, receipt.ref, receipt.version) == (Outcome.DONE, None, None)
    assert "sql.backups" in receipt.residue
    assert crm.presence(before.ref).where is Whereabouts.GONE
    assert [row[0] for row in database.rows("notes")] == [2]


def test_anonymise_keeps_the_row_and_its_ties_and_takes_the_person(crm: Store, database: Database) -> None:
    record, notes, other = the(crm, "contacts", 2), database.rows("notes"), values(the(crm, "contacts", 1))
    receipt = crm.act(action(ActionKind.ANONYMISE, record), Memory())
    after = the(crm, "contacts", 2)
    left = values(after)
    assert (receipt.outcome, receipt.ref, receipt.version) == (Outcome.DONE, record.ref, after.version)
    assert [left[name] for name in ("id", "manager_id", "country", "status", "score")] == [2, 1, "GB", "new", 1]
    assert (left["name"], left["code"], left["remark"]) == ("[erased]", None, None)
    assert left["email"].endswith(".invalid")
    assert str(left["birthday"]) == "1900-01-01"
    assert left["phone"] != 49305550199
    assert values(the(crm, "contacts", 1)) == other
    assert database.rows("notes") == notes
    assert crm.presence(record.ref).version == after.version


def test_anonymise_gives_every_row_its_own_unique_values(crm: Store) -> None:
    for number in (1, 2):
        record = the(crm, "contacts", number)
        crm.act(replace(action(ActionKind.ANONYMISE, record), key=f"step-{number}"), Memory())
    assert len({values(the(crm, "contacts", number))["email"] for number in (1, 2)}) == 2


def test_anonymise_twice_is_anonymise_once(crm: Store) -> None:
    record, memory = the(crm, "contacts", 1), Memory()
    first = crm.act(action(ActionKind.ANONYMISE, record), memory)
    for journal in (memory, Memory()):
        again = crm.act(action(ActionKind.ANONYMISE, record), journal)
        assert (again.outcome, again.version) == (Outcome.ALREADY, first.version)


def test_columns_to_keep_are_kept(database: Database) -> None:
    database.sql(*CRM)
    with database.open(rules={"contacts": {"keep": ["remark", "email"]}}) as store:
        store.act(action(ActionKind.ANONYMISE, the(store, "contacts", 1)), Memory())
        left = values(the(store, "contacts", 1))
    assert (left["remark"], left["email"], left["name"]) == ("likes tea", "lena@example.com", "[erased]")


def test_a_column_that_takes_no_neutral_value_stops_everything(database: Database) -> None:
    database.sql(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, email VARCHAR(40), motto VARCHAR(40) NOT NULL, CHECK (length(motto) = 17))"
    )
    database.sql("INSERT INTO t VALUES (1, 'lena@example.com', 'tea before coffee')")
    with database.open() as store, pytest.raises(Unsupported) as caught:
        store.act(action(ActionKind.ANONYMISE, the(store, "t", 1)), Memory())
    assert "motto" in str(caught.value)
    assert "tea" not in str(caught.value)
    assert database.rows("t") == [(1, "lena@example.com", "tea before coffee")]


def test_a_check_that_spans_columns_is_honoured(database: Database) -> None:
    database.sql(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, email VARCHAR(40), phone VARCHAR(20), "
        "CHECK (email IS NOT NULL OR phone IS NOT NULL))"
    )
    database.sql("INSERT INTO t VALUES (1, 'lena@example.com', '030 5550123')")
    with database.open() as store:
        store.act(action(ActionKind.ANONYMISE, the(store, "t", 1)), Memory())
    assert database.rows("t") == [(1, None, "0000000")]


def test_an_identifying_key_that_stays_is_named(database: Database) -> None:
    database.sql(
        "CREATE TABLE t (email VARCHAR(40) PRIMARY KEY, name VARCHAR(40))",
        "INSERT INTO t VALUES ('a@example.com', 'A')",
    )
    with database.open() as store:
        (record,) = store.fetch([Ref("t", '["a@example.com"]')])
        assert "sql.identifying-key" in store.act(action(ActionKind.ANONYMISE, record), Memory()).residue


def test_a_row_others_point_to_is_not_deleted(crm: Store, database: Database) -> None:
    before = database.rows("contacts"), database.rows("notes")
    with pytest.raises(Conflict):
        crm.act(action(ActionKind.DELETE, the(crm, "contacts", 1)), Memory())
    assert (database.rows("contacts"), database.rows("notes")) == before


def test_a_cascade_takes_no_row_that_was_not_approved(database: Database) -> None:
    database.sql(
        "CREATE TABLE a (id INTEGER PRIMARY KEY)",
        "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER, FOREIGN KEY (a_id) REFERENCES a (id) ON DELETE CASCADE)",
        "INSERT INTO a VALUES (1)",
        "INSERT INTO b VALUES (1, 1)",
    )
    with database.open(tables="a") as store, pytest.raises(Conflict):
        store.act(action(ActionKind.DELETE, the(store, "a", 1)), Memory())
    assert database.rows("b") == [(1, 1)]


def test_the_rule_may_anonymise_instead_of_delete(database: Database) -> None:
    database.sql(*CRM)
    with database.open(rules={"contacts": {"erase": "anonymise"}}) as store:
        record = the(store, "contacts", 1)
        first = store.act(action(ActionKind.DELETE, record), Memory())
        assert (first.outcome, first.ref) == (Outcome.DONE, record.ref)
        assert store.act(action(ActionKind.DELETE, record), Memory()).outcome is Outcome.ALREADY
    assert [row[0] for row in database.rows("contacts")] == [1, 2]
    assert "Lena" not in repr(database.rows("contacts"))


def test_children_first_then_the_row(crm: Store, database: Database) -> None:
    crm.act(action(ActionKind.DELETE, the(crm, "notes", 1)), Memory())
    crm.act(action(ActionKind.DELETE, the(crm, "contacts", 2)), Memory())
    crm.act(action(ActionKind.DELETE, the(crm, "contacts", 1)), Memory())
    assert database.rows("contacts") == []


def test_redact_masks_code_points_of_one_column(crm: Store, database: Database) -> None:
    record = the(crm, "notes", 1)
    text = values(record)["body"]
    masks = tuple(
        Mask("field:body", text.index(name), text.index(name) + len(name), by)
        for name, by in (("Tom 😀 Baker", "[B]"), ("Lena Novak", "[A'\"]"), ("娜娜", "██"))
    )
    receipt = crm.act(action(ActionKind.REDACT, record, masks=masks), Memory())
    assert receipt.version == the(crm, "notes", 1).version
    assert database.rows("notes") == [(1, 1, "Call [A'\"], not ██ or [B]."), (2, None, "nothing")]


def test_a_mask_longer_than_the_column_is_cut(database: Database) -> None:
    database.sql(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, body VARCHAR(10))",
        "INSERT INTO t VALUES (1, 'hi Tom ok')",
    )
    with database.open() as store:
        record = the(store, "t", 1)
        store.act(action(ActionKind.REDACT, record, masks=(Mask("field:body", 3, 6, "[person]"),)), Memory())
    assert database.rows("t") == [(1, "hi [pe ok")]


def test_redact_in_json_keeps_it_json(database: Database) -> None:
    kind = {"sqlite": "JSON", "postgres": "JSON", "mariadb": "JSON"}[database.engine]
    database.sql(f"CREATE TABLE t (id INTEGER PRIMARY KEY, data {kind})")
    database.sql("INSERT INTO t VALUES (1, :data)", data='{"n": 1.50, "who": "Tom"}')
    with database.open() as store:
        record = the(store, "t", 1)
        masks = (Mask("field:data", 20, 23, 'a "b"'),)
        store.act(
            action(
                ActionKind.REDACT,
                record,
                masks=masks if database.engine != "mariadb" else (Mask("field:data", 20, 23, "b"),),
            ),
            Memory(),
        )
        (text,) = [text.text for text in the(store, "t", 1).readable()]
        assert text in ('{"n": 1.50, "who": "a \\"b\\""}', '{"n": 1.50, "who": "b"}')
        with pytest.raises((Unsupported, Conflict)):
            store.act(action(ActionKind.REDACT, the(store, "t", 1), masks=(Mask("field:data", 0, 5, "x"),)), Memory())


@pytest.mark.parametrize(
    "masks",
    [
        (Mask("field:body", 0, 9999, "x"),),
        (Mask("field:nothing", 0, 1, "x"),),
        (Mask("field:contact_id", 0, 1, "x"),),
        (Mask("field:id", 0, 1, "x"),),
        (Mask("body", 0, 1, "x"),),
    ],
)
def test_masks_that_fit_nowhere_change_nothing(crm: Store, database: Database, masks: tuple[Mask, ...]) -> None:
    before = database.rows("notes")
    with pytest.raises(Unsupported):
        crm.act(action(ActionKind.REDACT, the(crm, "notes", 1), masks=masks), Memory())
    assert database.rows("notes") == before


def test_update_writes_typed_values_once(crm: Store) -> None:
    record = the(crm, "contacts", 1)
    changes = {
        "name": "Lena O'Novák 娜",
        "birthday": values(record)["birthday"].replace(day=2),
        "score": 9,
        "remark": None,
    }
    first = crm.act(action(ActionKind.UPDATE, record, changes=changes), Memory())
    assert {name: values(the(crm, "contacts", 1))[name] for name in changes} == changes
    again = crm.act(action(ActionKind.UPDATE, record, changes=changes), Memory())
    assert (first.outcome, again.outcome, again.version) == (Outcome.DONE, Outcome.ALREADY, first.version)
    assert first.residue == ()


@pytest.mark.parametrize(
    "changes", [{"id": 5}, {"nothing": 1}, {"manager_id": 2}, {"name": "x" * 100}, {"status": "gone"}]
)
def test_an_update_that_cannot_be_is_refused(crm: Store, database: Database, changes: dict[str, Any]) -> None:
    before = database.rows("contacts")
    if database.engine == "sqlite" and "name" in changes:
        pytest.skip("SQLite knows no length of text")
    with pytest.raises((Unsupported, Conflict)) as caught:
        crm.act(action(ActionKind.UPDATE, the(crm, "contacts", 1), changes=changes), Memory())
    assert "xxx" not in repr(caught.value)
    assert database.rows("contacts") == before


@pytest.mark.parametrize("kind", ActionKind)
def test_a_row_that_changed_is_a_conflict(crm: Store, database: Database, kind: ActionKind) -> None:
    record = the(crm, "notes", 1)
    database.sql("UPDATE notes SET body = 'Lena Novak wrote again' WHERE id = 1")
    before = database.rows("notes")
    masks = (Mask("field:body", 0, 4, "x"),)
    with pytest.raises(Conflict):
        crm.act(action(kind, record, masks=masks, changes={"body": "new"}), Memory())
    assert database.rows("notes") == before


@pytest.mark.parametrize("kind", [ActionKind.UPDATE, ActionKind.REDACT, ActionKind.ANONYMISE])
def test_a_row_that_is_gone_is_said_to_be(crm: Store, database: Database, kind: ActionKind) -> None:
    record = the(crm, "notes", 1)
    database.sql("DELETE FROM notes WHERE id = 1")
    with pytest.raises(Vanished):
        crm.act(action(kind, record, changes={"body": "x"}), Memory())


def test_rows_without_a_key_are_not_touched(database: Database) -> None:
    if database.engine == "sqlite":
        pytest.skip("SQLite numbers every row itself")
    database.sql("CREATE TABLE loose (a VARCHAR(9))", "INSERT INTO loose VALUES ('x')")
    with database.open() as store:
        (page,) = store.changes("loose", None, lambda _: {})
        with pytest.raises(Unsupported):
            store.act(action(ActionKind.DELETE, page.records[0]), Memory())


def test_a_locked_row_is_tried_again_later(crm: Store, database: Database) -> None:
    record = the(crm, "notes", 1)
    with database.open(timeout=1) as store, database.hold("notes"), pytest.raises(Transient):
        store.act(action(ActionKind.DELETE, record), Memory())


KILLED_CHILD = """
import os, signal, sys
from sqlalchemy import event, Engine
from connectors.contract import Action, ActionKind, Mask, Ref
from connectors.sql import KIND
from connectors.sql.options import SqlOptions

url, stage, kind, table, key, version = sys.argv[1:]
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)

class Journal:
    def load(self): return {}
    def save(self, note):
        with open(os.environ["JOURNAL"], "w") as file:
            file.write(note["version"])
        if stage == "journal": die()

if stage == "statement":
    @event.listens_for(Engine, "after_cursor_execute")
    def _(c, cursor, statement, *_rest):
        if statement.startswith(("UPDATE", "DELETE")): die()

store = KIND.open(SqlOptions(url=url))
store.act(Action("case-1/" + kind, ActionKind(kind), Ref(table, key), version,
    masks=(Mask("field:body", 5, 15, "[A]"),), changes={"body": "new"}), Journal())
die()
"""


@pytest.mark.parametrize("stage", ["statement", "journal", "committed"])
@pytest.mark.parametrize("kind", ActionKind)
def test_killed_anywhere_and_repeated_it_is_done_once(
    database: Database, tmp_path: Path, stage: str, kind: ActionKind
) -> None:
    database.sql(*CRM)
    note = tmp_path / "journal"
    with database.open() as store:
        record = the(store, "notes", 1)
    command = [
        sys.executable,
        "-c",
        KILLED_CHILD,
        database.url,
        stage,
        str(kind),
        "notes",
        record.ref.key,
        record.version,
    ]
    child = subprocess.run(command, env=os.environ | {"JOURNAL": str(note)}, check=False, capture_output=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    survived = {"body": "x"} if stage == "committed" or (stage == "journal" and kind is ActionKind.DELETE) else {}
    memory = Memory({"version": note.read_text()} if note.exists() else {})
    with database.open() as store:
        receipt = store.act(
            action(kind, record, masks=(Mask("field:body", 5, 15, "[A]"),), changes={"body": "new"}), memory
        )
    assert receipt.outcome is (Outcome.ALREADY if survived else Outcome.DONE)
    expected: dict[ActionKind, list[tuple[Any, ...]]] = {
        ActionKind.UPDATE: [(1, 1, "new")],
        ActionKind.REDACT: [(1, 1, "Call [A], not 娜娜 or Tom 😀 Baker.")],
        ActionKind.ANONYMISE: [(1, 1, None)],
        ActionKind.DELETE: [],
    }
    assert database.rows("notes") == [*expected[kind], (2, None, "nothing")]


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("kind", [ActionKind.DELETE, ActionKind.ANONYMISE, ActionKind.REDACT])
def test_erased_bytes_leave_the_sqlite_files(
    sqlite_database: Database, tmp_path: Path, mode: str, kind: ActionKind
) -> None:
    database = sqlite_database
    database.sql(f"PRAGMA journal_mode={mode}")
    database.sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)", "CREATE INDEX by_body ON notes (body)")
    secret = "Wilhelmine Canary " * 500  # spills into overflow pages
    database.many(
        "INSERT INTO notes VALUES (:id, :body)", [{"id": n, "body": secret if n == 7 else "x" * 99} for n in range(20)]
    )
    with database.open() as store:
        record = the(store, "notes", 7)
        receipt = store.act(action(kind, record, masks=(Mask("field:body", 0, len(secret), "[erased]"),)), Memory())
        assert receipt.residue == ("sql.backups",)
        left = [path.name for path in tmp_path.iterdir() if b"Canary" in path.read_bytes()]
    assert left == []


def test_a_reader_that_holds_the_log_back_is_residue(sqlite_database: Database) -> None:
    database = sqlite_database
    database.sql("PRAGMA journal_mode=wal")
    database.sql(
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)", "INSERT INTO notes VALUES (1, 'Lena'), (2, 'x')"
    )
    with database.open(timeout=0.2) as store:
        record = the(store, "notes", 1)
        with database.hold("notes", write=False):
            assert "sql.wal" in store.act(action(ActionKind.DELETE, record), Memory()).residue


@pytest.mark.postgres
def test_postgres_dead_rows_are_vacuumed_when_nobody_needs_them(postgres_database: Database) -> None:
    database = postgres_database
    database.sql(*CRM)
    with database.open() as store:
        clean = store.act(action(ActionKind.DELETE, the(store, "notes", 1)), Memory())
        assert clean.residue == ("sql.backups", "sql.wal", "sql.free-space")
        with database.hold("contacts", write=False):
            held = store.act(action(ActionKind.DELETE, the(store, "notes", 2)), Memory())
        assert "sql.dead-tuples" in held.residue


@pytest.mark.postgres
def test_a_row_that_another_schema_points_to_is_not_deleted(postgres_database: Database) -> None:
    database = postgres_database
    database.sql(
        "CREATE TABLE a (id int PRIMARY KEY)",
        "CREATE SCHEMA other",
        "CREATE TABLE other.b (a_id int REFERENCES public.a ON DELETE CASCADE)",
        "INSERT INTO a VALUES (1)",
        "INSERT INTO other.b VALUES (1)",
    )
    with database.open() as store, pytest.raises(Conflict):
        store.act(action(ActionKind.DELETE, the(store, "a", 1)), Memory())
    assert database.rows("other.b") == [(1,)]


@pytest.mark.postgres
def test_postgres_types_are_anonymised(postgres_database: Database) -> None:
    database = postgres_database
    database.sql(
        """CREATE TABLE t (id uuid PRIMARY KEY, tags text[] NOT NULL, ip inet NOT NULL, j jsonb NOT NULL, b bytea NOT NULL,
            p point, x tsvector NOT NULL, h uuid NOT NULL, who text GENERATED ALWAYS AS ('x') STORED)""",
        """INSERT INTO t VALUES ('7d9c2a52-3f0b-4f7e-8f57-2f1f8f8f0a01', '{Lena}', '192.0.2.7', '{"a": "Lena"}', 'Lena',
            '(1,2)', 'lena', '7d9c2a52-3f0b-4f7e-8f57-2f1f8f8f0a01')""",
    )
    with database.open() as store:
        (record,) = store.fetch([Ref("t", '["7d9c2a52-3f0b-4f7e-8f57-2f1f8f8f0a01"]')])
        mask = Mask("field:tags", 2, 6, 'L "x", y')
        masked = store.act(action(ActionKind.REDACT, record, masks=(mask,)), Memory())
        assert database.sql("SELECT tags FROM t") == [(['L "x", y'],)]
        receipt = store.act(replace(action(ActionKind.ANONYMISE, record), version=masked.version or ""), Memory())
        assert receipt.outcome is Outcome.DONE
        again = store.act(action(ActionKind.ANONYMISE, record), Memory())
        assert again.outcome is Outcome.ALREADY
    (row,) = database.sql("SELECT tags, host(ip), j::text, b, p, x::text FROM t")
    assert tuple(row) == ([], "0.0.0.0", "{}", b"", None, "")


def test_no_error_names_a_person(crm: Store, database: Database) -> None:
    record = the(crm, "contacts", 2)
    changes = {"email": "lena@example.com"}  # taken: the server would quote it
    with pytest.raises(StoreError) as caught:
        crm.act(action(ActionKind.UPDATE, record, changes=changes), Memory())
    assert caught.value.__suppress_context__
    assert "lena" not in str(caught.value)
    assert database.engine
