"""What the engine costs: scanning, answering, and what Prefect adds. `python bench/spine.py [--messages 5000,50000] [--json]`.

Every figure stands beside a plain alternative measured in the same run on the same files, because absolute numbers say more
about the machine than about us. Each measurement is a process of its own, so that its peak memory is its own too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from email import message_from_bytes
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEOPLE = 2000
SMALL = 100
MIB = 1024 * 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", default="5000,50000", help="sizes of the mail store, separated by commas")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--no-flows", action="store_true", help="leave out what needs a Prefect server")
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(_measured(*asked.child)))
        return
    sizes = [int(size) for size in asked.messages.split(",")]
    found: dict[str, Any] = {"sizes": {}}
    for size in sizes:
        found["sizes"][size] = of_size(size)
        if not asked.json:
            _show(size, found["sizes"][size])
    if not asked.no_flows:
        found["request"] = flows()
        if not asked.json:
            _show_flows(found["request"])
    if asked.json:
        print(json.dumps(found, indent=1))


def of_size(messages: int) -> dict[str, Any]:
    """Everything that depends on the size of the company."""
    folder = Path(tempfile.mkdtemp(prefix="redress-bench-"))
    try:
        whats = ("build", "plain", "parse", "parse-crm", "scan-index", "again", "scan", "plan", "plan-unscanned")
        return {what: _child(what, folder, str(messages)) for what in whats} | {"size": _sizes(folder)}
    finally:
        shutil.rmtree(folder)


def flows() -> dict[str, Any]:
    """One access request by direct calls and by flows, on a small company."""
    folder = Path(tempfile.mkdtemp(prefix="redress-bench-"))
    try:
        _child("build", folder, str(SMALL))
        return {what: _child(what, folder) for what in ("direct", "flows")}
    finally:
        shutil.rmtree(folder)


def _child(what: str, folder: Path, *rest: str) -> dict[str, Any]:
    env = os.environ | {"REDRESS_BENCH_MESSAGES": rest[0] if rest else "", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(Path(__file__)), "--child", what, str(folder)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _measured(what: str, place: str) -> dict[str, Any]:
    folder = Path(place)
    result = MEASURES[what](folder)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return result | {"peak_mib": round(usage.ru_maxrss / 1024), "cpu": round(usage.ru_utime + usage.ru_stime, 2)}


def _timed(do: Callable[[], Any]) -> dict[str, Any]:
    began = time.perf_counter()
    counted = do()
    return {"seconds": round(time.perf_counter() - began, 3)} | (counted or {})


def _build(folder: Path) -> dict[str, Any]:
    from cli.demo.company import build

    return _timed(lambda: dict(build(folder / "company", PEOPLE, int(os.environ["REDRESS_BENCH_MESSAGES"])).counts))


def _plain(folder: Path) -> dict[str, Any]:
    """What nobody can do without: read each file, let the standard library (compat32) take it apart, decode its parts."""

    def do() -> dict[str, int]:
        count = size = 0
        for path in (folder / "company" / "mail").rglob("cur/*"):
            raw = path.read_bytes()
            for part in message_from_bytes(raw).walk():
                part.get_payload(decode=True)
            count, size = count + 1, size + len(raw)
        return {"records": count, "bytes": size}

    return _timed(do)


def _parse(folder: Path) -> dict[str, Any]:
    """Our connector without the index: every page of every folder."""
    from connectors.maildir.store import MaildirStore, Options

    store = MaildirStore(Options(path=folder / "company" / "mail"))
    return _timed(lambda: _drained(store))


def _parse_crm(folder: Path) -> dict[str, Any]:
    """The same of the CRM, and a plain SELECT of every row beside it."""
    from connectors import registry

    path = folder / "company" / "crm.db"

    def select() -> None:
        with closing(sqlite3.connect(path)) as db:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                db.execute(f"SELECT * FROM {name}").fetchall()

    plain = _timed(select)["seconds"]
    with registry.open_store("sql", {"url": f"sqlite:///{path}"}) as store:
        return _timed(lambda: _drained(store)) | {"plain_seconds": plain}


def _drained(store: Any) -> dict[str, int]:
    count = 0
    for collection in store.collections():
        for page in store.changes(collection.name, None, lambda refs: {}):
            count += len(page.records)
    return {"records": count}


def _office(folder: Path, name: str) -> Any:
    """An installation beside the company, both stores connected; the one of an earlier measurement if it is there."""
    from cli.opening import initialise
    from discovery import stores
    from office import open_office
    from settings import load

    home = folder / name
    fresh = not home.exists()
    home.mkdir(exist_ok=True)
    if fresh:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (home / "redress.toml").write_text(f"[prefect]\nport = {port}\n", "utf-8")
        initialise(load(home))
    os.environ["REDRESS_HOME"] = str(home)
    office = open_office(home)
    if fresh:
        company = folder / "company"
        stores.add(office, "sql", "crm", {"url": f"sqlite:///{company / 'crm.db'}"}, {}, "operator")
        stores.add(office, "maildir", "mail", {"path": str(company / "mail")}, {}, "operator")
    return office


def _scan(name: str, inventory: bool) -> Callable[[Path], dict[str, Any]]:
    def measure(folder: Path) -> dict[str, Any]:
        from discovery import detection, stores
        from discovery.scan import scan_collection

        office = _office(folder, name)
        analyzer = detection.analyzer(office) if inventory else None
        found: dict[str, Any] = {}
        for store_name in ("crm", "mail"):

            def do(store_name: str = store_name) -> dict[str, int]:
                with stores.open_named(office, store_name) as store:
                    done = [scan_collection(office, store, store_name, c.name, analyzer) for c in store.collections()]
                return {"records": sum(one.read for one in done), "changed": sum(one.changed for one in done)}

            found[store_name] = _timed(do)
        return found

    return measure


def _plan(name: str) -> Callable[[Path], dict[str, Any]]:
    """From the request to the plan, in one process, by direct calls."""

    def measure(folder: Path) -> dict[str, Any]:
        from tests.faults import journey

        office = _office(folder, name)
        person = _asker()

        def do() -> dict[str, Any]:
            reference = journey.ask(office, person, "access")
            journey.drive(office)
            journey.turn(office, reference)
            journey.drive(office)
            return {"state": journey.state_of(office, reference).value}

        return _timed(do)

    return measure


def _asker() -> Any:
    """The person of the sample company who asks."""
    from cli.demo.cast import asker_plot
    from discovery.identifiers import Kind

    known = asker_plot().subject().identifiers

    class Asker:
        given = (
            *((Kind.EMAIL, value) for value in known.emails),
            *((Kind.PHONE, value) for value in known.phones),
            (Kind.NAME, known.names[0]),
        )

    return Asker()


def _direct(folder: Path) -> dict[str, Any]:
    """A whole access request by direct calls."""
    from tests.faults import journey

    office = _office(folder, "direct")
    journey.scan(office)
    person = _asker()

    def do() -> dict[str, Any]:
        reference = journey.ask(office, person, "access")
        while journey.state_of(office, reference) not in journey.ENDED:
            journey.drive(office)
            journey.turn(office, reference)
        journey.drive(office)
        return {"state": journey.state_of(office, reference).value}

    return _timed(do)


def _flows(folder: Path) -> dict[str, Any]:
    """The same by flows; the start of server and runner is counted apart."""
    from cases import scans
    from flows import supervisor
    from flows.server import apply_environment
    from tests.faults import journey

    office = _office(folder, "flows")
    apply_environment(office.settings)
    began = time.perf_counter()
    with supervisor.engine(office.settings):
        start = time.perf_counter() - began
        scans.ask_all(office)
        supervisor.run_until_idle(office.settings, timeout=300)
        person = _asker()

        def do() -> dict[str, Any]:
            reference = journey.ask(office, person, "access")
            while journey.state_of(office, reference) not in journey.ENDED:
                supervisor.run_until_idle(office.settings, timeout=300)
                journey.turn(office, reference)
            supervisor.run_until_idle(office.settings, timeout=300)
            return {"state": journey.state_of(office, reference).value}

        return _timed(do) | {"start": round(start, 2), "runs": _runs(office)}


def _runs(office: Any) -> int:
    from sqlmodel import col, func, select

    from cases.tables import Step

    with office.unit() as unit:
        return int(unit.session.exec(select(func.count()).where(col(Step.phase) != "discover")).one())


MEASURES: dict[str, Callable[[Path], dict[str, Any]]] = {
    "build": _build,
    "plain": _plain,
    "parse": _parse,
    "parse-crm": _parse_crm,
    "scan-index": _scan("scanned", inventory=False),
    "again": _scan("scanned", inventory=False),
    "scan": _scan("inventoried", inventory=True),
    "plan": _plan("scanned"),
    "plan-unscanned": _plan("unscanned"),
    "direct": _direct,
    "flows": _flows,
}


def _sizes(folder: Path) -> dict[str, Any]:
    """How large the index is, beside what it indexes."""
    database = folder / "scanned" / "redress.db"
    with closing(sqlite3.connect(database)) as db:
        keys = db.execute("SELECT count(*) FROM index_key").fetchone()[0]
        records = db.execute("SELECT count(*) FROM indexed_record").fetchone()[0]
    stores = sum(path.stat().st_size for path in (folder / "company").rglob("*") if path.is_file())
    return {"database_bytes": database.stat().st_size, "keys": keys, "records": records, "stores_bytes": stores}


def _show(messages: int, found: dict[str, Any]) -> None:
    plain, parse, crm, size = found["plain"], found["parse"], found["parse-crm"], found["size"]
    mail, rows = found["scan-index"]["mail"], found["scan-index"]["crm"]
    with_stock, again = found["scan"], found["again"]
    lines: list[Sequence[object]] = [
        (
            "plain parse of the mail (compat32)",
            *_rate(plain, plain),
            f"{plain['bytes'] / MIB / plain['seconds']:.1f} MiB/s",
        ),
        ("our reading of the mail, no index", *_rate(parse, plain), ""),
        ("scan of the mail: index", *_rate(mail, plain), f"{plain['bytes'] / MIB / mail['seconds']:.1f} MiB/s"),
        ("scan of the mail: index and inventory", *_rate(with_stock["mail"], plain), ""),
        ("scan again, nothing changed", *_rate(again["mail"], plain), ""),
        ("our reading of the CRM, no index", *_rate(crm, {"seconds": crm["plain_seconds"]}), "beside SELECT *"),
        ("scan of the CRM: index", *_rate(rows, {"seconds": crm["plain_seconds"]}), "beside SELECT *"),
    ]
    print(f"\n{messages} messages, {rows['records']} rows")
    for name, seconds, rate, ratio, more in lines:
        print(f"  {name:42}{seconds:>9}{rate:>14}{ratio:>10}  {more}")
    print(
        f"  request to plan, indexed {found['plan']['seconds']} s, not yet scanned {found['plan-unscanned']['seconds']} s"
    )
    peaks = ", ".join(f"{what} {found[what]['peak_mib']}" for what in ("plain", "parse", "scan-index", "scan", "plan"))
    print(f"  peak memory in MiB: {peaks}")
    share = size["database_bytes"] / size["stores_bytes"]
    per = size["keys"] / size["records"]
    print(f"  index: {size['database_bytes'] / MIB:.1f} MiB, {share:.0%} of the stores, {per:.0f} keys a record")


def _rate(one: dict[str, Any], plain: dict[str, Any]) -> tuple[str, str, str]:
    rate = f"{one['records'] / one['seconds']:.0f}/s" if "records" in one else ""
    return f"{one['seconds']:.2f} s", rate, f"x {one['seconds'] / max(plain['seconds'], 0.001):.1f}"


def _show_flows(found: dict[str, Any]) -> None:
    direct, flow = found["direct"], found["flows"]
    each = (flow["seconds"] - direct["seconds"]) / flow["runs"]
    print(
        f"\nOne access request over {SMALL} messages: {direct['seconds']} s by direct calls, {flow['seconds']} s by flows"
    )
    print(
        f"  Prefect adds {each:.1f} s to each of {flow['runs']} runs; server and runner start in {flow['start']} s, once"
    )


if __name__ == "__main__":
    main()
