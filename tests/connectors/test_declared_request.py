"""One erasure over HubSpot and Fxiaoke by the functions the flows call: found, erased, looked at again, proven."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cases import answering
from cases.states import State
from connectors.declared import opening
from connectors.fxiaoke import store as fxiaoke_store
from connectors.http import Pace, client
from discovery import stores
from office import Office
from tests.journey import driving
from tests.journey.people import Person
from tests.servers.fxiaoke import Fxiaoke
from tests.servers.hubspot import TOKEN, HubSpot

LENA = Person("lena", "Lena", "Novak", "lena.novak@example.com", "+493023125111")


class House(NamedTuple):
    """Redress and the two services."""

    office: Office
    hubspot: HubSpot
    fxiaoke: Fxiaoke


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(opening, "Pace", lambda *limits: Pace())
    monkeypatch.setattr(fxiaoke_store, "PACES", {"": Pace()})
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)
    office = driving.install(tmp_path / "home")
    with HubSpot() as hubspot, Fxiaoke() as fxiaoke:
        fxiaoke.burst = 100_000
        fill(hubspot, fxiaoke)
        options = {"file": "hubspot", "secrets": TOKEN, "base": hubspot.url}
        stores.add(office, "declared", "hubspot", options, {}, "operator")
        stores.add(office, "fxiaoke", "crm-china", fxiaoke.options(), {}, "operator")
        yield House(office, hubspot, fxiaoke)
    office.close()


def fill(hubspot: HubSpot, fxiaoke: Fxiaoke) -> None:
    """Lena in both, and Tom beside her."""
    lena = hubspot.put("contacts", {"email": "lena.novak@example.com", "firstname": "Lena", "lastname": "Novak"})
    tom = hubspot.put("contacts", {"email": "tom@example.com", "lastname": "Baker", "about": "KANARIE"})
    file = hubspot.store("offer.txt", b"Offer for Lena Novak")
    hubspot.put("notes", {"hs_note_body": "<p>Wants chairs.</p>", "hs_attachment_ids": file}, {"contacts": [lena]})
    hubspot.put("notes", {"hs_note_body": "<p>KANARIE</p>"}, {"contacts": [tom]})
    hubspot.put("deals", {"dealname": "Chairs for Lena Novak", "amount": "120"}, {"contacts": [lena]})
    contact = fxiaoke.put("ContactObj", name="Lena Novak", email="lena.novak@example.com", mobile="+493023125111")
    fxiaoke.put("ActiveRecordObj", active_record_content="Called her", contact_id=contact)
    fxiaoke.put("ContactObj", name="KANARIE", email="tom@example.com")


def foreign(house: House) -> str:
    """Everything that is not Lena's."""
    things = [t.values for found in house.hubspot.things.values() for t in found.values() if "KANARIE" in str(t.values)]
    rows = [r for o in house.fxiaoke.objects.values() for r in o.rows.values() if r.get("name") == "KANARIE"]
    return json.dumps([things, rows], sort_keys=True)


def everything(house: House) -> str:
    things = [t.values for found in house.hubspot.things.values() for t in found.values()]
    rows = [r for o in house.fxiaoke.objects.values() for r in o.rows.values()]
    files = [stored.data.decode() for stored in house.hubspot.files.values()]
    return json.dumps([things, rows, files])


def test_an_erasure_is_carried_out_and_proven(house: House) -> None:
    before = foreign(house)
    case = driving.ask(house.office, LENA, "erasure")
    shown = driving.locate(house.office, case)
    assert {(line["store"], line["collection"], line["action"]) for line in shown["lines"]} == {
        ("hubspot", "contacts", "delete"),
        ("hubspot", "notes", "delete"),
        ("hubspot", "deals", "anonymise"),
        ("crm-china", "ContactObj", "delete"),
        ("crm-china", "ActiveRecordObj", "anonymise"),
    }
    assert driving.carry_out(house.office, case) is State.COMPLETE
    assert "Lena" not in everything(house)
    assert "lena" not in everything(house)
    assert foreign(house) == before
    package = answering.finished(house.office, case.reference, "certificate")
    signed = json.loads(b"".join(answering.read(house.office, package)))
    assert json.loads(signed["statement"])["residue"] == [
        "fxiaoke.files",
        "fxiaoke.operation-log",
        "hubspot.archived",
        "hubspot.engagement-copies",
        "hubspot.history",
    ]
