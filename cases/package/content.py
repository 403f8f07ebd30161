"""What an access answer is made of. Plain values: whoever builds a package fills these in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from cases.redaction import Recipe
from connectors.contract import Attachment, Mask, Record


class PackageError(Exception):
    """The package cannot be built from what was given. The text carries no personal data."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One answer of the checklist, in the person's language, and the provision that asks for it.

    `title` is its heading; empty for the keys of GDPR Art. 15 that `words.py` has headings for.
    """

    text: str
    cite: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers: name, where to write to, and the supervisory authority a complaint may go to."""

    name: str
    contact: str
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """The request that is answered. `language` is `en`, `de` or `zh`; `subject` is None where no name is to be shown.

    `checklist` is what an answer must tell besides the data itself (GDPR Art. 15(1)(a)-(h), 15(2) and their relatives),
    by key: `purposes categories recipients storage rights complaint source automated transfers`, or another one with a
    title. `required` names the keys that the statute asks for (`law.contents`): without them nothing is built.
    """

    reference: str
    regime: str
    right: str
    language: str
    controller: Controller
    subject: str | None
    received: date
    answered: date
    checklist: Mapping[str, Statement]
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """One record to hand over.

    `masks` cover other people's data and replace it everywhere. `reasons` are codes for why the record was found
    (`email`, `phone`, ...). `attachments` are the files to hand over; those of the record that are not named here are
    withheld, and so is a file that a mask points into. Of `files` a masked copy is handed over, made by the recipe at its
    path; `attachments` then gives the size of the copy.
    """

    store: str
    collection: str
    record: Record
    masks: tuple[Mask, ...] = ()
    reasons: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    files: Mapping[str, Recipe] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoreCoverage:
    """How one connected store was dealt with. `pointers` are opaque names of what could not be read there."""

    store: str
    kind: str
    status: Literal["searched", "skipped", "failed"]
    reason: str = ""
    collections: tuple[str, ...] = ()
    records_searched: int = 0
    records_found: int = 0
    unreadable: int = 0
    pointers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """Records that were found and are not handed over: how many, on what ground, and why in plain words."""

    store: str
    collection: str
    count: int
    ground: str
    cite: str
    explanation: str
