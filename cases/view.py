"""What staff and customers are shown of a request. The customer's view says nothing about what was or was not found."""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum
from typing import Any

from sqlmodel import col, select

from cases import deadlines, legal
from cases.confirming import actions_by_state
from cases.decisions import needed
from cases.errors import NotFound
from cases.plan import shown_coverage
from cases.record import by_reference
from cases.states import ENDED, MEANING, State
from cases.tables import ActionRow, Case, Coverage, Decision, Package, Plan
from law.regimes import resolve
from notices.tables import Notice
from office import Office


def show(office: Office, reference: str) -> dict[str, Any]:
    """Everything staff see of a request, without the person's identifiers."""
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        plan = session.exec(
            select(Plan).where(Plan.case_id == case.id, col(Plan.live)).order_by(col(Plan.number).desc())
        ).first()
        covered = session.exec(select(Coverage).where(Coverage.case_id == case.id, Coverage.round == case.round)).all()
        decisions = session.exec(select(Decision).where(Decision.case_id == case.id).order_by(col(Decision.id))).all()
        packages = session.exec(select(Package).where(Package.case_id == case.id)).all()
        letters = session.exec(select(Notice).where(Notice.case_id == case.id).order_by(col(Notice.queued_at))).all()
        problems = session.exec(select(ActionRow).where(ActionRow.case_id == case.id, ActionRow.problem != "")).all()
        return summary(case) | {
            "country": case.country,
            "language": case.language,
            "channel": case.channel,
            "meaning": MEANING[State(case.state)],
            "due_rule": f"{case.due_rule}@{case.due_version}",
            "due_target": case.due_target.isoformat() if case.due_target else None,
            "extension_notice_by": case.notice_by.isoformat() if case.notice_by and not case.extended else None,
            "due_why": case.due_why,
            "extended": case.extended,
            "law": legal.advice(session, office, case),
            "rules": case.rules.split(),
            "attention": case.note,
            "plan": {
                "hash": plan.hash,
                "number": plan.number,
                "approvals": case.approvals,
                "needed": needed(office, case),
            }
            if plan
            else None,
            "coverage": [shown_coverage(row) for row in covered],
            "actions": actions_by_state(session, case.id),
            "problems": [
                {"action": row.id, "store": row.store, "state": row.state, "problem": row.problem} for row in problems
            ],
            "decisions": [
                {
                    "kind": d.kind,
                    "by": d.by,
                    "at": d.at.isoformat(),
                    "plan": d.plan_hash,
                    "ground": d.ground,
                    "rules": d.rules.split(),
                    "live": d.live,
                }
                for d in decisions
            ],
            "packages": [
                {
                    "kind": p.kind,
                    "sha256": p.sha256,
                    "size": p.size,
                    "expires": p.expires_at.isoformat() if p.expires_at else None,
                    "erased": p.erased_at is not None,
                    "downloads": p.downloads,
                }
                for p in packages
            ],
            "letters": [{"kind": n.kind, "state": n.state, "language": n.language} for n in letters],
        }


def summary(case: Case) -> dict[str, Any]:
    """The line of a request in a list."""
    return {
        "reference": case.reference,
        "state": case.state,
        "regime": case.regime,
        "right": case.right,
        "received": case.received_at.isoformat(),
        "due": case.due.isoformat(),
        "because": deadlines.shown(case),
        "provisional": case.provisional,
        "overdue": case.overdue,
        "closed": case.closed_at.isoformat() if case.closed_at else None,
    }


def listing(office: Office, state: str | None = None, *, only_open: bool = False) -> list[dict[str, Any]]:
    """Requests by due date."""
    query = select(Case).order_by(col(Case.due), col(Case.received_at))
    if state:
        query = query.where(Case.state == state)
    if only_open:
        query = query.where(col(Case.state).not_in([ended.value for ended in ENDED]))
    with office.unit() as unit:
        return [summary(case) for case in unit.session.exec(query)]


def for_person(office: Office, reference: str, secret: str) -> Case:
    """The request, for whoever holds the secret its status page was opened with.

    Raises `NotFound` alike for a wrong reference and a wrong secret.
    """
    digest = hashlib.sha256(secret.encode()).digest()
    with office.unit() as unit:
        case = unit.session.exec(select(Case).where(Case.reference == reference.strip().upper())).first()
        if case is None or not hmac.compare_digest(digest, case.secret):
            raise NotFound("There is no request with this reference and code. Check both.")
        return case


class Stage(StrEnum):
    """What a customer is told about where their request stands. Searching, finding and deciding look alike."""

    PROOF = "proof"
    WORKING = "working"
    JOINED = "joined"
    COMPLETE = "complete"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def stage(case: Case) -> Stage:
    """The stage of a request. Until identity was proven it is the same for people the company knows and for others."""
    state = State(case.state)
    asks_proof = resolve(case.regime, case.right).proof == "required"
    if state in {State.RECEIVED, State.PROVING_IDENTITY}:
        return Stage.PROOF if asks_proof else Stage.WORKING
    if state is State.WITHDRAWN and case.note.startswith("joined:"):
        return Stage.JOINED if asks_proof else Stage.WORKING  # unproven: that another one is open is nobody's business
    return Stage(state.value) if state in ENDED else Stage.WORKING
