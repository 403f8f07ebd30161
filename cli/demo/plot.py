"""A script: rows and mails that are planted about one person, each with the note of where it went and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cli.demo.crm import Crm, Row
from cli.demo.maildir import Maildir
from cli.demo.mime import Letter, Party
from cli.demo.people import Person
from cli.demo.threads import party
from cli.demo.traffic import received
from cli.demo.truth import Identifiers, Kind, Place, StoreName, Subject

_ZONE = timezone(timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Planted:
    """How a planted record counts: its kind, whether it is a namesake's, whether an erasure must keep it."""

    kind: Kind
    lookalike: bool = False
    retained: bool = False


OWN, TAKES_PART, MENTIONED = Planted("own"), Planted("participant"), Planted("mention")
IN_FILE, NAME_ONLY = Planted("attachment"), Planted("name-only")
NAMESAKES, NAMESAKES_MAIL = Planted("own", lookalike=True), Planted("participant", lookalike=True)
NAMESAKE_MENTIONED = Planted("mention", lookalike=True)


@dataclass
class Plot:
    """The script around one person.

    `records` are the contact rows that are this person (duplicates included), `namesake` is somebody else of the same
    name, `others` are the third parties; all of them become contacts.
    """

    tag: str
    records: tuple[Person, ...]
    namesake: Person
    others: tuple[Person, ...]
    names: tuple[str, ...]
    rows: list[tuple[Person, Row, Planted]] = field(default_factory=list)
    mails: list[tuple[tuple[str, ...], Letter, Planted]] = field(default_factory=list)
    places: list[tuple[Place, Planted]] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)  # contact data of people who are in no table
    _clock: datetime = datetime(2025, 2, 3, 9, 12, tzinfo=_ZONE)

    @property
    def cast(self) -> tuple[Person, ...]:
        return (*self.records, self.namesake, *self.others)

    def row(
        self, person: Person, table: str, planted: Planted, values: Mapping[str, object], *, linked: bool = True
    ) -> None:
        """Plant a row that is written when `person`'s turn comes."""
        self.rows.append((person, Row(table, values, linked), planted))

    def mail(
        self,
        planted: Planted,
        folders: str | tuple[str, ...],
        sender: Person | Party,
        to: Sequence[Person | Party],
        subject: str,
        text: str,
        **more: object,
    ) -> Letter:
        """Plant a mail in each of `folders`, nine days after the last (answers: one); `more` are fields of `Letter`."""
        answers = more.pop("answers", None)
        self._clock += timedelta(days=1 if answers else 9, minutes=37)
        writer = _party(sender)
        domain = writer.address.partition("@")[2]
        number = len(self.mails) + 1
        values: dict[str, object] = {
            "message_id": f"<{self.tag}.{number:03}@{domain}>",
            "sent": self._clock,
            "sender": writer,
            "to": tuple(_party(item) for item in to),
            "subject": subject,
            "text": text,
            "headers": received(domain, number),
        }
        if isinstance(answers, Letter):
            values["references"] = (*answers.references, answers.message_id)
        letter = Letter(**(values | more))  # type: ignore[arg-type]
        self.mails.append(((folders,) if isinstance(folders, str) else folders, letter, planted))
        return letter

    def write_contact(self, crm: Crm, person: Person) -> None:
        """Write what is planted at `person`, a member of the cast."""
        if person in self.records or person is self.namesake:
            self._note("crm", "contacts", str(person.id), Planted("own", lookalike=person is self.namesake))
        for at, row, planted in self.rows:
            if at is person:
                self._note("crm", row.table, str(crm.row(person, row)), planted)

    def write_mails(self, maildir: Maildir) -> None:
        for folders, letter, planted in self.mails:
            maildir.put(folders, letter)
            for folder in folders:
                self._note("mail", folder, letter.message_id, planted)

    def _note(self, store: StoreName, collection: str, key: str, planted: Planted) -> None:
        self.places.append((Place(store, collection, key, planted.kind), planted))

    def subject(self) -> Subject:
        """The truth, once everything is written."""
        mine = [(place, planted) for place, planted in self.places if not planted.lookalike]
        return Subject(
            identifiers=Identifiers(
                emails=_distinct(person.email for person in self.records),
                phones=_distinct(n.e164 for person in self.records for n in (person.mobile, person.phone) if n),
                names=self.names,
                customer_numbers=_distinct(person.customer_no for person in self.records),
            ),
            places=tuple(place for place, _ in mine),
            lookalikes=tuple(place for place, planted in self.places if planted.lookalike),
            retained=tuple(place for place, planted in mine if planted.retained),
            canaries=_distinct((*self.strangers, *self._canaries())),
        )

    def _canaries(self) -> Iterator[str | None]:
        for person in (self.namesake, *self.others):
            yield person.email
            for number in (person.mobile, person.phone):
                if number:
                    yield number.written(person.style)


def tel(person: Person) -> str:
    """The person's number as the story always writes it, and as the canaries name it."""
    number = person.mobile or person.phone
    return number.written(person.style) if number else ""


def _party(item: Person | Party) -> Party:
    return party(item) if isinstance(item, Person) else item


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
