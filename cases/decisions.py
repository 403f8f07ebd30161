"""What people decide: approve exactly this plan, refuse, withdraw, answer by letter, search again.

An approval names the plan's hash, counts once a person, and lapses when the plan changes or its days are over. Nobody
approves a request of their own, and erasure needs as many different people as the policy says.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from cases import deadlines, letters, plan, steps
from cases.errors import Forbidden, Invalid, NotNow, StalePlan
from cases.record import by_id, by_reference, move, note, require
from cases.states import ENDED, State
from cases.statutes import book_of, stamps
from cases.subject import load
from cases.tables import ActionRow, Case, Decision, Plan, scope
from discovery import stores
from discovery.fold import fold
from law.grounds import grounds, judge
from law.provisions import Kind
from law.regimes import LawError, Right, resolve
from ledger.events import Event
from office import Office


def approve(office: Office, reference: str, by: str, plan_hash: str, accept_gaps: str = "") -> Case:
    """Approve a plan. With the last approval needed, the plan is carried out.

    `accept_gaps` is the reason why stores that could not be searched may stay out. Raises `StalePlan`, `Forbidden`, `Invalid`.
    """
    if not by.strip():
        raise Invalid("Say who approves (--by).")
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        require(case, State.AWAITING_DECISION)
        current = plan.latest(session, case)
        if current.hash != plan_hash:
            raise StalePlan("This is not the plan that lies there now. Look at it again with `redress request plan`.")
        if resolve(case.regime, case.right).handling != "automatic":
            raise NotNow("This right is decided by a person. Use `redress request answer` or `redress request refuse`.")
        _not_their_own(session, office, case, by)
        missing = plan.gaps(current)
        if missing and not accept_gaps.strip():
            raise NotNow(
                f"These stores could not be searched: {', '.join(missing)}. Repair them and search again"
                " (`redress request search`), or say why they may stay out (--accept-gaps REASON)."
            )
        _nothing_left_open(session, current)
        lapse(session, office, case)
        earlier = _live_approvals(session, office, case)
        if any(_person(decision.by) == _person(by) for decision in earlier):
            raise Forbidden("You have approved this plan already. Another person must give the next approval.")
        if missing:
            _decide(session, office, case, "accept_gap", by, accept_gaps, plan_hash)
        cited = tuple(sorted({line["ground"] for line in plan.lines(current)}))
        _decide(
            session, office, case, "approve", by, "", plan_hash, cited=cited, documents=("access", "partial_refusal")
        )
        note(session, office, case, Event.PLAN_APPROVED, actor=by, object=f"plan:{plan_hash}")
        case.approvals = len(earlier) + 1
        session.add(case)
        if case.approvals >= needed(office, case):
            move(session, office, case, State.FULFILLING, Event.PLAN_APPROVED, actor=by)
            steps.ask(session, office, "fulfil", case.id)
        unit.commit()
        return case


def needed(office: Office, case: Case) -> int:
    """How many different people must approve."""
    return office.settings.policy.erasure_approvals if case.right == Right.ERASURE else 1


def is_approved(session: Session, office: Office, case: Case, plan_hash: str) -> bool:
    """Whether a plan has its live approvals at this moment; asked again before every effect."""
    live = [decision for decision in _live_approvals(session, office, case) if decision.plan_hash == plan_hash]
    return len({_person(decision.by) for decision in live}) >= needed(office, case)


def lapse(session: Session, office: Office, case: Case) -> None:
    """End approvals whose days are over."""
    old = session.exec(_approvals(case).where(Decision.at < _oldest(office))).all()
    for decision in old:
        decision.live = False
        note(session, office, case, Event.PLAN_EXPIRED, object=f"plan:{decision.plan_hash}")
    session.flush()
    if old:
        case.approvals = len(_live_approvals(session, office, case))


def refuse(office: Office, reference: str, by: str, ground: str, reason: str, basis: str = "") -> Case:
    """Refuse a whole request with ground and reasons (GDPR Art. 12(4)); the letter names the remedies.

    `basis` is the statute or legal basis relied on, where the ground needs one. A ground that covers only a part belongs
    into the plan, record by record. Raises `Invalid` where the ground does not stand with what was stated.
    """
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        book, day = book_of(office), case.received_at.astimezone(office.settings.zone).date()
        known = {entry.id: entry for entry in grounds(case.regime, case.right, day, book=book) if entry.whole}
        if ground not in known:
            raise Invalid(f"A refusal needs a ground that covers the whole request: {', '.join(sorted(known))}.")
        if not by.strip() or not reason.strip():
            raise Invalid("A refusal needs who refuses (--by) and the reason (--reason).")
        stated = {"facts": reason, "evidence": reason} | dict.fromkeys(("statute", "legal_basis", "period"), basis)
        ruling = judge(case.regime, case.right, ground, stated, day, book=book)
        if not ruling.stands:
            raise Invalid(f"This ground needs more than a reason (--basis). {ruling.why}")
        _not_while_acting(session, case)
        move(session, office, case, State.REFUSED, Event.REQUEST_REFUSED, actor=by)
        _decide(session, office, case, "refuse", by, reason, ground=ground, cited=(ground,), documents=("refusal",))
        cite = f"{known[ground].source}, {basis}" if basis.strip() else known[ground].source
        letters.queue(session, office, case, "refusal", {"reasons": [{"text": reason, "ground": cite}]})
        unit.commit()
        return case


def extend(office: Office, reference: str, by: str, reason: str) -> Case:
    """Use the extension the statute allows, once, inside the first period, and tell the person why.

    It holds only when it is announced with its reasons (GDPR Art. 12(3); UK GDPR Art. 12A(4); 11 CCR 7021(b)): `NotNow` where there
    is no address to announce it to.
    """
    if not by.strip() or not reason.strip():
        raise Invalid("Say who extends (--by) and why (--reason).")
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        if State(case.state) in ENDED:
            raise NotNow("The request has ended: there is nothing to extend.")
        if case.extended:
            raise NotNow("The time was extended already; the statute allows it once.")
        if office.clock().astimezone(office.settings.zone).date() > case.due:
            raise NotNow("The first period is over; an extension must be announced inside it.")
        before = case.due
        try:
            deadlines.extended(session, office, case)
        except LawError as error:
            raise Invalid(str(error)) from None
        _decide(session, office, case, "extend", by, reason, documents=("extension",))
        note(session, office, case, Event.REQUEST_EXTENDED, actor=by)
        note(session, office, case, Event.DUE_SET, object=f"request:{case.id}:{case.due_rule}:{case.due.isoformat()}")
        facts = {
            "due_before": before.isoformat(),
            "due": case.due.isoformat(),
            "reasons": [reason],
            "link": letters.link(office, case, "status"),
        }
        if not letters.queue(session, office, case, "extension", facts):
            raise NotNow(
                "There is no proven address to announce the extension to, and one that is not announced does not hold."
                " Vouch for the identity first (`redress request attest`)."
            )
        unit.commit()
        return case


def withdraw(office: Office, reference: str, by: str) -> Case:
    """Take a request back. Possible until the plan is being carried out."""
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        _not_while_acting(session, case)
        move(session, office, case, State.WITHDRAWN, Event.REQUEST_WITHDRAWN, actor=by)
        _decide(session, office, case, "withdraw", by, "")
        until = office.clock() + timedelta(days=office.settings.policy.copies_days)
        facts = {"withdrawn_on": letters.day(office, office.clock()), "copies_until": letters.day(office, until)}
        letters.queue(session, office, case, "withdrawn", facts)
        unit.commit()
        return case


def answer(office: Office, reference: str, by: str, reason: str) -> Case:
    """Close a request whose right a person decides (rectification, objection …), with a letter."""
    if not by.strip() or not reason.strip():
        raise Invalid("Say who decided (--by) and what was done (--reason).")
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        if resolve(case.regime, case.right).handling == "automatic":
            raise NotNow("This right is carried out by plan. Use `redress request approve`.")
        move(session, office, case, State.COMPLETE, Event.REQUEST_COMPLETED, actor=by)
        _decide(session, office, case, "answer", by, reason)
        letters.queue(session, office, case, "decision", {"done": [reason]})
        unit.commit()
        return case


def search_again(office: Office, reference: str, by: str) -> Case:
    """Search every store afresh; the plan is made anew and must be approved anew."""
    with office.unit() as unit:
        case = by_reference(unit.session, reference)
        _not_while_acting(unit.session, case)
        move(unit.session, office, case, State.LOCATING, Event.LOCATE_STARTED, actor=by)
        steps.ask(unit.session, office, "locate", case.id)
        unit.commit()
        return case


def conclude_search(office: Office, case_id: str) -> None:
    """Every store is accounted for: make the plan and lay it before a person."""
    able = plan.abilities(office)
    with office.unit() as unit:
        case = by_id(unit.session, case_id)
        if State(case.state) is not State.LOCATING:
            return
        plan.make(unit.session, office, case, able)
        move(unit.session, office, case, State.AWAITING_DECISION, Event.LOCATE_FINISHED)
        unit.commit()


def _approvals(case: Case) -> SelectOfScalar[Decision]:
    return select(Decision).where(Decision.case_id == case.id, Decision.kind == "approve", col(Decision.live))


def _oldest(office: Office) -> datetime:
    """Approvals given before this have lapsed, whether or not somebody has noted it yet."""
    return office.clock() - timedelta(days=office.settings.policy.approval_days)


def _live_approvals(session: Session, office: Office, case: Case) -> list[Decision]:
    return list(session.exec(_approvals(case).where(Decision.at >= _oldest(office))))


def _nothing_left_open(session: Session, current: Plan) -> None:
    """A plan is approved only when it speaks of every store there is now and of every record that is the person's."""
    known = {entry["store"] for entry in plan.coverage(current)}
    if any(row.name not in known for row in stores.connected(session)):
        raise NotNow("A store was connected after the search. Search again (`redress request search`).")
    if any(line["action"] == plan.Do.LEAVE and line["ground"] == plan.UNREDACTABLE for line in plan.lines(current)):
        raise NotNow(
            "Some records of this person cannot be masked in place (cannot-redact). Choose for each: delete, or keep with"
            " its ground (`redress request change`)."
        )


def _person(by: str) -> str:
    """A name such that the same person typing it another way (case, spaces) is not two people."""
    return fold(" ".join(by.split()))


def _not_their_own(session: Session, office: Office, case: Case, by: str) -> None:
    """The person asking never approves: neither as themself nor under their address."""
    own = {fold(identifier.value) for identifier in load(session, office, case.id).identifiers}
    if _person(by) in own:
        raise Forbidden("Nobody approves a request of their own. Another person must do it.")


def _not_while_acting(session: Session, case: Case) -> None:
    """Refusing, withdrawing or searching again makes no sense while an effect has begun and its end is not known."""
    if State(case.state) in ENDED:
        return
    query = select(ActionRow.id).where(ActionRow.case_id == case.id, ActionRow.state == "intended")
    if session.exec(query.limit(1)).first() is not None:
        raise NotNow("An action has begun and its end is not known yet. Run `redress run --until-idle` first.")


def _decide(  # noqa: PLR0913 - each is a column
    session: Session,
    office: Office,
    case: Case,
    kind: str,
    by: str,
    reason: str,
    plan_hash: str = "",
    *,
    ground: str = "",
    cited: tuple[str, ...] = (),
    documents: tuple[Kind, ...] = (),
) -> None:
    """Write a decision down with the rules it rests on: those of the day it is made, whatever the files say later."""
    sealed = office.vault.seal_text(scope(case.id), "reason", reason) if reason else None
    session.add(
        Decision(
            case_id=case.id,
            kind=kind,
            plan_hash=plan_hash,
            by=by,
            at=office.clock(),
            reason=sealed,
            ground=ground,
            rules=stamps(office, case, grounds=cited, documents=documents),
        )
    )


def end_approvals(session: Session, case: Case) -> None:
    """The approved plan can no longer be carried out as it stands."""
    session.execute(
        update(Decision).where(col(Decision.case_id) == case.id, col(Decision.kind) == "approve").values(live=False)
    )
    case.approvals = 0
