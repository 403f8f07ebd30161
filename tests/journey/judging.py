"""What the judge asks of a plan and of a package."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.journey import sweep
from tests.journey.company import Company, Place
from tests.journey.crm import Row
from tests.journey.mails import Plant
from tests.journey.people import PEOPLE, STRANGERS, Person

STORES = {"public": "crm", "support": "helpdesk"}
Line = dict[str, Any]


def mail_lines(shown: dict[str, Any]) -> dict[Place, Line]:
    """The plan's lines about mails, by place."""
    lines = (line for line in shown["lines"] if line["store"] == "mail")
    return {Place(line["collection"], int(line["record"].split(":")[1])): line for line in lines}


def row_lines(shown: dict[str, Any]) -> dict[tuple[str, str, tuple[str, ...]], Line]:
    """The plan's lines about rows, by store, table and key."""
    lines = (line for line in shown["lines"] if line["store"] != "mail")
    return {(line["store"], line["collection"], tuple(map(str, json.loads(line["record"])))): line for line in lines}


def line_of_row(rows: dict[tuple[str, str, tuple[str, ...]], Line], row: Row) -> Line | None:
    """The line about a planted row; rows without a key are known by their table."""
    store = STORES[row.schema]
    if row.table == "weblog":
        return next((line for (at, table, _), line in rows.items() if (at, table) == (store, row.table)), None)
    return rows.get((store, row.table, row.key))


def missed(company: Company, person: Person, shown: dict[str, Any]) -> list[str]:
    """Planted records that are not in the plan, or that are left although an address or number stands in them."""
    mails, rows = mail_lines(shown), row_lines(shown)
    found: list[tuple[Plant | Row, Line | None]] = [
        (plant, mails.get(place)) for place, plant in company.planted.items() if plant.person is person
    ]
    found += [(row, line_of_row(rows, row)) for row in company.crm.planted if row.person is person]
    wrong = [plant.label for plant, line in found if line is None]
    wrong += [
        f"{plant.label} left: {line['ground']}"
        for plant, line in found
        if line is not None and plant.decisive and line["action"] == "leave" and line["ground"] != "cannot-redact"
    ]
    return wrong


def overreached(company: Company, person: Person, shown: dict[str, Any]) -> list[str]:
    """Records that are acted on although the person is not in them. Mails that an erasure has rewritten are not known here."""
    wrong = []
    for place, line in mail_lines(shown).items():
        plant = company.planted.get(place)
        foreign = place.folder.startswith("Corpus/")
        other = plant is not None and plant.person is not person and plant.label != "together"
        if (foreign or other) and line["action"] != "leave":
            wrong.append(plant.label if plant else f"corpus {place}")
    return wrong


def leaks(person: Person, package: bytes) -> set[tuple[str, str, str]]:
    """(whose, kind of identifier, entry) for everything of somebody else's in an answer."""
    found: set[tuple[str, str, str]] = set()
    wanted = {
        other.key: {kind: words for kind, words in sweep.needles(other).items() if not _shared(person, kind, words)}
        for other in (*PEOPLE, *STRANGERS)
        if other is not person
    }
    seen: set[str] = set()
    for entry, texts in sweep.texts_of_package(package):
        for text in texts:
            if text in seen:
                continue
            seen.add(text)
            for reading in sweep.readings(text):
                found |= {(key, kind, entry) for key, kind in _standing(reading, wanted)}
    return found


def _shared(person: Person, kind: str, words: Iterable[str]) -> bool:
    """Homonyms: their name is the person's name too."""
    return kind == "name" and bool(set(words) & set(sweep.needles(person).get("name", ())))


def _standing(reading: str, wanted: dict[str, dict[str, list[str]]]) -> set[tuple[str, str]]:
    return {
        (key, kind)
        for key, kinds in wanted.items()
        for kind, words in kinds.items()
        if any(word in reading for word in words)
    }
