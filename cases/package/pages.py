"""The pages and the README: what the person reads. No script, nothing from elsewhere, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cases.package.content import Facts, StoreCoverage, Withheld
from cases.package.names import openable
from cases.package.shelves import Shelf
from cases.package.view import Shown, as_text, printable, sent_at
from cases.package.words import LANGUAGES, WORDS, long_date

_FOLDER = Path(__file__).parent / "templates"
_READING = ("reading_html", "reading_csv", "reading_mbox", "reading_json", "reading_files", "reading_manifest")


class Pages:
    """Renders everything for one request, in its language. `fingerprint` is the signing key's, in hexadecimal."""

    def __init__(self, facts: Facts, fingerprint: str) -> None:
        style = (_FOLDER / "style.css").read_text("utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._facts = facts
        self._words = words = WORDS[facts.language]
        self._reading = [words[key].format(fingerprint=_grouped(fingerprint)) for key in _READING]
        self._env = Environment(
            loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, finalize=_finalize,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._env.filters |= {"url": quote, "openable": openable, "cell": _cell(words), "mail_date": self._mail_date}
        self._env.globals |= {
            "w": words,
            "facts": facts,
            "lang": LANGUAGES[facts.language][0],
            "style": Markup(style),  # noqa: S704 - our own file, and the policy below names its hash
            "policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
            "right": words.get(f"right_{facts.right}", facts.right.replace("_", " ")),
            "regime": words.get(f"regime_{facts.regime}", facts.regime.upper()),
            "received": long_date(facts.received, facts.language),
            "answered": long_date(facts.answered, facts.language),
            "reading": self._reading,
        }

    def index(
        self, shelves: Sequence[Shelf], coverage: Sequence[StoreCoverage], withheld: Sequence[Withheld]
    ) -> Iterator[bytes]:
        """The page to start with."""
        return self._render(
            "index.html",
            root="",
            shelves=shelves,
            coverage=coverage,
            withheld=withheld,
            statements=[
                (one.title or self._words.get(key, key.replace("_", " ")), one)
                for key, one in self._facts.checklist.items()
            ],
            reasons={shelf.folder: self._reasons(shelf) for shelf in shelves},
        )

    def page(self, shelf: Shelf, number: int, records: Iterable[Shown]) -> Iterator[bytes]:
        """One page of a collection; `number` counts from 1."""
        return self._render("page.html", root="../../", shelf=shelf, number=number, records=records)

    def readme(self) -> bytes:
        """The README: plain text with byte order mark and CR LF, for the plainest of editors."""
        facts, w = self._facts, self._words
        lines = [
            w["title"],
            "",
            printable(w["intro"].format(controller=facts.controller.name)),
            "",
            *(
                f"{w[key]}: {printable(value)}"
                for key, value in (
                    ("reference", facts.reference),
                    ("received", long_date(facts.received, facts.language)),
                    ("answered", long_date(facts.answered, facts.language)),
                    ("contact", facts.controller.contact),
                )
            ),
            "",
            w["care"],
            "",
            w["reading"],
            *(f"- {line}" for line in self._reading),
        ]
        return b"\xef\xbb\xbf" + "".join(f"{line}\r\n" for line in lines).encode()

    def _render(self, name: str, **values: Any) -> Iterator[bytes]:
        for part in self._env.get_template(name).generate(**values):
            yield part.encode()

    def _reasons(self, shelf: Shelf) -> str:
        named = {self._words.get(f"why_{code}", self._words["why_other"]) for code in shelf.reasons}
        return ("、" if self._facts.language == "zh" else ", ").join(sorted(named))

    def _mail_date(self, header: str) -> str:
        sent = sent_at(header)
        if sent is None:
            return header
        return f"{format_datetime(sent, 'medium', locale=LANGUAGES[self._facts.language][1])} {sent.tzname()}"


def _finalize(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _cell(words: Mapping[str, str]) -> Any:
    def cell(value: Any) -> str:
        return words["binary"].format(bytes=len(value)) if isinstance(value, bytes) else as_text(value)

    return cell


def _grouped(fingerprint: str) -> str:
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))
