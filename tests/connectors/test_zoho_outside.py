"""Our Zoho server under checks that nobody here wrote: the vendor's SDK, its OpenAPI files, and generated requests.

The files are shared test data and never committed; without them the checks that need them are skipped.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Action, ActionKind, Identifier, Ref
from connectors.errors import Conflict, Refused, StoreError
from connectors.zoho.store import ZohoStore
from tests.connectors.conformance import Memory, records
from tests.connectors.zoho_seed import company, opened
from tests.connectors.zoho_spec import SPECS, WAIVED, exchanges, faults, file_for, waives
from tests.servers.zoho_http import Asked, Reply, ZohoServer

needs_files = pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendor's OpenAPI files are not at {SPECS.name}")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZohoServer]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with ZohoServer() as found:
        yield found


def with_the_sdk(server: ZohoServer, id: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.connectors.zoho_sdk", server.url, id, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def lena(server: ZohoServer) -> str:
    return server.org.plant(
        "Contacts",
        First_Name="Lena",
        Last_Name="Novak",
        Full_Name="Lena Novak",
        Email="lena.novak@example.com",
        Phone="+49 30 1234567",
        Email_Opt_Out=False,
        Date_of_Birth="1990-02-03",
        Interests=["Bikes"],
        Annual_Income=12.5,
    )


def test_the_vendors_own_client_is_served(server: ZohoServer, tmp_path: Path) -> None:
    id = lena(server)
    done = with_the_sdk(server, id, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    whole = {
        "id": int(id),
        "modified": True,
        "Last_Name": "Novak",
        "Email": "lena.novak@example.com",
        "Phone": "+49 30 1234567",
        "Date_of_Birth": "1990-02-03",
        "Email_Opt_Out": False,
        "Interests": ["Bikes"],
        "Annual_Income": 12.5,
    }
    assert seen["search"] == seen["get"] == [whole]
    assert [(row["Last_Name"], row["Phone"]) for row in seen["list"]] == [("Novak", None)]
    assert (seen["update"], seen["delete"]) == (["success SUCCESS"], ["success SUCCESS"])
    assert [row["Last_Name"] for row in seen["after"]] == ["Erased"]
    assert seen["deleted"] == [[int(id), "Lena Erased", "recycle"]]
    assert seen["empty"] == 204
    assert server.calls["token"] == 1


def test_the_vendors_own_client_breaks_on_a_wrong_type(server: ZohoServer, tmp_path: Path) -> None:
    """The check can fail: a server that gets the type of a field wrong does not pass it."""
    id = lena(server)
    fields = server.org.modules["Contacts"].fields
    fields["Interests"] = type(fields["Interests"])("Interests", "integer")
    assert with_the_sdk(server, id, tmp_path).returncode != 0


def everything(store: ZohoStore, server: ZohoServer) -> None:
    """Every kind of call, good and refused."""
    ids = company(server.org)
    other = ids["other"]
    store.check()
    store.estimate()
    records(store)
    list(
        store.search(
            [
                Identifier("email", "lena.novak@example.com"),
                Identifier("phone", "+49301234567"),
                Identifier("name", "Lena"),
            ]
        )
    )
    list(store.search([Identifier("email", "nobody@example.org"), Identifier("customer_id", "K-100042")]))
    list(store.related(Ref("Contacts", ids["lena"])))
    list(store.assumptions())
    cursors = {
        item.name: [page.cursor for page in store.changes(item.name, None, lambda _: {})][-1]
        for item in store.collections()
    }
    for module, id, kind in (
        ("Deals", ids["deal"], ActionKind.ANONYMISE),
        ("Notes", ids["note"], ActionKind.DELETE),
        ("Contacts", ids["lena"], ActionKind.DELETE),
    ):
        (record,) = store.fetch([Ref(module, id)])
        for file in record.attachments:
            b"".join(store.attachment(record.ref, file.path))
        store.act(Action(id, kind, record.ref, record.version), Memory())
        store.presence(record.ref)
    for name, cursor in cursors.items():
        list(store.changes(name, cursor, lambda _: {}))
    (record,) = store.fetch([Ref("Contacts", other)])
    server.org.locked[other] = "RECORD_LOCKED"
    with pytest.raises(Refused):
        store.act(Action("k", ActionKind.DELETE, record.ref, record.version), Memory())
    server.org.locked.clear()
    refused(store, server, other)


def refused(store: ZohoStore, server: ZohoServer, other: str) -> None:
    """Calls that the service refuses, made past the connector's own checks."""
    zoho = store.zoho
    with pytest.raises(Conflict):
        zoho.put(f"/Contacts/{other}", {"id": other, "Phone": None}, "2020-01-01T00:00:00+00:00")
    for ask in (
        lambda: zoho.get("/Contacts", {}),
        lambda: zoho.get("/Contacts", {"fields": "id", "page": "99"}),
        lambda: zoho.get("/Contacts/search", {}),
        lambda: zoho.get("/Contacts/search", {"criteria": "(Nowhere:equals:x)"}),
        lambda: zoho.get("/Contacts/search", {"word": "zz", "page": "99"}),
        lambda: zoho.get("/settings/recycle_bin/554023000000999999"),
        lambda: zoho.coql("select Nowhere from Contacts where id = '1'"),
        lambda: zoho.put(f"/Contacts/{other}", {"id": other, "Email": "no address"}, ""),
        lambda: zoho.put(f"/Contacts/{other}", {"id": other, "Last_Name": None}, ""),
        lambda: zoho.delete("/Contacts", {"ids": "554023000000999999"}),
        lambda: zoho.delete("/settings/recycle_bin/554023000000999999", key="recycle_bin"),
    ):
        with pytest.raises(Refused):
            ask()
    both = zoho._client.call(
        _call("DELETE", "/Contacts", {"ids": f"{other},554023000000999999", "wf_trigger": "false"})
    )
    assert both.status == 207
    server.org.scheduled = 2
    zoho.purge(other)


def _call(method: str, path: str, params: dict[str, str]) -> Any:
    from connectors.http import Call

    return Call(method, f"/crm/v8{path}", params)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Asked, Reply]]:
    """What the connector and the service said to each other, each kind of call and answer once or twice."""
    with pytest.MonkeyPatch.context() as patch, ZohoServer() as server:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        with opened(server) as store:
            everything(store, server)
        return list(exchanges(server.log))


@needs_files
def test_every_exchange_is_as_the_vendor_describes_it(seen: list[tuple[Asked, Reply]]) -> None:
    assert [fault for asked, reply in seen for fault in faults(asked, reply)] == []
    described = {file_for(f"{asked.method} {asked.path.removeprefix('/crm/v8')}") for asked, _ in seen} - {None}
    assert len(described) >= 12


@needs_files
def test_no_waiver_is_idle(seen: list[tuple[Asked, Reply]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waiver covers something that the vendor's file really says against an exchange."""
    monkeypatch.setattr("tests.connectors.zoho_spec.WAIVED", ())
    said = [(asked, reply, fault) for asked, reply in seen for fault in faults(asked, reply)]
    idle = [waiver for waiver in WAIVED if not any(waives(waiver, asked, reply, fault) for asked, reply, fault in said)]
    assert idle == []


@needs_files
@pytest.mark.parametrize("lie", ["empty-list", "wrong-enum", "wrong-type"])
def test_the_vendors_files_catch_lies(server: ZohoServer, lie: str) -> None:
    company(server.org)
    id = lena(server)
    server.org.lies = {lie}
    with opened(server) as store:
        for ask in (
            lambda: store.zoho.get(f"/Contacts/{id}"),
            lambda: store.zoho.get("/Contacts/search", {"email": "nobody@example.org"}),
            lambda: store.zoho.delete("/Contacts", {"ids": id, "wf_trigger": "false"}),
        ):
            with contextlib.suppress(StoreError):  # what the connector says to it is tried elsewhere
                ask()
    assert [fault for asked, reply in exchanges(server.log) for fault in faults(asked, reply)]


@needs_files
@pytest.mark.slow
@pytest.mark.parametrize("name", ["record.json", "module-search.json", "coql.json", "recycle-bin.json", "notes.json"])
def test_generated_requests_find_no_crash(server: ZohoServer, name: str) -> None:
    """schemathesis: whatever is asked, the server answers with something it means to."""
    import schemathesis

    spec = json.loads((SPECS / name).read_text("utf-8"))
    ids = company(server.org)
    for parameter in spec.get("components", {}).get("parameters", {}).values():
        if parameter["name"] in ("module", "moduleApiName"):
            parameter["schema"] = {"type": "string", "enum": ["Contacts", "Leads", "Notes", "Nowhere"]}
        elif parameter["in"] == "path":
            parameter["schema"] = {"type": "string", "enum": [*ids.values(), "1", "x"]}
    with opened(server) as store:
        token = store.zoho._tokens.get().value
    asked = 0
    for result in schemathesis.openapi.from_dict(spec).get_all_operations():
        operation = result.ok()
        if f"{operation.method.upper()} {operation.path}" in OFFERED:
            _ask(operation, server.url, token)
            asked += 1
    assert asked
    assert all(reply.status < 500 for _, reply in server.log)


OFFERED = {
    *(f"{method} /{{module}}" for method in ("GET", "PUT", "DELETE")),
    *(f"{method} /{{module}}/{{recordID}}" for method in ("GET", "PUT", "DELETE")),
    *(f"{method} /Notes{end}" for method in ("GET", "PUT", "DELETE") for end in ("", "/{id}")),
    "GET /{module}/deleted",
    "GET /{module}/search",
    "POST /coql",
    *(f"{method} /settings/recycle_bin{end}" for method in ("GET", "DELETE") for end in ("", "/{recordId}")),
}


def _ask(operation: Any, url: str, token: str) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    @settings(
        max_examples=20, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Zoho-oauthtoken {token}"}
        assert case.call(base_url=f"{url}/crm/v8").status_code < 500

    ask()
