"""An answer with everything in it: a short table, cards, long tables, mails with files, hostile content. Invented people."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.package import Controller, Facts, Item, Statement, StoreCoverage, Withheld, build
from connectors.contract import Attachment, Field, FieldType, Mask, Record, Ref, Text, TextKind, Value
from connectors.limits import DEFAULTS
from connectors.mail import attachment, parse

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = "[another person]"

FACTS = Facts(
    reference="R-2026-0042",
    regime="gdpr",
    right="access",
    language="en",
    controller=Controller(
        "Example Trading GmbH",
        "privacy@example.com",
        "Berliner Beauftragte für Datenschutz, https://datenschutz.example",
    ),
    subject="Mira Lindqvist",
    received=date(2026, 3, 2),
    answered=date(2026, 3, 30),
    checklist={
        "purposes": Statement("Customer care, orders and correspondence.", "GDPR Art. 15(1)(a)"),
        "categories": Statement("Contact data, orders, mails.", "GDPR Art. 15(1)(b)"),
        "recipients": Statement("Parcel Carrier Example AG; Hosting Example Ltd.", "GDPR Art. 15(1)(c)"),
        "storage": Statement("Six years after the last order (§ 147 AO).", "GDPR Art. 15(1)(d)"),
        "rights": Statement("You may ask for rectification, erasure or restriction, and object.", "GDPR Art. 15(1)(e)"),
        "complaint": Statement("You may complain to the supervisory authority named above.", "GDPR Art. 15(1)(f)"),
        "source": Statement("From you, and from the web shop.", "GDPR Art. 15(1)(g)"),
        "automated": Statement("There are none.", "GDPR Art. 15(1)(h)"),
        "transfers": Statement("The data does not leave the EEA.", "GDPR Art. 15(2)"),
    },
)
COVERAGE = (
    StoreCoverage("crm", "sql", "searched", "", ("contacts", "notes", "orders"), 10450, 160),
    StoreCoverage("mail", "imap", "searched", "", ("INBOX",), 2310, 3, 1, ("INBOX/7f3a",)),
    StoreCoverage("archive", "maildir", "skipped", "No account of yours exists there."),
    StoreCoverage("helpdesk", "sql", "failed", "The system did not answer; the search will be repeated."),
)
WITHHELD = (
    Withheld("crm", "notes", 2, "rights_of_others", "GDPR Art. 15(4)", "The notes are about another person only."),
)
MAIL = b"""\
Date: Mon, 9 Mar 2026 10:00:00 +0100\r
From: Mira Lindqvist <mira@example.com>\r
To: sales@example.com, Tomas Wren <tomas.wren@example.org>\r
Received: from tomas-laptop.example.org by mx.example.com; Mon, 9 Mar 2026 10:00:01 +0100\r
Subject: =?utf-8?q?Angebot_f=C3=BCr_Tomas_Wren?=\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b1"\r
\r
--b1\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Dear team,\r
\r
From tomorrow on Tomas Wren answers for me.\r
Mira Lindqvist\r
--b1\r
Content-Type: image/png; name="plan.png"\r
Content-Disposition: attachment; filename="plan.png"\r
Content-Transfer-Encoding: base64\r
\r
iVBORw0KGgo=\r
--b1\r
Content-Type: application/octet-stream; name="Tomas Wren salary.bin"\r
Content-Disposition: attachment; filename="Tomas Wren salary.bin"\r
Content-Transfer-Encoding: base64\r
\r
U0VDUkVULVNBTEFSWQ==\r
--b1--\r
"""


def row(store: str, collection: str, key: str, masks: tuple[Mask, ...] = (), **values: Value) -> Item:
    fields = tuple(Field(name, value, FieldType.OTHER) for name, value in values.items())
    return Item(store, collection, Record(Ref(collection, key), "1", fields), masks, ("email",))


def mask_all(record: Record, *words: str) -> tuple[Mask, ...]:
    """Masks for each place of the words in what can be masked, as the case would make them."""
    return tuple(
        Mask(text.path, at, at + len(word), OTHER)
        for text in record.readable()
        if text.maskable
        for word in words
        for at in range(len(text.text))
        if text.text.startswith(word, at)
    )


def mail_item(
    raw: bytes = MAIL, key: str = "1", words: Sequence[str] = ("Tomas Wren", "tomas.wren@example.org")
) -> Item:
    record = parse(raw, Ref("INBOX", key), "1", DEFAULTS)
    masks = mask_all(record, *words, "tomas-laptop.example.org")
    return Item("mail", "INBOX", record, masks, ("email",), record.attachments[:1])


def items() -> list[Item]:
    contacts = [
        row(
            "crm",
            "contacts",
            "1",
            first_name="Mira",
            last_name="Lindqvist",
            email="mira@example.com",
            phone="+49 30 23125 001",
        ),
        row("crm", "contacts", "2", first_name="Mira", last_name="Lindqvist", email="m.l@example.com", phone="=1+1"),
    ]
    note = Record(
        Ref("notes", "9"),
        "3",
        (
            Field("title", "Call with Tomas Wren and Mira"),
            Field("created", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
            Field("amount", Decimal("1234.50")),
            Field("rating", -5),
            Field("photo", b"\x89PNG\x00"),
            Field("referrer_id", 4711),
            Field("empty", None),
            Field("active", True),
        ),
        (Text("part:1", "Mira likes blue.\nTomas Wren likes red.", TextKind.BODY),),
        attachments=(Attachment("part:2", "scan.pdf", "application/pdf", 9),),
    )
    masks = (*mask_all(note, "Tomas Wren"), Mask("field:referrer_id", 0, 4, OTHER))
    notes = [Item("crm", "notes", note, masks, ("name", "customer_id"), note.attachments)]
    orders = [
        row(
            "crm",
            "orders",
            str(n),
            number=n,
            placed=date(2025, 1 + n % 12, 1 + n % 28),
            total=Decimal(n) / 4,
            item=f"Tea no. {n}",
        )
        for n in range(1, 151)
    ]
    plain = b"Date: Tue, 10 Mar 2026 08:00:00 +0000\r\nFrom: sales@example.com\r\nTo: mira@example.com\r\n\r\nThank you.\r\n"
    return [*contacts, *notes, *orders, mail_item(), mail_item(plain, "2")]


def open_attachment(item: Item, one: Attachment) -> Iterator[bytes]:
    """The real bytes for mails; a small PDF head for the others."""
    if item.record.native is None:
        yield from (b"%PDF-", b"1.7\n")
    else:
        yield attachment(item.record.native, one.path, DEFAULTS)


@dataclass(frozen=True)
class Built:
    """A finished package and what stands in it."""

    data: bytes

    @property
    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def package(things: Callable[[], Iterator[Item]] | Sequence[Item], **changes: object) -> Built:
    """Build with the sample facts, changed as told."""
    facts = replace(FACTS, **changes)  # type: ignore[arg-type]
    source = things if callable(things) else lambda: iter(things)
    return Built(b"".join(build(facts, source, COVERAGE, WITHHELD, open_attachment, KEY.sign, PUBLIC)))


@pytest.fixture(scope="session")
def built() -> Built:
    return package(items())
