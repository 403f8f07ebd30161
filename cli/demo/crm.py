"""The sample CRM: an SQLite file with the constraints a real one has, filled in the order of the contacts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from cli.demo import names, phrases
from cli.demo.people import AS_OF, STAFF, Person
from cli.demo.phones import Phone
from cli.demo.traffic import called, spoken_day

SCHEMA = """
CREATE TABLE companies (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    domain TEXT UNIQUE,
    city TEXT,
    country TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    customer_no TEXT NOT NULL UNIQUE,
    company_id INTEGER REFERENCES companies (id),
    first_name TEXT,
    last_name TEXT NOT NULL,
    latin_name TEXT,
    email TEXT,
    phone TEXT,
    mobile TEXT,
    birthday TEXT,
    street TEXT,
    postcode TEXT,
    city TEXT,
    country TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'de', 'zh')),
    wechat TEXT UNIQUE,
    newsletter INTEGER NOT NULL DEFAULT 0,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX contacts_email ON contacts (email);
CREATE TABLE deals (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    company_id INTEGER REFERENCES companies (id),
    title TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('open', 'won', 'lost')),
    amount NUMERIC NOT NULL,
    currency TEXT NOT NULL,
    closed_on TEXT,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER REFERENCES contacts (id),
    deal_id INTEGER REFERENCES deals (id),
    author TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE tickets (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    contact_id INTEGER REFERENCES contacts (id),
    requester_email TEXT,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'waiting', 'closed')),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER REFERENCES contacts (id),
    number TEXT,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    duration_s INTEGER NOT NULL,
    summary TEXT,
    owner TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX deals_contact ON deals (contact_id);
CREATE INDEX notes_contact ON notes (contact_id);
CREATE INDEX tickets_contact ON tickets (contact_id);
CREATE INDEX calls_contact ON calls (contact_id);
"""
_MIDNIGHT = datetime.fromisoformat(AS_OF.isoformat())  # the CRM writes local time without a zone, as many do
TABLES = ("companies", "contacts", "deals", "notes", "tickets", "calls")


@dataclass(frozen=True, slots=True)
class Row:
    """A row to be written when its contact's turn comes; `linked` says whether `contact_id` points to the contact."""

    table: str
    values: Mapping[str, object]
    linked: bool = True


class Crm:
    """Writes the tables. Primary keys count up from 1 per table."""

    def __init__(self, path: Path, throw: Random) -> None:
        self._throw = throw
        self._db = sqlite3.connect(path)
        self._db.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; {SCHEMA}"
        )
        self._next = {table: count(1) for table in TABLES}
        self.counts = dict.fromkeys(TABLES, 0)
        for name, domain, language in names.FIRMS:
            city, _, country = {"en": names.EN_CITIES, "de": names.DE_CITIES, "zh": names.ZH_CITIES}[language][0]
            self._insert("companies", {"name": name, "domain": domain, "city": city, "country": country})

    def contact(self, person: Person) -> None:
        """The contact row; its primary key is `person.id`."""
        self._insert(
            "contacts",
            {
                "customer_no": person.customer_no,
                "company_id": None if person.firm is None else person.firm + 1,
                "first_name": person.given or None,
                "last_name": person.family,
                "latin_name": person.latin if person.language == "zh" and self._throw.random() < 0.6 else None,
                "email": person.email,
                "phone": _written(person.phone, person.style),
                "mobile": _written(person.mobile, person.style),
                "birthday": person.birthday.isoformat() if person.birthday else None,
                "street": person.street,
                "postcode": person.postcode,
                "city": person.city,
                "country": person.country,
                "language": person.language,
                "wechat": person.wechat,
                "newsletter": int(self._throw.random() < 0.4),
                "owner": STAFF[person.owner].email,
            },
        )

    def row(self, person: Person, row: Row) -> int:
        """Write one row of a contact; gives its primary key."""
        return self._insert(row.table, {"contact_id": person.id if row.linked else None, **row.values})

    def _insert(self, table: str, values: dict[str, object]) -> int:
        closed = values.get("closed_on")
        until = datetime.fromisoformat(closed) if isinstance(closed, str) else _MIDNIGHT
        oldest = 3_000_000 if table in {"companies", "contacts"} else 1_500_000  # minutes; a customer is there first
        created = until - timedelta(minutes=self._throw.randrange(oldest - 1_400_000, oldest))
        touched = created + (until - created) * self._throw.random()
        key = next(self._next[table])
        full = {"id": key, **values}
        full.setdefault("created_at", created.isoformat(" ", "seconds"))
        full.setdefault("updated_at", touched.isoformat(" ", "seconds"))
        marks = ", ".join("?" * len(full))
        self._db.execute(f"INSERT INTO {table} ({', '.join(full)}) VALUES ({marks})", tuple(full.values()))
        self.counts[table] += 1
        return key

    def close(self) -> None:
        """Commit; the file is complete only after this."""
        self._db.commit()
        self._db.close()


def _written(phone: Phone | None, style: int) -> str | None:
    return phone.written(style) if phone else None


def everyday_rows(person: Person, crowd: Sequence[Person], throw: Random) -> Iterator[Row]:
    """What piles up about a customer in a few years; some of it names other people of `crowd`."""
    owner, language = STAFF[person.owner].email, person.language
    other = throw.choice(crowd)
    number = other.mobile or other.phone
    day = AS_OF - timedelta(days=throw.randrange(30, 1100))
    slots = {
        "order": f"N-{throw.randrange(10000, 99999)}",
        "item": throw.choice(phrases.ITEMS[language]),
        "day": spoken_day(day, language),
        "other": called(other, language),
        "other_email": other.email or "-",
        "other_phone": number.written(throw.randrange(72)) if number else "-",
    }

    def said(choices: Mapping[str, Sequence[str]]) -> str:
        return throw.choice(choices[language]).format(**slots)

    if throw.random() < 0.55:
        stage = throw.choice(("open", "won", "won", "lost"))
        yield Row(
            "deals",
            deal(said(phrases.SUBJECTS), stage, throw.randrange(90, 9000), None if stage == "open" else day, person),
        )
    for _ in range(throw.choice((0, 1, 1, 2))):
        yield Row("notes", {"author": owner, "body": said(phrases.NOTES)})
    if throw.random() < 0.4:
        body = f"{said(phrases.SENTENCES)} {said(phrases.MENTIONS) if throw.random() < 0.2 else ''}".strip()
        values = {"requester_email": person.email, "subject": said(phrases.SUBJECTS), "body": body, "status": "closed"}
        yield Row("tickets", {"number": f"T-{person.id:07}", **values}, linked=throw.random() < 0.85)
    if throw.random() < 0.5:
        dialled = _written(person.mobile or person.phone, throw.randrange(72))
        summary = said(phrases.CALLS) if throw.random() < 0.9 else None
        yield Row("calls", {"number": dialled, **call("in", throw.randrange(10, 1800), summary, owner)})


def deal(title: str, stage: str, amount: int, closed: date | None, person: Person) -> dict[str, object]:
    """The values of a deal of `person`; `closed` is the day it was won or lost."""
    return {
        "company_id": None if person.firm is None else person.firm + 1,
        "title": title,
        "stage": stage,
        "amount": amount,
        "currency": {"DE": "EUR", "GB": "GBP", "US": "USD"}.get(person.country, "CNY"),
        "closed_on": closed.isoformat() if closed else None,
        "owner": STAFF[person.owner].email,
    }


def call(direction: str, seconds: int, summary: str | None, owner: str | None) -> dict[str, object]:
    """The values of a call, less its number."""
    return {"direction": direction, "duration_s": seconds, "summary": summary, "owner": owner}
