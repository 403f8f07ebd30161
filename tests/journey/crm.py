"""A PostgreSQL CRM in two schemas: two thousand strangers, and people planted wherever a database can hold one."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import unicodedata
import uuid
from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.journey import files, writing
from tests.journey.mails import line_of
from tests.journey.people import PEOPLE, STRANGERS, Person

SCHEMA = """
CREATE TABLE companies (id serial PRIMARY KEY, name text NOT NULL, website text);
CREATE TABLE contacts (
    id uuid PRIMARY KEY, company_id int REFERENCES companies, first_name text, last_name text, email text,
    phone varchar(40), other_emails text[], birthday date, profile jsonb, remark text, updated_at timestamptz DEFAULT now()
);
CREATE TABLE deals (
    id serial PRIMARY KEY, contact_id uuid NOT NULL REFERENCES contacts, title text, amount numeric(12,2),
    stage text NOT NULL CHECK (stage IN ('open', 'won', 'lost'))
);
CREATE TABLE notes (
    contact_id uuid REFERENCES contacts, number int, body text NOT NULL, PRIMARY KEY (contact_id, number)
);
CREATE TABLE tickets (
    id bigint PRIMARY KEY, subject text, body text, requester_email text, tags text[], payload jsonb, raw json
);
CREATE TABLE calls (id serial PRIMARY KEY, number text, transcript text);
CREATE TABLE documents (id serial PRIMARY KEY, filename text, content_type text, data bytea, about text);
CREATE TABLE weblog (seen_at timestamptz, line text);
CREATE TABLE subscribers (email text PRIMARY KEY, since date);
CREATE TABLE blocklist (entry text PRIMARY KEY, reason text);
CREATE TYPE contact_point AS (kind text, value text);
CREATE DOMAIN mail_address AS text CHECK (VALUE LIKE '%@%' OR VALUE = '');
CREATE TABLE odds (
    id serial PRIMARY KEY, phone_number bigint, padded char(60), doc xml, point contact_point, grid text[][], reply mail_address,
    packed bytea, loose bytea, lower_mail text GENERATED ALWAYS AS (lower(padded)) STORED, maps jsonb[]
);
CREATE SCHEMA support;
CREATE TABLE support.messages (id serial PRIMARY KEY, author text, text text, meta jsonb);
CREATE TABLE support.attachments (message_id int REFERENCES support.messages, part int, data bytea, PRIMARY KEY (message_id, part));
"""
TABLES = (
    "companies",
    "contacts",
    "deals",
    "notes",
    "tickets",
    "calls",
    "documents",
    "weblog",
    "subscribers",
    "blocklist",
    "odds",
)
KEYS = {
    "weblog": ("line",), "subscribers": ("email",), "blocklist": ("entry",), "notes": ("contact_id", "number"),
    "attachments": ("message_id", "part"),
}  # fmt: skip
FILES = {"documents": "data", "attachments": "data", "odds": "coalesce(packed, loose)"}
SUPPORT = ("messages", "attachments")
ROWS = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """A planted row: `key` is the primary key as text values. `decisive` as for mails; rows without a key cannot be changed."""

    person: Person
    label: str
    schema: str
    table: str
    key: tuple[str, ...]
    decisive: bool = True


class Crm:
    """The database at `dsn`, filled."""

    def __init__(self, dsn: str, others: int = ROWS) -> None:
        self.dsn = dsn
        self.planted: list[Row] = []
        with psycopg.connect(dsn) as self._db:
            self._db.execute(SCHEMA)
            self._strangers(others)
            for number, person in enumerate((*PEOPLE, *STRANGERS)):
                self._person(person, 1000 * (number + 1))

    def _strangers(self, count: int) -> None:
        pick = random.Random(7)
        given = "Ada Bela Cora Dora Edda Fina Gero Hein Ivo Jost Kuno Lutz Mira Nils Olga Peer".split()
        family = "Abendrot Birkmann Chorleiter Dachsbau Eichgraben Falkner Gansert Haberkorn".split()
        run = self._db.execute
        run(
            "INSERT INTO companies (name, website)"
            " SELECT 'Firma ' || n, 'https://firma' || n || '.example' FROM generate_series(1, 50) n"
        )
        with self._db.cursor() as cursor:
            for number in range(count):
                first, last = pick.choice(given), f"{pick.choice(family)}{number}"
                identity = uuid.UUID(int=number + 1)
                mail = f"{first}.{last}@kunden{number % 40}.example".lower()
                cursor.execute(
                    "INSERT INTO contacts VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    (identity, number % 50 + 1, first, last, mail, f"+4479460{number:05}", [mail], "1980-01-01",
                     json.dumps({"mail": mail, "likes": ["tea"]}), f"Met {first} {last} at the fair."),
                )  # fmt: skip
                if number % 4 == 0:
                    cursor.execute("INSERT INTO notes VALUES (%s, 1, %s)", (identity, f"{first} wants a quote."))
                    cursor.execute(
                        "INSERT INTO deals (contact_id, title, amount, stage) VALUES (%s, 'Deal', 10, 'open')",
                        (identity,),
                    )

    def _person(self, person: Person, base: int) -> None:
        self._own(person, base)
        self._elsewhere(person, base)
        self._documents(person)
        self._odds(person)
        self._support(person)

    def _add(
        self,
        person: Person,
        label: str,
        table: str,
        values: dict[str, object],
        *,
        decisive: bool = True,
        schema: str = "public",
    ) -> str:
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
        keys = KEYS.get(table, ("id",))
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
            sql.Identifier(schema, table), names, marks, sql.SQL(", ").join(map(sql.Identifier, keys))
        )
        found = self._db.execute(query, list(values.values())).fetchone()
        assert found is not None
        key = tuple(str(one) for one in found)
        self.planted.append(Row(person, f"sql/{label}", schema, table, key, decisive))
        return key[0]

    def _own(self, person: Person, base: int) -> None:
        """Rows that are the person's."""
        identity = uuid.UUID(int=10**6 + base)
        own = {
            "id": identity, "company_id": 1, "first_name": person.given, "last_name": person.family, "email": person.email.upper(),
            "phone": person.phone, "other_emails": [person.email] if person.email else [], "birthday": "1975-05-05",
            "profile": json.dumps({"mail": person.email, "friends": 3}), "remark": f"Likes tulips, {person.name}.",
        }  # fmt: skip
        self._add(person, "own-contact", "contacts", own)
        self._add(
            person, "own-note", "notes", {"contact_id": identity, "number": 1, "body": "Prefers to be called at noon."}
        )
        self._add(
            person, "own-deal", "deals", {"contact_id": identity, "title": "Lawn mower", "amount": 300, "stage": "won"}
        )

    def _elsewhere(self, person: Person, base: int) -> None:
        """The person in the rows of others, and in rows that are nobody's."""
        other = self._db.execute(
            "SELECT id, remark FROM contacts WHERE id = %s", (uuid.UUID(int=base // 100),)
        ).fetchone()
        assert other is not None
        what = person.email or person.phone
        self._add(
            person,
            "note-of-another",
            "notes",
            {"contact_id": other[0], "number": 2, "body": f"His partner is {person.name} ({what})."},
        )
        nested = {"emergency": {"who": person.name, "how": [what, {"tel": person.phone}]}, "other": "stays"}
        ticket = base * 10
        spellings = [*writing.emails(person), *writing.phones(person)]
        for number, (label, text) in enumerate(spellings):
            body = unicodedata.normalize("NFC", text) if number % 2 else text
            values: dict[str, object] = {"id": ticket + number, "subject": "Question", "body": f"Please note: {body}"}
            self._add(person, f"ticket-text/{number}-{label}", "tickets", values)
        for number, (label, text) in enumerate(writing.phones(person)):
            self._add(person, f"call/{number}-{label}", "calls", {"number": text, "transcript": "Asked for the price."})
        ticket += 100
        self._add(person, "ticket-requester", "tickets", {"id": ticket, "subject": "Broken", "requester_email": what})
        self._add(
            person, "ticket-jsonb", "tickets", {"id": ticket + 1, "subject": "Form", "payload": json.dumps(nested)}
        )
        self._add(
            person, "ticket-json-escapes", "tickets", {"id": ticket + 2, "subject": "Form", "raw": json.dumps(nested)}
        )
        self._add(
            person,
            "ticket-array",
            "tickets",
            {"id": ticket + 3, "subject": "Tags", "tags": ["vip", what, 'with "quotes", and commas']},
        )
        self._add(
            person,
            "ticket-key",
            "tickets",
            {"id": ticket + 4, "subject": "Form", "payload": json.dumps({what: {"opened": True}})},
        )
        self._add(person, "weblog", "weblog", {"seen_at": "2026-01-01", "line": f"GET /unsubscribe?u={what} 200"})
        if person.family:
            self._add(
                person,
                "call-name",
                "calls",
                {"transcript": f"Spoke to {person.name} about the weather."},
                decisive=False,
            )

    def _documents(self, person: Person) -> None:
        text = line_of(person)
        for ending, (media_type, write) in files.KINDS.items():
            values: dict[str, object] = {
                "filename": f"scan.{ending}",
                "content_type": media_type,
                "data": write(text),
                "about": "Upload",
            }
            self._add(person, f"document-{ending}", "documents", values)

    def _odds(self, person: Person) -> None:
        """Columns of rare types, keys that are somebody, values that are computed."""
        what = person.email or person.phone
        self._add(person, "key-of-a-list", "blocklist", {"entry": what, "reason": "asked to be left alone"})
        odds: dict[str, object] = {
            "padded": what, "doc": f'<a who="{what}"/>', "point": f'(mail,"{what}")', "grid": [["a", what], ["b", "c"]],
            "packed": gzip.compress(line_of(person).encode()), "loose": json.dumps({"who": person.name, "at": what}).encode(),
            "maps": [json.dumps({"at": what})],
        }  # fmt: skip
        if person.email:
            self._add(person, "own-key", "subscribers", {"email": person.email, "since": "2020-01-01"})
            odds["reply"] = person.email
        if person.phone:
            odds["phone_number"] = int(person.phone[1:])
        for column, value in odds.items():
            self._add(person, f"odd-{column}", "odds", {column: value})

    def _support(self, person: Person) -> None:
        what = person.email or person.phone
        first = self._add(
            person, "support-message", "messages", {"author": what, "text": "It does not work."}, schema="support"
        )
        values: dict[str, object] = {"message_id": int(first), "part": 1, "data": files.word(line_of(person))}
        self._add(person, "support-attachment", "attachments", values, schema="support")
        self._add(
            person,
            "support-mention",
            "messages",
            {"author": "robot", "text": f"> > {line_of(person)}"},
            schema="support",
        )

    def rows(self) -> dict[tuple[str, str, str], str]:
        """SHA-256 of every row by (schema, table, the row's key), bytes included."""
        return {place: hashlib.sha256(text.encode()).hexdigest() for place, text, _ in self._read()}

    def texts(self) -> dict[tuple[str, str, str], list[tuple[str, bytes]]]:
        """(text, bytes of its files) by the same places."""
        found: dict[tuple[str, str, str], list[tuple[str, bytes]]] = {}
        for place, text, data in self._read():
            found.setdefault(place, []).append((text, data))
        return found

    def _read(self) -> list[tuple[tuple[str, str, str], str, bytes]]:
        found = []
        with psycopg.connect(self.dsn) as db:
            for schema, tables in (("public", TABLES), ("support", SUPPORT)):
                for table in tables:
                    key = f"concat_ws('|', {', '.join(KEYS.get(table, ('id',)))})"
                    data = FILES.get(table, "''::bytea")
                    query = sql.SQL(f"SELECT ({key})::text, to_jsonb(t)::text, {data} FROM {{}} t").format(
                        sql.Identifier(schema, table)
                    )
                    found += [((schema, table, row[0]), row[1], bytes(row[2] or b"")) for row in db.execute(query)]
        return found


def place(row: Row) -> tuple[str, str, str]:
    """Where `Crm.rows` has a planted row."""
    return row.schema, row.table, "|".join(row.key)
