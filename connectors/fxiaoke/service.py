"""One Fxiaoke tenant as `CrmStore` wants it.

Rows are always walked by `_id`: the service lists no more than 10,000 by offset. A record that is invalid (in the bin) may be
neither listed nor given, so the chain deletes without having seen it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from connectors.contract import ActionKind, FieldType, Health, Identifier, Link, Ref, Value, Whereabouts
from connectors.crm import Batch, Column, File, Module, Row, Trace
from connectors.crm.rows import plain
from connectors.crm.store import PHONE_DIGITS
from connectors.errors import MissingRights, Refused, Terminal, Unsupported
from connectors.fxiaoke import fields
from connectors.fxiaoke.client import Answered, post
from connectors.fxiaoke.options import FxiaokeOptions
from connectors.http import Answer, Call, Client

PAGE = 100
LOG = "fxiaoke.operation-log"
FILES_LEFT = "fxiaoke.files"

_KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Malformed(Terminal):
    """The service answered, and not in the form its pages promise."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Fxiaoke's answer does not have the documented form ({what}).", advice="Report it.")


class FxiaokeService:
    """One tenant, seen with the rights of one employee."""

    def __init__(self, options: FxiaokeOptions, client: Client, plain_client: Client) -> None:
        self._options, self._client, self._plain = options, client, plain_client
        self._files: dict[str, tuple[str, ...]] = {}  # fields that hold files, by object
        self._references: dict[str, dict[str, str]] = {}  # fields that point to other objects

    # -- what there is

    def modules(self) -> Mapping[str, Module]:
        return self._modules

    @cached_property
    def _modules(self) -> dict[str, Module]:
        found = {}
        for item in _list(self._data("/cgi/crm/v2/object/list", {}), "objects"):
            name, active = item.get("describeApiName"), item.get("isActive", True)
            if not isinstance(name, str) or not isinstance(active, bool):
                raise Malformed("object/list")
            if active and any(fnmatchcase(name, pattern) for pattern in self._options.objects):
                with suppress(Answered):  # not every object of the list may be described; `check` names those
                    found[name] = self._module(name)
        return found

    def _module(self, name: str) -> Module:
        body = {"includeDetail": False, "data": {"apiName": name, "includeDetail": False}}
        described = self._data("/cgi/crm/v2/object/describe", body).get("describe")
        known = described.get("fields") if isinstance(described, dict) else None
        if not isinstance(known, dict):
            raise Malformed("object/describe")
        kept = {field for owner, _, field in (k.partition(".") for k in self._options.keep) if owner == name}
        columns = {n: c for n, f in known.items() if (c := fields.column(n, f, n in kept)) is not None}
        self._files[name] = tuple(n for n, f in known.items() if f.get("type") in fields.FILES)
        self._references[name] = {
            n: str(f["target_api_name"])
            for n, f in known.items()
            if f.get("type") in fields.REFERENCES and f.get("target_api_name")
        }
        deletes = any(fnmatchcase(name, pattern) for pattern in self._options.delete)
        return Module(
            name=name,
            columns=columns,
            erase=ActionKind.DELETE if deletes else ActionKind.ANONYMISE,
            links=self._references[name],
            writes=True,
            scrubs=True,
            bins=True,
            purges=True,
            blind=True,
            residue=(LOG, FILES_LEFT) if self._files[name] else (LOG,),
            changes=True,
        )

    def check(self) -> Health:
        """Read one row of every object; what is refused is a missing right."""
        held, missing = [], []
        for item in _list(self._data("/cgi/crm/v2/object/list", {}), "objects"):
            name = str(item.get("describeApiName"))
            if not item.get("isActive", True) or not any(fnmatchcase(name, p) for p in self._options.objects):
                continue
            try:
                self.query(name, [], limit=1)
            except (Answered, MissingRights):
                missing.append(f"{name}.read")
            else:
                held.append(f"{name}.read")
        notes = [
            "Fxiaoke has no sandbox and no machine-readable description: this connector has met its published pages only.",
            "What was attached stays on Fxiaoke's file service and is listed as unreadable.",
        ]
        return Health(True, tuple(held), tuple(missing), notes=tuple(notes))

    def count(self, module: Module) -> int | None:
        """The pages name the total in three ways: one that is not there is not guessed."""
        found = self.query(module.name, [], limit=1, count=True).get("total")
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    # -- reading

    def listed(self, module: Module, place: str | None) -> Batch:
        return self._walk(module, place, [])

    def changed(self, module: Module, since: float, place: str | None) -> Batch:
        return self._walk(module, place, [condition("last_modified_time", "GTE", str(int(max(since, 0.0) * 1000)))])

    def _walk(self, module: Module, place: str | None, filters: list[dict[str, Any]]) -> Batch:
        behind = [condition("_id", "GT", place)] if place else []
        rows = list(self._rows(module, [*filters, *behind]))
        keys = [row.key for row in rows]
        if keys != sorted(keys) or (place and keys and keys[0] <= place):
            raise Malformed("order by _id")
        return Batch(tuple(rows), keys[-1] if len(rows) >= PAGE else None)

    def rows(self, module: Module, keys: Sequence[str]) -> Iterator[Row]:
        good = [key for key in dict.fromkeys(keys) if _KEY.fullmatch(key)]
        for start in range(0, len(good), PAGE):
            part = good[start : start + PAGE]
            yield from (row for row in self._rows(module, [condition("_id", "IN", *part)]) if row.key in part)

    def found(self, module: Module, identifier: Identifier) -> Iterator[Row]:
        """One query per field: the service joins filters with AND only. People's objects and accounts are asked."""
        if module.erase is not ActionKind.DELETE and module.name != "AccountObj":
            return
        for column in module.columns.values():
            wanted = _search(column, identifier)
            if wanted is not None:
                yield from self._rows(module, [wanted])

    def related(self, module: Module, row: Row) -> Iterator[Ref]:
        for name, other in self.modules().items():
            for field, target in self._references[name].items():
                if target == module.name:
                    yield from (Ref(name, child.key) for child in self._all(other, condition(field, "EQ", row.key)))

    def _all(self, module: Module, wanted: dict[str, Any]) -> Iterator[Row]:
        place: str | None = None
        while True:
            batch = self._walk(module, place, [wanted])
            yield from batch.rows
            place = batch.place
            if place is None:
                return

    def chunks(self, module: Module, row: Row, file: File) -> Iterator[bytes]:
        raise Unsupported("Files cannot be read through this API.", advice="Get them from Fxiaoke itself.")

    def trace(self, module: Module, key: str) -> Trace:
        """Listed: there. Not listed, yet given as invalid: in the bin. A code instead: gone, or hidden as invalid."""
        row = next(iter(self.rows(module, [key])), None)
        if row is not None:
            return Trace(Whereabouts.THERE, row)
        if not _KEY.fullmatch(key):
            return Trace(Whereabouts.GONE)
        try:
            raw = self._data(
                f"{paths(module.name)}/get", {"data": {"dataObjectApiName": module.name, "objectDataId": key}}
            )
        except Answered:
            return Trace(Whereabouts.GONE)
        if raw.get("_id") != key:
            return Trace(Whereabouts.GONE)
        binned = raw.get("is_deleted") is True or raw.get("life_status") == "invalid"
        return Trace(Whereabouts.BIN if binned else Whereabouts.THERE, self._row(module, raw))

    # -- writing

    def write(self, module: Module, key: str, values: Mapping[str, Value]) -> None:
        """Without workflows: they would write to the person who is to be forgotten."""
        body = {
            "triggerWorkFlow": False,
            "triggerApprovalFlow": False,
            "data": {"object_data": {"_id": key, "dataObjectApiName": module.name, **values}},
        }
        self.call(post(f"{paths(module.name)}/update", body))

    def discard(self, module: Module, key: str) -> None:
        self._settled(module, key, "invalid", {"object_data_id": key}, Whereabouts.THERE)

    def purge(self, module: Module, key: str) -> None:
        self._settled(module, key, "delete", {"idList": [key]}, Whereabouts.BIN)

    def _settled(self, module: Module, key: str, step: str, data: dict[str, Any], left: Whereabouts) -> None:
        """A refusal counts only while there is something left to do: a repeat is refused as well."""
        body = {
            "triggerWorkFlow": False,
            "triggerApprovalFlow": False,
            "data": {"dataObjectApiName": module.name, **data},
        }
        try:
            self.call(post(f"{paths(module.name)}/{step}", body))
        except Refused:
            if self.trace(module, key).where in (left, Whereabouts.THERE):
                raise

    def remove_file(self, module: Module, row: Row, file: File) -> None:
        raise Unsupported("Files cannot be removed through this API.", advice="Remove them in Fxiaoke itself.")

    # -- calls

    def call(self, call: Call) -> Answer:
        """What the service answers."""
        return self._client.call(call)

    def _rows(self, module: Module, filters: list[dict[str, Any]]) -> Iterator[Row]:
        found = self.query(module.name, filters, names=["_id", *module.columns, *self._files[module.name]])
        for raw in _list(found, "dataList"):
            yield self._row(module, raw)

    def query(
        self,
        name: str,
        filters: list[dict[str, Any]],
        *,
        names: Sequence[str] = ("_id",),
        limit: int = 0,
        count: bool = False,
    ) -> Mapping[str, Any]:
        """The rows of an object that meet all filters, with the named fields, by id."""
        info = {
            "limit": limit or PAGE,
            "offset": 0,
            "filters": filters,
            "orders": [{"fieldName": "_id", "isAsc": True}],
            "fieldProjection": list(names),
        }
        data = {"dataObjectApiName": name, "find_explicit_total_num": count, "search_query_info": info}
        return self._data(f"{paths(name)}/query", {"data": data})

    def _data(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self.call(post(path, body)).json().get("data")
        if not isinstance(found, dict):
            raise Malformed(path.rpartition("/")[2])
        return found

    def _row(self, module: Module, raw: Any) -> Row:
        key = raw.get("_id") if isinstance(raw, dict) else None
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise Malformed("_id")
        values = {name: plain(raw[name]) for name in module.columns if raw.get(name) not in (None, "", [])}
        links = [
            Link(field, Ref(target, str(id)))
            for field, target in self._references[module.name].items()
            for id in _each(raw.get(field))
        ]
        files = [
            File(f"{name}/{number}", f"{name} {number}", fault="unsupported")
            for name in self._files[module.name]
            for number, _ in enumerate(_each(raw.get(name)))
        ]
        return Row(
            key=key,
            values={name: value for name, (value, _) in values.items()},
            nested=frozenset(name for name, (_, nested) in values.items() if nested),
            links=tuple(links),
            files=tuple(files),
        )

    def close(self) -> None:
        self._client.close()
        self._plain.close()


def paths(name: str) -> str:
    """Custom objects have paths of their own."""
    return "/cgi/crm/custom/v2/data" if name.endswith("__c") else "/cgi/crm/v2/data"


def condition(name: str, operator: str, *values: str) -> dict[str, Any]:
    """One filter. All filters of a query must hold."""
    return {"field_name": name, "operator": operator, "field_values": list(values)}


def _search(column: Column, identifier: Identifier) -> dict[str, Any] | None:
    """How a field is asked for an identifier. LIKE is asked for digits only, which no pattern language knows."""
    if identifier.kind == "phone" and column.type is FieldType.PHONE:
        digits = "".join(char for char in identifier.value if char in "0123456789")[-PHONE_DIGITS:]
        return condition(column.name, "LIKE", digits) if len(digits) == PHONE_DIGITS else None
    kinds = {"email": FieldType.EMAIL, "name": FieldType.NAME}
    if column.type is kinds.get(identifier.kind) and len(identifier.value) <= 500:
        return condition(column.name, "EQ", identifier.value)
    return None


def _list(found: Mapping[str, Any], name: str) -> list[Any]:
    """Some pages show one row where a list belongs."""
    rows = found.get(name)
    rows = [rows] if isinstance(rows, dict) else rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Malformed(name)
    return rows


def _each(value: Any) -> list[Any]:
    if value in (None, "", []):
        return []
    return value if isinstance(value, list) else [value]
