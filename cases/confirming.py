"""Done means looked again. After an erasure every store is searched afresh; after an access answer the package is read back.

A request closes as complete only when nothing is left, or what is left is named with its ground: a record the approved plan
keeps or leaves, at the version it was approved. Anything else becomes a new plan for a person to approve.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from cases import answering, letters, plan
from cases.fulfilling import call_for_help, ended_actions
from cases.locating import pending_stores
from cases.plan import Do
from cases.record import by_id, move, new_id, note
from cases.states import State
from cases.tables import ActionRow, Case, Coverage, Decision, Finding, Package, Plan, scope
from law.regimes import Right
from ledger.events import Event
from ledger.log import checkpoint, receipt
from office import Office

SCHEMA = "redress.certificate/1"


def wants_search(office: Office, case_id: str) -> list[str]:
    """Stores that must be searched again before the request can close; none for an access answer."""
    with office.unit() as unit:
        case = by_id(unit.session, case_id)
        if State(case.state) is not State.CONFIRMING or case.right != Right.ERASURE:
            return []
    return pending_stores(office, case_id)


def conclude(office: Office, case_id: str) -> None:
    """Close the request, or lay a new plan before a person, or call for help. Safe to start again."""
    able = plan.abilities(office)
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, case_id)
        if State(case.state) is not State.CONFIRMING:
            return
        if case.right == Right.ERASURE:
            _conclude_erasure(session, office, case, able)
        else:
            _conclude_access(session, office, case)
        unit.commit()


def _conclude_access(session: Session, office: Office, case: Case) -> None:
    current = plan.latest(session, case)
    package = session.exec(select(Package).where(Package.plan_id == current.id, Package.kind == "answer")).first()
    if package is None or not answering.is_whole(office, package):
        call_for_help(session, office, case, "package-damaged")
        return
    note(session, office, case, Event.CONFIRM_CLEAN, object=f"package:{package.sha256}")
    move(session, office, case, State.COMPLETE, Event.REQUEST_COMPLETED)
    held = [line["ground"] for line in plan.lines(current) if line["action"] == Do.WITHHOLD]
    facts = {
        "link": letters.link(office, case, "download"),
        "until": letters.day(office, office.clock() + office.settings.package_life),
        "masked": True,
        "withheld": [{"text": ground, "ground": ground} for ground in sorted(set(held))],
        "unreached": plan.gaps(current),
    }
    letters.queue(session, office, case, "access_ready", facts, seq=package.id)


def _conclude_erasure(session: Session, office: Office, case: Case, able: plan.Able) -> None:
    covered = session.exec(select(Coverage).where(Coverage.case_id == case.id, Coverage.round == case.round)).all()
    done = plan.latest(session, case)
    accepted = set(plan.gaps(done)) if _gaps_accepted(session, done) else set()
    if any(row.status != "searched" and row.store not in accepted for row in covered):
        call_for_help(session, office, case, "store-not-searched")
        return
    judged = {(line["record"], line["version"]) for line in plan.lines(done) if line["action"] in {Do.KEEP, Do.LEAVE}}
    judged |= _left_behind(session, case)
    found = session.exec(select(Finding).where(Finding.case_id == case.id, Finding.round == case.round)).all()
    new = [finding for finding in found if (finding.ref_hash.hex(), finding.version) not in judged]
    if new:
        note(session, office, case, Event.CONFIRM_LEFT, payload={"records": len(new)})
        plan.make(session, office, case, able)
        move(session, office, case, State.AWAITING_DECISION, Event.PLAN_CHANGED)
        return
    note(session, office, case, Event.CONFIRM_LEFT if found else Event.CONFIRM_CLEAN, payload={"records": len(found)})
    package = certify(session, office, case, done)
    move(session, office, case, State.COMPLETE, Event.REQUEST_COMPLETED)
    kept = [line for line in plan.lines(done) if line["action"] == Do.KEEP]
    residue = sorted({code for row in ended_actions(session, case.id) for code in row.residue.split(",") if code})
    facts = {
        "erased_on": letters.day(office, office.clock()),
        "nothing_found": not ended_actions(session, case.id),
        "kept": [_kept(line) for line in kept],
        "unreached": residue + sorted(accepted),
        "certificate": letters.link(office, case, "download"),
    }
    letters.queue(session, office, case, "erasure_complete", facts, seq=package.id)


def _left_behind(session: Session, case: Case) -> set[tuple[str, str]]:
    """Records as an approved effect left them, read back clean: an anonymised deal still hangs off a customer that is kept."""
    return {
        (row.new_ref_hash.hex(), row.new_version)
        for row in ended_actions(session, case.id)
        if row.new_ref_hash is not None and row.new_version
    }


def _kept(line: dict[str, Any]) -> dict[str, Any]:
    ground, _, until = line["ground"].partition(" until ")
    return {"what": f"{line['store']} / {line['collection']}", "ground": ground, "until": until or None}


def _gaps_accepted(session: Session, done: Plan) -> bool:
    query = select(Decision.id).where(
        Decision.case_id == done.case_id, Decision.kind == "accept_gap", Decision.plan_hash == done.hash
    )
    return session.exec(query).first() is not None


def certify(session: Session, office: Office, case: Case, done: Plan) -> Package:
    """Make the certificate of erasure: what was done, kept and left, signed; nothing in it names the person."""
    rows = ended_actions(session, case.id)
    kept = Counter(
        (line["store"], line["collection"], line["ground"]) for line in plan.lines(done) if line["action"] == Do.KEEP
    )
    left = sum(1 for line in plan.lines(done) if line["action"] == Do.LEAVE)
    seq = note(session, office, case, Event.CERTIFICATE_ISSUED, object=f"plan:{done.hash}")
    checkpoint(session, office.vault, office.clock())
    statement = {
        "schema": SCHEMA,
        "reference": case.reference,
        "regime": case.regime,
        "controller": office.settings.controller.name,
        "received": letters.day(office, case.received_at),
        "erased": letters.day(office, office.clock()),
        "plan": done.hash,
        "actions": [
            {"store": store, "action": kind, "records": count}
            for (store, kind), count in sorted(Counter((row.store, row.kind) for row in rows).items())
        ],
        "kept": [
            {"store": store, "collection": kind, "ground": ground, "records": count}
            for (store, kind, ground), count in sorted(kept.items())
        ],
        "not_shown_to_be_this_person": left,
        "residue": sorted({code for row in rows for code in row.residue.split(",") if code}),
        "searched_again": _searched(session, case),
        "ledger": receipt(session, office.vault, seq),
    }
    body = json.dumps(statement, sort_keys=True, ensure_ascii=False, indent=1).encode()
    signed = {
        "statement": body.decode(),
        "public_key": office.vault.public_key("package").hex(),
        "signature": office.vault.signing_key("package").sign(b"redress certificate\n" + body).hex(),
    }
    raw = json.dumps(signed, ensure_ascii=False, indent=1).encode()
    package = Package(  # the file is named for the plan: one that a kill left without its row is overwritten
        id=new_id(), case_id=case.id, plan_id=done.id, kind="certificate", file=f"{done.id}.json.sealed"
    )
    path = office.settings.packages / package.file
    path.parent.mkdir(parents=True, exist_ok=True)
    sealed = office.vault.seal_file(scope(case.id), "package", [raw], path)
    package.sha256, package.size, package.built_at = sealed.sha256, sealed.size, office.clock()
    package.expires_at = office.clock() + timedelta(days=office.settings.policy.copies_days)
    session.add(package)
    return package


def _searched(session: Session, case: Case) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Coverage).where(Coverage.case_id == case.id, Coverage.round == case.round).order_by(col(Coverage.store))
    )
    return [{"store": row.store, "status": row.status, "records": row.records, "found": row.found} for row in rows]


def actions_by_state(session: Session, case_id: str) -> dict[str, int]:
    """How many actions of a request are in which state."""
    query = select(ActionRow.state, func.count()).where(ActionRow.case_id == case_id).group_by(ActionRow.state)
    return dict(session.exec(query).all())
