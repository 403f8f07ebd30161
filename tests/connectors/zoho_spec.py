"""Exchanges with a Zoho server against the vendor's own OpenAPI 3.1 files (../shared/data/specs, never committed).

`WAIVED` lists where a file is stricter than the service's documents, each with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.response.exceptions import InvalidData
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue

from tests.servers.zoho_http import Asked, Reply

SPECS = Path(__file__).parents[2].parent / "shared" / "data" / "specs" / "zoho-crm-v8"
HOST = "http://127.0.0.1"

_ID = r"[^/]+"
ROUTES = (
    (r"GET /settings/modules", "modules.json"),
    (r"GET /settings/fields", "fields.json"),
    (rf"\w+ /settings/recycle_bin(/{_ID})?", "recycle-bin.json"),
    (r"POST /coql", "coql.json"),
    (r"GET /\w+/search", "module-search.json"),
    (r"GET /\w+/deleted", "record.json"),
    (rf"(GET|PUT|DELETE) /Notes(/{_ID})?", "notes.json"),
    (rf"GET /\w+/{_ID}/Notes", "related-notes.json"),
    (rf"(GET|DELETE) /\w+/{_ID}/Attachments(/{_ID})?", "attachments.json"),
    (r"GET /\w+/actions/count", "record-count.json"),
    (rf"POST /\w+/{_ID}/actions/get_related_records_count", "get-related-records-count.json"),
    (rf"(GET|PUT|DELETE) /\w+(/{_ID})?", "record.json"),
    (rf"GET /\w+/{_ID}/(Deals|Tasks|Contacts)", "related-records.json"),
)
"""Which file speaks of which call; the first one that matches."""

UNDESCRIBED = re.compile(
    r"(GET /org|GET /settings/related_lists|\w+ /\w+/[^/]+/(photo|Emails.*|actions/download_fields_attachment))"
)
"""Calls that none of the files describes."""

WAIVED = (
    (
        r"GET /settings/fields",
        200,
        r"include",
        "`include` is required by the file; the vendor's own SDK asks without it",
    ),
    (r"GET /\w+/\d+/Attachments/\d+", 200, r"is not of type 'string'", "a file is bytes; the validator wants text"),
    (
        r"GET /\w+/search",
        400,
        r"INVALID_QUERY",
        "the file requires of this error a detail that it forbids: nothing can satisfy it",
    ),
    (
        r"GET /\w+",
        304,
        r"Unknown response",
        "304 for If-Modified-Since is in the documents of records and not in the file",
    ),
    (
        r"DELETE /settings/recycle_bin/\d+",
        202,
        r"Unknown response",
        "scheduled in the documents, and in the file for `empty` only",
    ),
)


@cache
def api(name: str) -> OpenAPI:
    """One file, aimed at our host, without its security: it knows other schemes than the header that is really used."""
    spec = json.loads((SPECS / name).read_text("utf-8"))
    spec["servers"] = [{"url": f"{HOST}/crm/v8"}]
    spec.pop("security", None)
    for item in spec["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    return OpenAPI.from_dict(spec)


def file_for(call: str) -> str | None:
    """The file that describes a call (`GET /Contacts/1`), None for one that none does."""
    if UNDESCRIBED.fullmatch(call):
        return None
    return next((name for pattern, name in ROUTES if re.fullmatch(pattern, call)), None)


def faults(asked: Asked, reply: Reply) -> Iterator[str]:
    """What the vendor's file says against an exchange, unless it is waived."""
    path = asked.path.removeprefix("/crm/v8")
    call = f"{asked.method} {path}"
    name = file_for(call)
    if name is None:
        if not UNDESCRIBED.fullmatch(call):
            yield f"{call}: no file describes it"
        return
    request = _Request(asked)
    content = reply.content()
    kind = reply.headers.get("content-type", "application/json")
    response = MockResponse(content, reply.status, headers={"content-type": kind}, content_type=kind)
    for check in (lambda: api(name).validate_request(request), lambda: api(name).validate_response(request, response)):
        try:
            check()
        except OpenAPIError as error:
            fault = f"{call} {reply.status}: {' | '.join(_words(error))}"[:600]
            if not any(waives(waiver, asked, reply, fault) for waiver in WAIVED):
                yield fault


def waives(waiver: tuple[str, int, str, str], asked: Asked, reply: Reply, fault: str) -> bool:
    """Whether a waiver covers what the file says against an exchange."""
    pattern, status, words, _ = waiver
    call = f"{asked.method} {asked.path.removeprefix('/crm/v8')}"
    return re.fullmatch(pattern, call) is not None and reply.status == status and re.search(words, fault) is not None


class _Request(MockRequest):
    def __init__(self, asked: Asked) -> None:
        body = asked.body or None
        super().__init__(
            HOST,
            asked.method.lower(),
            asked.path,
            args=dict(asked.query),
            headers={k: v for k, v in asked.headers.items() if k.startswith("if-")},
            data=body,
            content_type="application/json",
        )
        self.query = urlencode(asked.query)


def _words(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        if isinstance(error, InvalidSchemaValue):
            yield from (f"{list(item.absolute_path)}: {item.message[:160]}" for item in error.schema_errors)
        elif not isinstance(error, InvalidData):
            yield f"{type(error).__name__} {error}"[:200]
        error = error.__cause__ or error.__context__


def exchanges(log: list[tuple[Asked, Reply]]) -> Iterator[tuple[Asked, Reply]]:
    """Calls to the API in a server's log, each kind of call and status once or twice."""
    seen: dict[Any, int] = {}
    for asked, reply in log:
        if asked.path.startswith("/crm/v8"):
            key = (asked.method, re.sub(r"\d{6,}", "#", asked.path), reply.status)
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= 2:
                yield asked, reply
