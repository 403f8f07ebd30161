from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import phonenumbers
import pytest

from cli.demo.company import build
from cli.demo.truth import Company
from tests.demo import reading

RESERVED = re.compile(r"@(?:[\w-]+\.)*(?:example\.(?:com|net|org)|[\w-]+\.(?:example|test))$")


def column(company: Company, query: str) -> list[object]:
    with closing(sqlite3.connect(company.crm)) as db:
        return [row[0] for row in db.execute(query)]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_it_works(full_company: Company) -> None:
    assert full_company.counts["contacts"] == 2000
    assert full_company.counts["messages"] == 5000
    for table, rows in full_company.counts.items():
        if table != "messages":
            assert column(full_company, f"SELECT count(*) FROM {table}") == [rows]
    assert len(reading.mails(full_company.mail)) == 5000


def test_same_seed_gives_the_same_bytes(company: Company, tmp_path: Path) -> None:
    again = build(tmp_path / "again", people=120, messages=200)
    assert contents(again.folder) == contents(company.folder)
    assert (again.asker, again.leaver) == (company.asker, company.leaver)


def test_another_seed_gives_another_company(company: Company, tmp_path: Path) -> None:
    other = build(tmp_path / "other", people=120, messages=200, seed=8)
    assert contents(other.folder) != contents(company.folder)


@pytest.mark.parametrize(("people", "messages"), [(59, 200), (120, 99)])
def test_too_small_for_the_story(tmp_path: Path, people: int, messages: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        build(tmp_path / "tiny", people=people, messages=messages)
    assert not (tmp_path / "tiny").exists()


def test_does_not_write_over_a_sample(company: Company) -> None:
    with pytest.raises(FileExistsError, match="already"):
        build(company.folder, people=120, messages=200)


@pytest.mark.parametrize(("people", "messages"), [(60, 100), (121, 203)])
def test_sizes_are_met_exactly(tmp_path: Path, people: int, messages: int) -> None:
    made = build(tmp_path / "made", people=people, messages=messages)
    assert (made.counts["contacts"], made.counts["messages"]) == (people, messages)
    assert len(reading.mails(made.mail)) == messages


def test_foreign_keys_and_constraints_hold(full_company: Company) -> None:
    with closing(sqlite3.connect(full_company.crm)) as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_languages_are_mixed(full_company: Company) -> None:
    languages = Counter(column(full_company, "SELECT language FROM contacts"))
    for language, share in {"en": 0.40, "de": 0.35, "zh": 0.25}.items():
        assert abs(languages[language] / 2000 - share) < 0.04


def test_homonyms_and_gaps(company: Company) -> None:
    for first, last in (("Anna", "Schmidt"), ("John", "Smith"), ("伟", "张")):
        query = f"SELECT count(DISTINCT email) FROM contacts WHERE first_name = '{first}' AND last_name = '{last}'"
        (number,) = column(company, query)
        assert isinstance(number, int)
        assert number >= 2
    assert column(company, "SELECT count(*) FROM contacts WHERE email IS NULL OR mobile IS NULL") != [0]


@pytest.mark.parametrize("kind", ["info@%", "family.%"])
def test_mailboxes_are_shared(full_company: Company, kind: str) -> None:
    query = f"SELECT email FROM contacts WHERE email LIKE '{kind}' GROUP BY email HAVING count(*) > 1"
    assert column(full_company, query)


def test_every_address_is_reserved(full_company: Company) -> None:
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+\w", "\n".join(_all_text(full_company)), re.ASCII))
    assert len(addresses) > 1000
    assert [address for address in addresses if not RESERVED.search(address)] == []


def _all_text(company: Company) -> list[str]:
    texts = []
    for table in company.counts.keys() - {"messages"}:
        with closing(sqlite3.connect(company.crm)) as db:
            texts += ["\n".join(map(str, row)) for row in db.execute(f"SELECT * FROM {table}")]
    return texts + [mail.text for mail in reading.mails(company.mail)]


def test_every_number_parses(full_company: Company) -> None:
    with closing(sqlite3.connect(full_company.crm)) as db:
        rows = db.execute("SELECT phone, mobile, country FROM contacts").fetchall()
    numbers = [(number, country) for *both, country in rows for number in both if number]
    assert len(numbers) > 2000
    for number, country in numbers:
        assert phonenumbers.is_possible_number(phonenumbers.parse(number, country)), number
    assert any(re.fullmatch(r"[０-９＋　]+", number) for number, _ in numbers)


def test_only_the_story_shares_a_mobile(full_company: Company) -> None:
    rows = column(full_company, "SELECT mobile FROM contacts WHERE mobile IS NOT NULL")
    seen = Counter(reading.digits(str(number))[-10:] for number in rows)
    twice = {number for number, times in seen.items() if times > 1}
    mine = {who.identifiers.phones[0][-10:] for who in (full_company.asker, full_company.leaver)}
    assert twice == mine
