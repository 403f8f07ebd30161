"""Our own copies end, in every end state, whatever kills us on the way."""

from __future__ import annotations

import pytest
from sqlmodel import select

from cases import answering, decisions, intake, retention
from cases.errors import NotFound
from cases.states import State
from cases.subject import load
from cases.tables import Case, Package
from notices.tables import Notice
from office import Office
from tests.cases.conftest import ANNA, Clock, approved, asked, drive, now, planned
from vault import Shredded, Vault


def finished(office: Office, right: str = "access") -> Case:
    case = approved(office, right)
    drive(office)
    assert now(office, case).state == State.COMPLETE
    return now(office, case)


def test_it_works(at_work: Office, clock: Clock) -> None:
    case = finished(at_work)
    clock.forward(days=31)
    assert retention.tidy(at_work)["forgotten"] == 1
    assert now(at_work, case).shredded_at == clock()
    assert not list(at_work.settings.packages.iterdir())
    with at_work.unit() as unit, pytest.raises(Shredded):
        load(unit.session, at_work, case.id)
    with at_work.unit() as unit:
        letters = unit.session.exec(select(Notice)).all()
    assert letters
    assert {letter.recipient for letter in letters} == {b""}
    assert not [path for path in at_work.settings.letters.rglob("*.eml")]
    assert retention.tidy(at_work)["forgotten"] == 0


def test_a_package_expires(at_work: Office, clock: Clock) -> None:
    case = finished(at_work)
    clock.forward(days=13)
    retention.tidy(at_work)
    answering.finished(at_work, case.reference, "answer")
    clock.forward(days=1, seconds=1)
    with pytest.raises(NotFound):
        answering.finished(at_work, case.reference, "answer")
    retention.tidy(at_work)
    assert not list(at_work.settings.packages.iterdir())
    with at_work.unit() as unit:
        assert unit.session.exec(select(Package.erased_at)).one() == clock()


@pytest.mark.parametrize("end", ["refuse", "withdraw", "expire"])
def test_every_end_is_forgotten(at_work: Office, clock: Clock, end: str) -> None:
    if end == "expire":
        case = intake.receive(at_work, asked("access", ANNA, channel="web"), "person").case
        drive(at_work)
        clock.forward(days=31)
        retention.tidy(at_work)
        assert now(at_work, case).state == State.EXPIRED
    else:
        case = planned(at_work)
        if end == "withdraw":
            decisions.withdraw(at_work, case.reference, "person")
        else:
            decisions.refuse(at_work, case.reference, "dpo", "gdpr.12_5", "Asked every day.")
    drive(at_work)
    clock.forward(days=31)
    retention.tidy(at_work)
    with at_work.unit() as unit, pytest.raises(Shredded):
        load(unit.session, at_work, case.id)


def test_what_is_open_is_not_forgotten(at_work: Office, clock: Clock) -> None:
    case = planned(at_work)
    clock.forward(days=400)
    assert retention.tidy(at_work)["forgotten"] == 0
    retention.forget(at_work, case.id)
    with at_work.unit() as unit:
        assert load(unit.session, at_work, case.id).identifiers


def test_a_kill_before_the_key_is_destroyed(at_work: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    case = finished(at_work)
    clock.forward(days=31)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "shred", die)
        with pytest.raises(Killed):
            retention.forget(at_work, case.id)
    assert now(at_work, case).shredded_at is None
    assert retention.tidy(at_work)["forgotten"] == 1
    with at_work.unit() as unit, pytest.raises(Shredded):
        load(unit.session, at_work, case.id)


def test_a_kill_after_the_key_is_destroyed(at_work: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    case = finished(at_work, "erasure")
    clock.forward(days=31)
    original = Vault.shred

    class Killed(BaseException):
        pass

    def die(vault: Vault, scope: str) -> None:
        original(vault, scope)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "shred", die)
        with pytest.raises(Killed):
            retention.forget(at_work, case.id)
    assert retention.tidy(at_work)["forgotten"] == 1
    assert now(at_work, case).shredded_at is not None


def test_the_person_stands_nowhere_in_our_files(at_work: Office, clock: Clock) -> None:
    finished(at_work)
    clock.forward(days=31)
    retention.tidy(at_work)
    at_work.engine.dispose()
    files = [path for path in at_work.settings.home.rglob("*") if path.is_file()]
    data = b"".join(path.read_bytes() for path in files).lower()
    for plain in (b"schmidt", b"23125", b"garden shed"):
        assert plain not in data
