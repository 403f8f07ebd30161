"""A HubSpot account (API version 2026-09) that behaves as its published pages and OpenAPI files say.

Enforced: bearer tokens, paging caps (100 listed, 200 searched, 10,000 rows per query), unknown properties are left out when
read and refused when written, enumerations and dates are checked, search lags behind writes and ignores the archive,
CONTAINS_TOKEN knows wildcards, archived records are seen only when asked for, gdpr-delete of an unknown e-mail puts it on the
block list, and throttling says so in the service's own words. Nobody of HubSpot's has seen this server.
"""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from tests.servers.rest import Asked, Reply, Rest

TOKEN = "pat-eu1-example-0000-4000-8000-000000000000"
VERSION = "2026-09"
TYPES = ("contacts", "companies", "deals", "tickets", "notes")
_MOVED = {"contacts": "lastmodifieddate"}
_UNSEARCHED = ("notes",)  # `query` does not read them


@dataclass
class Property:
    """One property of an object type."""

    name: str
    type: str = "string"
    field: str = "text"
    options: tuple[str, ...] = ()
    calculated: bool = False
    sensitivity: str = "non_sensitive"

    def described(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.name.replace("_", " ").title(),
            "type": self.type,
            "fieldType": self.field,
            "description": "",
            "groupName": "information",
            "options": [
                {"label": o, "value": o, "displayOrder": n, "hidden": False} for n, o in enumerate(self.options)
            ],
            "calculated": self.calculated,
            "hidden": False,
            "dataSensitivity": self.sensitivity,
            "modificationMetadata": {
                "archivable": True,
                "readOnlyDefinition": False,
                "readOnlyValue": self.calculated,
            },
        }


def _properties() -> dict[str, dict[str, Property]]:
    known: dict[str, list[Property]] = {
        "contacts": [
            Property("email"),
            Property("hs_additional_emails", "enumeration", "checkbox", calculated=True),
            *(Property(name) for name in ("firstname", "lastname", "jobtitle", "company", "city", "zip", "address")),
            Property("phone", field="phonenumber"),
            Property("mobilephone", field="phonenumber"),
            Property("date_of_birth", "date", "date"),
            Property("shoe_size", "number", "number"),
            Property("lifecyclestage", "enumeration", "radio", ("lead", "customer")),
            Property("vip", "bool", "booleancheckbox", ("true", "false")),
            Property("about", field="textarea"),
            Property("about_html", field="html"),
            Property("health_remark", field="textarea", sensitivity="highly_sensitive"),
            Property("wechat"),
            Property("lastmodifieddate", "datetime", "date", calculated=True),
            Property("hs_object_id", "number", "number", calculated=True),
        ],
        "companies": [
            Property("name"),
            Property("description", field="textarea"),
            Property("phone", field="phonenumber"),
        ],
        "deals": [
            Property("dealname"),
            Property("description", field="textarea"),
            Property("amount", "number", "number"),
        ],
        "tickets": [Property("subject"), Property("content", field="textarea")],
        "notes": [
            Property("hs_note_body", field="html"),
            Property("hs_attachment_ids"),
            Property("hs_timestamp", "datetime", "date"),
        ],
    }
    for name, found in known.items():
        if name != "contacts":
            found += [Property("hs_lastmodifieddate", "datetime", "date", calculated=True)]
    return {name: {item.name: item for item in found} for name, found in known.items()}


@dataclass
class Thing:
    """One object."""

    id: str
    values: dict[str, str]
    created: float
    updated: float
    seen: float  # by the index: when a search finds this state
    archived: float = 0.0
    links: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Stored:
    """One file of the file manager."""

    name: str
    data: bytes


class Fault(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.reply = Reply(
            status,
            {"status": "error", "message": message, "correlationId": str(uuid.uuid4()), "category": category, **more},
        )


class HubSpot(Rest):
    """The account. `lag` is how many seconds the index is behind; `rate` how many calls a second are taken, 0: any."""

    def __init__(self) -> None:
        self.properties = _properties()
        self.things: dict[str, dict[str, Thing]] = {name: {} for name in TYPES}
        self.files: dict[str, Stored] = {}
        self.blocked: list[str] = []  # addresses that gdpr-delete by e-mail put on the block list
        self.locked: set[str] = set()
        self.refused: set[str] = set()  # object types this token has no scope for
        self.lag = 0.0
        self.most_links = 500  # associations of one kind in one answer
        self.most = 100  # rows of a page, whatever was asked for
        self.rate = 0
        self.daily = 0  # calls left in the daily quota; 0: unlimited
        self.clock = time.time
        self._next = 4_300_000_001
        self._second = (0, 0)
        super().__init__()

    # -- behind the API

    def put(self, kind: str, values: dict[str, str], links: dict[str, list[str]] | None = None) -> str:
        """Create an object; links go both ways. Returns its id."""
        id, now = str(self._next), self.clock()
        self._next += 1
        self.things[kind][id] = Thing(id, dict(values), now, now, now + self.lag, links=links or {})
        for other, ids in (links or {}).items():
            for target in ids:
                self.things[other][target].links.setdefault(kind, []).append(id)
        return id

    def store(self, name: str, data: bytes) -> str:
        """Put a file into the file manager. Returns its id."""
        id = str(self._next)
        self._next += 1
        self.files[id] = Stored(name, data)
        return id

    def drop(self, kind: str, id: str) -> None:
        """Remove it for good, as HubSpot does after 90 days."""
        del self.things[kind][id]
        for found in self.things.values():
            for thing in found.values():
                if id in thing.links.get(kind, []):
                    thing.links[kind].remove(id)

    # -- the API

    def answer(self, asked: Asked) -> Reply:
        try:
            self._admit(asked)
            return self._route(asked)
        except Fault as fault:
            return fault.reply

    def _admit(self, asked: Asked) -> None:
        if asked.path.startswith("/signed/"):
            return  # the address itself is the right
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Fault(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        second = int(self.clock())
        count = self._second[1] + 1 if self._second[0] == second else 1
        self._second = (second, count)
        if self.daily:
            self.daily -= 1
            if self.daily == 0:
                self.daily = -1
        if self.daily < 0:
            raise Fault(
                429, "RATE_LIMITS", "You have reached your daily limit.", errorType="RATE_LIMIT", policyName="DAILY"
            )
        if self.rate and count > self.rate:
            raise Fault(
                429,
                "RATE_LIMITS",
                "You have reached your secondly limit.",
                errorType="RATE_LIMIT",
                policyName="SECONDLY",
            )

    def _route(self, asked: Asked) -> Reply:
        parts = [unquote(part) for part in asked.path.strip("/").split("/")]
        match (asked.method, *parts):
            case ("GET", "crm", "properties", version, kind) if version == VERSION:
                self._kind(kind)
                return Reply(200, {"results": [item.described() for item in self.properties[kind].values()]})
            case ("GET", "crm", "objects", version, kind) if version == VERSION:
                return self._list(self._kind(kind), asked)
            case ("POST", "crm", "objects", version, kind, "search") if version == VERSION:
                return self._search(self._kind(kind), _body(asked))
            case ("POST", "crm", "objects", version, kind, "batch", "read") if version == VERSION:
                return self._batch(self._kind(kind), _body(asked))
            case ("POST", "crm", "objects", version, kind, "gdpr-delete") if version == VERSION:
                return self._forget(self._kind(kind), _body(asked))
            case ("GET", "crm", "objects", version, kind, id) if version == VERSION:
                return self._get(self._kind(kind), id, asked)
            case ("GET", "crm", "objects", version, kind, id, "associations", other) if version == VERSION:
                return self._associated(self._thing(self._kind(kind), id), self._kind(other), asked)
            case ("PATCH", "crm", "objects", version, kind, id) if version == VERSION:
                return self._patch(self._kind(kind), id, _body(asked))
            case ("DELETE", "crm", "objects", version, kind, id) if version == VERSION:
                return self._archive(self._kind(kind), id)
            case ("GET", "files", "v3", "files", id):
                return Reply(200, self._about(id))
            case ("GET", "files", "v3", "files", id, "signed-url"):
                return Reply(
                    200, {**self._about(id), "url": f"{self.url}/signed/{id}", "expiresAt": _iso(self.clock() + 300)}
                )
            case ("GET", "signed", id) if id in self.files:
                return Reply(200, self.files[id].data, {"content-type": "application/octet-stream"})
            case ("DELETE", "files", "v3", "files", id, "gdpr-delete"):
                self._about(id)
                del self.files[id]
                return Reply(204)
        raise Fault(404, "OBJECT_NOT_FOUND", "resource not found")

    def _kind(self, kind: str) -> str:
        if kind not in TYPES:
            raise Fault(400, "VALIDATION_ERROR", "Unable to infer object type from the path.")
        if kind in self.refused:
            raise Fault(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes to make this call.")
        return kind

    def _thing(self, kind: str, id: str, archived: bool = False) -> Thing:
        thing = self.things[kind].get(id) if id.isdecimal() and id.isascii() else None
        if thing is None or bool(thing.archived) != archived:
            raise Fault(404, "OBJECT_NOT_FOUND", "Object not found.  objectId are usually numeric.")
        return thing

    def _shown(self, kind: str, thing: Thing, names: list[str], associations: tuple[str, ...] = ()) -> dict[str, Any]:
        names = names or ["createdate", "hs_object_id", _moved(kind)]
        values: dict[str, str | None] = {
            name: thing.values.get(name) for name in names if name in self.properties[kind]
        }
        for name, value in (("hs_object_id", thing.id), (_moved(kind), _iso(thing.updated))):
            if name in names:
                values[name] = value
        found: dict[str, Any] = {
            "id": thing.id,
            "properties": values,
            "createdAt": _iso(thing.created),
            "updatedAt": _iso(thing.updated),
            "archived": bool(thing.archived),
        }
        if thing.archived:
            found["archivedAt"] = _iso(thing.archived)
        linked: dict[str, Any] = {}
        for name in associations:
            ids = thing.links.get(name, [])
            if ids:
                shown = [{"id": id, "type": f"{kind}_to_{name}"} for id in ids[: self.most_links]]
                more = {"paging": {"next": {"after": str(self.most_links)}}} if len(ids) > self.most_links else {}
                linked[name] = {"results": shown, **more}
        return {**found, "associations": linked} if linked else found

    def _list(self, kind: str, asked: Asked) -> Reply:
        limit, after = _whole(asked.query.get("limit", "10"), 1, 100), _whole(asked.query.get("after", "0"), 0)
        archived = _truth(asked.query.get("archived", "false"))
        limit = min(limit, self.most)
        things = sorted(
            (t for t in self.things[kind].values() if bool(t.archived) == archived and int(t.id) > after),
            key=lambda thing: int(thing.id),
        )
        names, linked = _names(asked.query.get("properties", "")), _names(asked.query.get("associations", ""))
        page = [self._shown(kind, thing, names, tuple(linked)) for thing in things[:limit]]
        body: dict[str, Any] = {"results": page}
        if len(things) > limit:
            body["paging"] = {
                "next": {"after": page[-1]["id"], "link": f"{self.url}{asked.path}?after={page[-1]['id']}"}
            }
        return Reply(200, body)

    def _get(self, kind: str, id: str, asked: Asked) -> Reply:
        thing = self._thing(kind, id, _truth(asked.query.get("archived", "false")))
        names, linked = _names(asked.query.get("properties", "")), _names(asked.query.get("associations", ""))
        return Reply(200, self._shown(kind, thing, names, tuple(linked)))

    def _associated(self, thing: Thing, other: str, asked: Asked) -> Reply:
        limit, after = _whole(asked.query.get("limit", "500"), 1, 500), _whole(asked.query.get("after", "0"), 0)
        ids = thing.links.get(other, [])
        end = after + min(limit, self.most_links)
        more = {"paging": {"next": {"after": str(end)}}} if end < len(ids) else {}
        return Reply(
            200, {"results": [{"toObjectId": int(id), "associationTypes": []} for id in ids[after:end]], **more}
        )

    def _batch(self, kind: str, body: dict[str, Any]) -> Reply:
        inputs = body.get("inputs")
        if not isinstance(inputs, list) or not 1 <= len(inputs) <= 100:
            raise Fault(400, "VALIDATION_ERROR", "Batch size must be between 1 and 100.")
        now = _iso(self.clock())
        ids = [str(item.get("id")) for item in inputs]
        things = [self.things[kind][id] for id in dict.fromkeys(ids) if id in self.things[kind]]
        results = [self._shown(kind, t, body.get("properties") or []) for t in things if not t.archived]
        found: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
        if len(results) == len(set(ids)):
            return Reply(200, found)
        missing = sorted(set(ids) - {item["id"] for item in results})
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some objects, they may be deleted or not exist.",
            "context": {"ids": missing},
            "errors": [],
            "links": {},
        }
        return Reply(207, {**found, "numErrors": 1, "errors": [error]})

    def _search(self, kind: str, body: dict[str, Any]) -> Reply:
        limit, after = body.get("limit", 10), _whole(str(body.get("after") or "0"), 0)
        if not isinstance(limit, int) or not 1 <= limit <= 200:
            raise Fault(400, "VALIDATION_ERROR", "limit must be between 1 and 200")
        if after + limit > 10_000:
            raise Fault(400, "VALIDATION_ERROR", "paging beyond 10,000 rows is not possible")
        groups = body.get("filterGroups") or []
        if len(groups) > 5 or any(len(group.get("filters", [])) > 6 for group in groups):
            raise Fault(400, "VALIDATION_ERROR", "too many filters")
        now = self.clock()
        things = [t for t in self.things[kind].values() if not t.archived and t.seen <= now]
        query = body.get("query")
        if query is not None:
            if not isinstance(query, str) or len(query) > 3000:
                raise Fault(400, "VALIDATION_ERROR", "query is too long")
            things = [] if kind in _UNSEARCHED else [t for t in things if _mentions(t, query)]
        if groups:
            things = [t for t in things if any(all(self._meets(kind, t, f) for f in g["filters"]) for g in groups)]
        sorts = body.get("sorts") or ["hs_object_id"]
        things.sort(key=lambda t: (t.updated if str(sorts[0]) == _moved(kind) else 0, int(t.id)))
        page = [self._shown(kind, t, body.get("properties") or []) for t in things[after : after + limit]]
        found: dict[str, Any] = {"total": len(things), "results": page}
        if after + limit < len(things):
            found["paging"] = {"next": {"after": str(after + limit)}}
        return Reply(200, found)

    def _meets(self, kind: str, thing: Thing, item: dict[str, Any]) -> bool:
        name, operator = item.get("propertyName"), item.get("operator")
        if name not in self.properties[kind]:
            raise Fault(400, "VALIDATION_ERROR", "There was a problem with the request.")
        have, value = thing.values.get(str(name)), str(item.get("value", ""))
        if operator not in ("HAS_PROPERTY", "NOT_HAS_PROPERTY") and not value and "values" not in item:
            raise Fault(400, "VALIDATION_ERROR", "operator requires a value")
        if operator == "EQ":
            return have is not None and have.casefold() == value.casefold()
        if operator == "CONTAINS_TOKEN":
            return any(fnmatchcase(token, value.casefold()) for token in re.split(r"[\s;,]+", (have or "").casefold()))
        if operator == "GTE" and name == _moved(kind):
            if not value.isdecimal():
                raise Fault(400, "VALIDATION_ERROR", "dates are milliseconds")
            return int(thing.updated * 1000) >= int(value)
        raise Fault(400, "VALIDATION_ERROR", f"this server has no operator {operator}")

    def _patch(self, kind: str, id: str, body: dict[str, Any]) -> Reply:
        thing = self._thing(kind, id)
        if id in self.locked:
            raise Fault(423, "RESOURCE_LOCKED", "This resource is temporarily locked.")
        values = body.get("properties")
        if not isinstance(values, dict):
            raise Fault(400, "VALIDATION_ERROR", "properties is required")
        for name, value in values.items():
            self._check(kind, name, value)
        for name, value in values.items():
            thing.values.pop(name, None)
            if value not in ("", None):
                thing.values[name] = str(value)
        thing.updated = self.clock()
        thing.seen = thing.updated + self.lag
        return Reply(200, self._shown(kind, thing, list(values)))

    def _check(self, kind: str, name: str, value: object) -> None:
        known = self.properties[kind].get(name)
        if known is None:
            raise Fault(400, "VALIDATION_ERROR", f"Property values were not valid: property {name} does not exist")
        if known.calculated:
            raise Fault(400, "VALIDATION_ERROR", "Property values were not valid: READ_ONLY_VALUE")
        if not isinstance(value, str):
            raise Fault(400, "VALIDATION_ERROR", "Property values are strings")
        wrong = (
            (known.options and value and value not in known.options)
            or (known.type == "number" and value and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value))
            or (known.type == "date" and value and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value))
            or (name == "email" and value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value))
            or len(value) > 65_536
        )
        if wrong:
            raise Fault(400, "VALIDATION_ERROR", "Property values were not valid: INVALID_OPTION")

    def _archive(self, kind: str, id: str) -> Reply:
        thing = self.things[kind].get(id)
        if thing is not None:
            if id in self.locked:
                raise Fault(423, "RESOURCE_LOCKED", "This resource is temporarily locked.")
            thing.archived = thing.archived or self.clock()
        return Reply(204)  # also for what is not there

    def _forget(self, kind: str, body: dict[str, Any]) -> Reply:
        if kind != "contacts" or not isinstance(body.get("objectId"), str):
            raise Fault(400, "VALIDATION_ERROR", "objectId of a contact is required")
        wanted = body["objectId"]
        if body.get("idProperty") == "email":
            found = [t for t in self.things[kind].values() if t.values.get("email") == wanted]
            if not found:
                self.blocked.append(wanted)
            for thing in found:
                self.drop(kind, thing.id)
            return Reply(204)
        if wanted not in self.things[kind]:
            raise Fault(404, "OBJECT_NOT_FOUND", "Object not found.")
        self.drop(kind, wanted)
        return Reply(204)

    def _about(self, id: str) -> dict[str, Any]:
        if id not in self.files:
            raise Fault(404, "OBJECT_NOT_FOUND", "File does not exist or is deleted.")
        stem, _, extension = self.files[id].name.rpartition(".")
        return {"id": id, "name": stem, "extension": extension, "size": len(self.files[id].data), "access": "PRIVATE"}


def _moved(kind: str) -> str:
    return _MOVED.get(kind, "hs_lastmodifieddate")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _body(asked: Asked) -> dict[str, Any]:
    try:
        found = asked.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Fault(400, "VALIDATION_ERROR", "Invalid input JSON")
    return found


def _whole(text: str, lowest: int, highest: int | None = None) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) < lowest or (highest and int(text) > highest):
        raise Fault(400, "VALIDATION_ERROR", "not a number in range")
    return int(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise Fault(400, "VALIDATION_ERROR", "not a truth value")
    return text == "true"


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _mentions(thing: Thing, query: str) -> bool:
    """The full-text search: every word begins a word of the record, whatever the case; digits find numbers."""
    text = " ".join(thing.values.values()).casefold()
    words = re.findall(r"[^\s<>]+", query.casefold())
    digits = re.sub(r"\D", "", query)
    if len(digits) >= 7 and digits[-9:] in re.sub(r"\D", "", text):
        return True
    return bool(words) and all(word in text for word in words)
