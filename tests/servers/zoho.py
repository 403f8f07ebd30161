"""A Zoho CRM organisation that behaves as the v8 documents say, failures included.

State and rules are here; `zoho_http` puts them on a loopback port. Everything that a connector may trip over is a switch:
index lag, locked records, restricted fields, throttling with the service's own signal, purges that are scheduled, and lies
(a server that answers wrongly) for the tests that must catch them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.servers.zoho_query import shown
from tests.servers.zoho_schema import USER, ZohoField, ZohoModule, new_id, organisation

ZONE = timezone(timedelta(hours=2))  # an organisation has its own
EMAIL = re.compile(r"[^@\s\"<>,;]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"[+]?[0-9\s\-().]+")
HIDDEN = frozenset({"Converted__s"})


def moment(at: float) -> str:
    """A time as the service writes it: seconds, with the zone of the organisation."""
    return datetime.fromtimestamp(at, ZONE).isoformat(timespec="seconds")


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@dataclass
class File:
    """An attachment."""

    id: str
    name: str
    data: bytes
    at: float


@dataclass
class Binned:
    """A record in the recycle bin, with what went there along with it."""

    module: str
    row: dict[str, Any]
    display: str
    at: float
    files: dict[str, File]
    notes: list[dict[str, Any]]


class Problem(Exception):
    """What the service refuses. `data` False puts the error at the top of the answer, not into `data`."""

    def __init__(self, status: int, code: str, *, data: bool = False, message: str = "", **details: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.data, self.details = status, code, data, details
        self.message = message or code.lower().replace("_", " ")


@dataclass
class ZohoOrg:
    """The organisation. Times are seconds since the epoch; `lag` is how long the search index stays behind."""

    modules: dict[str, ZohoModule] = field(default_factory=organisation)
    lag: float = 0.0
    tombstone_names: bool = True
    scheduled: int = 0  # polls that a scheduled purge takes; 0: at once
    lies: set[str] = field(default_factory=set)
    skew: float = 0.0
    subforms_in_lists: bool = False

    def __post_init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in self.modules}
        self.bin: dict[str, Binned] = {}
        self.tombstones: list[tuple[str, str, str, float]] = []  # module, id, display name, time
        self.files: dict[tuple[str, str], dict[str, File]] = {}
        self.uploads: dict[str, bytes] = {}  # files in upload fields
        self.photos: dict[tuple[str, str], bytes] = {}
        self.mails: dict[str, list[dict[str, Any]]] = {}
        self.locked: dict[str, str] = {}  # id -> code of the refusal
        self.alarms: list[str] = []  # workflows that ran: each might have written to the person
        self.writes: list[tuple[str, str]] = []
        self._pending: list[tuple[float, str, str, dict[str, Any] | None]] = []
        self._index: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in self.modules}
        self._purging: dict[str, int] = {}

    def now(self) -> float:
        return time.time() + self.skew

    # -- looked at and filled by tests

    def plant(self, module: str, /, **values: Any) -> str:
        """A record, as a user would enter it."""
        id = new_id()
        at = moment(self.now())
        row = {name: None for name in self.modules[module].fields} | values
        row |= {"id": id, "Owner": dict(USER), "Created_By": dict(USER), "Modified_By": dict(USER)}
        row |= {"Created_Time": at, "Modified_Time": at}
        for item in self.modules[module].fields.values():
            if item.type == "subform":
                row[item.name] = [{"id": new_id(), **line} for line in values.get(item.name) or []]
        self._put(module, row)
        return id

    def note(self, module: str, parent: str, title: str, content: str) -> str:
        """A note on a record."""
        values = {
            "module": {"api_name": module, "id": "554023000000002175"},
            "id": parent,
            "name": self.display(module, parent),
        }
        return self.plant("Notes", Note_Title=title, Note_Content=content, Parent_Id=values)

    def attach(self, module: str, parent: str, name: str, data: bytes) -> str:
        """A file at a record."""
        file = File(new_id(), name, data, self.now())
        self.files.setdefault((module, parent), {})[file.id] = file
        return file.id

    def edit(self, module: str, id: str, /, **values: Any) -> None:
        """A user changes a record."""
        self._put(module, self.rows[module][id] | values | {"Modified_Time": moment(self.now())})

    def dump(self) -> dict[str, bytes]:
        """Everything there is, as bytes: a record with its files, or something in the bin."""
        found = {
            f"{module}/{id}": repr((row, sorted((f.name, f.data) for f in self.files.get((module, id), {}).values())))
            for module, rows in self.rows.items()
            for id, row in rows.items()
        }
        found |= {f"bin/{id}": repr(binned) for id, binned in self.bin.items()}
        return {name: text.encode() for name, text in found.items()}

    def display(self, module: str, id: str) -> str:
        row = self.rows[module].get(id, {})
        return str(row.get(self.modules[module].display) or "")

    # -- the rules

    def module(self, name: str) -> ZohoModule:
        found = self.modules.get(name)
        if found is None or not found.supported:
            raise Problem(400, "INVALID_MODULE", data=True, resource_path_index=0)
        return found

    def get(self, module: str, id: str) -> dict[str, Any] | None:
        return self.rows[self.module(module).name].get(id)

    def indexed(self, module: str) -> dict[str, dict[str, Any]]:
        """Records as the search index knows them."""
        due = [item for item in self._pending if item[0] <= self.now()]
        self._pending = [item for item in self._pending if item[0] > self.now()]
        for _, name, id, row in due:
            if row is None:
                self._index[name].pop(id, None)
            else:
                self._index[name][id] = row
        return self._index[module]

    def visible(self, module: str, row: Mapping[str, Any], names: Iterable[str] | None = None) -> dict[str, Any]:
        """A row as the API shows it: restricted fields are left out."""
        fields = self.modules[module].fields
        wanted = [n for n in (names if names is not None else fields) if n in fields and not fields[n].restricted]
        return {"id": row["id"]} | {n: row.get(n) for n in wanted if n not in HIDDEN} | {"$approval_state": "approved"}

    def update(self, module: str, id: str, values: Mapping[str, Any], unless: float | None) -> dict[str, Any]:
        """One record of an update. Raises `Problem`."""
        row = self.get(module, id)
        if row is None:
            raise Problem(
                400, "INVALID_DATA", data=True, message="the id given seems to be invalid", id=id, resource_path_index=0
            )
        self._unlocked(id)
        if unless is not None and seconds(row["Modified_Time"]) > unless:
            raise Problem(412, "ALREADY_MODIFIED", data=True, **self._details(row))
        fields = self.modules[module].fields
        changed = dict(row)
        for name, value in values.items():
            if name in fields and not fields[name].read_only and not fields[name].restricted:
                changed[name] = self._checked(fields[name], value, row)
        for item in fields.values():
            if item.mandatory and not changed.get(item.name):
                raise Problem(
                    400,
                    "MANDATORY_NOT_FOUND",
                    data=True,
                    message="required field not found",
                    api_name=item.name,
                    json_path=f"$.data[0].{item.name}",
                )
            others = (r for other, r in self.rows[module].items() if other != id)
            if item.unique and changed.get(item.name) and any(r.get(item.name) == changed[item.name] for r in others):
                raise Problem(400, "DUPLICATE_DATA", data=True, api_name=item.name, json_path=f"$.data[0].{item.name}")
        if "Full_Name" in fields:
            changed["Full_Name"] = " ".join(
                part for part in (changed.get("First_Name"), changed.get("Last_Name")) if part
            )
        changed["Modified_Time"] = moment(self.now())
        self.writes.append(("update", id))
        if "update" in self.lies:
            return self._details(changed) | {"$approval_state": "approved"}
        self._put(module, changed)
        return self._details(changed) | {"$approval_state": "approved"}

    def delete(self, module: str, id: str) -> None:
        """To the recycle bin, with notes and files. Raises `Problem`."""
        row = self.get(module, id)
        if row is None:
            raise Problem(400, "INVALID_DATA", message="the id given seems to be invalid", id=id)
        self._unlocked(id)
        self.writes.append(("delete", id))
        if "delete" in self.lies:
            return
        notes = [n for n in self.rows["Notes"].values() if (n.get("Parent_Id") or {}).get("id") == id]
        display = str(row.get(self.modules[module].display) or "")
        self.bin[id] = Binned(module, row, display, self.now(), self.files.pop((module, id), {}), notes)
        for note in notes:
            self._put("Notes", note, gone=True)
        self._put(module, row, gone=True)

    def restore(self, id: str) -> None:
        """A user takes a record out of the bin."""
        binned = self.bin.pop(id)
        self._put(binned.module, binned.row)
        for note in binned.notes:
            self._put("Notes", note)
        self.files[(binned.module, id)] = binned.files

    def purge(self, id: str) -> str:
        """Out of the bin for good; the answer's code. A large one is only scheduled. Raises `Problem`."""
        if id not in self.bin:
            raise Problem(400, "INVALID_DATA", message="the id given seems to be invalid", id=id)
        if self.locked.get(id) == "CANNOT_DELETE":
            return "CANNOT_DELETE"
        if "purge" in self.lies:
            return "SUCCESS"
        if self.scheduled and id not in self._purging:
            self._purging[id] = self.scheduled
            return "SCHEDULED"
        self._purged(id)
        return "SUCCESS"

    def in_bin(self, id: str) -> Binned | None:
        """What is in the bin; each look brings a scheduled purge a step on."""
        if id in self._purging:
            self._purging[id] -= 1
            if self._purging[id] <= 0:
                self._purged(id)
        return self.bin.get(id)

    def deleted(self, module: str, kind: str, since: float | None) -> list[dict[str, Any]]:
        """The list of deleted records, newest first."""
        who = {key: USER[key] for key in ("name", "id")}
        found = [
            {
                "id": id,
                "display_name": b.display,
                "type": "recycle",
                "deleted_time": moment(b.at),
                "deleted_by": who,
                "created_by": who,
            }
            for id, b in self.bin.items()
            if b.module == module
        ]
        if module == "Notes":
            found += [
                {
                    "id": n["id"],
                    "display_name": n["Note_Title"],
                    "type": "recycle",
                    "deleted_time": moment(b.at),
                    "deleted_by": who,
                    "created_by": who,
                }
                for b in self.bin.values()
                for n in b.notes
            ]
        found += [
            {
                "id": id,
                "display_name": name if self.tombstone_names else None,
                "type": "permanent",
                "deleted_time": moment(at),
                "deleted_by": who,
                "created_by": who,
            }
            for where, id, name, at in self.tombstones
            if where == module
        ]
        found = [
            row
            for row in found
            if kind in ("all", row["type"]) and (since is None or seconds(row["deleted_time"]) >= since)
        ]
        return sorted(found, key=lambda row: (row["deleted_time"], row["id"]), reverse=True)

    # -- inside

    def _purged(self, id: str) -> None:
        binned = self.bin.pop(id)
        self._purging.pop(id, None)
        self.writes.append(("purge", id))
        self.photos.pop((binned.module, id), None)
        self.tombstones.append((binned.module, id, binned.display, self.now()))
        self.tombstones += [("Notes", note["id"], note["Note_Title"] or "", self.now()) for note in binned.notes]

    def _put(self, module: str, row: dict[str, Any], *, gone: bool = False) -> None:
        if gone:
            self.rows[module].pop(row["id"], None)
        else:
            self.rows[module][row["id"]] = row
        self._pending.append((self.now() + self.lag, module, row["id"], None if gone else deepcopy(row)))

    def _unlocked(self, id: str) -> None:
        code = self.locked.get(id)
        if code and code != "CANNOT_DELETE":
            raise Problem(400, code, data=True, id=id, resource_path_index=0)

    @staticmethod
    def _details(row: Mapping[str, Any]) -> dict[str, Any]:
        who = {key: USER[key] for key in ("name", "id")}
        return {
            "id": row["id"],
            "Modified_Time": row["Modified_Time"],
            "Created_Time": row["Created_Time"],
            "Created_By": who,
            "Modified_By": who,
        }

    def _checked(self, item: ZohoField, value: Any, row: Mapping[str, Any]) -> Any:
        """A value as it is stored. Raises `Problem` for one that the field cannot hold."""
        bad = Problem(
            400,
            "INVALID_DATA",
            data=True,
            message="invalid data",
            expected_data_type=item.type,
            api_name=item.name,
            json_path=f"$.data[0].{item.name}",
        )
        if value is None or value == "":
            return None
        match item.type:
            case "email":
                good = isinstance(value, str) and EMAIL.fullmatch(value) and len(value) <= item.length
            case "phone":
                good = isinstance(value, str) and PHONE.fullmatch(value) and len(value) <= item.length
            case "text" | "textarea" | "website":
                good = isinstance(value, str) and len(value) <= item.length
            case "date":
                good = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
            case "boolean":
                good = isinstance(value, bool)
            case "currency" | "double" | "integer":
                good = isinstance(value, int | float) and not isinstance(value, bool)
            case "picklist":
                good = value in item.values
            case "multiselectpicklist":
                good = isinstance(value, list) and set(value) <= set(item.values)
            case "lookup":
                good = isinstance(value, dict) and value.get("id") in self.rows.get(item.lookup, {})
            case "subform":
                return self._lines(item, value, row)
            case "fileupload":
                return [file for file in row.get(item.name) or [] if {"id": file["id"], "_delete": None} not in value]
            case _:
                good = True
        if not good:
            raise bad
        return value

    def _lines(self, item: ZohoField, value: Any, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Rows of a subform: those given are changed or deleted, others stay."""
        kept = {line["id"]: dict(line) for line in row.get(item.name) or []}
        for line in value:
            if line.get("id") not in kept:
                raise Problem(400, "INVALID_DATA", data=True, api_name=item.name, json_path=f"$.data[0].{item.name}")
            if "_delete" in line:
                del kept[line["id"]]
                continue
            columns = {column.name: column for column in item.columns}
            kept[line["id"]] |= {n: self._checked(columns[n], v, {}) for n, v in line.items() if n in columns}
        return list(kept.values())


def mentions(row: Mapping[str, Any], text: str) -> bool:
    """Whether a word search would find the row: every word, in any text of it."""
    whole = " ".join(shown(value) for value in row.values()).casefold()
    return all(word in whole for word in text.casefold().split())


def since(header: str | None) -> float | None:
    """The time of an If-Modified-Since header (ISO 8601, as this service wants it)."""
    if not header:
        return None
    try:
        at = datetime.fromisoformat(header)
    except ValueError:
        raise Problem(400, "INVALID_DATA", data=True, resource_path_index=0) from None
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp()
