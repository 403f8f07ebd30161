"""The outbox: a letter is queued in the transaction that gives rise to it, and leaves the house at most once.

SMTP cannot promise "exactly once": a crash after the relay's 250 looks like a crash before it. So a letter is marked `sending` in
a commit of its own before anything leaves; one found in that state later is `sent` if the delivery can show it, else
`unknown`, and only a person may send it again (under the same Message-ID, so that a second copy shows as one).

`sending` is a lease, not a fact about the person, and therefore the one state without a ledger entry.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from ledger import log
from ledger.events import Event
from notices.delivery import Deferred, Delivery, Rejected, Unavailable, Uncertain, open_delivery
from notices.kinds import LetterError, check_facts
from notices.letters import Letter, greeting_name, language_for, render
from notices.message import check_sender, compose, new_message_id
from notices.tables import Notice, State
from office import Office
from vault import Shredded, Tampered, VaultError

SYSTEM = "system"
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=4)
STALE = timedelta(minutes=15)


class OutboxError(Exception):
    """A letter is not in a state that allows what was asked."""


@dataclass
class Counts:
    """What became of letters. `found` of the sent ones had been delivered before a crash."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    found: int = 0


def queue(  # noqa: PLR0913 - every one is a different fact about the letter, and named by the caller
    office: Office,
    session: Session,
    *,
    case_id: str,
    kind: str,
    language: str,
    recipient: str,
    name: str | None,
    facts: Mapping[str, Any],
    dedupe: str,
    at: datetime,
    actor: str = SYSTEM,
) -> Notice:
    """Queue a letter in the caller's transaction; a letter with the same `dedupe` is returned as it is instead.

    `recipient` is a contact point on file or proven, `name` the name on file. The letter is written once to make sure
    that it can be: raises `LetterError` for wrong facts or an address that is no mailbox.
    """
    known = session.exec(select(Notice).where(Notice.dedupe == dedupe)).first()
    if known is not None:
        return known
    settings = office.settings
    notice = Notice(
        case_id=case_id,
        kind=kind,
        language=language_for(language, settings.notices.languages),
        message_id=new_message_id(settings.notices.sender),
        recipient=b"",
        facts=b"",
        dedupe=dedupe,
        queued_at=at,
        not_before=at,
    )
    name = greeting_name(name)
    values = check_facts(kind, facts).model_dump(mode="json")
    _compose(office, notice, recipient, _write(office, notice, values, name), at)
    scope, vault = _scope(notice), office.vault
    notice.recipient = vault.seal_text(scope, _field(notice, "recipient"), recipient)
    notice.name = vault.seal_text(scope, _field(notice, "name"), name) if name else None
    notice.facts = vault.seal_json(scope, _field(notice, "facts"), values)
    try:
        with session.begin_nested():
            session.add(notice)
    except IntegrityError:  # another transaction queued it since we looked
        return session.exec(select(Notice).where(Notice.dedupe == dedupe)).one()
    _record(office, session, notice, Event.NOTICE_QUEUED, at, actor, {"kind": kind, "language": notice.language})
    return notice


def resend(office: Office, session: Session, notice_id: str, *, actor: str, at: datetime) -> Notice:
    """Queue a failed or unknown letter again because a person said so. Raises `OutboxError` in any other state."""
    notice = session.exec(select(Notice).where(Notice.id == notice_id).with_for_update()).one_or_none()
    if notice is None or notice.state not in (State.FAILED, State.UNKNOWN) or not notice.recipient:
        raise OutboxError("Only a failed or unknown letter whose contents are still kept can be sent again.")
    notice.state, notice.queued_at, notice.not_before, notice.give_up_at = State.QUEUED, at, at, None
    notice.last_error = ""
    session.add(notice)
    _record(office, session, notice, Event.NOTICE_QUEUED, at, actor, {"kind": notice.kind, "again": True})
    return notice


def cancel(office: Office, session: Session, case_id: str, *, actor: str, at: datetime) -> int:
    """Take back the letters of a case that still wait, for example codes after a withdrawal. Gives how many."""
    waiting = select(Notice).where(Notice.case_id == case_id, Notice.state == State.QUEUED)
    taken = 0
    for notice in session.exec(waiting).all():
        if _moved(session, notice, (State.QUEUED,), {"state": State.CANCELLED}):
            _record(office, session, notice, Event.NOTICE_CANCELLED, at, actor, {"kind": notice.kind})
            taken += 1
    return taken


def read(office: Office, notice: Notice) -> Letter:
    """The letter as it is or was sent, for the console. Raises `LetterError`, or `VaultError` when its key is gone."""
    return _write(office, notice, *_opened(office, notice)[1:])


def forget(office: Office, session: Session, case_id: str, delivery: Delivery | None = None) -> int:
    """Destroy the contents of a case's letters when its copies expire; the bare rows stay. Gives how many letters.

    Letters still on their way are left alone. The caller's unit holds the ledger entry of the expiry.
    """
    delivery = delivery or open_delivery(office.settings)
    settled = (State.SENT, State.UNKNOWN, State.FAILED, State.CANCELLED)
    letters = session.exec(select(Notice).where(Notice.case_id == case_id, col(Notice.state).in_(settled))).all()
    for notice in letters:
        delivery.forget(notice.message_id)
        notice.recipient, notice.name, notice.facts = b"", None, b""
        session.add(notice)
    return len(letters)


def deliver_due(office: Office, *, limit: int = 100, recover: bool = False, delivery: Delivery | None = None) -> Counts:
    """Settle letters a dead worker left behind, then deliver up to `limit` letters that are due, one unit each.

    Any number of workers may run this at once. `recover=True` settles every letter in `sending`, however fresh: for the
    start of an installation, when no other worker runs. Stops early when the relay is shut, so one timeout is not paid per letter.
    """
    check_sender(office.settings.notices.sender)
    delivery = delivery or open_delivery(office.settings)
    counts = Counts()
    _settle_left_behind(office, delivery, counts, recover=recover)
    for _ in range(limit):
        notice = _claim(office)
        if notice is None or not _deliver(office, delivery, notice, counts):
            break
    return counts


def waiting(session: Session) -> bool:
    """Whether any letter has not come to its end: it is queued, or was being sent when its worker died."""
    open_one = select(Notice.id).where(col(Notice.state).in_([State.QUEUED, State.SENDING]))
    return session.exec(open_one.limit(1)).first() is not None


def _settle_left_behind(office: Office, delivery: Delivery, counts: Counts, *, recover: bool) -> None:
    # no try may still be running after this long, whatever the timeout of a single step
    stale = max(STALE, timedelta(seconds=20 * office.settings.notices.smtp.timeout))
    left = select(Notice).where(Notice.state == State.SENDING)
    if not recover:
        left = left.where(col(Notice.tried_at) < office.clock() - stale)
    with office.unit() as unit:
        letters = unit.session.exec(left).all()
        unit.commit()  # leaving without one would expire the rows
    for notice in letters:
        if delivery.find(notice.message_id):
            counts.found += _settle(office, notice, State.SENT)
        else:
            counts.unknown += _settle(office, notice, State.UNKNOWN, "left_behind")


def _claim(office: Office) -> Notice | None:
    """Take the oldest due letter for this worker alone: one atomic statement, one commit."""
    now = office.clock()
    oldest = (
        select(Notice.id)
        .where(Notice.state == State.QUEUED, Notice.not_before <= now)
        .order_by(col(Notice.queued_at), col(Notice.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    claim = (
        update(Notice)
        .where(col(Notice.id) == oldest.scalar_subquery(), col(Notice.state) == State.QUEUED)
        .values(state=State.SENDING, tried_at=now, attempts=Notice.attempts + 1)
        .returning(Notice)
        .execution_options(synchronize_session=False)
    )
    with office.unit() as unit:
        notice = unit.session.scalars(claim).one_or_none()
        unit.commit()
    return notice


def _deliver(office: Office, delivery: Delivery, notice: Notice, counts: Counts) -> bool:
    """Try one claimed letter and write down what came of it. False: no other letter would get through now either."""
    try:
        _send(office, delivery, notice)
    except Deferred as error:
        _defer(office, notice, error.code, counts)
        return not isinstance(error, Unavailable)
    except Rejected as error:
        counts.failed += _settle(office, notice, State.FAILED, error.code)
    except Uncertain as error:
        counts.unknown += _settle(office, notice, State.UNKNOWN, error.code)
    else:
        counts.sent += _settle(office, notice, State.SENT)
    return True


def _send(office: Office, delivery: Delivery, notice: Notice) -> None:
    try:
        recipient, values, name = _opened(office, notice)
        message = _compose(office, notice, recipient, _write(office, notice, values, name), office.clock())
    except (Shredded, Tampered):
        raise Rejected("letter_unreadable", "Its key was destroyed, or its row was changed.") from None
    except VaultError:
        raise Unavailable("vault", "Run `redress doctor`.") from None
    except LetterError as error:
        raise Rejected("letter_unwritable", str(error)) from None
    delivery.send(message, sender=office.settings.notices.sender, recipient=recipient)


def _defer(office: Office, notice: Notice, code: str, counts: Counts) -> None:
    """Back to the queue with a growing pause, or failed when the time for trying is over."""
    now = office.clock()
    last = notice.give_up_at or now + timedelta(hours=office.settings.notices.retry_hours)
    if now >= last:
        counts.failed += _settle(office, notice, State.FAILED, code)
        return
    pause = min(FIRST_PAUSE * 2 ** min(notice.attempts - 1, 10), LONGEST_PAUSE)
    counts.deferred += _settle(office, notice, State.QUEUED, code, not_before=min(now + pause, last), give_up_at=last)


_EVENTS = {
    State.SENT: Event.NOTICE_SENT,
    State.UNKNOWN: Event.NOTICE_UNKNOWN,
    State.FAILED: Event.NOTICE_FAILED,
    State.QUEUED: Event.NOTICE_QUEUED,
}

# The worker that tried knows best, even when it comes back after its letter was given up for unknown; that it was sent
# also stops a second copy a person has asked for meanwhile. `attempts` guards against speaking for a later try.
_FROM = {
    State.SENT: (State.SENDING, State.UNKNOWN, State.QUEUED),
    State.UNKNOWN: (State.SENDING,),
    State.FAILED: (State.SENDING, State.UNKNOWN),
    State.QUEUED: (State.SENDING, State.UNKNOWN),
}


def _settle(office: Office, notice: Notice, state: State, code: str = "", **times: datetime) -> int:
    """Write down the outcome of try number `notice.attempts`. 1, or 0 when the letter has moved on since."""
    now = office.clock()
    values: dict[str, Any] = {"state": state, "last_error": code, **times}
    if state == State.SENT:
        values["sent_at"] = now
    with office.unit() as unit:
        if not _moved(unit.session, notice, _FROM[state], values):
            return 0
        payload = {"kind": notice.kind, "attempt": notice.attempts, "code": code}
        _record(office, unit.session, notice, _EVENTS[state], now, SYSTEM, payload)
        unit.commit()
    return 1


def _moved(session: Session, notice: Notice, states: Collection[State], values: Mapping[str, Any]) -> bool:
    """Change the row if it still is in one of `states` and nobody has tried since it was read: one atomic statement."""
    change = (
        update(Notice)
        .where(col(Notice.id) == notice.id, col(Notice.attempts) == notice.attempts, col(Notice.state).in_(states))
        .values(**values)
        .returning(col(Notice.id))
        .execution_options(synchronize_session=False)
    )
    return session.scalars(change).first() is not None


def _record(
    office: Office, session: Session, notice: Notice, event: Event, at: datetime, actor: str, payload: dict[str, Any]
) -> None:
    entry = partial(
        log.append,
        session,
        office.vault,
        at=at,
        actor=actor,
        event=event,
        object=f"notice:{notice.id}",
        case=notice.case_id,
    )
    try:
        entry(payload=payload)
    except Shredded:  # the case was forgotten while its letter was on the way: the bare fact can still be written
        entry()


def _scope(notice: Notice) -> str:
    return f"case:{notice.case_id}"


def _field(notice: Notice, column: str) -> str:
    return f"notice.{column}:{notice.id}"


def _opened(office: Office, notice: Notice) -> tuple[str, dict[str, Any], str | None]:
    """Recipient, facts and name."""
    scope, vault = _scope(notice), office.vault
    return (
        vault.open_text(scope, _field(notice, "recipient"), notice.recipient),
        vault.open_json(scope, _field(notice, "facts"), notice.facts),
        vault.open_text(scope, _field(notice, "name"), notice.name) if notice.name else None,
    )


def _write(office: Office, notice: Notice, values: Mapping[str, Any], name: str | None) -> Letter:
    settings = office.settings
    return render(
        notice.kind, notice.language, values, settings.controller, public_url=settings.api.public_url, name=name
    )


def _compose(office: Office, notice: Notice, recipient: str, letter: Letter, at: datetime) -> EmailMessage:
    return compose(
        letter,
        message_id=notice.message_id,
        sender=office.settings.notices.sender,
        recipient=recipient,
        controller=office.settings.controller,
        at=at,
    )
