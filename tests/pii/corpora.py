"""Texts for the engine's tests: invented letters, threads and rows, and the corpora beside the checkout where they are."""

from __future__ import annotations

import email
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[3] / "shared" / "data"

_GIVEN = ("Anna", "Max", "Zora", "Jürgen", "Mia", "Oluwaseun", "Li", "Søren", "María José", "Ida")
_FAMILY = ("Example", "Muster", "von Beispiel", "O’Neill", "Öztürk", "Lindqvist", "Smith-Jones", "Petrov")
_PLACES = ("Ulm", "Berlin", "London", "Santa Fe", "Aarhus")
_SENTENCES = (
    "Thank you for the offer of {day}, we will look at it with {name} next week.",
    "Please call {name} on {phone} or write to {mail} before Friday.",
    "Die Lieferung nach {place} hat sich leider verzögert, Herr {family} weiß Bescheid.",
    "The invoice 2026-{number} over 1,249.00 EUR is still open.",
    "My IBAN is DE89 3704 0044 0532 0130 00 and the card ends in 1111.",
    "Could you check version 3.8.{digit} on 192.0.2.{digit}? See https://example.com/a/{number}.",
    "I was born on 02.01.19{digit}7 and live in {place}.",
    "No news from the team.",
)
_CHINESE = (
    "尊敬的王经理：您好，附件是{place}项目的合同，请查收。",
    "我的手机是138001380{digit}{digit}，邮箱是{mail}，有问题请联系张伟。",
    "此致\n敬礼\n李娜",
)


class Letters:
    """Makes letters that are the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def name(self) -> str:
        return f"{self._random.choice(_GIVEN)} {self._random.choice(_FAMILY)}"

    def phone(self) -> str:
        return f"+49 30 23125 {self._random.randrange(1000):03}"

    def mail(self) -> str:
        return f"{self._random.choice(_GIVEN).split()[0].lower()}{self._random.randrange(1000)}@example.com"

    def sentence(self, of: tuple[str, ...] = _SENTENCES) -> str:
        choose = self._random.choice
        return choose(of).format(
            name=self.name(),
            family=choose(_FAMILY),
            phone=self.phone(),
            mail=self.mail(),
            place=choose(_PLACES),
            number=self._random.randrange(10_000, 99_999),
            digit=self._random.randrange(1, 10),
            day=f"{self._random.randrange(1, 28)} March",
        )

    def letter(self, paragraphs: int = 4) -> str:
        """A letter with salutation, paragraphs of sentences, and a signature; some have a part in Chinese."""
        name = self.name()
        parts = [f"Dear {self.name()},"]
        for _ in range(paragraphs):
            parts.append("\n".join(self.sentence() for _ in range(self._random.randrange(1, 6))))
        if self._random.random() < 0.2:
            parts.append("\n".join(self.sentence(_CHINESE) for _ in range(2)))
        parts.append(f"Kind regards,\n{name}\nTel. {self.phone()}\nExample GmbH, 10115 Berlin")
        return "\n\n".join(parts)

    def thread(self, letters: int = 5) -> list[str]:
        """Mails that each quote all before."""
        mails: list[str] = []
        for number in range(letters):
            mail = self.letter(2)
            if mails:
                quoted = "\n".join(f"> {line}".rstrip() for line in mails[-1].split("\n"))
                mail += f"\n\nOn {number + 1} March 2026 at 10:00, {self.name()} <{self.mail()}> wrote:\n{quoted}"
            mails.append(mail)
        return mails

    def cells(self, rows: int) -> Iterator[tuple[str, str]]:
        """Field name and value of the cells of CRM rows."""
        for number in range(rows):
            first, _, last = self.name().partition(" ")
            yield from (
                ("id", str(1000 + number)),
                ("first_name", first),
                ("last_name", last),
                ("email", self.mail()),
                ("mobile", self.phone()),
                ("stage", self._random.choice(("new", "won", "lost", "open"))),
                ("city", self._random.choice(_PLACES)),
                ("created_at", f"2026-03-{self._random.randrange(1, 29):02} 10:00:00"),
                ("company", self._random.choice(("Example GmbH", "Muster AG", "Acme Ltd"))),
                ("remarks", self.sentence() if number % 3 == 0 else ""),
                ("手机", f"138001380{self._random.randrange(10, 99)}"),
            )


def corpus(name: str, count: int) -> list[str]:
    """Texts of a corpus, evenly chosen; skips the test where the data is not there."""
    file = SHARED / "ner" / f"{name}.jsonl"
    if not file.exists():
        pytest.skip(f"the shared data has no {name}")
    texts = [json.loads(line)["text"] for line in file.read_text("utf-8").splitlines()]
    return texts[:: max(1, len(texts) // count)][:count]


def mails(count: int, longest: int = 20_000) -> list[str]:
    """Plain bodies of the mails in the shared data; skips where they are not there."""
    folder = SHARED / "mail"
    if not folder.exists():
        pytest.skip("the shared data has no mail")
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        for part in email.message_from_bytes(file.read_bytes()).walk():
            if part.get_content_type() == "text/plain":
                payload = part.get_payload(decode=True)
                text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
                if text.strip() and len(text) <= longest:
                    found.append(text)
    return found[:: max(1, len(found) // count)][:count]
