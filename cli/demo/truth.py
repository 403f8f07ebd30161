"""What is really in the sample company about the two people of the story: the answer sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

StoreName = Literal["crm", "mail"]
Kind = Literal["own", "participant", "mention", "attachment", "name-only"]


@dataclass(frozen=True, slots=True)
class Place:
    """A record with somebody's data in it.

    `crm`: `collection` is the table and `key` the primary key. `mail`: `collection` is the folder below `mail/` as it
    lies on disk (`sales`, `sales/.Sent`), `key` the Message-ID with its angle brackets. `kind`: `own` the person's row
    or one that hangs off it or carries their address or number in a field of its own; `participant` an address header;
    `mention` an address, number or customer number in text of others; `attachment` only inside an attached file;
    `name-only` nothing but the name, so a human must decide.
    """

    store: StoreName
    collection: str
    key: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What a person can be found by; phones as E.164."""

    emails: tuple[str, ...]
    phones: tuple[str, ...]
    names: tuple[str, ...]
    customer_numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """One person of the story with all the places they stand in.

    `lookalikes` belong to somebody else of the same name and must be left alone. `retained` is the part of `places`
    that an erasure must keep under a legal ground. `canaries` are other people's e-mail addresses and numbers, as
    written: they never appear in the subject's package, and an erasure leaves them standing.
    """

    identifiers: Identifiers
    places: tuple[Place, ...]
    lookalikes: tuple[Place, ...]
    retained: tuple[Place, ...]
    canaries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Company:
    """The sample company on disk. `counts` has the rows of each table and, as `messages`, the number of mails."""

    folder: Path
    crm: Path
    mail: Path
    counts: Mapping[str, int]
    asker: Subject  # asks for access
    leaver: Subject  # asks to be erased
