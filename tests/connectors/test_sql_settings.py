"""Options, sign-in, TLS, rights, and the words of errors."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from connectors.contract import ActionKind, FieldType, Identifier
from connectors.errors import (
    BadCertificate,
    BadCredentials,
    BadSettings,
    MissingRights,
    StoreError,
    Transient,
    Unreachable,
    Vanished,
)
from connectors.registry import dump, kind, open_store, parse_options
from connectors.sql import KIND
from connectors.sql.options import SqlOptions
from tests.connectors.conformance import nothing
from tests.connectors.sql_databases import Database, database, postgres_database, sqlite_database
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.proxy import Proxy

__all__ = ["database", "postgres_database", "sqlite_database"]


def check(url: str, **options: Any) -> Any:
    with KIND.open(SqlOptions(url=url, **{"timeout": 3} | options)) as store:
        return store.check()


def at(url: str, **parts: Any) -> str:
    return sa.make_url(url).set(**parts).render_as_string(hide_password=False)


def test_it_works(database: Database) -> None:
    database.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    health = check(database.url)
    assert health.reachable
    assert set(health.held) == {"select", "update", "delete"}
    assert health.missing == ()


def test_the_kind_is_installed_under_its_name() -> None:
    assert kind("sql").name == "sql"
    options = parse_options(kind("sql"), {"url": "sqlite:///x.db", "tables": "a,b", "links": '{"a": {"b": "c.d"}}'}, {})
    assert isinstance(options, SqlOptions)
    assert (options.tables, options.links) == (("a", "b"), {"a": {"b": "c.d"}})
    with pytest.raises(BadSettings):
        KIND.open(object())


def test_options_survive_being_sealed(tmp_path: Path) -> None:
    rules = '{"t": {"erase": "delete", "keep": ["v"]}}'
    pairs = {"url": f"sqlite:///{tmp_path / 'store.db'}", "schema": "main", "rules": rules}
    database = Database("sqlite", pairs["url"])
    database.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    both = [SqlOptions.model_validate({"url": pairs["url"], name: "main"}) for name in ("schema", "schema_name")]
    assert both[0] == both[1]
    with open_store("sql", dump(parse_options(kind("sql"), pairs, {}))) as store:
        assert [collection.name for collection in store.collections()] == ["t"]
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "oracle://u:p@h/d",
        "mssql+pyodbc://u:p@h/d",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=rw",
        "postgresql://u:secret@h/d?sslmode=disable",
        "postgresql://u:secret@h/d?host=evil.example",
        "mysql://u:secret@h/d?local_infile=1",
        "mysql://u:secret@h/",
    ],
)
def test_urls_that_cannot_be_are_refused(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SqlOptions(url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mariadb"])
def test_tls_is_verified_beyond_this_machine(scheme: str) -> None:
    assert SqlOptions(url=f"{scheme}://u:p@db.example/d").verifies()
    assert not SqlOptions(url=f"{scheme}://u:p@127.0.0.1/d").verifies()
    assert not SqlOptions(url=f"{scheme}://u:p@[::1]/d").verifies()
    assert SqlOptions(url=f"{scheme}://u:p@localhost/d", ca_file=Path("ca.pem")).verifies()
    for host in ("db.example", "192.0.2.1", "127.0.0.1.example"):
        with pytest.raises(ValidationError):
            SqlOptions(url=f"{scheme}://u:p@{host}/d", sslmode="disable")


def test_rules_come_from_a_file_or_inline(tmp_path: Path) -> None:
    toml, json = tmp_path / "rules.toml", tmp_path / "rules.json"
    toml.write_text('[people]\nerase = "delete"\nkeep = ["a"]\n')
    json.write_text('{"people": {"erase": "delete", "keep": ["a"]}}')
    for rules in (str(toml), str(json), toml.read_text(), json.read_text()):
        found = SqlOptions(url="sqlite:///x.db", rules=rules).rules["people"]
        assert (found.erase, found.keep) == ("delete", ("a",))


@pytest.mark.parametrize("rules", ["{", "no/such/file", '{"t": {"erase": "burn"}}', '{"t": {"kep": []}}', "[t]\nx = "])
def test_rules_that_cannot_be_read_are_refused(rules: str) -> None:
    with pytest.raises(ValidationError):
        SqlOptions(url="sqlite:///x.db", rules=rules)


def test_rules_say_what_a_column_is_and_what_erasure_does(database: Database) -> None:
    database.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, c1 VARCHAR(30), c2 VARCHAR(30), c3 BIGINT)")
    rules = {"t": {"erase": "anonymise", "name": ["c1"], "email": ["c2"], "phone": ["c3"]}}
    with database.open(rules=rules) as store:
        (collection,) = store.collections()
    assert collection.erase is ActionKind.ANONYMISE
    assert [collection.fields[name] for name in ("c1", "c2", "c3")] == [
        FieldType.NAME,
        FieldType.EMAIL,
        FieldType.PHONE,
    ]


def test_a_wrong_password_is_said_and_not_repeated(database: Database) -> None:
    if database.engine == "sqlite":
        pytest.skip("a file has no password")
    with pytest.raises(BadCredentials) as caught:
        check(at(database.url, password="hunter2"))
    assert "hunter2" not in str(caught.value)
    with pytest.raises(BadSettings):
        check(at(database.url, database="no_such_database"))


def test_a_file_that_is_no_database_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        check(f"sqlite:///{tmp_path / 'absent.db'}")
    assert not (tmp_path / "absent.db").exists()
    (tmp_path / "text.db").write_text("no database at all " * 100)
    with pytest.raises(BadSettings):
        check(f"sqlite:///{tmp_path / 'text.db'}")


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_nobody_listening_is_unreachable(scheme: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound and not listening
        with pytest.raises(Unreachable):
            check(f"{scheme}://u:p@127.0.0.1:{probe.getsockname()[1]}/d")


def _servers(request: pytest.FixtureRequest, name: str) -> Postgres | MariaDb:
    found = request.getfixturevalue(name)
    assert isinstance(found, Postgres | MariaDb)
    return found


@pytest.mark.parametrize("name", ["postgres_server", "mariadb_server"])
def test_tls_is_spoken_and_checked(request: pytest.FixtureRequest, name: str, tmp_path: Path) -> None:
    server = _servers(request, name)
    url = server.create_database()
    assert check(url, ca_file=server.ca).reachable
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(BadCertificate):
        check(url, ca_file=server.another_ca(other))
    with pytest.raises(BadCertificate):  # not signed by anybody the system trusts
        check(url, sslmode="verify-full")
    with pytest.raises(BadSettings):
        check(url, ca_file=tmp_path / "absent.pem")


@pytest.mark.parametrize("name", ["postgres_server", "mariadb_server"])
def test_a_server_that_denies_tls_gets_no_password(request: pytest.FixtureRequest, name: str) -> None:
    server = _servers(request, name)
    url = server.create_database()

    def without_tls(piece: bytes) -> bytes:
        if name == "postgres_server":
            return b"N" if piece == b"S" else piece
        if piece[4:5] == b"\x0a":  # the greeting: clear CLIENT_SSL of the lower capabilities
            at = piece.index(b"\0", 5) + 1 + 4 + 8 + 1
            return piece[: at + 1] + bytes([piece[at + 1] & ~0x08]) + piece[at + 2 :]
        return piece

    with Proxy(server.port, without_tls) as proxy:
        with pytest.raises(BadCertificate):
            check(at(url, port=proxy.port), ca_file=server.ca)
        assert server.user.encode() not in proxy.heard


def test_rights_lacking_and_beyond_need_in_postgres(postgres_server: Postgres, postgres_database: Database) -> None:
    postgres_database.sql(
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader LOGIN PASSWORD 'r'",
        "CREATE TABLE a (id int PRIMARY KEY, v text)",
        "CREATE TABLE b (id int PRIMARY KEY)",
        "GRANT SELECT, UPDATE, DELETE ON a TO reader",
        "GRANT SELECT ON b TO reader",
        "INSERT INTO a VALUES (1, 'Lena')",
    )
    database = str(sa.make_url(postgres_database.url).database)
    health = check(postgres_server.url_of(database, "reader", "r"))
    assert (health.held, health.missing) == (("select",), ("update on b", "delete on b"))
    assert health.needless == ()
    assert "superuser" in check(postgres_database.url).needless
    postgres_database.sql("REVOKE SELECT ON a FROM reader")
    with (
        KIND.open(SqlOptions(url=postgres_server.url_of(database, "reader", "r"))) as store,
        pytest.raises(MissingRights),
    ):
        list(store.changes("a", None, nothing))
    postgres_database.sql("DROP OWNED BY reader", "DROP ROLE reader")


def test_row_security_is_an_error_and_no_gap(postgres_server: Postgres, postgres_database: Database) -> None:
    postgres_database.sql(
        "CREATE ROLE guarded LOGIN PASSWORD 'r'",
        "CREATE TABLE a (id int PRIMARY KEY)",
        "GRANT ALL ON a TO guarded",
        "ALTER TABLE a ENABLE ROW LEVEL SECURITY",
    )
    database = str(sa.make_url(postgres_database.url).database)
    with KIND.open(SqlOptions(url=postgres_server.url_of(database, "guarded", "r"))) as store:
        assert any("row security" in note for note in store.check().notes)
        with pytest.raises(MissingRights):
            list(store.changes("a", None, nothing))
    postgres_database.sql("DROP OWNED BY guarded", "DROP ROLE guarded")


@pytest.mark.mariadb
def test_rights_lacking_and_beyond_need_in_mariadb(mariadb_server: MariaDb) -> None:
    database = Database("mariadb", mariadb_server.create_database())
    name = str(sa.make_url(database.url).database)
    database.sql(
        "CREATE OR REPLACE USER reader IDENTIFIED BY 'r'",
        "CREATE TABLE a (id int PRIMARY KEY)",
        "CREATE TABLE b (id int PRIMARY KEY) ENGINE=MyISAM",
        f"GRANT SELECT, UPDATE, DELETE ON `{name}`.a TO reader",
        f"GRANT SELECT, DROP, UPDATE (id) ON `{name}`.b TO reader",
    )
    health = check(mariadb_server.url_of(name, "reader", "r"))
    assert (health.held, health.missing) == (("select",), ("update on b", "delete on b"))
    assert health.needless == ("drop",)
    assert any("InnoDB" in note for note in health.notes)
    database.sql(f"GRANT ALL ON `{name.replace('_', chr(92) + '_')}`.* TO reader")
    assert check(mariadb_server.url_of(name, "reader", "r")).missing == ()
    assert "all privileges" in check(database.url).needless
    database.sql("DROP USER reader")
    database.close()


def test_a_read_only_file_lacks_rights(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_database.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anything
    assert check(sqlite_database.url).missing == ("update", "delete")


def test_a_slow_statement_is_stopped(database: Database) -> None:
    database.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)")
    database.many("INSERT INTO t VALUES (:id, :body)", [{"id": n, "body": "x" * 10_000} for n in range(200)])
    for double in range(5):
        database.sql("INSERT INTO t SELECT id + :more, body FROM t", more=200 * 2**double)
    with database.open(timeout=0.01) as store, pytest.raises(Transient):
        list(store.search([Identifier("phone", "+49305550123"), Identifier("email", "nobody@example.com")]))


def test_a_table_that_disappears_is_said_to(database: Database) -> None:
    database.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    with database.open() as store:
        store.collections()
        database.sql("DROP TABLE t")
        with pytest.raises(Vanished):
            list(store.changes("t", None, nothing))


def test_nothing_of_a_person_is_logged_or_said(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    database.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(50))", "INSERT INTO t VALUES (1, 'Lena Novak')")
    calls: list[Callable[[Any], object]] = [
        lambda store: list(store.changes("t", '{"after": "Lena Novak"}', nothing)),
        lambda store: list(store.changes("t", "Lena Novak", nothing)),
        lambda store: list(store.changes("Lena Novak", None, nothing)),
    ]
    with database.open() as store:
        assert list(store.search([Identifier("name", "Lena Novak")]))
        for call in calls:
            with pytest.raises(StoreError) as caught:
                call(store)
            assert "Lena" not in f"{caught.value} {caught.value.__dict__}"
    assert "Lena" not in caplog.text
