"""`redress store`, `redress scan` and `redress inventory`: the stores, and what is known about them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from cli import show
from cli.opening import home_of, opened

if TYPE_CHECKING:
    from connectors.contract import Health
    from connectors.http.assumptions import Assumption
    from office import Office

app = typer.Typer(no_args_is_help=True, help="Connect stores of personal data.")
Name = Annotated[str, typer.Argument(help="Name of the store.")]


@app.command()
def add(
    context: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(help="sql, imap, maildir, mbox, zoho, fxiaoke, declared, or that of an installed connector."),
    ],
    name: Annotated[str, typer.Argument(help="Name it gets here: small letters, digits, - and _.")],
    options: Annotated[
        list[str] | None,
        typer.Argument(help="key=value …; password-env=VAR and password-file=PATH keep a secret out of the shell."),
    ] = None,
    by: show.By = "operator",
    as_json: show.Json = False,
) -> None:
    """Connect a store after reaching it. Its options are sealed; nothing is saved when it cannot be reached.

    On a terminal, secrets that are still missing are asked for and not shown.
    """
    from discovery import stores

    with opened(home_of(context)) as office:
        pairs = pairs_of(options or [])
        health = stores.add(office, kind, name, pairs | ({} if as_json else _asked(kind, pairs)), os.environ, by)
    if as_json:
        show.document({"name": name, "kind": kind} | asdict(health))
        return
    show.line(f"The store {name} is connected.")
    _tell(health)
    show.hint(f"Next: `redress scan {name}`")


@app.command("list")
def list_(context: typer.Context, as_json: show.Json = False) -> None:
    """Every connected store with its options; secrets are masked."""
    from discovery import stores

    with opened(home_of(context)) as office:
        with office.unit() as unit:
            rows = stores.connected(unit.session)
        found = [
            {
                "name": r.name,
                "kind": r.kind,
                "added": r.added_at.isoformat(),
                "options": stores.shown_options(office, r),
            }
            for r in rows
        ]
    if as_json:
        show.document(found)
        return
    show.table("Stores", ("name", "kind", "added", "options"), [list(item.values()) for item in found])


@app.command()
def check(
    context: typer.Context,
    name: Name,
    live: Annotated[
        bool, typer.Option("--live", help="Also try, by reading only, what the connector takes for granted.")
    ] = False,
    as_json: show.Json = False,
) -> None:
    """Reach a store now and compare rights. Ends with 1 when rights are missing or needless, or an assumption does not
    hold; with 3 when it is out of reach."""
    from connectors.http.assumptions import Probing
    from discovery import stores

    with opened(home_of(context)) as office, stores.open_named(office, name) as store:
        health, size = store.check(), store.estimate()
        probed = list(store.assumptions()) if live and isinstance(store, Probing) else []
    if as_json:
        found = {"name": name, "records": size.records, "bytes": size.bytes} | asdict(health)
        show.document(found | ({"assumptions": [asdict(item) for item in probed]} if live else {}))
    else:
        show.line(f"The store {name} answers: about {size.records} records.")
        _tell(health)
        if live:
            _tell_probed(probed)
    wrong = health.missing or health.needless or any(item.holds is False for item in probed)
    raise typer.Exit(show.FINDING if wrong else 0)


@app.command()
def remove(context: typer.Context, name: Name, by: show.By = "operator", as_json: show.Json = False) -> None:
    """Disconnect a store: forget its credentials and everything indexed from it. The store itself is not touched."""
    from discovery import stores

    with opened(home_of(context)) as office:
        stores.remove(office, name, by)
    if as_json:
        show.document({"name": name, "removed": True})
    else:
        show.line(f"The store {name} is disconnected; its data was not touched.")


def scan(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Stores to scan; default: all.")] = None,
    as_json: show.Json = False,
) -> None:
    """Read what is new or changed in the stores: the index of people and the inventory. Ends with 1 if one failed."""
    from cases import scans
    from flows import supervisor

    with opened(home_of(context)) as office:
        seen = scans.passes(office)
        asked = [scans.ask(office, name) for name in names] if names else scans.ask_all(office)
        with _watched(office, names, seen, as_json):
            idle = supervisor.run_until_idle(office.settings, show.teller(as_json))
        runs = scans.ended(office, asked)
    found = [
        {
            "store": run.store,
            "state": run.state,
            "records": run.records,
            "changed": run.changed,
            "gone": run.gone,
            "unreadable": run.unreadable,
            "problem": run.problem,
        }
        for run in runs
    ]
    if as_json:
        show.document({"scans": found, "problems": idle.problems})
    else:
        show.table("Scans", list(found[0]) if found else ("store",), [list(row.values()) for row in found])
    raise typer.Exit(0 if all(run.state == "finished" for run in runs) else show.FINDING)


def inventory(
    context: typer.Context,
    store: Annotated[str, typer.Option(help="Only this store.")] = "",
    as_json: show.Json = False,
) -> None:
    """Where personal data lives: records by store, collection, field and entity, as the last scans saw it."""
    from discovery.inventory import listing

    with opened(home_of(context)) as office, office.unit() as unit:
        lines = listing(unit.session, store)
    found = [
        {"store": i.store, "collection": i.collection, "field": i.field, "entity": i.entity, "records": i.records}
        for i in lines
    ]
    if as_json:
        show.document(found)
        return
    show.table(
        "Personal data", ("store", "collection", "field", "entity", "records"), [list(f.values()) for f in found]
    )
    if not found:
        show.hint("Nothing was scanned yet: `redress scan`")


@contextmanager
def _watched(
    office: Office, names: list[str] | None, seen: dict[tuple[str, str], int], as_json: bool
) -> Iterator[None]:
    """A bar of the records read, on a terminal, while the block runs."""
    from cases import scans

    with show.bar(as_json, "records", scans.expected(office, names)) as drawn:
        stop = threading.Event()

        def look() -> None:
            while not stop.wait(0.5):
                drawn(scans.read_since(office, seen, names))

        thread = threading.Thread(target=look, name="bar", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def pairs_of(options: list[str]) -> dict[str, str]:
    """Options by name as they were typed."""
    pairs: dict[str, str] = {}
    for text in options:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter("Options of a store are written key=value.", param_hint="OPTIONS")
        if name in pairs:
            raise typer.BadParameter("An option is given twice.", param_hint="OPTIONS")
        pairs[name] = value
    return pairs


def _asked(kind: str, pairs: dict[str, str]) -> dict[str, str]:
    """The secrets that are missing, typed by somebody who is there to type them."""
    from connectors import registry

    if not sys.stdin.isatty():
        return {}
    names = registry.secrets_to_ask(registry.kind(kind), pairs)
    return {name: typer.prompt(name, hide_input=True, err=True) for name in names}


def _tell_probed(probed: list[Assumption]) -> None:
    if not probed:
        show.line("This kind of store takes nothing for granted that could be tried.")
        return
    words = {True: "holds", False: "does not hold", None: "could not be told"}
    rows = [(item.name, words[item.holds], item.says, item.note) for item in probed]
    show.table("Assumptions", ("name", "here", "what is taken for granted", "note"), rows)


def _tell(health: Health) -> None:
    for title, rights in (("Missing rights", health.missing), ("Rights beyond need", health.needless)):
        if rights:
            show.line(f"{title}: {', '.join(rights)}")
    for note in health.notes:
        show.line(f"Note: {note}")


def _set(options: dict[str, object]) -> dict[str, object]:
    """Options that say something."""
    return {name: value for name, value in options.items() if value not in (None, "", [], {})}
