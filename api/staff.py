"""The JSON API for staff: triage, judge identity, review the plan, decide. Roles stand in `api.access.ROLES`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from api.access import staff
from api.parts import InOffice, Reference
from api.problems import RESPONSES
from cases import deadlines, decisions, identity, plan, scans, view
from cases.states import State
from cases.tables import Case, StaffToken
from discovery import stores

router = APIRouter(prefix="/api/v1/staff", tags=["staff"], dependencies=[Depends(staff)], responses=RESPONSES)
LineId = Annotated[str, Path(pattern=r"^[0-9a-f]{1,32}$", description="Id of a plan line, or its beginning.")]
StoreName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Who = Annotated[StaffToken, Depends(staff)]


_PRINTED = r"^[^\x00-\x1f]*$"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class LineChange(_Body):
    """Another action for one record."""

    action: str = Field(max_length=20)
    reason: str = Field(min_length=1, max_length=2000)
    ground: str = Field("", max_length=200, pattern=_PRINTED)


class Approval(_Body):
    """Approval of exactly the plan with this hash."""

    plan_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    accept_gaps: str = Field("", max_length=2000, description="Why stores that were not searched may stay out.")


class Refusal(_Body):
    """Refusal with its ground."""

    ground: str = Field(max_length=100, pattern=_PRINTED)
    reason: str = Field(min_length=1, max_length=2000, description="Sentence for the letter, in its language.")
    basis: str = Field(
        "", max_length=200, pattern=_PRINTED, description="Statute relied on, where the ground needs one."
    )


class ClockEvent(_Body):
    """A question to the person, or its answer, that matters to the clock."""

    name: str = Field(max_length=40, description="identity_asked, identity_received, clarification_asked …")
    day: date = Field(description="Local day on which it happened.")


class Reason(_Body):
    """A sentence for the letter, in its language."""

    reason: str = Field(min_length=1, max_length=2000)


class Evidence(_Body):
    """On what evidence staff vouch for an identity."""

    evidence: str = Field(min_length=1, max_length=2000)


class Line(BaseModel):
    """A request in a list."""

    reference: str
    state: str
    regime: str
    right: str
    received: str
    due: str
    because: str = Field(description="The due date with its reason: period, citation, what moved it.")
    provisional: bool = Field(description="An official calendar is not known yet: the date can only become later.")
    overdue: bool
    closed: str | None


class PlanHash(BaseModel):
    """The plan that lies there now."""

    hash: str


class StoreLine(BaseModel):
    """A connected store; secrets of its options are masked."""

    name: str
    kind: str
    added: str
    options: dict[str, Any]


class ScanAsked(BaseModel):
    """Ids of the scans that are due now."""

    scans: list[str]


@router.get("/requests")
def list_requests(office: InOffice, state: State | None = None, only_open: bool = False) -> list[Line]:
    """Requests by due date."""
    return [Line(**line) for line in view.listing(office, state, only_open=only_open)]


@router.get("/requests/{reference}")
def show_request(office: InOffice, reference: Reference) -> dict[str, Any]:
    """Everything about a request except the person's identifiers."""
    return view.show(office, reference)


@router.get("/requests/{reference}/plan")
def show_plan(office: InOffice, reference: Reference) -> dict[str, Any]:
    """The plan with masked previews; its hash is what an approval names."""
    return plan.describe(office, reference)


@router.post("/requests/{reference}/plan/{line}")
def change_line(office: InOffice, who: Who, reference: Reference, line: LineId, body: LineChange) -> PlanHash:
    """Change what is done about one record. Ends every approval."""
    return PlanHash(hash=plan.change(office, reference, line, body.action, who.user, body.reason, body.ground))


@router.post("/requests/{reference}/approve")
def approve(office: InOffice, who: Who, reference: Reference, body: Approval) -> Line:
    """Approve the plan."""
    return _line(decisions.approve(office, reference, who.user, body.plan_hash, body.accept_gaps))


@router.post("/requests/{reference}/refuse")
def refuse(office: InOffice, who: Who, reference: Reference, body: Refusal) -> Line:
    """Refuse the request, with its ground."""
    return _line(decisions.refuse(office, reference, who.user, body.ground, body.reason, body.basis))


@router.post("/requests/{reference}/clock")
def note_clock_event(office: InOffice, who: Who, reference: Reference, body: ClockEvent) -> Line:
    """Note what matters to the statutory clock; the due date is counted afresh."""
    return _line(deadlines.record(office, reference, body.name, body.day, who.user))


@router.post("/requests/{reference}/extend")
def extend(office: InOffice, who: Who, reference: Reference, body: Reason) -> Line:
    """Use the extension of the statute, once."""
    return _line(decisions.extend(office, reference, who.user, body.reason))


@router.post("/requests/{reference}/answer")
def answer(office: InOffice, who: Who, reference: Reference, body: Reason) -> Line:
    """Close a request that a person decided, with a letter."""
    return _line(decisions.answer(office, reference, who.user, body.reason))


@router.post("/requests/{reference}/search")
def search_again(office: InOffice, who: Who, reference: Reference) -> Line:
    """Search every store afresh."""
    return _line(decisions.search_again(office, reference, who.user))


@router.post("/requests/{reference}/attest")
def attest(office: InOffice, who: Who, reference: Reference, body: Evidence) -> Line:
    """Vouch for the identity of the person."""
    return _line(identity.attest(office, reference, who.user, body.evidence))


@router.post("/requests/{reference}/withdraw")
def withdraw_on_behalf(office: InOffice, who: Who, reference: Reference) -> Line:
    """Take a request back because the person said so."""
    return _line(decisions.withdraw(office, reference, who.user))


@router.get("/stores")
def list_stores(office: InOffice) -> list[StoreLine]:
    """Connected stores."""
    with office.unit() as unit:
        rows = stores.connected(unit.session)
    return [
        StoreLine(
            name=row.name, kind=row.kind, added=row.added_at.isoformat(), options=stores.shown_options(office, row)
        )
        for row in rows
    ]


@router.post("/stores/{name}/scan", status_code=202)
def start_scan(office: InOffice, name: StoreName) -> ScanAsked:
    """Make a scan of a store due."""
    return ScanAsked(scans=[scans.ask(office, name)])


@router.post("/scans", status_code=202)
def start_all_scans(office: InOffice) -> ScanAsked:
    """Make a scan of every store due."""
    return ScanAsked(scans=scans.ask_all(office))


def _line(case: Case) -> Line:
    return Line(**view.summary(case))
