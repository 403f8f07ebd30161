"""What the law says about one request, for the DPO: the proof it asks for, what must not be asked, the grounds that are open, what
the answer must contain and what may not stand in it, and the duties that come with it."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, func, select

from cases.checklist import unstated
from cases.states import State
from cases.statutes import book_of
from cases.tables import Case, CaseIdentifier
from law.contents import required
from law.disclosure import never
from law.duties import duties
from law.grounds import grounds
from law.identity import Shown, judge, proof
from law.limits import Earlier, frequency, lookback
from law.regimes import LawError, entitlement
from law.rule import Right
from office import Office


def advice(session: Session, office: Office, case: Case) -> dict[str, Any]:
    """The rules that hold for a request, each with its citation and how sure we are of it. Not legal advice."""
    book, day = book_of(office), case.received_at.astimezone(office.settings.zone).date()
    regime, right = case.regime, Right(case.right)
    entry = entitlement(regime, right, book=book)
    back = lookback(regime, right, day, book=book)
    law = book.statute(regime)
    return {
        "right": {"title": entry.title, "cite": entry.source, "confidence": entry.confidence, "outcome": entry.outcome},
        "conditions": [f"{one.fact}: {', '.join(one.one_of)} ({', '.join(one.cite)})" for one in entry.conditions],
        "proof": _proof(session, office, case),
        "not_to_ask": [
            f"{', '.join(rule.demand)}: {rule.note} ({rule.source})"
            for rule in law.demands
            if rule.in_force(day) and (not rule.rights or right in rule.rights)
        ],
        "grounds": [
            {
                "id": g.id,
                "title": g.title,
                "cite": g.source,
                "whole": g.whole,
                "needs": list(g.needs),
                "effect": g.effect,
            }
            for g in grounds(regime, right, day, book=book)
        ],
        "answer_contains": [f"{item.title} ({item.cite})" for item in required("access", regime, day, book=book)]
        if right is Right.ACCESS
        else [],
        "answer_lacks": unstated(office, case),
        "never_disclosed": sorted(never(regime, right, day, book=book)),
        "asked_before": _asked_before(session, office, case),
        "looks_back_to": back.since.isoformat() if back.since else None,
        "duties": [f"{duty.title} ({duty.source})" for duty in duties(regime, right, on=day, book=book)],
    }


def _asked_before(session: Session, office: Office, case: Case) -> dict[str, Any]:
    """Earlier requests of the same person, and whether the statute's own limit on their number is used up.

    Only addresses that were proven count, here and there: nobody uses up somebody else's right by typing their address.
    """
    zone, proven = office.settings.zone, col(CaseIdentifier.proven)
    own = select(CaseIdentifier.blind).where(CaseIdentifier.case_id == case.id, proven)
    theirs = select(CaseIdentifier.case_id).where(col(CaseIdentifier.blind).in_(own), proven)
    before = [Case.id != case.id, Case.regime == case.regime, Case.received_at <= case.received_at]
    earlier = [
        Earlier(one.right, one.received_at.astimezone(zone).date(), answered=one.state == State.COMPLETE)
        for one in session.exec(select(Case).where(col(Case.id).in_(theirs), *before))
    ]
    limit = frequency(case.regime, case.right, case.received_at.astimezone(zone).date(), earlier, book=book_of(office))
    return {"requests": len(earlier), "counted": limit.counted, "may_refuse": limit.may_refuse, "cite": limit.cite}


def _proof(session: Session, office: Office, case: Case) -> dict[str, Any] | None:
    """The proof the law asks for, and what is still missing of it by our record: each identifier that was proven is one data point;
    a declaration is on paper, so staff who hold one say so in their evidence."""
    book, day = book_of(office), case.received_at.astimezone(office.settings.zone).date()
    try:
        rule = proof(case.regime, Right(case.right), on=day, book=book)
    except LawError:
        return None
    proven = select(func.count()).where(CaseIdentifier.case_id == case.id, col(CaseIdentifier.proven))
    shown = judge(case.regime, case.right, Shown(points=session.exec(proven).one()), on=day, book=book)
    return {
        "degree": rule.degree,
        "not_on_record": list(shown.missing),
        "data_points": rule.points,
        "declaration": rule.declaration,
        "cite": rule.source,
        "confidence": rule.confidence,
        "if_it_fails": rule.unmet,
    }
