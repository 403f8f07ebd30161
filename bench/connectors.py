"""What the CRM connectors cost: `python bench/connectors.py [--records 30000] [--kinds zoho,fxiaoke,hubspot] [--unpaced] [--json]`.

Each service is a contract server of ours in a process of its own; each measurement is another process, so that its peak memory
is its own. Beside every crawl stands a plain one: the same pages asked for by bare httpx and read as JSON, nothing more.
"Paced" keeps to the vendor's limits, "unpaced" calls as fast as it can. The calls of one request are those of a later search for
one person: what changed in every collection, the service's own search, the records found, and what hangs off them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
KINDS = ("zoho", "fxiaoke", "hubspot")
SMALL = 300


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=30_000, help="contacts in each service")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--unpaced", action="store_true", help="leave out the crawls that keep to the vendor's limits")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--serve", nargs=2, metavar=("KIND", "RECORDS"), help=argparse.SUPPRESS)
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "KIND", "URL"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve[0], int(asked.serve[1]))
    elif asked.child:
        print(json.dumps(measured(*asked.child)))
    else:
        report(asked)


def report(asked: argparse.Namespace) -> None:
    found: dict[str, Any] = {}
    for kind in asked.kinds.split(","):
        with server(kind, asked.records) as url:
            whats = ("plain", "unpaced", *(() if asked.unpaced else ("paced",)), "request", "request-warm")
            found[kind] = {what: child(what, kind, url) for what in whats}
        with server(kind, SMALL) as url:
            found[kind]["request-small"] = child("request", kind, url)
        if not asked.json:
            show(kind, found[kind])
    if asked.json:
        print(json.dumps(found, indent=1))


def show(kind: str, found: Mapping[str, Any]) -> None:
    for what in ("plain", "unpaced", "paced"):
        if what in found:
            row = found[what]
            rate = row["records"] / row["seconds"]
            ratio = row["seconds"] / found["plain"]["seconds"]
            print(
                f"{kind:8} {what:8} {row['records']:7} records {rate:8.0f} /s  {ratio:5.2f} x plain  {row['calls']:5} calls  "
                f"{row['peak_mib']:4} MiB"
            )
    small, large, warm = (found[what]["calls"] for what in ("request-small", "request", "request-warm"))
    print(
        f"{kind:8} request  {small} calls at {SMALL} contacts, {large} at {found['plain']['records']}; "
        f"{warm} while token and settings are at hand"
    )


# -- services


@contextmanager
def server(kind: str, records: int) -> Iterator[str]:
    command = [sys.executable, str(Path(__file__)), "--serve", kind, str(records)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(30)


def serve(kind: str, records: int) -> None:
    """Fill a service, say where it is, and run until standard input is closed."""
    with {"zoho": zoho, "fxiaoke": fxiaoke, "hubspot": hubspot}[kind](records) as running:
        running.keep_log = False
        print(running.url, flush=True)
        sys.stdin.read()


def person(number: int) -> tuple[str, str, str]:
    """Given name, family name, address."""
    return f"Given{number % 977}", f"Family{number}", f"person{number}@example.com"


def zoho(records: int) -> Any:
    from tests.servers.zoho_http import Rules, ZohoServer

    running = ZohoServer(rules=Rules(credits=10**9, refreshes=10**6))
    del running.org.modules["Contacts"].fields["Relatives"]  # a subform costs a call for each record
    running.org.skew = -86_400  # entered yesterday
    for number in range(records):
        given, family, address = person(number)
        id = running.org.plant(
            "Contacts",
            First_Name=given,
            Last_Name=family,
            Full_Name=f"{given} {family}",
            Email=address,
            Description="Likes bikes.",
        )
        if number % 100 == 0:
            running.org.attach("Contacts", id, "offer.txt", f"Offer for {given} {family}".encode())
            running.org.plant("Deals", Deal_Name="A bike", Contact_Name={"id": id, "name": family})
    running.org.skew = 0
    return running


def fxiaoke(records: int) -> Any:
    from tests.servers.fxiaoke import Fxiaoke

    running = Fxiaoke()
    running.burst = 10**9
    running.clock = lambda: time.time() - 86_400  # entered yesterday
    for number in range(records):
        given, family, address = person(number)
        running.put("ContactObj", name=f"{given} {family}", email=address, remark="Likes bikes.")
    running.clock = time.time
    return running


def hubspot(records: int) -> Any:
    from tests.servers.hubspot import HubSpot

    running = HubSpot()
    running.clock = lambda: time.time() - 86_400  # entered yesterday
    for number in range(records):
        given, family, address = person(number)
        running.put("contacts", {"firstname": given, "lastname": family, "email": address, "about": "Likes bikes."})
    running.clock = time.time
    return running


# -- measurements, each in a process of its own


def child(what: str, kind: str, url: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        command = [sys.executable, str(Path(__file__)), "--child", what, kind, url]
        env = os.environ | {"XDG_RUNTIME_DIR": folder}
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(what: str, kind: str, url: str) -> dict[str, Any]:
    calls = counted()
    if what != "paced":
        unpaced()
    began = time.perf_counter()
    found = {"plain": plain, "unpaced": crawl, "paced": crawl, "request": request, "request-warm": request_warm}[what](
        kind, url
    )
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "records": found,
        "seconds": round(seconds, 3),
        "calls": found if what.startswith("request") else len(calls),
        "peak_mib": peak,
    }


def counted() -> list[str]:
    """Every call from here on."""
    from connectors.http import Transport

    calls: list[str] = []
    send = Transport.handle_request

    def handle(transport: Any, sent: Any) -> Any:
        calls.append(f"{sent.method} {sent.url.path}")
        return send(transport, sent)

    Transport.handle_request = handle  # type: ignore[method-assign]
    return calls


def unpaced() -> None:
    """No limits of our own."""
    from connectors.http import Limiter

    @contextmanager
    def turn(limiter: Limiter, kind: str) -> Iterator[None]:
        yield

    Limiter.turn = turn  # type: ignore[assignment, method-assign]


def opened(kind: str, url: str) -> Any:
    if kind == "zoho":
        from connectors.zoho import KIND
        from tests.servers.zoho_http import CLIENT

        return KIND.open(KIND.options.model_validate({**CLIENT, "accounts": url}))
    if kind == "fxiaoke":
        from connectors.fxiaoke import KIND as FXIAOKE
        from tests.servers.fxiaoke import APP, USER

        names = {"app_id": APP["appId"], "app_secret": APP["appSecret"], "permanent_code": APP["permanentCode"]}
        return FXIAOKE.open(FXIAOKE.options.model_validate({**names, "user_id": USER, "base": url}))
    from connectors.declared import KIND as DECLARED
    from tests.servers.hubspot import TOKEN

    return DECLARED.open(DECLARED.options.model_validate({"file": "hubspot", "secrets": TOKEN, "base": url}))


def crawl(kind: str, url: str) -> int:
    """Every record of every collection, read and let go."""
    with opened(kind, url) as store:
        return sum(
            len(page.records)
            for collection in store.collections()
            for page in store.changes(collection.name, None, lambda refs: {})
        )


def request_warm(kind: str, url: str) -> int:
    """The same within the hour after a scan: token and settings are still at hand."""
    return request(kind, url, cold=False)


def request(kind: str, url: str, *, cold: bool = True) -> int:
    """Calls for one person in a store that was read before: nothing is left of the first pass but cursors."""
    from connectors.contract import Ability, Identifier
    from connectors.http import shared

    calls = counted()
    with opened(kind, url) as store:
        cursors = {c.name: "" for c in store.collections()}
        for name in cursors:
            for page in store.changes(name, None, lambda refs: {}):
                cursors[name] = page.cursor
    for kept in shared.folder().iterdir() if cold else ():  # neither token nor settings are at hand any more
        kept.unlink()
    calls.clear()
    given, family, address = person(100)
    wanted: Sequence[Identifier] = (Identifier("email", address), Identifier("name", f"{given} {family}"))
    with opened(kind, url) as store:
        for collection in store.collections():
            for _ in store.changes(collection.name, cursors[collection.name], lambda refs: {ref: "" for ref in refs}):
                pass
        found = list(store.search(wanted)) if Ability.SEARCH in store.abilities else []
        again = list(store.fetch([record.ref for record in found]))
        for record in again:
            list(store.related(record.ref))
    return len(calls)


def plain(kind: str, url: str) -> int:
    """Pages of contacts by bare httpx."""
    import httpx

    with httpx.Client(base_url=url, timeout=60) as client:
        return {"zoho": plain_zoho, "fxiaoke": plain_fxiaoke, "hubspot": plain_hubspot}[kind](client)


def plain_zoho(client: Any) -> int:
    from tests.servers.zoho_http import CLIENT

    token = client.post("/oauth/v2/token", data={"grant_type": "refresh_token", **CLIENT}).json()["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    count, params = 0, {"fields": "First_Name,Last_Name,Email,Description", "sort_by": "id", "sort_order": "asc"}
    while True:
        body = client.get("/crm/v8/Contacts", params=params, headers=headers).json()
        count += len(body["data"])
        if not body["info"]["more_records"]:
            return count
        params["page_token"] = body["info"]["next_page_token"]


def plain_fxiaoke(client: Any) -> int:
    from tests.servers.fxiaoke import APP, EA, USER

    token = client.post(f"/oauth2.0/token?thirdTraceId={trace()}", json={**APP, "grantType": "app_secret"}).json()
    headers = {"authorization": f"Bearer {token['accessToken']}", "x-fs-ea": EA, "x-fs-userid": USER}
    count, last = 0, ""
    while True:
        behind = [{"field_name": "_id", "operator": "GT", "field_values": [last]}] if last else []
        asked = {"limit": 100, "offset": 0, "filters": behind, "orders": [{"fieldName": "_id", "isAsc": True}]}
        data = {"dataObjectApiName": "ContactObj", "find_explicit_total_num": False, "search_query_info": asked}
        body = client.post(
            f"/cgi/crm/v2/data/query?thirdTraceId={trace()}", json={"data": data}, headers=headers
        ).json()
        rows = body["data"]["dataList"]
        count += len(rows)
        if len(rows) < 100:
            return count
        last = rows[-1]["_id"]


def trace() -> str:
    import uuid

    return str(uuid.uuid4())


def plain_hubspot(client: Any) -> int:
    from tests.servers.hubspot import TOKEN

    headers = {"Authorization": f"Bearer {TOKEN}"}
    count, params = 0, {"limit": "100", "properties": "firstname,lastname,email,about"}
    while True:
        body = client.get("/crm/objects/2026-09/contacts", params=params, headers=headers).json()
        count += len(body["results"])
        after = body.get("paging", {}).get("next", {}).get("after")
        if not after:
            return count
        params["after"] = after


if __name__ == "__main__":
    main()
