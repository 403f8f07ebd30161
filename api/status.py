"""What customers see of their request, and the codes they ask for and enter; the same for API and privacy centre."""

from __future__ import annotations

from datetime import date

from fastapi import Request
from pydantic import BaseModel, Field

from api import limits
from cases import handover, identity
from cases.errors import Invalid, NotFound
from cases.view import Stage, for_person, stage
from office import Office


class Status(BaseModel):
    """Where a request stands."""

    reference: str
    right: str
    stage: Stage = Field(description="`proof`, `working`, `joined`, `complete`, `refused`, `withdrawn` or `expired`.")
    received: date
    due: date
    extended: bool
    download_until: date | None = Field(None, description="Last day of the download, if there is one.")


def read_status(office: Office, request: Request, reference: str, secret: str) -> Status:
    """Raises `TooOften`, and `NotFound` alike for a wrong reference and a wrong secret."""
    limits.take(office, limits.LOOKUPS, request)
    case = for_person(office, reference, secret)
    with office.unit() as unit:
        package = handover.live_package(unit.session, office, case)
    zone = office.settings.zone
    until = package.expires_at.astimezone(zone).date() if package and package.expires_at else None
    return Status(
        reference=case.reference,
        right=case.right,
        stage=stage(case),
        received=case.received_at.astimezone(zone).date(),
        due=case.due,
        extended=case.extended,
        download_until=until,
    )


def code_again(office: Office, request: Request, reference: str) -> None:
    """Send the code of the identity check again, if there is anything to send. Raises `TooOften` only."""
    limits.take(office, limits.CODES, request)
    try:
        identity.send_again(office, reference)
    except NotFound:
        return  # the same answer as for a request that exists


def try_code(office: Office, request: Request, reference: str, code: str) -> None:
    """Take the code of the identity check. Raises `Invalid`, also where no such request exists, `TooManyTries`, `NotNow`."""
    limits.take(office, limits.TRIES, request)
    try:
        identity.prove(office, reference, code)
    except NotFound:
        raise Invalid("This code is not right or too old. Check it, or ask for a new one.") from None
