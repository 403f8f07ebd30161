"""`redress store conform`: is a description sound, and does its service keep to it?"""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any

import typer

from cli import show
from cli.store import pairs_of


def conform(
    file: Annotated[str, typer.Argument(help="A description (YAML), or the name of a shipped one: hubspot.")] = "",
    options: Annotated[
        list[str] | None,
        typer.Argument(help="Options of a store of kind declared, key=value …; without any, only the file is read."),
    ] = None,
    erase: Annotated[
        str, typer.Option(help="COLLECTION/KEY of a test record: it is erased for good, to try the whole chain.")
    ] = "",
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of descriptions, for editors.")
    ] = False,
    as_json: show.Json = False,
) -> None:
    """Try a description on its service. Ends with 1 when they disagree. Nothing is written without --erase."""
    from connectors.declared import reading

    if schema:
        sys.stdout.write(json.dumps(reading.schema(), indent=1, ensure_ascii=False) + "\n")
        return
    if not file:
        raise typer.BadParameter("Name a description.", param_hint="FILE")
    described = reading.parse(reading.text_of(file))
    findings = _findings(file, options, erase) if options else []
    faults = [finding for finding in findings if finding["ok"] is False]
    if as_json:
        show.document({"name": described.name, "title": described.title, "findings": findings})
    elif findings:
        words = {True: "ok", False: "fault", None: "-"}
        rows = [(f["where"], f["probe"], words[f["ok"]], f["words"]) for f in findings]
        show.table(described.title, ("where", "probe", "result", "words"), rows, {"ok": "green", "fault": "red"})
    else:
        show.line(f"The description of {described.title} is sound: {len(described.collections)} collections.")
        show.hint("Give options (secrets-env=VAR …) to try it on the service.")
    raise typer.Exit(show.FINDING if faults else 0)


def _findings(file: str, options: list[str], erase: str) -> list[dict[str, Any]]:
    from connectors import registry
    from connectors.contract import Ref
    from connectors.declared import KIND, conform, opening
    from connectors.declared.options import DeclaredOptions

    parsed = registry.parse_options(KIND, {"file": file, **pairs_of(options)}, os.environ)
    assert isinstance(parsed, DeclaredOptions)  # noqa: S101 - the model of this kind
    service = opening.service_of(parsed)
    with opening.store_of(parsed, service) as store:
        found = list(conform.examine(service, store))
        if erase:
            collection, _, key = erase.partition("/")
            found += conform.erasing(service, store, Ref(collection, key))
    return [finding._asdict() for finding in found]
