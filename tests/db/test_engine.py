"""Engine, unit of work and column types."""

from __future__ import annotations

import sqlite3
import stat
import threading
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, StatementError
from sqlmodel import SQLModel, select

from cases.tables import Case, Step
from db import Unit, make_engine
from db.engine import scrub_free_space

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def tables(engine: Engine) -> Engine:
    SQLModel.metadata.create_all(engine)
    return engine


def step(name: str, at: datetime = NOON) -> Step:
    return Step(id=name, phase="intake", created_at=at, not_before=at)


def names(engine: Engine) -> list[str]:
    with Unit(engine) as unit:
        return sorted(unit.session.exec(select(Step.id)))


def test_it_works(tables: Engine) -> None:
    with Unit(tables) as unit:
        unit.session.add(step("one"))
        unit.commit()
    assert names(tables) == ["one"]


def test_a_unit_without_commit_leaves_nothing(tables: Engine) -> None:
    with Unit(tables) as unit:
        unit.session.add(step("one"))
        unit.session.flush()
    assert names(tables) == []


def test_an_error_leaves_nothing(tables: Engine) -> None:
    with pytest.raises(ZeroDivisionError), Unit(tables) as unit:  # noqa: PT012 - the error comes after the write
        unit.session.add(step("one"))
        unit.session.flush()
        raise ZeroDivisionError
    assert names(tables) == []


def test_what_follows_a_commit_needs_one_of_its_own(tables: Engine) -> None:
    with Unit(tables) as unit:
        unit.session.add(step("one"))
        unit.commit()
        unit.session.add(step("two"))
        unit.session.flush()
    assert names(tables) == ["one"]


def test_rows_stay_readable_after_the_unit(tables: Engine) -> None:
    with Unit(tables) as unit:
        unit.session.add(step("one"))
        unit.commit()
    with Unit(tables) as unit:
        row = unit.session.get_one(Step, "one")
    assert row.phase == "intake"


def test_an_instant_keeps_its_moment_whatever_its_zone(tables: Engine) -> None:
    with Unit(tables) as unit:
        unit.session.add(step("one", NOON.astimezone(timezone(timedelta(hours=8)))))
        unit.commit()
    with Unit(tables) as unit:
        found = unit.session.get_one(Step, "one").not_before
    assert found == NOON
    assert found.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(tables: Engine) -> None:
    with Unit(tables) as unit:
        unit.session.add(step("one", NOON.replace(tzinfo=None)))
        with pytest.raises(StatementError, match="needs a time zone"):
            unit.session.flush()


def test_a_date_is_no_instant(tables: Engine) -> None:
    case = Case(
        id="c", reference="R", regime="gdpr", right="access", country="DE", language="en", channel="staff",
        received_at=NOON, due=date(2026, 4, 2), due_rule="r", due_version="1", due_why="", secret=b"",
    )  # fmt: skip
    with Unit(tables) as unit:
        unit.session.add(case)
        unit.commit()
    with Unit(tables) as unit:
        assert unit.session.get_one(Case, "c").due == date(2026, 4, 2)


def test_sqlite_is_tuned_for_safety(sqlite: Engine) -> None:
    wanted = {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 30000,
        "temp_store": 2,
    }  # fmt: skip
    with sqlite.connect() as connection:
        assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted} == wanted


def test_the_file_is_for_its_owner_only(sqlite: Engine, tmp_path: Path) -> None:
    sqlite.connect().close()
    assert stat.S_IMODE((tmp_path / "redress.db").stat().st_mode) == 0o600


def test_a_transaction_takes_the_write_lock_when_it_begins(sqlite: Engine, tmp_path: Path) -> None:
    SQLModel.metadata.create_all(sqlite)
    with Unit(sqlite) as unit:
        unit.session.exec(select(Step)).all()  # only reads so far
        other = sqlite3.connect(tmp_path / "redress.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_two_that_read_and_then_write_lose_nothing(tables: Engine) -> None:
    with Unit(tables) as unit:
        unit.session.add(step("count"))
        unit.commit()

    def add() -> None:
        for _ in range(10):
            with Unit(tables) as unit:
                row = unit.session.get_one(Step, "count", with_for_update=True)
                row.attempt += 1
                unit.commit()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Unit(tables) as unit:
        assert unit.session.get_one(Step, "count").attempt == 41


def test_a_full_disk_is_an_error_and_loses_nothing(sqlite: Engine, tmp_path: Path) -> None:
    SQLModel.metadata.create_all(sqlite)
    with Unit(sqlite) as unit:
        unit.session.add(step("kept"))
        unit.commit()
    with Unit(sqlite) as unit:
        pages = unit.session.connection().exec_driver_sql("PRAGMA page_count").scalar()
        unit.session.connection().exec_driver_sql(f"PRAGMA max_page_count={pages}")
        unit.session.add_all([step(f"{number:x>1000}") for number in range(200)])
        with pytest.raises(OperationalError, match="full"):
            unit.session.flush()
    assert names(sqlite) == ["kept"]
    with sqlite3.connect(tmp_path / "redress.db") as check:
        assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()
    with Unit(sqlite) as unit:
        unit.session.connection().exec_driver_sql("PRAGMA max_page_count=1000000")
        unit.session.add(step("again"))
        unit.commit()
    assert names(sqlite) == ["again", "kept"]


def test_errors_do_not_repeat_parameters(tables: Engine) -> None:
    with tables.connect() as connection, pytest.raises(Exception, match=r"no such|exist") as error:
        connection.execute(text("SELECT * FROM missing WHERE a = :a"), {"a": "anna.muster@example.com"})
    assert "anna.muster" not in str(error.value)


def test_deleted_text_leaves_the_files(sqlite: Engine, tmp_path: Path) -> None:
    SQLModel.metadata.create_all(sqlite)
    with Unit(sqlite) as unit:
        unit.session.add(Step(id="one", phase="ZAUBERWORT-4711" * 50, created_at=NOON, not_before=NOON))
        unit.commit()
    with Unit(sqlite) as unit:
        unit.session.delete(unit.session.get_one(Step, "one"))
        unit.commit()
    scrub_free_space(sqlite)
    assert not any(b"ZAUBERWORT" in file.read_bytes() for file in tmp_path.iterdir())


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="not supported"):
        make_engine("mysql://127.0.0.1/db")
