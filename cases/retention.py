"""Our own copies end too: packages, letters and everything sealed of a request, in every end state (promise 9)."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, select

from cases import decisions, letters
from cases.record import by_id, move, note
from cases.states import ENDED, State
from cases.tables import Case, Package, scope
from db.engine import scrub_free_space
from ledger.events import Event
from notices import outbox
from office import Office

FORGETTING = "forgetting"


def tidy(office: Office) -> dict[str, int]:
    """Expire what is over: approvals, unproven requests, packages, our copies. Safe to run at any time."""
    done = {
        "approvals": _lapse_approvals(office),
        "unproven": _expire_unproven(office),
        "packages": _expire_packages(office),
        "forgotten": _forget_ended(office),
    }
    scrub_free_space(office.engine)
    return done


def _lapse_approvals(office: Office) -> int:
    with office.unit() as unit:
        waiting = unit.session.exec(select(Case).where(Case.state == State.AWAITING_DECISION, Case.approvals > 0)).all()
        for case in waiting:
            decisions.lapse(unit.session, office, case)
        unit.commit()
        return len(waiting)


def _expire_unproven(office: Office) -> int:
    limit = office.clock() - timedelta(days=office.settings.policy.unproven_days)
    with office.unit() as unit:
        session = unit.session
        old = session.exec(
            select(Case).where(Case.state == State.PROVING_IDENTITY, col(Case.received_at) < limit)
        ).all()
        for case in old:
            move(session, office, case, State.EXPIRED, Event.REQUEST_EXPIRED)
            facts = {"proof_until": letters.day(office, office.clock()), "link": office.settings.api.public_url}
            letters.queue(session, office, case, "expired", facts)
        unit.commit()
        return len(old)


def _expire_packages(office: Office) -> int:
    with office.unit() as unit:
        query = select(Package).where(col(Package.expires_at) < office.clock(), col(Package.erased_at).is_(None))
        over = unit.session.exec(query).all()
        for package in over:
            (office.settings.packages / package.file).unlink(
                missing_ok=True
            )  # before the row: a kill leaves it to be repeated
            package.erased_at = office.clock()
            case = by_id(unit.session, package.case_id)
            if case.shredded_at is None:
                note(unit.session, office, case, Event.PACKAGE_EXPIRED, object=f"package:{package.sha256}")
        unit.commit()
        return len(over)


def _forget_ended(office: Office) -> int:
    """Destroy the key of requests that ended long enough ago; the bare record stays (11 CCR 7101)."""
    limit = office.clock() - timedelta(days=office.settings.policy.copies_days)
    with office.unit() as unit:
        query = select(Case.id).where(
            col(Case.state).in_([state.value for state in ENDED]),
            col(Case.closed_at) < limit,
            col(Case.shredded_at).is_(None),
        )
        ids = unit.session.exec(query).all()
    for case_id in ids:
        forget(office, case_id)
    return len(ids)


def forget(office: Office, case_id: str) -> None:
    """Forget the content of one ended request: files, letters, then its key. Killed anywhere, it is simply done again."""
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, case_id)
        if State(case.state) not in ENDED or case.shredded_at is not None:
            return
        for package in session.exec(select(Package).where(Package.case_id == case_id)):
            (office.settings.packages / package.file).unlink(missing_ok=True)
            package.erased_at = package.erased_at or office.clock()
        if case.note != FORGETTING:
            outbox.forget(office, session, case_id)
            note(session, office, case, Event.CASE_SHREDDED)
            case.note = FORGETTING
        unit.commit()
    office.vault.shred(scope(case_id))
    with office.unit() as unit:
        by_id(unit.session, case_id).shredded_at = office.clock()
        unit.commit()
