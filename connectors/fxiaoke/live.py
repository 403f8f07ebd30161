"""What Fxiaoke's published pages leave open, tried by reading on a real tenant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from connectors.crm import Module
from connectors.errors import Refused, Terminal
from connectors.fxiaoke.client import Answered, post
from connectors.fxiaoke.service import FxiaokeService, condition, paths
from connectors.http.assumptions import Assumption

Found = tuple[bool | None, str]
NOBODY = "0" * 24  # an id of the right form that no record has


def probes(service: FxiaokeService) -> Iterator[Assumption]:
    """Each assumption with what this tenant says to it."""
    modules = service.modules()
    module = modules.get("ContactObj") or next(iter(modules.values()))
    asked: tuple[tuple[str, str, Callable[[], Found]], ...] = (
        ("order", "Rows can be ordered by _id and asked for beyond one (GT).", lambda: _order(service, module)),
        ("several", "Rows can be asked for by several ids (IN).", lambda: _several(service, module)),
        ("projection", "A projection leaves out fields that were not asked for.", lambda: _projection(service, module)),
        ("changes", "last_modified_time is compared in milliseconds.", lambda: _changes(service, module)),
        ("total", "The total is given under the name `total`.", lambda: (service.count(module) is not None, "")),
        ("absent", "An id that nobody has is refused with a code.", lambda: _absent(service, module)),
        ("custom", "Custom objects answer at their own paths.", lambda: _custom(service)),
    )
    for name, says, ask in asked:
        try:
            holds, note = ask()
        except (Refused, Terminal) as error:
            holds, note = False, str(error)
        yield Assumption(name, says, holds, note)


def _order(service: FxiaokeService, module: Module) -> Found:
    keys = [row.key for row in service.listed(module, None).rows]
    if len(keys) < 2:
        return None, "There are too few records."
    return [row.key for row in service.listed(module, keys[0]).rows][:1] == keys[1:2], ""


def _several(service: FxiaokeService, module: Module) -> Found:
    keys = [row.key for row in service.listed(module, None).rows][:2]
    return (
        ({row.key for row in service.rows(module, keys)} == set(keys), "") if keys else (None, "There are no records.")
    )


def _projection(service: FxiaokeService, module: Module) -> Found:
    found = service.query(module.name, [], names=["_id"], limit=1).get("dataList")
    row = found[0] if isinstance(found, list) and found else None
    return ("create_time" not in row, "") if isinstance(row, dict) else (None, "There are no records.")


def _changes(service: FxiaokeService, module: Module) -> Found:
    if not service.listed(module, None).rows:
        return None, "There are no records."
    later = service.changed(module, time.time() + 172_800, None).rows
    return bool(service.changed(module, 0.0, None).rows) and not later, ""


def _absent(service: FxiaokeService, module: Module) -> Found:
    if list(service.rows(module, [NOBODY])):
        return False, "A record has an id of zeros."
    try:
        service.call(
            post(f"{paths(module.name)}/get", {"data": {"dataObjectApiName": module.name, "objectDataId": NOBODY}})
        )
    except Answered as refusal:
        return True, f"The code is {refusal.code}."
    return False, "It is answered like a record."


def _custom(service: FxiaokeService) -> Found:
    name = next((name for name in service.modules() if name.endswith("__c")), None)
    if name is None:
        return None, "There are no custom objects."
    service.query(name, [condition("_id", "EQ", NOBODY)], limit=1)
    return True, ""
