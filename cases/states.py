"""The life of a request as one table. The engine, the tests and the docs all read it.

received -> proving_identity -> locating -> awaiting_decision -> fulfilling -> confirming -> complete
                |                               |    ^              |             |
                v                               v    | plan changed |             v
       refused / withdrawn / expired         refused +--------------+      needs_attention
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    PROVING_IDENTITY = "proving_identity"
    LOCATING = "locating"
    AWAITING_DECISION = "awaiting_decision"
    FULFILLING = "fulfilling"
    CONFIRMING = "confirming"
    NEEDS_ATTENTION = "needs_attention"
    COMPLETE = "complete"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


MEANING: dict[State, str] = {
    State.RECEIVED: "The request is recorded and its clock runs.",
    State.PROVING_IDENTITY: "We wait for proof that the person is who they say.",
    State.LOCATING: "Every connected store is being searched.",
    State.AWAITING_DECISION: "A plan lies before the data-protection officer.",
    State.FULFILLING: "The approved plan is being carried out.",
    State.CONFIRMING: "Every store is searched again.",
    State.NEEDS_ATTENTION: "Something stopped the work; a person must look at it.",
    State.COMPLETE: "The request has been answered.",
    State.REFUSED: "The request was refused, with reasons.",
    State.WITHDRAWN: "The person took the request back.",
    State.EXPIRED: "Identity was not proven in time.",
}

ENDED = frozenset({State.COMPLETE, State.REFUSED, State.WITHDRAWN, State.EXPIRED})


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: what takes a request from one state to another, and who may do it."""

    source: State
    target: State
    because: str
    by: str  # engine, staff or person


TRANSITIONS: tuple[Transition, ...] = (
    Transition(State.RECEIVED, State.PROVING_IDENTITY, "receipt was recorded and proof is needed", "engine"),
    Transition(State.RECEIVED, State.LOCATING, "staff vouched for the identity", "staff"),
    Transition(State.RECEIVED, State.REFUSED, "the request was refused", "staff"),
    Transition(State.RECEIVED, State.WITHDRAWN, "the person withdrew", "person"),
    Transition(State.PROVING_IDENTITY, State.LOCATING, "identity was proven or vouched for", "person"),
    Transition(State.PROVING_IDENTITY, State.REFUSED, "the request was refused", "staff"),
    Transition(State.PROVING_IDENTITY, State.WITHDRAWN, "the person withdrew", "person"),
    Transition(State.PROVING_IDENTITY, State.EXPIRED, "identity was not proven in time", "engine"),
    Transition(State.LOCATING, State.AWAITING_DECISION, "all stores are accounted for and a plan was made", "engine"),
    Transition(State.LOCATING, State.REFUSED, "the request was refused", "staff"),
    Transition(State.LOCATING, State.WITHDRAWN, "the person withdrew", "person"),
    Transition(State.LOCATING, State.NEEDS_ATTENTION, "the search could not be finished", "engine"),
    Transition(State.AWAITING_DECISION, State.LOCATING, "staff asked to search again", "staff"),
    Transition(State.AWAITING_DECISION, State.FULFILLING, "enough people approved the plan", "staff"),
    Transition(State.AWAITING_DECISION, State.COMPLETE, "staff answered by letter", "staff"),
    Transition(State.AWAITING_DECISION, State.REFUSED, "the request was refused", "staff"),
    Transition(State.AWAITING_DECISION, State.WITHDRAWN, "the person withdrew", "person"),
    Transition(State.FULFILLING, State.CONFIRMING, "every action of the plan has ended", "engine"),
    Transition(
        State.FULFILLING, State.LOCATING, "a record changed after the approval: search and plan again", "engine"
    ),
    Transition(State.FULFILLING, State.AWAITING_DECISION, "the approval is no longer live", "engine"),
    Transition(State.FULFILLING, State.NEEDS_ATTENTION, "an action could not be carried out", "engine"),
    Transition(State.CONFIRMING, State.COMPLETE, "nothing is left, or what is left is named with its ground", "engine"),
    Transition(State.CONFIRMING, State.AWAITING_DECISION, "something is left: plan again", "engine"),
    Transition(State.CONFIRMING, State.NEEDS_ATTENTION, "a store could not be searched again", "engine"),
    Transition(State.NEEDS_ATTENTION, State.LOCATING, "staff asked to search again", "staff"),
    Transition(State.NEEDS_ATTENTION, State.REFUSED, "the request was refused", "staff"),
    Transition(State.NEEDS_ATTENTION, State.WITHDRAWN, "the person withdrew", "person"),
)

_ALLOWED = frozenset((t.source, t.target) for t in TRANSITIONS)


def allowed(source: State, target: State) -> bool:
    """Whether a request may go from `source` to `target`."""
    return (source, target) in _ALLOWED
