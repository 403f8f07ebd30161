"""Exchanges with a HubSpot server against HubSpot's own OpenAPI files (../shared/data/specs, never committed)."""

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

from tests.servers.rest import Asked, Reply

SPECS = Path(__file__).parents[2].parent / "shared" / "data" / "specs"
HOST = "http://127.0.0.1"
MISSING = not (SPECS / "hubspot-contacts-2026-09.json").exists()

WAIVED = (
    (
        r"POST /crm/objects/.*/batch/read",
        207,
        "the pages answer 207 when some ids are missing; the file falls to `default`",
    ),
    (r"GET /files/.*", 200, "files have a file of their own, which is not at hand"),
    (r"GET /files/.*", 404, "files have a file of their own, which is not at hand"),
    (r"DELETE /files/.*", 204, "files have a file of their own, which is not at hand"),
    (r"GET /crm/objects/.*/associations/\w+", 200, "associations have a file of their own, which is not at hand"),
    (r"GET /signed/.*", 200, "the address of a file's content is no call of the API"),
)
"""Exchanges that HubSpot's two files do not describe, each with its reason."""


@cache
def spec(name: str) -> dict[str, Any]:
    """One file, aimed at our host, without its security: openapi-core has no private-app scheme."""
    found: dict[str, Any] = json.loads((SPECS / f"hubspot-{name}-2026-09.json").read_text("utf-8"))
    found["servers"] = [{"url": HOST}]
    for item in found["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
                operation["responses"].get("204", {}).pop("content", None)  # no content has no form
    errors = found["components"]["responses"]["Error"]["content"]
    errors["application/json"] = errors.pop("*/*")  # openapi-core reads a body only under the type it came with
    return found


@cache
def _api(name: str) -> OpenAPI:
    return OpenAPI.from_dict(spec(name))


def faults(asked: Asked, reply: Reply) -> Iterator[str]:
    """What HubSpot's files say against an exchange, unless it is waived."""
    call = f"{asked.method} {asked.path}"
    if any(re.fullmatch(pattern, call) and status == reply.status for pattern, status, _ in WAIVED):
        return
    api = _api("properties" if "/properties/" in asked.path else "contacts")
    kind = "application/json"
    request = MockRequest(
        HOST,
        asked.method.lower(),
        asked.path,
        args=dict(asked.query),
        data=asked.body or None,
        content_type="application/json",
    )
    request.query = urlencode(asked.query)
    response = MockResponse(reply.content(), reply.status, headers={"content-type": kind}, content_type=kind)
    checks = [lambda: api.validate_response(request, response)]
    if reply.status < 400:
        checks.insert(0, lambda: api.validate_request(request))
    for check in checks:
        try:
            check()
        except OpenAPIError as error:
            yield f"{call} {reply.status}: {' | '.join(_words(error))}"[:600]


def _words(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{type(error).__name__} {error}"[:200]
        yield from (f"{list(item.absolute_path)}: {item.message[:160]}" for item in getattr(error, "schema_errors", ()))
        error = error.__cause__ or error.__context__
