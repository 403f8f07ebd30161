"""Moving a request from state to state: the one place that changes `Case.state`, together with its ledger entry."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from cases.errors import NotFound, NotNow
from cases.states import ENDED, MEANING, State, allowed
from cases.tables import Case
from ledger.actors import actor as opaque
from ledger.events import Event
from ledger.log import append
from office import Office

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
ENGINE = "engine"


def new_id() -> str:
    """An opaque id."""
    return uuid.uuid4().hex


def new_reference() -> str:
    """A reference people can read out: no letters that look alike. 30^8 of them; the column is unique."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"R-{text[:4]}-{text[4:]}"


def by_reference(session: Session, reference: str) -> Case:
    """The request of this reference, locked until the unit ends. Raises `NotFound`."""
    query = select(Case).where(Case.reference == reference.strip().upper()).with_for_update()
    case = session.exec(query).first()
    if case is None:
        raise NotFound("There is no request with this reference. `redress request list` shows the ones there are.")
    return case


def by_id(session: Session, case_id: str) -> Case:
    """The request of this id, locked until the unit ends. Raises `NotFound`."""
    case = session.exec(select(Case).where(Case.id == case_id).with_for_update()).first()
    if case is None:
        raise NotFound("There is no such request.")
    return case


def note(
    session: Session,
    office: Office,
    case: Case,
    event: Event,
    *,
    actor: str = ENGINE,
    object: str = "",
    payload: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> int:
    """Write a ledger entry about a request; returns its sequence number."""
    leaf = append(
        session,
        office.vault,
        at=at or office.clock(),
        actor=opaque(office.vault, actor),
        event=event,
        object=object or f"request:{case.id}",
        case=case.id,
        payload={"by": actor, **(payload or {})},
    )
    return leaf.seq


def move(session: Session, office: Office, case: Case, target: State, event: Event, *, actor: str = ENGINE) -> None:
    """Take a request to another state and record it. Raises `NotNow` where the table of states has no such arrow."""
    source = State(case.state)
    if not allowed(source, target):
        raise NotNow(f"The request is {source.replace('_', ' ')} ({MEANING[source]}) so this cannot be done now.")
    case.state = target
    if target in {State.LOCATING, State.CONFIRMING}:
        case.round += 1  # each search of the stores is a round of its own
    if target is not State.NEEDS_ATTENTION:
        case.note = ""
    if target in ENDED:
        case.closed_at = office.clock()
    note(session, office, case, event, actor=actor, object=f"request:{case.id}/{source}/{target}")
    session.add(case)


def require(case: Case, *states: State) -> None:
    """Raise `NotNow` unless the request is in one of these states."""
    if State(case.state) not in states:
        now = State(case.state)
        raise NotNow(f"The request is {now.replace('_', ' ')} ({MEANING[now]}) so this cannot be done now.")
