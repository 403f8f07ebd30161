"""`redress store conform`: an honest service passes, and each lie is caught."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.contract import Ref
from connectors.declared import conform, opening
from connectors.declared.conform import Finding
from connectors.declared.options import DeclaredOptions
from connectors.http import Pace, client
from connectors.http.assumptions import Probing
from tests.connectors.test_declared import tutorial
from tests.servers.desk import CLIENT, SECRET, Desk
from tests.servers.hubspot import TOKEN, HubSpot
from tests.servers.rest import Asked, Reply


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "Pace", lambda *limits: Pace())
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)


@pytest.fixture
def hubspot() -> Iterator[HubSpot]:
    with HubSpot() as server:
        for number in range(5):
            values = {
                "email": f"p{number}@example.com",
                "lastname": f"Person{number}",
                "shoe_size": "42",
                "vip": "true",
            }
            contact = server.put("contacts", values)
            server.put("notes", {"hs_note_body": f"<p>Note {number}</p>"}, {"contacts": [contact]})
        server.most = 2
        yield server


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as server:
        for number in range(60):
            server.put(name=f"Person {number}", mail=f"p{number}@example.com")
        yield server


def look(server: HubSpot | Desk, tmp_path: Any, erase: Ref | None = None) -> list[Finding]:
    """Every finding about the server."""
    if isinstance(server, HubSpot):
        options = DeclaredOptions(file="hubspot", secrets=TOKEN, base=server.url, timeout=5)
    else:
        file = tmp_path / "deskly.yaml"
        file.write_text(tutorial(), "utf-8")
        options = DeclaredOptions(
            file=str(file), secrets=SECRET, settings=f'client = "{CLIENT}"', base=server.url, timeout=5
        )
    service = opening.service_of(options)
    with opening.store_of(options, service) as store:
        found = list(conform.examine(service, store))
        return found + list(conform.erasing(service, store, erase)) if erase else found


def faults(found: list[Finding]) -> list[str]:
    return [f"{item.where} {item.probe}" for item in found if item.ok is False]


def test_an_honest_service_passes(hubspot: HubSpot, desk: Desk, tmp_path: Any) -> None:
    id = next(iter(hubspot.things["contacts"]))
    found = [*look(hubspot, tmp_path, Ref("contacts", id)), *look(desk, tmp_path, Ref("customers", "c0001"))]
    assert not [item for item in found if item.ok is False]
    tried = {item.probe for item in found if item.ok}
    assert tried == {*conform._PROBES, "erase", "others"}


def test_a_connected_store_answers_for_its_assumptions(hubspot: HubSpot) -> None:
    options = DeclaredOptions(file="hubspot", secrets=TOKEN, base=hubspot.url, timeout=5)
    with opening.opened(options) as store:
        assert isinstance(store, Probing)
        found = list(store.assumptions())
    assert {item.name for item in found} >= {"contacts list", "notes pages"}
    assert not [item for item in found if item.holds is False]


def test_looking_changes_nothing(hubspot: HubSpot, tmp_path: Any) -> None:
    look(hubspot, tmp_path)
    assert {asked.method for asked, _ in hubspot.log} == {"GET", "POST"}
    assert not [
        asked.path for asked, _ in hubspot.log if asked.method == "POST" and not asked.path.endswith(("search", "read"))
    ]


Lie = Callable[[Asked, Reply], Reply]


def _edited(edit: Callable[[Asked, Any], Any], only: str) -> Lie:
    def lie(asked: Asked, reply: Reply) -> Reply:
        if only not in f"{asked.method} {asked.path}" or not isinstance(reply.body, dict):
            return reply
        body = json.loads(json.dumps(reply.body))
        return Reply(reply.status, edit(asked, body), reply.headers)

    return lie


def _wrong_enum(asked: Asked, body: Any) -> Any:
    body["results"][0]["type"] = "strng"
    return body


def _no_token(asked: Asked, body: Any) -> Any:
    body.pop("paging", None)
    return body


def _same_token(asked: Asked, body: Any) -> Any:
    body["paging"] = {"next": {"after": asked.query.get("after", "0")}}
    return body


def _truncated(asked: Asked, body: Any) -> Any:
    body["results"] = body["results"][:1]
    return body


def _each(change: Callable[[dict[str, Any]], None]) -> Callable[[Asked, Any], Any]:
    def edit(asked: Asked, body: Any) -> Any:
        for item in body.get("results", [body]):
            change(item)
        return body

    return edit


def _set(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda item: item["properties"].__setitem__(name, value) if "properties" in item else None


@pytest.mark.parametrize(
    ("lie", "caught"),
    [
        (_edited(_wrong_enum, "GET /crm/properties/2026-09/contacts"), "contacts fields"),
        (_edited(_no_token, "GET /crm/objects/2026-09/contacts"), "contacts pages"),
        (_edited(_same_token, "GET /crm/objects/2026-09/contacts"), "contacts pages"),
        (_edited(_truncated, "GET /crm/objects/2026-09/contacts"), "contacts pages"),
        (_edited(_each(_set("shoe_size", "large")), "GET /crm/objects/2026-09/contacts"), "contacts list"),
        (_edited(_each(_set("vip", "perhaps")), "GET /crm/objects/2026-09/contacts"), "contacts list"),
        (_edited(_each(_set("email", ["a@b.example"])), "GET /crm/objects/2026-09/contacts"), "contacts list"),
        (_edited(_each(lambda item: item.update(id=True)), "GET /crm/objects/2026-09/contacts"), "contacts list"),
        (_edited(_each(lambda item: item.update(properties=[])), "GET /crm/objects/2026-09/notes"), "notes list"),
        (_edited(lambda asked, body: body["results"], "GET /crm/objects/2026-09/notes"), "notes list"),
        (_edited(lambda asked, body: {**body, "results": None}, "POST /crm/objects/2026-09/contacts/search"), "contacts empty"),
        (_edited(lambda asked, body: {**body, "results": []}, "POST /crm/objects/2026-09/contacts/search"), "contacts search"),
        (_edited(_each(_set("lastname", "Another")), "contacts/batch/read"), "contacts get"),
        (_edited(lambda asked, body: {**body, "total": "5"}, "contacts/search"), "contacts pages"),
    ],
)  # fmt: skip
def test_each_lie_is_caught(hubspot: HubSpot, tmp_path: Any, lie: Lie, caught: str) -> None:
    hubspot.lie = lie
    assert caught in faults(look(hubspot, tmp_path))


def test_an_empty_list_where_204_is_described_is_caught(desk: Desk, tmp_path: Any) -> None:
    desk.lie = lambda asked, reply: (
        Reply(200, {"items": []}) if reply.status == 204 and asked.method == "GET" else reply
    )
    assert faults(look(desk, tmp_path)) == ["customers empty"]


def test_a_time_that_is_ignored_is_caught(hubspot: HubSpot, tmp_path: Any) -> None:
    hubspot.clock = lambda: 4e9  # everything is of the future
    for things in hubspot.things.values():
        for thing in things.values():
            thing.updated = 4e9
    assert "contacts changes" in faults(look(hubspot, tmp_path))


@pytest.mark.parametrize("step", ["PATCH /api/customers", "DELETE /api/customers", "DELETE /api/trash"])
def test_a_write_that_lies_is_caught(desk: Desk, tmp_path: Any, step: str) -> None:
    desk.before = lambda asked: Reply(204) if f"{asked.method} {asked.path}".startswith(step) else None
    assert faults(look(desk, tmp_path, Ref("customers", "c0001"))) == ["customers erase"]


def test_a_purge_that_lies_is_caught_at_hubspot(hubspot: HubSpot, tmp_path: Any) -> None:
    hubspot.before = lambda asked: Reply(204) if asked.path.endswith("gdpr-delete") else None
    id = next(iter(hubspot.things["contacts"]))
    assert faults(look(hubspot, tmp_path, Ref("contacts", id))) == ["contacts erase"]


def test_a_deletion_that_takes_more_is_caught(desk: Desk, tmp_path: Any) -> None:
    def greedy(asked: Asked, reply: Reply) -> Reply:
        if asked.method == "DELETE" and "customers" in asked.path:
            desk.customers.pop("c0009", None)
        return reply

    desk.lie = greedy
    assert faults(look(desk, tmp_path, Ref("customers", "c0001"))) == ["customers others"]
