"""The plan: per record what would be done, bound to a hash that an approval names.

The hash covers right, every line (record, version, action, ground) and the coverage of every store, so that whoever approves
it approves exactly this. The body holds opaque ids only; previews are opened beside it for staff.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select, update

from cases.checklist import unstated
from cases.errors import Invalid, NotFound
from cases.locating import fact, ref_of
from cases.matching import Role, Strength
from cases.record import by_reference, new_id, note, require
from cases.states import State
from cases.statutes import book_of, stamps
from cases.tables import Case, Coverage, Decision, Finding, Plan, scope
from connectors.contract import Ability, ActionKind
from connectors.errors import StoreError
from discovery import stores
from law.grounds import grounds, judge, named, retention
from law.regimes import Right, resolve
from ledger.events import Event
from office import Office


class Do(StrEnum):
    """What a plan can say about a record."""

    EXPORT = "export"
    DELETE = "delete"
    ANONYMISE = "anonymise"
    REDACT = "redact"
    KEEP = "keep"  # erasure does not apply: the ground says why
    WITHHOLD = "withhold"  # not handed out: the ground says why
    LEAVE = "leave"  # not shown to be this person's: nothing is done


EFFECTS = frozenset({Do.DELETE, Do.ANONYMISE, Do.REDACT})
_CHOICES: dict[str, frozenset[Do]] = {
    Right.ACCESS: frozenset({Do.EXPORT, Do.WITHHOLD, Do.LEAVE}),
    Right.ERASURE: frozenset({Do.DELETE, Do.ANONYMISE, Do.REDACT, Do.KEEP, Do.LEAVE}),
}
UNPROVEN = "identity-unproven"
"""Ground of a line that is left because a name or a shared address alone does not show whose record it is."""
UNREDACTABLE = "cannot-redact"
"""Ground of a line for which a person must choose: the store cannot mask this text in place."""


Able = Mapping[str, tuple[frozenset[Ability], Mapping[str, ActionKind]]]
"""What each store can do, and what an erasure does to the person's own records in each collection that can be changed."""


def make(session: Session, office: Office, case: Case, abilities: Able) -> Plan:
    """Make the plan of the latest round; replaces the one before and ends its approvals."""
    findings = session.exec(select(Finding).where(Finding.case_id == case.id, Finding.round == case.round))
    lines = []
    for finding in findings:
        action, ground = _propose(office, case, finding, abilities)
        lines.append(_line(finding, action, ground))
    return _save(session, office, case, lines, Event.PLAN_MADE, "engine")


def change(office: Office, reference: str, line: str, action: str, by: str, reason: str, ground: str = "") -> str:
    """Change what is done about one record. Ends every approval; returns the new hash.

    Raises `Invalid` for an action the right does not know, a missing reason or, for keep and withhold, a missing ground.
    """
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        require(case, State.AWAITING_DECISION)
        choices = _CHOICES.get(case.right, frozenset())
        if action not in {choice.value for choice in choices}:
            raise Invalid(f"The action must be one of: {', '.join(sorted(choices)) or 'none for this right'}.")
        if not reason.strip() or (action in {Do.KEEP, Do.WITHHOLD} and not ground.strip()):
            raise Invalid("Give a reason, and for keep or withhold also the ground, for example 'GDPR 17(3)(b)'.")
        body = json.loads(latest(session, case).body)
        changed = [entry for entry in body["lines"] if entry["id"].startswith(line)]
        if len(changed) != 1:
            raise NotFound("There is no single plan line of this id. `redress request plan` lists them.")
        if action in {Do.KEEP, Do.WITHHOLD}:
            ground = _ground(office, case, ground, reason)
        changed[0] |= {"action": action, "ground": ground}
        sealed = office.vault.seal_text(scope(case.id), "reason", reason)
        rules = stamps(office, case, grounds=(ground,))
        session.add(
            Decision(
                case_id=case.id, kind="change", by=by, at=office.clock(), reason=sealed, ground=ground, rules=rules
            )
        )
        plan = _save(session, office, case, body["lines"], Event.PLAN_CHANGED, by)
        unit.commit()
        return plan.hash


def latest(session: Session, case: Case) -> Plan:
    """The live plan. Raises `NotFound` when none was made yet."""
    query = select(Plan).where(Plan.case_id == case.id, col(Plan.live)).order_by(col(Plan.number).desc())
    plan = session.exec(query).first()
    if plan is None:
        raise NotFound(
            "There is no plan yet. It is made when every store has been searched: `redress run --until-idle`."
        )
    return plan


def lines(plan: Plan) -> list[dict[str, Any]]:
    """The lines of a plan: id, store, collection, record (blind), version, action, ground."""
    found: list[dict[str, Any]] = json.loads(plan.body)["lines"]
    return found


def coverage(plan: Plan) -> list[dict[str, str]]:
    """What the plan says about each store: store, status, reason."""
    found: list[dict[str, str]] = json.loads(plan.body)["coverage"]
    return found


def gaps(plan: Plan) -> list[str]:
    """Stores that were not searched."""
    return [entry["store"] for entry in coverage(plan) if entry["status"] != "searched"]


def describe(office: Office, reference: str) -> dict[str, Any]:
    """The plan as staff see it: `hash`, `lines` with masked previews and record keys, `coverage`, and `answer_lacks`: what the law
    asks an access answer to say and the settings do not state."""
    with office.unit() as unit:
        case = by_reference(unit.session, reference)
        plan = latest(unit.session, case)
        findings = {
            finding.id: finding
            for finding in unit.session.exec(
                select(Finding).where(Finding.case_id == case.id, Finding.round == plan.round)
            )
        }
        covered = unit.session.exec(
            select(Coverage).where(Coverage.case_id == case.id, Coverage.round == plan.round)
        ).all()
    shown = []
    for line in lines(plan):
        finding = findings[line["id"]]
        preview = office.vault.open_json(scope(case.id), "preview", finding.preview)
        shown.append(
            {
                "id": line["id"],
                "store": line["store"],
                "collection": line["collection"],
                "record": ref_of(office, finding).key,
                "action": line["action"],
                "ground": line["ground"],
                "role": finding.role,
                "strength": finding.strength,
                "evidence": preview["evidence"],
                "title": preview["title"],
                "unreadable": finding.unreadable,
            }
        )
    return {
        "reference": case.reference,
        "hash": plan.hash,
        "lines": shown,
        "coverage": [shown_coverage(c) for c in covered],
        "answer_lacks": unstated(office, case),
    }


def shown_coverage(row: Coverage) -> dict[str, Any]:
    """A coverage row as JSON."""
    return {
        "store": row.store,
        "kind": row.kind,
        "status": row.status,
        "reason": row.reason,
        "collections": row.collections,
        "records": row.records,
        "found": row.found,
        "unreadable": row.unreadable,
    }


def _ground(office: Office, case: Case, text: str, reason: str) -> str:
    """The ground as the plan states it: citation first, then what it rests on. Raises `Invalid` for one that does not stand.

    A ground that needs a statute is given with it: `GDPR 17(3)(b), § 147 AO`.
    """
    book, day = book_of(office), case.received_at.astimezone(office.settings.zone).date()
    found = named(case.regime, text.strip(), book=book)
    if found is None:
        there = ", ".join(f"{g.cite[0]} ({g.id})" for g in grounds(case.regime, case.right, day, book=book))
        raise Invalid(f"This is no ground of the law this request is answered under. Begin with one of: {there}.")
    stated = {"facts": reason, "evidence": reason} | dict.fromkeys(("statute", "legal_basis", "period"), found[1])
    ruling = judge(case.regime, case.right, found[0].id, stated, day, book=book)
    if not ruling.stands:
        raise Invalid(f"{ruling.why} Write it behind the ground, for example 'GDPR 17(3)(b), § 147 AO'.")
    return f"{found[0].source}, {found[1]}" if found[1] else found[0].source


def _propose(office: Office, case: Case, finding: Finding, abilities: Able) -> tuple[Do, str]:
    """What the house rules would do with one record: the action and, where one is needed, the ground."""
    if finding.strength == Strength.POSSIBLE:
        return Do.LEAVE, UNPROVEN
    if case.right != Right.ERASURE:
        return Do.EXPORT, ""
    known = fact(office, finding)
    kept = _kept(office, case, known, office.clock().date())
    if kept:
        return Do.KEEP, kept
    able, erase = abilities.get(finding.store, (frozenset(), {}))
    if finding.collection not in erase:
        return Do.LEAVE, UNREDACTABLE
    if finding.role in {Role.OWN, Role.LINKED}:
        return Do(erase[finding.collection]), ""
    alone = finding.role == Role.PARTICIPANT and (bool(known["sent"]) or int(str(known["people"])) <= 2)
    if alone and Ability.DELETE in able:
        return Do.DELETE, ""
    if Ability.REDACT in able and known["redactable"]:
        return Do.REDACT, ""
    return Do.LEAVE, UNREDACTABLE


def _kept(office: Office, case: Case, known: Mapping[str, Any], today: date) -> str:
    """The ground of the retention rule that holds longest, empty when none does. A ground of another law than the request's is
    replaced by its own for records that a statute makes the company keep."""
    live = [kept for kept in known["kept"] if not kept["until"] or date.fromisoformat(kept["until"]) >= today]
    if not live:
        return ""
    longest = max(live, key=lambda kept: kept["until"] or "9999")
    until = f" until {longest['until']}" if longest["until"] else ""
    ground, book = longest["ground"], book_of(office)
    if named(case.regime, ground, book=book) is None and (own := retention(case.regime, book=book)):
        ground = own.source
    return f"{ground}, {longest['statute']}{until}"


def abilities(office: Office) -> Able:
    """Ask every connected store. Outside any unit of work: a store may take its time."""
    with office.unit() as unit:
        names = [row.name for row in stores.connected(unit.session)]
    found: dict[str, tuple[frozenset[Ability], Mapping[str, ActionKind]]] = {}
    for name in names:
        try:
            with stores.open_named(office, name) as store:
                found[name] = (store.abilities, {c.name: c.erase for c in store.collections() if not c.fixed})
        except StoreError:
            continue  # its coverage row says failed; it has no findings
    return found


def _line(finding: Finding, action: Do, ground: str) -> dict[str, Any]:
    return {
        "id": finding.id,
        "store": finding.store,
        "collection": finding.collection,
        "record": finding.ref_hash.hex(),
        "version": finding.version,
        "action": action.value,
        "ground": ground,
    }


def _save(
    session: Session, office: Office, case: Case, entries: list[dict[str, Any]], event: Event, actor: str
) -> Plan:
    before = session.exec(select(Plan).where(Plan.case_id == case.id).order_by(col(Plan.number).desc())).first()
    session.execute(update(Plan).where(col(Plan.case_id) == case.id).values(live=False))
    session.execute(
        update(Decision).where(col(Decision.case_id) == case.id, col(Decision.kind) == "approve").values(live=False)
    )
    case.approvals = 0
    covered = session.exec(select(Coverage).where(Coverage.case_id == case.id, Coverage.round == case.round))
    body = {
        "request": case.id,
        "right": case.right,
        "resolves": resolve(case.regime, case.right).handling,
        "lines": sorted(entries, key=lambda entry: (entry["store"], entry["collection"], entry["record"])),
        "coverage": sorted(
            ({"store": c.store, "status": c.status, "reason": c.reason} for c in covered), key=lambda c: c["store"]
        ),
    }
    raw = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    plan = Plan(
        id=new_id(),
        case_id=case.id,
        number=before.number + 1 if before else 1,
        round=case.round,
        body=raw,
        hash=hashlib.sha256(raw).hexdigest(),
        made_at=office.clock(),
    )
    session.add(plan)
    session.flush()
    note(session, office, case, event, actor=actor, object=f"plan:{plan.hash}")
    return plan
