"""The everyday mail of the company: threads, orders, newsletters, attachments, invitations, talk about others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

from cli.demo import names, papers, phrases
from cli.demo.mime import File, Letter, Party
from cli.demo.people import AS_OF, DOMAIN, STAFF, Person
from cli.demo.threads import PROGRAMS, desk, forwarded, html, invite, manner, party, quoted, signature

Delivery = tuple[tuple[str, ...], Letter]
_ZONES = {"en": UTC, "de": timezone(timedelta(hours=1)), "zh": timezone(timedelta(hours=8))}
_DESKS = ("sales", "sales", "support", "office")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Traffic:
    """An endless stream of mail among `crowd` and the staff, the same for the same dice. Holds one thread at a time."""

    def __init__(self, crowd: Sequence[Person], throw: Random) -> None:
        self._crowd = [person for person in crowd if person.email]
        self._throw = throw
        self._number = 0

    def deliveries(self) -> Iterator[Delivery]:
        kinds = (self._thread, self._aside, self._paper, self._order, self._news, self._meeting)
        while True:
            yield from self._throw.choices(kinds, (55, 12, 13, 10, 7, 3))[0]()

    def _somebody(self) -> Person:
        return self._throw.choice(self._crowd)

    def _slots(self, language: str) -> dict[str, str]:
        throw = self._throw
        other = self._somebody()
        number = other.mobile or other.phone
        return {
            "order": f"N-{throw.randrange(10000, 99999)}",
            "item": throw.choice(phrases.ITEMS[language]),
            "day": spoken_day(AS_OF.replace(month=1, day=1) + timedelta(days=throw.randrange(300)), language),
            "other": called(other, language),
            "other_email": other.email or "",
            "other_phone": number.written(throw.randrange(72)) if number else other.email or "",
        }

    def _says(self, person: Person, language: str, name: str, slots: dict[str, str], *, mention: bool = False) -> str:
        throw = self._throw
        said = throw.sample(phrases.SENTENCES[language], throw.randrange(1, 4))
        if mention or throw.random() < 0.15:
            said.append(throw.choice(phrases.MENTIONS[language]))
        joint = "" if language == "zh" else " "
        greeting = phrases.GREETINGS[language].format(name=name)
        firm = names.FIRMS[person.firm][0] if person.firm is not None else ""
        body = joint.join(said).format(**slots)
        return f"{greeting}\n\n{body}\n\n{phrases.CLOSINGS[language]}\n{signature(person, firm)}\n"

    def _letter(self, writer: Person, to: tuple[Party, ...], subject: str, text: str, **more: object) -> Letter:
        throw = self._throw
        self._number += 1
        domain = (writer.email or f"@{DOMAIN}").partition("@")[2]
        charset, encoding = manner(writer.language, throw)
        values: dict[str, object] = {
            "sent": self._moment(writer.language),
            "charset": charset,
            "encoding": encoding,
            "crlf": throw.random() < 0.05,
            "headers": (*received(domain, self._number), ("User-Agent", throw.choice(PROGRAMS))),
        }
        message_id = f"<{self._number:06}.{throw.getrandbits(32):08x}@{domain}>"
        sender = party(writer, latin=writer.language == "zh" and throw.random() < 0.3)
        values |= {"message_id": message_id, "sender": sender, "to": to, "subject": subject, "text": text} | more
        return Letter(**values)  # type: ignore[arg-type]

    def _moment(self, language: str) -> datetime:
        throw = self._throw
        day = AS_OF - timedelta(days=throw.randrange(14, 1100))
        return datetime(
            day.year, day.month, day.day, throw.randrange(7, 19), throw.randrange(60), tzinfo=_ZONES[language]
        )

    def _inbox(self, role: str, writer: Person) -> tuple[str, ...]:
        throw = self._throw
        if role == "sales":
            if writer.language == "zh" and throw.random() < 0.5:
                return ("sales/.Kunden.&Ti1W,Q-",)
            return (throw.choice(("sales", "sales", "sales/.Archiv", "sales/.Archiv.2025")),)
        if role == "support":
            return (throw.choice(("support", "support/.Erledigt")),)
        return (throw.choice(("office", "office/.Archiv")),)

    def _thread(self) -> Iterator[Delivery]:
        throw = self._throw
        customer, clerk, role = self._somebody(), throw.choice(STAFF), throw.choice(_DESKS)
        slots = self._slots(customer.language)
        subject = throw.choice(phrases.SUBJECTS[customer.language]).format(**slots)
        answer = {"de": "AW: ", "zh": "回复："}.get(customer.language, "Re: ")
        copy = (party(self._somebody()),) if throw.random() < 0.2 else ()
        last: Letter | None = None
        for turn in range(throw.choice((1, 2, 2, 3, 4, 5))):
            ours = turn % 2 == 1
            writer, reader = (clerk, customer) if ours else (customer, clerk)
            text = self._says(writer, customer.language, called(reader, customer.language), slots)
            more: dict[str, object] = {"cc": copy}
            if last is not None:
                text += "\n" + (quoted if throw.random() < 0.8 else forwarded)(last, customer.language)
                pause = timedelta(minutes=throw.randrange(20, 3000))
                more |= {"references": (*last.references, last.message_id), "sent": last.sent + pause}
            if throw.random() < 0.3:
                more["html"] = html(text, (customer.name,), entities=throw.random() < 0.5)
            to = (party(customer),) if ours else (desk(role),)
            last = self._letter(writer, to, subject if last is None else answer + subject, text, **more)
            yield ((f"{role}/.Sent",) if ours else self._inbox(role, writer)), last

    def _aside(self) -> Iterator[Delivery]:
        """Two people write about a third one, who gets no copy."""
        writer, role = self._somebody(), self._throw.choice(_DESKS)
        slots = self._slots(writer.language)
        text = self._says(writer, writer.language, "Nordwind", slots, mention=True)
        subject = self._throw.choice(phrases.SUBJECTS[writer.language]).format(**slots)
        folders = self._inbox(role, writer)
        if self._throw.random() < 0.1 and role != "office":
            folders = (*folders, "office/.Archiv")  # the office keeps a copy: the same Message-ID twice
        yield folders, self._letter(writer, (desk(role),), subject, text)

    def _order(self) -> Iterator[Delivery]:
        """A confirmation in HTML with a table, sent by the shop."""
        customer = self._somebody()
        slots = self._slots(customer.language)
        text = (
            f"{phrases.GREETINGS[customer.language].format(name=customer.name)}\n\n"
            f"{slots['order']}\n{slots['item']} 1 x\n"
            f"{customer.street or ''}\n{customer.postcode or ''} {customer.city or ''}\n"
        )
        subject = phrases.SUBJECTS[customer.language][0].format(**slots)
        page = html(text, (customer.family,), entities=self._throw.random() < 0.7)
        letter = self._letter(STAFF[5], (party(customer),), subject, text, html=page, sender=desk("sales"))
        yield ("sales/.Sent",), letter

    def _news(self) -> Iterator[Delivery]:
        reader = self._somebody()
        title = self._throw.choice(phrases.NEWS[reader.language])
        text = (
            f"{phrases.GREETINGS[reader.language].format(name=reader.name)}\n\n"
            + self._throw.choice(phrases.NEWS[reader.language])
            + "\n"
        )
        headers = (("List-Unsubscribe", f"<https://news.{DOMAIN}/out?u={reader.email}>"), ("Precedence", "bulk"))
        sender = Party("Nordwind News", f"news@{DOMAIN}")
        letter = self._letter(STAFF[5], (party(reader),), title, text, html=html(text), headers=headers, sender=sender)
        yield ("office/.Newsletter",), letter

    def _meeting(self) -> Iterator[Delivery]:
        host, guests = (
            self._throw.choice(STAFF),
            tuple(party(self._somebody()) for _ in range(self._throw.randrange(1, 4))),
        )
        slots = self._slots(host.language)
        title = phrases.SUBJECTS[host.language][2].format(**slots)
        start = self._moment(host.language)
        event = invite(f"{self._number}@{DOMAIN}", start, title, party(host), guests)
        yield (
            ("office/.Sent",),
            self._letter(host, guests, title, f"{title}\n", invite=event, sent=start - timedelta(days=6)),
        )

    def _paper(self) -> Iterator[Delivery]:
        """A mail whose attachment holds people that the mail itself does not name."""
        writer, role = self._somebody(), self._throw.choice(_DESKS)
        listed = [self._somebody() for _ in range(self._throw.randrange(1, 5))]
        slots = self._slots(writer.language)
        form, naming = self._throw.choice(("pdf", "docx", "xlsx")), self._throw.choice(("2231", "continued", "2047"))
        file = paper(form, slots["order"], listed, writer, naming)
        subject = self._throw.choice(phrases.SUBJECTS[writer.language]).format(**slots)
        text = self._says(writer, writer.language, "Nordwind", slots)
        yield self._inbox(role, writer), self._letter(writer, (desk(role),), subject, text, files=(file,))


def received(domain: str, number: int) -> tuple[tuple[str, str], ...]:
    """The trace our mail server leaves on what comes in (RFC 5321 section 4.4); nothing on what we send."""
    if domain == DOMAIN:
        return ()
    return (("Received", f"from mx.{domain} by mail.{DOMAIN} with ESMTPS id {number:08x}"),)


def called(person: Person, language: str) -> str:
    """The name as somebody writes it who writes `language`: Chinese names in pinyin unless the text is Chinese."""
    return person.latin if person.language == "zh" and language != "zh" else person.name


def spoken_day(day: date, language: str) -> str:
    """A day as it stands in a sentence."""
    if language == "zh":
        return f"{day.month}月{day.day}日"
    return f"{day:%d.%m.}" if language == "de" else f"{day.day}/{day.month}"


def paper(form: str, title: str, people: Sequence[Person], author: Person, naming: str = "2231") -> File:
    """A list of people as `pdf`, `docx` or `xlsx`, with a file name in the author's language."""
    heads = {"de": ("Liste", "Name", "E-Mail", "Telefon"), "zh": ("名单", "姓名", "邮箱", "电话")}
    stem, *columns = heads.get(author.language, ("List", "Name", "E-mail", "Phone"))
    rows = [[person.name, person.email or "", _number(person)] for person in people]
    name = f"{stem} {title} für Büro.{form}" if author.language == "de" else f"{stem} {title}.{form}"
    if form == "pdf":
        lines = [f"{stem} {title}", "", *("  ".join(row) for row in (columns, *rows))]
        return File(name, "application/pdf", papers.pdf(lines), naming)
    if form == "docx":
        return File(name, _DOCX, papers.docx([f"{stem} {title}"], [columns, *rows], author.latin), naming)
    return File(name, _XLSX, papers.xlsx([columns, *rows], author.latin), naming)


def _number(person: Person) -> str:
    number = person.mobile or person.phone
    return number.written(person.style) if number else ""
