"""The table of states: every arrow in it works, every other is refused, and no use case leaves it."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlmodel import select

from cases import decisions, identity, intake, plan, retention
from cases.errors import CaseError, NotNow
from cases.record import by_id, move
from cases.states import ENDED, MEANING, TRANSITIONS, State, allowed
from cases.tables import ActionRow, Case, Decision
from db import make_engine
from db.migrate import upgrade
from ledger.events import Event
from ledger.tables import LedgerLeaf
from office import Office
from settings import load
from tests.cases.conftest import ANNA, Clock, Company, asked, connect, drive
from vault import Vault


def test_it_works(office: Office) -> None:
    case = intake.receive(office, asked(), "operator").case
    assert case.state == State.RECEIVED


@pytest.mark.parametrize(("source", "target"), list(itertools.product(State, State)))
def test_only_the_arrows_of_the_table(at_work: Office, source: State, target: State) -> None:
    case = intake.receive(at_work, asked(), "operator").case
    with at_work.unit() as unit:
        row = by_id(unit.session, case.id)
        row.state = source
        if allowed(source, target):
            before = unit.session.exec(select(LedgerLeaf)).all()
            move(unit.session, at_work, row, target, Event.REQUEST_RECEIVED)
            assert row.state == target
            assert len(unit.session.exec(select(LedgerLeaf)).all()) == len(before) + 1
            assert (row.closed_at is not None) == (target in ENDED)
        else:
            with pytest.raises(NotNow):
                move(unit.session, at_work, row, target, Event.REQUEST_RECEIVED)
            assert row.state == source


def test_what_has_ended_stays_ended() -> None:
    assert not [arrow for arrow in TRANSITIONS if arrow.source in ENDED]


def test_every_state_has_a_meaning_and_can_be_reached() -> None:
    assert set(MEANING) == set(State)
    assert {arrow.target for arrow in TRANSITIONS} | {State.RECEIVED} == set(State)


class Life(RuleBasedStateMachine):
    """Everything people and the engine can do to one erasure, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        self.company = Company(root / "company")
        self.company.build()
        self.clock = Clock()
        loaded = load(root / "home")
        policy = loaded.policy.model_copy(update={"erasure_approvals": 2})
        loaded = loaded.model_copy(update={"policy": policy})
        self.office = Office(loaded, make_engine(loaded.database), Vault.open_at(loaded.ring, loaded.keys), self.clock)
        upgrade(self.office.engine)
        connect(self.office, self.company)
        self.said: list[str] = []
        self.reference = intake.receive(self.office, asked("erasure", ANNA), "operator").case.reference

    def teardown(self) -> None:
        self.office.close()
        self.folder.cleanup()

    @property
    def case(self) -> Case:
        with self.office.unit() as unit:
            return unit.session.exec(select(Case)).one()

    def tried(self, use_case: object, *values: object) -> None:
        try:
            use_case(self.office, self.reference, *values)  # type: ignore[operator]
        except CaseError as error:
            self.said.append(str(error).lower())

    @rule()
    def work(self) -> None:
        drive(self.office)

    @rule(phase=st.sampled_from(["intake", "locate", "fulfil", "confirm"]))
    def work_a_little(self, phase: str) -> None:
        drive(self.office, only=(phase,))

    @rule()
    def vouch(self) -> None:
        self.tried(identity.attest, "service", "Signed in.")

    @rule(code=st.sampled_from(["00000000", "12345678"]))
    def guess(self, code: str) -> None:
        self.tried(identity.prove, code)

    @rule(who=st.sampled_from(["dpo", "DPO ", "legal", "anna.schmidt@example.com"]))
    def approve(self, who: str) -> None:
        try:
            known = plan.describe(self.office, self.reference)["hash"]
        except CaseError:
            known = "none"
        self.tried(decisions.approve, who, known)

    @rule()
    def approve_another_plan(self) -> None:
        self.tried(decisions.approve, "legal", "0" * 64)

    @rule()
    def search_again(self) -> None:
        self.tried(decisions.search_again, "dpo")

    @precondition(lambda self: self.case.state not in ENDED)
    @rule(end=st.sampled_from(["refuse", "withdraw"]), really=st.integers(0, 3))
    def end(self, end: str, really: int) -> None:
        if really:
            return  # seldom: what has ended is dull
        if end == "refuse":
            self.tried(decisions.refuse, "dpo", "gdpr.12_5", "Repeated without end.")
        else:
            self.tried(decisions.withdraw, "person")

    @rule()
    def change_the_crm(self) -> None:
        self.company.sql("UPDATE contacts SET remarks = remarks || '.' WHERE id = 1")

    @rule(days=st.sampled_from([0.1, 8, 40]))
    def wait(self, days: float) -> None:
        self.clock.forward(days=days)
        retention.tidy(self.office)

    @invariant()
    def every_state_was_reached_by_an_arrow_that_is_in_the_ledger(self) -> None:
        with self.office.unit() as unit:
            case = unit.session.exec(select(Case)).one()
            leaves = unit.session.exec(select(LedgerLeaf).order_by(LedgerLeaf.seq)).all()
        objects = [json.loads(leaf.body)["object"] for leaf in leaves]
        arrows = [o.split("/")[1:] for o in objects if o.startswith(f"request:{case.id}/")]
        at = State.RECEIVED
        for source, target in arrows:
            assert at == source
            assert allowed(State(source), State(target))
            at = State(target)
        assert case.state == at

    @invariant()
    def nothing_is_done_without_two_people(self) -> None:
        with self.office.unit() as unit:
            acted = unit.session.exec(select(ActionRow).where(ActionRow.state != "pending")).all()
            given = unit.session.exec(select(Decision).where(Decision.kind == "approve")).all()
        if acted:
            assert {decision.by.strip().lower() for decision in given} >= {"dpo", "legal"}
        else:
            assert self.company.rows("SELECT last_name FROM contacts WHERE id = 1") == [("Schmidt",)]

    @invariant()
    def refusals_name_nobody(self) -> None:
        assert not [text for text in self.said if "anna" in text or "schmidt" in text]

    @invariant()
    def other_people_keep_theirs(self) -> None:
        assert self.company.rows("SELECT count(*) FROM contacts WHERE id > 1 AND email IS NOT NULL") == [(4,)]
        assert b"KANARIE-MAIL" in self.company.mails()["boris"]


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=8, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
