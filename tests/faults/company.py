"""A company small enough to be killed a thousand times: a CRM of four tables, a Maildir of seven messages, two people who ask.

Every personal field of the two carries a marker that stands nowhere else, so that one search of all files tells where
their data went.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

from discovery.identifiers import Kind

SCHEMA = """
CREATE TABLE contacts (
    id INTEGER PRIMARY KEY,
    first_name TEXT,
    last_name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    updated_at TEXT NOT NULL
);
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    body TEXT NOT NULL
);
CREATE TABLE deals (
    id INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contacts (id),
    title TEXT NOT NULL,
    amount NUMERIC NOT NULL
);
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    number TEXT,
    summary TEXT
);
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks. All values are invented; the numbers are reserved for drama."""

    first: str
    last: str
    email: str
    phone: str  # E.164
    written: str  # the number as people write it
    note: str
    subject: str
    attached: str

    @property
    def given(self) -> tuple[tuple[Kind, str], ...]:
        """What the person gives when asking."""
        return (
            (Kind.EMAIL, self.email),
            (Kind.PHONE, self.phone),
            (Kind.NAME, f"{self.first} {self.last}"),
        )

    @property
    def markers(self) -> tuple[str, ...]:
        """What must not lie about in plain text, wherever it is looked for."""
        return (*self.names, self.note, self.subject, self.attached)

    @property
    def names(self) -> tuple[str, ...]:
        """What they are known by, and what an erasure takes out of every text."""
        return (self.last, self.email, self.phone[3:], self.written)


LEAVER = Person(
    "Quirina",
    "Zwetschkenbaum",
    "quirina.zwetschkenbaum@leaver.example",
    "+493023125042",
    "030 23125-042",
    "prefers-tulips-markernote",
    "Markersubject Hortensien",
    "markerattached quarterly",
)
ASKER = Person(
    "Benno",
    "Apfelstrudler",
    "benno.apfelstrudler@asker.example",
    "+493023125077",
    "030 23125-077",
    "prefers-roses-askernote",
    "Askersubject Rosenstock",
    "askerattached yearly",
)
OTHER = "Ottilie Nachbarin <ottilie@neighbour.example>"


@dataclass(frozen=True, slots=True)
class Company:
    """Where it lies."""

    crm: Path
    mail: Path

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of the CRM."""
        with closing(sqlite3.connect(f"file:{self.crm}?mode=ro", uri=True)) as db:
            return {
                table: db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
                for table in ("contacts", "notes", "deals", "calls")
            }

    def mails(self) -> dict[str, list[bytes]]:
        """Every message by Message-ID; what is being written (`tmp`) counts too, for nothing may lie there in the end."""
        found: dict[str, list[bytes]] = {}
        for path in sorted(self.mail.rglob("*")):
            if path.is_file() and path.parent.name in {"cur", "new", "tmp"}:
                raw = path.read_bytes()
                found.setdefault(str(message_from_bytes(raw)["Message-ID"]), []).append(raw)
        return found


def build(folder: Path) -> Company:
    """Write the company."""
    folder.mkdir(parents=True)
    company = Company(folder / "crm.db", folder / "mail")
    with closing(sqlite3.connect(company.crm)) as db:
        db.executescript(SCHEMA)
        db.execute(
            "INSERT INTO contacts VALUES (1, 'Ottilie', 'Nachbarin', 'ottilie@neighbour.example', NULL, '2026-01-01')"
        )
        db.execute("INSERT INTO notes VALUES (1, 1, 'Wants a quote for gravel.')")
        for number, person in ((2, LEAVER), (3, ASKER)):
            db.execute(
                "INSERT INTO contacts VALUES (?, ?, ?, ?, ?, '2026-01-02')",
                (number, person.first, person.last, person.email, person.phone),
            )
            db.execute("INSERT INTO notes VALUES (?, ?, ?)", (number, number, f"Called, {person.note}."))
            db.execute("INSERT INTO deals VALUES (?, ?, 'Lawn mower', 300)", (number, number))
            db.execute(
                "INSERT INTO calls VALUES (?, ?, ?)", (number, person.written, f"{person.first} {person.last} asked.")
            )
        db.commit()
    for inner in ("cur", "new", "tmp"):
        (company.mail / inner).mkdir(parents=True)
    for number, message in enumerate(_messages()):
        (company.mail / "cur" / f"17000000{number:02}.M{number}P1.host:2,S").write_bytes(message)
    return company


def _messages() -> list[bytes]:
    made = [_mail("other", OTHER, "office@company.example", "Gravel", "Please send the price list.")]
    for name, person in (("leaver", LEAVER), ("asker", ASKER)):
        whole = f"{person.first} {person.last}"
        made += [
            _mail(
                f"{name}-wrote", f"{whole} <{person.email}>", "office@company.example", person.subject, "Hello there."
            ),
            _mail(
                f"{name}-mention",
                OTHER,
                "office@company.example, sales@company.example",
                "A recommendation",
                f"You should talk to {whole}, {person.email} or {person.written}.\n\nBest wishes, Ottilie",
            ),
            _mail(
                f"{name}-attached",
                OTHER,
                "office@company.example, sales@company.example",
                "The list",
                "See the list.",
                f"{person.attached}: {person.email}\n",
            ),
        ]
    return made


def _mail(name: str, sender: str, to: str, subject: str, text: str, attached: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 05 Jan 2026 10:00:00 +0100"
    message["Message-ID"] = f"<{name}@company.example>"
    message.set_content(text)
    if attached:
        message.add_attachment(attached, filename="list.txt")
        message.set_boundary(f"=-boundary-{name}")
    return message.as_bytes()


def message_id(raw: bytes) -> str:
    """The Message-ID of a mail."""
    return str(message_from_bytes(raw)["Message-ID"])
