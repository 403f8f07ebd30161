"""Assumptions about Zoho CRM v8 that only a real organisation can confirm. Every probe reads, none writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.errors import Refused, Vanished
from connectors.http.assumptions import Assumption
from connectors.zoho.client import Rejected, Zoho, rows
from connectors.zoho.fields import NOTES, Module
from connectors.zoho.reading import Reader

Found = tuple[bool | None, str]
LATER = "2099-01-01T00:00:00+00:00"


def probes(zoho: Zoho, reader: Reader, modules: Mapping[str, Module]) -> Iterator[Assumption]:
    """Each assumption with what this organisation says to it."""
    module = next((modules[name] for name in ("Contacts", "Leads") if name in modules), next(iter(modules.values())))
    sample = next(iter(rows(zoho.get(module.path, {"fields": "Modified_Time", "per_page": "2"}))), None)
    asked: tuple[tuple[str, str, Callable[[], Found]], ...] = (
        ("scopes", "The token's answer names its scopes.", lambda: (bool(zoho.scopes()), "")),
        ("coql-attachments", "COQL can list attachments by the record they belong to.", lambda: _attachments(zoho)),
        ("coql-fresh", "COQL finds a record by its id.", lambda: _by_id(zoho, module, sample)),
        ("since", "If-Modified-Since leaves out what did not change.", lambda: _since(zoho, module)),
        ("first-token", "The first page of a list already gives a page token.", lambda: _token(zoho, module)),
        ("deleted-notes", "Deleted notes are listed like other deleted records.", lambda: _deleted(reader, modules)),
        (
            "tombstones",
            "Purged records are listed, with a display name or without.",
            lambda: _tombstones(reader, module),
        ),
        ("bin-by-id", "The recycle bin can be asked for one id.", lambda: _bin(zoho)),
        ("subforms", "Lists give the rows of subforms.", lambda: _subforms(zoho, modules)),
    )
    for name, says, ask in asked:
        try:
            holds, note = ask()
        except Rejected as refusal:
            holds, note = False, f"Zoho refused with {refusal.code}."
        except (Refused, Vanished):
            holds, note = False, "Zoho refused."
        yield Assumption(name, says, holds, note)


def _attachments(zoho: Zoho) -> Found:
    found = zoho.coql("select Parent_Id from Attachments where Modified_Time >= '1990-01-01T00:00:00+00:00' limit 1")
    return True, "" if found else "There are no attachments."


def _by_id(zoho: Zoho, module: Module, sample: Mapping[str, Any] | None) -> Found:
    if sample is None:
        return None, "The module is empty."
    found = zoho.coql(f"select id from {module.name} where id = '{sample['id']}' limit 1")
    return [row["id"] for row in found] == [sample["id"]], ""


def _since(zoho: Zoho, module: Module) -> Found:
    return zoho.get(module.path, {"fields": "Modified_Time", "per_page": "1"}, since=LATER) is None, ""


def _token(zoho: Zoho, module: Module) -> Found:
    body = zoho.get(module.path, {"fields": "Modified_Time", "per_page": "1", "sort_by": "id", "sort_order": "asc"})
    info = body.get("info", {}) if isinstance(body, dict) else {}
    return (bool(info.get("next_page_token")), "") if info.get("more_records") else (None, "There is one page only.")


def _deleted(reader: Reader, modules: Mapping[str, Module]) -> Found:
    if NOTES not in modules:
        return None, "Notes are not read."
    reader.deleted(modules[NOTES], LATER, 1)
    return True, ""


def _tombstones(reader: Reader, module: Module) -> Found:
    found, _ = reader.deleted(module, "", 1, "permanent")
    if not found:
        return None, "Nothing was purged yet."
    return True, "They show a name." if any(row.get("display_name") for row in found) else "They show no name."


def _bin(zoho: Zoho) -> Found:
    found = rows(zoho.get("/settings/recycle_bin", {"per_page": "1"}), "recycle_bin")
    return (zoho.binned(found[0]["id"]), "") if found else (None, "The bin is empty.")


def _subforms(zoho: Zoho, modules: Mapping[str, Module]) -> Found:
    for module in modules.values():
        for spec in module.shown():
            if spec.type == "subform":
                found = rows(zoho.get(module.path, {"fields": spec.name, "per_page": "1"}))
                return (spec.name in found[0], "") if found else (None, "The module is empty.")
    return None, "There is no subform."
