"""Reading databases: catalogue, keys, paging, search, files."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest

from connectors.contract import ActionKind, FieldType, Identifier, Record, Ref, Store, TextKind, Whereabouts
from connectors.errors import BadSettings, Vanished
from connectors.sql import labels
from connectors.sql import store as sql_store
from connectors.sql.values import json_text
from tests.connectors.conformance import nothing
from tests.connectors.sql_databases import Database, database, postgres_database, sqlite_database

__all__ = ["database", "postgres_database", "sqlite_database"]

SPACE = UUID("7d9c2a52-3f0b-4f7e-8f57-2f1f8f8f0a01")
CRM = (
    """CREATE TABLE contacts (id SERIAL PRIMARY KEY, first_name VARCHAR(60), last_name VARCHAR(60),
        email VARCHAR(120) NOT NULL UNIQUE, phone VARCHAR(40), birthday DATE, score INTEGER, created TIMESTAMP NULL)""",
    """CREATE TABLE notes (contact_id INTEGER NOT NULL, number INTEGER NOT NULL, body TEXT,
        PRIMARY KEY (contact_id, number), FOREIGN KEY (contact_id) REFERENCES contacts (id))""",
    """CREATE TABLE note_files (id SERIAL PRIMARY KEY, contact_id INTEGER, number INTEGER, filename VARCHAR(80), data BLOB,
        FOREIGN KEY (contact_id, number) REFERENCES notes (contact_id, number))""",
    """INSERT INTO contacts (id, first_name, last_name, email, phone, birthday, score, created) VALUES
        (1, 'Lena', 'Novak', 'lena.novak@example.com', '+49 (30) 5550-1234', '1988-04-01', 7, '2026-01-05 09:30:00'),
        (2, '伟', '张', 'zhang@example.cn', '010-5550-7788', NULL, NULL, NULL),
        (3, 'JÜRGEN', 'Groß', 'PER%CENT@example.org', NULL, NULL, NULL, NULL)""",
    "INSERT INTO notes VALUES (1, 1, 'Ask Lena Novak about the offer'), (1, 2, 'Called 030 / 55 50 12 34'), (2, 1, '100% _sure_')",
)


def hits(store: Store, kind: str, value: str) -> set[tuple[str, str]]:
    return {(r.ref.collection, r.ref.key) for r in store.search([Identifier(kind, value)])}


def everything(store: Store, name: str) -> list[Record]:
    return [record for page in store.changes(name, None, nothing) for record in page.records]


@pytest.fixture
def crm(database: Database) -> Iterator[Store]:
    database.sql(*CRM)
    with database.open() as store:
        yield store


def test_it_works(crm: Store) -> None:
    (record,) = crm.fetch([Ref("contacts", "[1]")])
    fields = {field.name: field for field in record.fields}
    assert fields["email"].value == "lena.novak@example.com"
    assert (fields["email"].type, fields["email"].identifying) == (FieldType.EMAIL, True)
    assert fields["birthday"].value == date(1988, 4, 1)
    assert fields["created"].value == datetime.fromisoformat("2026-01-05T09:30:00")
    assert (fields["score"].value, fields["score"].identifying) == (7, False)


def test_collections_tell_links_counts_and_the_default_erasure(crm: Store) -> None:
    found = {collection.name: collection for collection in crm.collections()}
    assert {name: c.erase for name, c in found.items()} == {
        "contacts": ActionKind.ANONYMISE,
        "notes": ActionKind.ANONYMISE,
        "note_files": ActionKind.DELETE,
    }
    assert found["notes"].links == {"contact_id": "contacts"}
    assert found["note_files"].links == {"contact_id,number": "notes"}
    assert found["contacts"].count == 3
    assert found["contacts"].fields["phone"] is FieldType.PHONE
    assert crm.estimate().records == 6


def test_links_and_related_follow_composite_keys(crm: Store, database: Database) -> None:
    database.sql("INSERT INTO note_files (id, contact_id, number) VALUES (5, 1, 2), (6, NULL, 2)")
    (note,) = crm.fetch([Ref("notes", "[1,2]")])
    assert [link.to for link in note.links] == [Ref("contacts", "[1]")]
    assert {r.ref for r in crm.related(Ref("contacts", "[1]"))} == {Ref("notes", "[1,1]"), Ref("notes", "[1,2]")}
    assert [r.ref for r in crm.related(note.ref)] == [Ref("note_files", "[5]")]
    assert not list(crm.related(Ref("contacts", "[99]")))


def test_links_can_be_told_where_the_database_declares_none(database: Database) -> None:
    database.sql(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, code VARCHAR(9) UNIQUE)",
        "CREATE TABLE logs (id INTEGER PRIMARY KEY, who VARCHAR(9))",
    )
    database.sql("INSERT INTO people VALUES (1, 'A7'), (2, 'B8')")
    database.sql("INSERT INTO logs VALUES (4, 'B8'), (5, NULL)")
    with database.open(links={"logs": {"who": "people.code"}}) as store:
        (log,) = store.related(Ref("people", "[2]"))
        assert log.ref == Ref("logs", "[4]")
        assert [link.to for link in log.links] == [Ref("people", "[2]")]


@pytest.mark.parametrize(
    ("kind", "value", "keys"),
    [
        ("email", "lena.novak@example.com", {("contacts", "[1]")}),
        ("email", "per%cent@example.org", {("contacts", "[3]")}),
        ("phone", "+493055501234", {("contacts", "[1]"), ("notes", "[1,2]")}),
        ("phone", "+861055507788", {("contacts", "[2]")}),
        ("name", "lena novak", {("contacts", "[1]"), ("notes", "[1,1]")}),
        ("name", "Novak Lena", {("contacts", "[1]")}),
        ("name", "张伟", {("contacts", "[2]")}),
        ("name", "jürgen groß", {("contacts", "[3]")}),
        ("customer_id", "2", {("contacts", "[2]"), ("notes", "[2,1]"), ("notes", "[1,2]")}),
    ],
)
def test_search_finds(crm: Store, kind: str, value: str, keys: set[tuple[str, str]]) -> None:
    assert hits(crm, kind, value) == keys


@pytest.mark.parametrize("kind", ["email", "phone", "name", "customer_id"])
@pytest.mark.parametrize(
    "value",
    [
        "' OR 1=1--",
        "' OR ''='",
        '" OR ""="',
        "%%",
        "_",
        "%@%",
        "\\",
        "\x00",
        "a\x00%",
        "",
        "   ",
        "'; DROP TABLE notes;--",
        "\u202e",
        "𝒶",
        "1) OR (1=1",
    ],
)
def test_an_identifier_is_a_value_and_never_a_pattern_or_sql(
    crm: Store, database: Database, kind: str, value: str
) -> None:
    before = [database.rows(name) for name in ("contacts", "notes")]
    literally = {("notes", "[2,1]")} if value == "_" and kind in ("email", "name") else set()
    assert hits(crm, kind, value) == literally
    assert [database.rows(name) for name in ("contacts", "notes")] == before


def test_a_percent_sign_finds_percent_signs_only(crm: Store) -> None:
    assert hits(crm, "name", "%") == {("contacts", "[3]"), ("notes", "[2,1]")}


def test_a_long_search_comes_in_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_store, "PAGE_ROWS", 3)
    database.sql("CREATE TABLE logs (id INTEGER PRIMARY KEY, line TEXT)")
    database.many("INSERT INTO logs VALUES (:id, :line)", [{"id": n, "line": f"x{n % 2}"} for n in range(20)])
    with database.open() as store:
        found = [record.ref.key for record in store.search([Identifier("name", "x1")])]
    assert found == [f"[{n}]" for n in range(1, 20, 2)]


KEYS: dict[str, tuple[str, str, Callable[[int], dict[str, Any]]]] = {
    "composite": ("a VARCHAR(20), b INTEGER", "a, b", lambda n: {"a": f"k'{n % 7}", "b": n}),
    "text": ("a VARCHAR(20)", "a", lambda n: {"a": f"{'Ää√%_'[n % 5]}-{n}"}),
    "uuid": ("a UUID", "a", lambda n: {"a": str(uuid5(SPACE, str(n)))}),
    "date": ("a DATE", "a", lambda n: {"a": date.fromordinal(730_000 + n).isoformat()}),
    "decimal": ("a DECIMAL(9,2)", "a", lambda n: {"a": f"{n}.50"}),
}


@pytest.mark.parametrize("shape", KEYS)
def test_paging_survives_inserts_and_deletes_and_resumes_anywhere(
    database: Database, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    monkeypatch.setattr(sql_store, "PAGE_ROWS", 4)
    columns, key, make = KEYS[shape]
    database.sql(f"CREATE TABLE things ({columns}, body TEXT, PRIMARY KEY ({key}))")
    names = [part.strip() for part in key.split(",")]
    insert = f"INSERT INTO things ({key}, body) VALUES ({', '.join(':' + name for name in names)}, 'x')"
    if database.engine == "postgres" and shape in ("uuid", "date", "decimal"):
        insert = insert.replace(":a", f"CAST(:a AS {columns.split()[1]})")
    database.many(insert, [make(n) for n in range(0, 60, 2)])
    with database.open() as store:
        stable = {record.ref for record in everything(store, "things")}
    assert len(stable) == 30
    seen: list[Ref] = []
    cursor, last, step = None, False, 0
    while not last:  # a new connection for every page, the table changing in between
        with database.open() as store:
            page = next(store.changes("things", cursor, nothing))
        seen += [record.ref for record in page.records]
        cursor, last, step = page.cursor, page.last, step + 1
        assert page.whole
        assert len(page.records) <= 4
        database.many(insert, [make(1 + 2 * step)])
        if not last:
            doomed = seen[0]
            stable.discard(doomed)
            _remove(database, names, doomed)
    assert len(seen) == len(set(seen))
    assert stable <= set(seen)
    with database.open() as store:
        assert {r.ref for r in store.fetch(seen)} == {r.ref for r in everything(store, "things")} & set(seen)


def _remove(database: Database, names: list[str], ref: Ref) -> None:
    where, values = [], {}
    for name, value in zip(names, json.loads(ref.key), strict=True):
        where.append(
            f"CAST({name} AS {'CHAR' if database.engine == 'mariadb' else 'TEXT'}(50)) = :{name}".replace(
                "TEXT(50)", "TEXT"
            )
        )
        values[name] = str(value["decimal"] if isinstance(value, dict) else value)
    database.sql(f"DELETE FROM things WHERE {' AND '.join(where)}", **values)


def test_an_updated_column_saves_reading_what_did_not_move(database: Database) -> None:
    database.sql("CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(50), changed TIMESTAMP NULL)")
    database.sql(
        "INSERT INTO people VALUES (1, 'A', '2026-01-01 00:00:00'), (2, 'B', '2026-01-01 00:00:00'), (3, 'C', NULL)"
    )
    versions: dict[Ref, str] = {}
    cursor = None

    def scan(store: Store) -> tuple[list[str], list[str]]:
        nonlocal cursor
        (page,) = store.changes("people", cursor, lambda refs: {r: versions[r] for r in refs if r in versions})
        cursor = page.cursor
        versions.update({record.ref: record.version for record in page.records})
        return sorted(r.ref.key for r in page.records), sorted(r.key for r in page.unchanged)

    with database.open(updated={"people": "changed"}) as store:
        assert scan(store) == (["[1]", "[2]", "[3]"], [])
        assert scan(store) == ([], ["[1]", "[2]", "[3]"])
        database.sql("UPDATE people SET name = 'Z', changed = '2026-02-01 00:00:00' WHERE id = 2")
        database.sql("UPDATE people SET name = 'Y' WHERE id = 3")
        database.sql("DELETE FROM people WHERE id = 1")
        assert scan(store) == (["[2]", "[3]"], [])
        assert scan(store) == ([], ["[2]", "[3]"])


def test_rows_without_a_key(database: Database) -> None:
    database.sql("CREATE TABLE loose (a VARCHAR(20), b INTEGER)")
    database.sql("INSERT INTO loose VALUES ('x', 1), ('x', 1), ('y', NULL)")
    with database.open() as store:
        records = everything(store, "loose")
        assert len(records) == (3 if database.engine == "sqlite" else 2)  # equal rows are one record without a key
        assert list(store.fetch([records[0].ref])) == [records[0]]
        assert any("no key" in note for note in store.check().notes) == (database.engine != "sqlite")


def test_a_unique_column_stands_in_for_a_missing_key(database: Database) -> None:
    database.sql("CREATE TABLE loose (a VARCHAR(20) NOT NULL, b INTEGER)", "CREATE UNIQUE INDEX loose_a ON loose (a)")
    database.sql("INSERT INTO loose VALUES ('x', 1)")
    with database.open() as store:
        assert [record.ref.key for record in everything(store, "loose")] == ['["x"]']


def test_keys_that_no_row_can_have_are_gone(crm: Store) -> None:
    for key in (
        "",
        "[]",
        "{}",
        "[1,2]",
        '["1 OR 1=1"]',
        "[null]",
        '[{"x":1}]',
        "[99999999999999999999999]",
        '["\\u0000"]',
    ):
        assert crm.presence(Ref("contacts", key)).where is Whereabouts.GONE
    assert crm.presence(Ref("nowhere", "[1]")).where is Whereabouts.GONE
    with pytest.raises(Vanished):
        list(crm.changes("nowhere", None, nothing))
    with pytest.raises(BadSettings):
        list(crm.changes("contacts", "{}}", nothing))


def test_json_is_text_and_files_are_attachments(database: Database) -> None:
    kind = {"sqlite": "JSON", "postgres": "JSONB", "mariadb": "JSON"}[database.engine]
    database.sql(f"CREATE TABLE docs (id INTEGER PRIMARY KEY, meta {kind}, filename VARCHAR(50), data BLOB)")
    data = b"Contract of Ivo Petrov\n" * 100_000
    database.sql("INSERT INTO docs VALUES (1, :meta, 'contract.txt', :data)", meta='{"to": "Ivo"}', data=data)
    with database.open() as store:
        (record,) = everything(store, "docs")
        assert [(text.path, json.loads(text.text)) for text in record.readable() if text.path == "field:meta"] == [
            ("field:meta", {"to": "Ivo"})
        ]
        assert [(f.filename, f.size) for f in record.attachments] == [("contract.txt", len(data))]
        assert b"".join(store.attachment(record.ref, "file:data")) == data
        (text,) = [text for text in record.texts if text.kind is TextKind.ATTACHMENT]
        assert (text.text[:22], text.maskable) == ("Contract of Ivo Petrov", False)
        with pytest.raises(Vanished):
            list(store.attachment(record.ref, "file:filename"))


def test_views_are_listed_and_not_read(crm: Store, database: Database) -> None:
    database.sql("CREATE VIEW names AS SELECT last_name FROM contacts")
    assert any("View names" in note for note in crm.check().notes)
    assert "names" not in [collection.name for collection in crm.collections()]


def test_tables_can_be_chosen_and_what_is_left_out_is_listed(database: Database) -> None:
    database.sql(*CRM)
    with database.open(tables="note*", exclude="*_files") as store:
        assert [collection.name for collection in store.collections()] == ["notes"]
        assert sum("left out" in note for note in store.check().notes) == 2
        assert store.collections()[0].links == {}


@pytest.mark.parametrize(
    "options",
    [
        {"rules": {"contact": {"erase": "delete"}}},
        {"rules": {"contacts": {"keep": ["emial"]}}},
        {"updated": {"contacts": "changed"}},
        {"links": {"notes": {"contact_id": "contact.id"}}},
    ],
)
def test_a_name_the_database_does_not_have_is_refused(database: Database, options: dict[str, object]) -> None:
    database.sql(*CRM)
    with database.open(**options) as store, pytest.raises(BadSettings):
        store.collections()


@pytest.mark.slow
def test_fifty_thousand_rows_need_the_memory_of_a_page(database: Database) -> None:
    database.sql("CREATE TABLE logs (id INTEGER PRIMARY KEY, line TEXT)")
    database.many("INSERT INTO logs VALUES (:id, :line)", [{"id": n, "line": f"{n} " + "x" * 300} for n in range(200)])
    for double in range(8):
        database.sql("INSERT INTO logs SELECT id + :more, line FROM logs", more=200 * 2**double)
    with database.open() as store:
        tracemalloc.start()
        try:
            count = sum(len(page.records) for page in store.changes("logs", None, nothing))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert count == 51_200
    assert peak < 8_000_000  # the rows alone are 16 MB of text


def test_heavy_rows_make_short_pages(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_store, "PAGE_BYTES", 100_000)
    database.sql("CREATE TABLE logs (id INTEGER PRIMARY KEY, line TEXT)")
    database.many("INSERT INTO logs VALUES (:id, :line)", [{"id": n, "line": "x" * 30_000} for n in range(20)])
    with database.open() as store:
        pages = list(store.changes("logs", None, nothing))
    assert max(len(page.records) for page in pages) == 4
    assert sum(len(page.records) for page in pages) == 20


def test_sqlite_lets_anything_in_and_nothing_is_lost(sqlite_database: Database) -> None:
    database = sqlite_database
    database.sql("CREATE TABLE odd (id TEXT PRIMARY KEY, born DATE, n INTEGER, data BLOB)")
    database.sql(
        "INSERT INTO odd VALUES (NULL, 'soon', 'many', 'text'), ('a', '2026-01-01', 1, x'00ff'), "
        "('b', x'fe', CAST(x'ff41' AS TEXT), NULL)"
    )
    with database.open() as store:
        records = everything(store, "odd")
        assert [record.ref.key for record in records] == ["[1]", "[2]", "[3]"]  # row numbers: a key is NULL
        assert {field.name: field.value for field in records[0].fields} == {
            "id": None,
            "born": "soon",
            "n": "many",
            "data": "text",
        }
        assert [f.path for f in records[2].attachments] == ["file:born", "file:n"]
        assert b"".join(store.attachment(records[2].ref, "file:born")) == b"\xfe"


def test_full_text_shadow_tables_are_not_read_twice(sqlite_database: Database) -> None:
    database = sqlite_database
    database.sql("CREATE VIRTUAL TABLE mails USING fts5(body)")
    database.sql("INSERT INTO mails (body) VALUES ('call Lena Novak')")
    with database.open() as store:
        assert [collection.name for collection in store.collections()] == ["mails"]
        assert hits(store, "name", "lena novak") == {("mails", "[1]")}


@pytest.mark.postgres
def test_postgres_types_arrive_as_what_they_say(postgres_database: Database) -> None:
    database = postgres_database
    database.sql(
        "CREATE TYPE mood AS ENUM ('ok', 'sad')",
        "CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%')",
        """CREATE TABLE t (id uuid PRIMARY KEY, tags text[], d date, ts timestamptz, ip inet, m mood, e mail, p point,
            j json, r int4range, i interval)""",
        """INSERT INTO t VALUES ('7d9c2a52-3f0b-4f7e-8f57-2f1f8f8f0a01', '{a,"b c"}', 'infinity', '2026-01-01 10:00+02',
            '192.0.2.7', 'ok', 'x@example.com', '(1,2)', '{"n": "\\u5f20"}', '[1,5)', '1 day')""",
        "CREATE TABLE parted (id int PRIMARY KEY, body text) PARTITION BY RANGE (id)",
        "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
        "INSERT INTO parted VALUES (1, 'x')",
    )
    with database.open() as store:
        assert {c.name: c.count for c in store.collections()} == {"parted": 1, "t": 1}
        (record,) = everything(store, "t")
        values = {field.name: field.value for field in record.fields}
        assert record.ref.key == '["7d9c2a52-3f0b-4f7e-8f57-2f1f8f8f0a01"]'
        assert (values["d"], values["ts"]) == ("infinity", datetime.fromisoformat("2026-01-01T08:00:00+00:00"))
        assert (values["ip"], values["m"], values["e"]) == ("192.0.2.7/32", "ok", "x@example.com")
        texts = {text.path: text.text for text in record.texts}
        assert texts["field:j"] == '{"n": "张"}'
        assert json.loads(texts["field:tags"]) == ["a", "b c"]
        assert store.presence(record.ref).version == record.version
        assert hits(store, "name", "b c") == {("t", record.ref.key)}


@pytest.mark.parametrize(
    ("name", "about"),
    [
        *((name, FieldType.EMAIL) for name in ("email", "E_Mail", "mailAddress", "e-mail", "kunde_mail", "客户邮箱")),
        *(
            (name, FieldType.PHONE)
            for name in ("phone", "mobile_phone", "Telefon", "handy", "tel", "手机号", "联系电话")
        ),
        *(
            (name, FieldType.NAME)
            for name in ("name", "firstName", "last_name", "Vorname", "nachname", "客户姓名", "user_name")
        ),
        *(
            (name, FieldType.OTHER)
            for name in ("street", "date_of_birth", "Geburtsdatum", "ip_address", "家庭地址", "iban")
        ),
        *(
            (name, None)
            for name in ("product_name", "company_name", "file_name", "amount", "status", "mailing", "hotel")
        ),
    ],
)
def test_what_a_column_is_about(name: str, about: FieldType | None) -> None:
    assert labels.subject(name) is about


def test_comments_help_where_names_do_not(postgres_database: Database) -> None:
    database = postgres_database
    database.sql("CREATE TABLE kh (id int PRIMARY KEY, sjh text)", "COMMENT ON COLUMN kh.sjh IS '手机号 (PII)'")
    with database.open() as store:
        (collection,) = store.collections()
        assert collection.fields["sjh"] is FieldType.PHONE
        assert collection.labels == {"sjh": "手机号 (PII)"}


def test_json_escapes_of_letters_are_read() -> None:
    assert (
        json_text('{"a": "\\u5f20\\u4f1f \\ud83d\\ude00 \\n \\\\u5f20 \\u0022"}')
        == '{"a": "张伟 😀 \\n \\\\u5f20 \\u0022"}'
    )
