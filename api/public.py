"""The JSON API for customers. What it answers never depends on whether the company knows the person (ASVS 5.0 V6.3.8):
nothing is looked up here, and everything that needs looking up is left to the flows.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from api import limits
from api.asking import Wish, submit
from api.parts import InOffice, Reference
from api.problems import RESPONSES
from api.status import Status, code_again, read_status, try_code
from cases import decisions, handover
from cases.view import for_person

router = APIRouter(prefix="/api/v1", tags=["customers"], responses=RESPONSES)
_bearer = HTTPBearer(auto_error=False, scheme_name="secret", description="The secret the request was answered with.")


def _secret(sent: HTTPAuthorizationCredentials | None = Depends(_bearer)) -> str:
    return sent.credentials if sent else ""


Secret = Annotated[str, Depends(_secret)]
Key = Annotated[str | None, Header(min_length=16, max_length=200, description="Unguessable, such as a UUID.")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NewRequest(_Body):
    """A privacy request. An e-mail address or a phone number is needed."""

    right: str = Field(max_length=40, description="For example `access` or `erasure`.")
    residence: str = Field("", pattern=r"^([A-Z]{2}(-CA)?)?$", description="ISO 3166-1 alpha-2, or US-CA.")
    email: str = Field("", max_length=320)
    phone: str = Field("", max_length=40)
    name: str = Field("", max_length=200)
    customer_id: str = Field("", max_length=64)
    language: str = Field("en", max_length=16, description="BCP 47 tag for letters.")


class Accepted(BaseModel):
    """The request is recorded and its clock runs."""

    reference: str
    due: date = Field(description="Last day for the answer.")
    secret: str = Field(description="Opens the status; shown here only, so keep it.")


class Code(_Body):
    """A one-time code from a letter."""

    code: str = Field(min_length=1, max_length=40)


class GrantGiven(BaseModel):
    """Leave to download: three times within the hour."""

    grant: str
    kind: str = Field(description="`answer`, a ZIP, or `certificate` of an erasure, JSON.")
    size: int = Field(description="Bytes.")
    expires_at: datetime


class Granted(_Body):
    """The leave to download."""

    grant: str = Field(max_length=100)


class Noted(BaseModel):
    """Always the same answer."""

    detail: str = "If there is an address on file, a code is on its way to it."


@router.post("/requests", status_code=202)
def create(office: InOffice, request: Request, body: NewRequest, idempotency_key: Key = None) -> Accepted:
    """Make a privacy request. A repeat with the same Idempotency-Key and body gets the same answer and makes nothing new."""
    limits.take(office, limits.forms(office.settings), request)
    wish = Wish(body.right, body.residence, body.email, body.phone, body.name, body.customer_id, body.language)
    received = submit(office, wish, "api", idempotency_key)
    return Accepted(reference=received.case.reference, due=received.case.due, secret=received.secret)


@router.post("/requests/{reference}/code", status_code=202)
def send_code(office: InOffice, request: Request, reference: Reference) -> Noted:
    """Send the code that proves identity again."""
    code_again(office, request, reference)
    return Noted()


@router.post("/requests/{reference}/verify", status_code=204)
def verify(office: InOffice, request: Request, reference: Reference, body: Code) -> None:
    """Prove identity with the code from the letter."""
    try_code(office, request, reference, body.code)


@router.get("/requests/{reference}")
def status(office: InOffice, request: Request, reference: Reference, secret: Secret) -> Status:
    """Where a request stands."""
    return read_status(office, request, reference, secret)


@router.post("/requests/{reference}/withdraw")
def withdraw(office: InOffice, request: Request, reference: Reference, secret: Secret) -> Status:
    """Take a request back."""
    limits.take(office, limits.LOOKUPS, request)
    case = for_person(office, reference, secret)
    decisions.withdraw(office, case.reference, "person")
    return read_status(office, request, reference, secret)


@router.post("/requests/{reference}/download/code", status_code=202)
def send_download_code(office: InOffice, request: Request, reference: Reference, secret: Secret) -> Noted:
    """Send the code for the download."""
    limits.take(office, limits.CODES, request)
    handover.ask_code(office, reference, secret)
    return Noted()


@router.post("/requests/{reference}/download/grant")
def grant(office: InOffice, request: Request, reference: Reference, body: Code, secret: Secret) -> GrantGiven:
    """Exchange the code for leave to download."""
    limits.take(office, limits.TRIES, request)
    given = handover.open_package(office, reference, secret, body.code)
    return GrantGiven(grant=given.token, kind=given.kind, size=given.size, expires_at=given.expires_at)


@router.post(
    "/requests/{reference}/download",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}, "application/json": {}}}},
)
def download(
    office: InOffice, request: Request, reference: Reference, body: Granted, secret: Secret
) -> StreamingResponse:
    """The package itself."""
    limits.take(office, limits.DOWNLOADS, request)
    return attachment(handover.download(office, reference, secret, body.grant))


def attachment(file: handover.Download) -> StreamingResponse:
    """A download as an answer that no browser shows inside our pages."""
    return StreamingResponse(
        file.chunks,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "Content-Length": str(file.size),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Repr-Digest": f"sha-256=:{file.digest}:",
        },
    )
