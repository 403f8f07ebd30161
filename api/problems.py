"""Errors as problem details (RFC 9457), for every error of the JSON API. None repeats what was sent.

Customers get one fixed sentence per kind of problem, the same whether or not the company knows a person. Staff get the
sentence of the use case.
"""

from __future__ import annotations

import http
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from cases.errors import CaseError, Forbidden, Invalid, NotFound, NotNow, StalePlan, TooManyTries
from discovery.stores import NoSuchStore

MEDIA_TYPE = "application/problem+json"


class Wrong(BaseModel):
    """One member of the body that cannot be used."""

    field: str = Field(description="JSON pointer without the leading slash, for example `email`.")
    problem: str = Field(description="Code of what is wrong, for example `missing`.")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="`urn:redress:problem:` and a name that does not change.")
    title: str
    status: int
    detail: str = ""
    errors: list[Wrong] = []


KINDS: dict[type[Exception], str] = {
    NotFound: "not-found",
    NoSuchStore: "not-found",
    Invalid: "invalid",
    NotNow: "not-now",
    StalePlan: "stale-plan",
    Forbidden: "forbidden",
    TooManyTries: "too-many-tries",
}
PUBLIC: dict[str, str] = {
    "not-found": "There is no request with this reference and secret. Check both.",
    "invalid": "What was sent cannot be used. Check it and send it again.",
    "not-now": "This cannot be done now. Look at the status of the request.",
    "too-many-tries": "Too many tries. Wait a little, or ask for a new code.",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Any error, as problem details (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


def problem(
    status: int,
    kind: str = "",
    detail: str = "",
    errors: Sequence[Wrong] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An answer with problem details; `kind` defaults to the name of the status."""
    title = http.HTTPStatus(status).phrase
    body = Problem(
        type=f"urn:redress:problem:{kind or title.lower().replace(' ', '-')}",
        title=title,
        status=status,
        detail=detail,
        errors=list(errors),
    )
    return JSONResponse(
        body.model_dump(exclude_defaults=True, mode="json"), status, media_type=MEDIA_TYPE, headers=headers
    )


def of_case_error(error: CaseError | NoSuchStore, *, staff: bool) -> JSONResponse:
    """The problem a use case had."""
    kind = next(name for base, name in KINDS.items() if isinstance(error, base))
    status = error.status if isinstance(error, CaseError) else 404
    detail = str(error) if staff else PUBLIC.get(kind, PUBLIC["not-now"])
    return problem(status, kind, detail)


def of_validation(errors: Sequence[Any]) -> JSONResponse:
    """The problem of a body that does not fit: places and codes only, neither input nor pydantic's texts that quote it.

    An unknown member is named only by where it stands: its name is something that was sent, too.
    """
    wrong = []
    for error in errors:
        place = [str(part) for part in error["loc"][1:]]
        if error["type"] == "extra_forbidden":
            place = [*place[:-1], "?"]
        wrong.append(Wrong(field="/".join(place) or str(error["loc"][0]), problem=error["type"]))
    return problem(422, "invalid", "Some members cannot be used; `errors` says which.", wrong)
