"""The company: a Dovecot mailbox full of other people's mail, a PostgreSQL CRM, and Redress beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from imapclient.exceptions import IMAPClientError

from discovery import stores
from office import Office
from tests.journey import corpus, mails
from tests.journey.crm import Crm
from tests.journey.mails import Plant
from tests.journey.people import PEOPLE, STRANGERS, Person
from tests.servers.dovecot import PASSWORD, Mailbox
from tests.servers.postgres import Postgres

FLAGS = ((), (rb"\Seen",), (rb"\Seen", rb"\Answered"), (rb"\Flagged", b"$Label1"))


class Place(NamedTuple):
    """A message by folder and UID."""

    folder: str
    uid: int


class Company:
    """Both stores, filled. `planted` tells where each planted mail went."""

    def __init__(
        self, mailbox: Mailbox, postgres: Postgres, limit: int | None, people: Sequence[Person] = (*PEOPLE, *STRANGERS)
    ) -> None:
        self.mailbox, self.postgres = mailbox, postgres
        self.url = postgres.create_database()
        self.crm = Crm(self.url.replace("+psycopg", ""), others=2000 if limit is None else 300)
        self.planted: dict[Place, Plant] = {}
        self.foreign = self.refused = 0
        with mailbox.client() as client:
            made = [plant for person in people for plant in mails.planted(person)] + mails.together()
            folders = {plant.folder for plant in made} | {folder for folder, _ in corpus.messages(limit)}
            for folder in sorted(folders):
                if not client.folder_exists(folder):
                    client.create_folder(folder)
            for number, (folder, raw) in enumerate(corpus.messages(limit)):
                try:
                    client.append(folder, raw, FLAGS[number % len(FLAGS)], _when(number))
                    self.foreign += 1
                except IMAPClientError:  # not a message for this server (NUL bytes, too long a line)
                    self.refused += 1
            for number, plant in enumerate(made):
                answer = client.append(plant.folder, plant.raw, FLAGS[number % len(FLAGS)], _when(number))
                self.planted[Place(plant.folder, int(answer.split(b"]")[0].split()[-1]))] = plant

    def connect(self, office: Office) -> None:
        """Connect mailbox and both schemas."""
        box = self.mailbox
        imap = {
            "host": "localhost", "port": str(box.server.tls_port), "user": box.user, "ca_file": str(box.server.ca)
        }  # fmt: skip
        stores.add(office, "imap", "mail", imap | {"password": PASSWORD}, {}, "operator")
        for name, schema in (("crm", "public"), ("helpdesk", "support")):
            stores.add(office, "sql", name, {"url": self.url, "schema": schema}, {}, "operator")

    def messages(self) -> dict[Place, tuple[bytes, frozenset[bytes], datetime]]:
        """Every message: bytes, flags, internal date."""
        with self.mailbox.client() as client:
            folders = [name for flags, _, name in client.list_folders() if rb"\Noselect" not in flags]
        found = {}
        for folder in folders:
            for uid, message in self.mailbox.messages(folder).items():
                found[Place(folder, uid)] = message
        return found


def _when(number: int) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=number)
