"""Carrying out an approved plan: the package first, then each effect on each record, journaled, one at a time.

An action is intended (committed) before the store is touched and read back before it counts as done. After a kill the
intended one is taken up again with the same key and journal, which the connector makes harmless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from sqlmodel import Session, col, select

from cases import answering, decisions, plan, steps
from cases.locating import ref_of
from cases.matching import Matcher, Role, masks
from cases.plan import EFFECTS
from cases.record import by_id, move, new_id, note
from cases.states import State
from cases.subject import load
from cases.tables import ActionRow, Case, Finding, Plan, scope
from connectors.contract import Action, ActionKind, Outcome, Receipt, Record, Ref, Store, Whereabouts
from connectors.errors import Conflict, StoreError, Transient, Vanished
from db.engine import scrub_free_space
from discovery import index, stores
from law.regimes import Right
from ledger.events import Event
from office import Office

REDACTED = "[redacted]"
ENDED = frozenset({"done", "already", "unknown", "failed", "conflict"})
_ORDER = {Role.LINKED: 0, Role.MENTION: 1, Role.PARTICIPANT: 2, Role.OWN: 3}
"""Turn of records whose collections do not refer to each other: the person's own row is the last trace to go."""


def fulfil(office: Office, case_id: str) -> None:
    """Do what is left of the approved plan. Safe to start at any time, any number of times.

    Raises `Transient` when a store is out of reach: nothing is lost, come back later.
    """
    current = _begin(office, case_id)
    if current is None:
        return
    if current[1] == Right.ACCESS:
        try:
            answering.ensure(office, case_id, current[0])
        except Conflict:
            _search_anew(office, case_id)
            return
    for store_name, rows in groupby(_open_actions(office, current[0]), key=lambda pair: pair[0].store):
        with stores.open_named(office, store_name) as store:
            depth = _depths(store)
            for row, finding in sorted(rows, key=lambda pair: _turn(pair, depth)):
                _perform(office, store, row, finding)
    _end(office, case_id, current[0])


def _begin(office: Office, case_id: str) -> tuple[str, str] | None:
    """The id of the approved plan and the right, with an action row per effect; None when there is nothing to do."""
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, case_id)
        if State(case.state) is not State.FULFILLING:
            return None
        current = plan.latest(session, case)
        decisions.lapse(session, office, case)
        if not decisions.is_approved(session, office, case, current.hash):
            move(session, office, case, State.AWAITING_DECISION, Event.PLAN_EXPIRED)
            unit.commit()
            return None
        present = set(session.exec(select(ActionRow.finding_id).where(ActionRow.plan_id == current.id)))
        for line in plan.lines(current):
            if line["action"] in EFFECTS and line["id"] not in present:
                session.add(
                    ActionRow(
                        id=new_id(),
                        case_id=case.id,
                        plan_id=current.id,
                        finding_id=line["id"],
                        store=line["store"],
                        kind=line["action"],
                        changed_at=office.clock(),
                    )
                )
        unit.commit()
        return current.id, case.right


def _open_actions(office: Office, plan_id: str) -> list[tuple[ActionRow, Finding]]:
    """Actions that have not ended and what they are about, by store."""
    with office.unit() as unit:
        query = (
            select(ActionRow, Finding)
            .join(Finding, col(Finding.id) == ActionRow.finding_id)
            .where(ActionRow.plan_id == plan_id, col(ActionRow.state).not_in(ENDED))
            .order_by(col(ActionRow.store), col(ActionRow.id))
        )
        return list(unit.session.exec(query))


def _turn(pair: tuple[ActionRow, Finding], depth: Mapping[str, int]) -> tuple[int, int, str]:
    """What hangs off something goes before it, so that no reference stands in the way."""
    row, finding = pair
    return -depth.get(finding.collection, 0), _ORDER[Role(finding.role)], row.id


def _depths(store: Store) -> dict[str, int]:
    """How many references lead from each collection to one that refers to nothing further."""
    parents = {one.name: {to for to in one.links.values() if to != one.name} for one in store.collections()}
    depth = dict.fromkeys(parents, 0)
    for _ in parents:  # one round for every link of the longest chain; a ring of collections ends here too
        depth = {name: max((depth.get(to, 0) + 1 for to in refers), default=0) for name, refers in parents.items()}
    return depth


class _Journal:
    """The connector's notes on one action, sealed in its row."""

    def __init__(self, office: Office, row: ActionRow) -> None:
        self._office, self._id, self._scope = office, row.id, scope(row.case_id)

    def load(self) -> dict[str, str]:
        with self._office.unit() as unit:
            sealed = unit.session.get_one(ActionRow, self._id).journal
        if sealed is None:
            return {}
        found: dict[str, str] = self._office.vault.open_json(self._scope, "journal", sealed)
        return found

    def save(self, note: Mapping[str, str]) -> None:
        with self._office.unit() as unit:
            row = unit.session.get_one(ActionRow, self._id)
            row.journal = self._office.vault.seal_json(self._scope, "journal", dict(note))
            unit.commit()


def _perform(office: Office, store: Store, row: ActionRow, finding: Finding) -> None:
    with office.unit() as unit:
        person = load(unit.session, office, row.case_id)
    matcher = Matcher(person, office.settings.policy.shared_addresses)
    ref = ref_of(office, finding)
    before = next(iter(store.fetch([ref])), None)
    if row.state == "pending" and not _intend(office, row, finding, before):
        return
    action = _action(row, ref, finding.version, before, matcher)
    try:
        receipt = store.act(action, _Journal(office, row))
    except Transient:
        raise
    except (Conflict, Vanished) as error:
        if store.presence(ref).version == finding.version:  # it did not change: something else stands in the way
            _settle(office, row, "failed", Event.ACTION_FAILED, problem=str(error))
        else:
            _settle(office, row, "conflict", Event.ACTION_FAILED, problem="The record changed after the approval.")
        return
    except StoreError as error:
        _settle(office, row, "failed", Event.ACTION_FAILED, problem=str(error))
        return
    _read_back(office, store, row, ref, receipt, matcher)


def _intend(office: Office, row: ActionRow, finding: Finding, before: Record | None) -> bool:
    """Commit the intent, if the approval still lives and the record is still the approved one."""
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, row.case_id)
        stored = session.get_one(Plan, row.plan_id)
        if State(case.state) is not State.FULFILLING or not decisions.is_approved(session, office, case, stored.hash):
            return False
        fresh = session.get_one(ActionRow, row.id)
        fresh.changed_at = office.clock()
        if before is None:
            fresh.state, event = "already", Event.ACTION_DONE
        elif before.version != finding.version:
            fresh.state, event = "conflict", Event.ACTION_FAILED
        else:
            fresh.state, event = "intended", Event.ACTION_INTENDED
            fresh.attempts += 1
        note(session, office, case, event, object=f"action:{row.id}:{row.kind}:{fresh.state}")
        unit.commit()
        row.state = fresh.state
        return fresh.state == "intended"


def _action(row: ActionRow, ref: Ref, version: str, before: Record | None, matcher: Matcher) -> Action:
    bare = Action(key=row.id, kind=ActionKind(row.kind), ref=ref, version=version)
    if bare.kind is not ActionKind.REDACT or before is None:
        return bare
    evidence = [*matcher.evidence(before), *matcher.loose(before)]
    dropped = tuple(
        attachment.path
        for attachment in before.attachments
        if any(
            e.path == attachment.path or e.path.startswith(f"{attachment.path}/") for e in evidence if not e.maskable
        )
    )
    return replace(bare, masks=masks(evidence, REDACTED), drop=dropped)


def _read_back(office: Office, store: Store, row: ActionRow, ref: Ref, receipt: Receipt, matcher: Matcher) -> None:
    """Look at the store again before the action counts as done, and bring the index up to date."""
    now_at = receipt.ref or ref
    left = next(iter(store.fetch([now_at])), None)
    if receipt.outcome is Outcome.UNKNOWN:
        _settle(
            office,
            row,
            "unknown",
            Event.ACTION_UNKNOWN,
            receipt,
            problem="The store could not say whether it was done.",
        )
        return
    if row.kind == ActionKind.DELETE:
        seen = store.presence(ref)  # a bin or a tombstone that names nobody is residue, and the receipt says so
        clean = seen.where is not Whereabouts.THERE and not seen.shows
    else:
        clean = left is None or next(matcher.evidence(left), None) is None
    with office.unit() as unit:
        index.drop(unit.session, office.vault, row.store, [ref])
        if left is not None:
            index.put(unit.session, office.vault, row.store, [left], index.pass_of(unit.session, row.store, left.ref))
        unit.commit()
    if clean:
        outcome = "done" if receipt.outcome is Outcome.DONE else "already"
        _settle(office, row, outcome, Event.ACTION_DONE, receipt)
    else:
        _settle(office, row, "failed", Event.ACTION_FAILED, receipt, problem="Read back: something is still there.")


def _settle(
    office: Office, row: ActionRow, state: str, event: Event, receipt: Receipt | None = None, problem: str = ""
) -> None:
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, row.case_id)
        fresh = session.get_one(ActionRow, row.id)
        fresh.state, fresh.problem, fresh.changed_at = state, problem, office.clock()
        if receipt is not None:
            fresh.residue = ",".join(receipt.residue)
            fresh.new_version = receipt.version or ""
            if receipt.ref is not None:
                fresh.new_ref_hash = index.ref_hash(office.vault, row.store, receipt.ref)
        note(session, office, case, event, object=f"action:{row.id}:{row.kind}:{state}")
        unit.commit()


def _end(office: Office, case_id: str, plan_id: str) -> None:
    """Every action has ended: confirm, or search again after a change, or call a person."""
    scrub_free_space(office.engine)
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, case_id)
        if State(case.state) is not State.FULFILLING:
            return
        states = set(session.exec(select(ActionRow.state).where(ActionRow.plan_id == plan_id)))
        if states - ENDED:
            _lapsed(session, office, case)
        elif states & {"failed", "unknown"}:
            call_for_help(session, office, case, "action-failed")
        elif "conflict" in states:
            _plan_anew(session, office, case)
        else:
            move(session, office, case, State.CONFIRMING, Event.LOCATE_STARTED)
            steps.ask(session, office, "confirm", case.id)
        unit.commit()


def _search_anew(office: Office, case_id: str) -> None:
    with office.unit() as unit:
        _plan_anew(unit.session, office, by_id(unit.session, case_id))
        unit.commit()


def _plan_anew(session: Session, office: Office, case: Case) -> None:
    """A record is not the one that was approved: nothing more is done on that approval."""
    decisions.end_approvals(session, case)
    move(session, office, case, State.LOCATING, Event.PLAN_CHANGED)
    steps.ask(session, office, "locate", case.id)


def _lapsed(session: Session, office: Office, case: Case) -> None:
    current = plan.latest(session, case)
    if not decisions.is_approved(session, office, case, current.hash):
        move(session, office, case, State.AWAITING_DECISION, Event.PLAN_EXPIRED)


def call_for_help(session: Session, office: Office, case: Case, code: str) -> None:
    """Stop the work on a request until a person has looked at it. `code` says why; docs/operators.md lists them."""
    move(session, office, case, State.NEEDS_ATTENTION, Event.REQUEST_NEEDS_ATTENTION)
    case.note = code
    session.add(case)


def ended_actions(session: Session, case_id: str) -> Sequence[ActionRow]:
    """Every action of a request that had an effect."""
    query = select(ActionRow).where(ActionRow.case_id == case_id, col(ActionRow.state).in_(["done", "already"]))
    return session.exec(query).all()
