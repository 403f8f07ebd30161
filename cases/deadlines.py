"""The statutory clock of a request: set at receipt, moved only by a rule, watched until the answer is out.

Every date is counted from the day of receipt and from what has happened since (`ClockEvent`). Where a year of an official
calendar is not known yet, the request is received all the same: its date is then the earliest it can be, marked provisional, and
counted afresh when the calendar is loaded.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from cases import letters
from cases.errors import Invalid, NotNow
from cases.record import by_id, by_reference, note
from cases.states import ENDED, State
from cases.statutes import book_of, calendar_file
from cases.tables import Case, ClockEvent
from law.book import shipped
from law.clock import Due, Facts, due, long
from law.period import DateFact
from law.regimes import LawError
from law.rule import Event as Falls
from law.rule import UnknownYear
from ledger.actors import actor as opaque
from ledger.events import Event
from ledger.log import append
from office import Office

NAMES: tuple[str, ...] = tuple(name for name in get_args(DateFact) if name != "extension_sent")
"""What staff may note; an extension is a decision of its own."""
_ANSWERS = {
    "identity_received": "identity_asked",
    "clarification_received": "clarification_asked",
    "fee_paid": "fee_asked",
    "authority_received": "authority_asked",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What a clock runs for."""

    regime: str
    right: str
    country: str
    received_at: datetime

    @classmethod
    def of(cls, case: Case) -> Matter:
        """That of a request."""
        return cls(case.regime, case.right, case.country, case.received_at)


def started(office: Office, matter: Matter) -> tuple[Due, date | None]:
    """The due date of a request that comes in, and the last day to announce an extension (None: the statute knows none).

    Raises LawError where the statute has no answer.
    """
    nothing_yet = Facts(readings=frozenset(office.settings.policy.readings))
    answer = _count(office, matter, Falls.RESPOND, nothing_yet)
    try:
        return answer, _count(office, matter, Falls.EXTEND, nothing_yet).notice_by
    except LawError:
        return answer, None


def extended(session: Session, office: Office, case: Case) -> Due:
    """Move a request to the end of the extension. Raises LawError where the statute has none."""
    answer = _count(office, Matter.of(case), Falls.EXTEND, facts_of(session, office, case))
    case.extended = True
    _keep(case, answer)
    return answer


def facts_of(session: Session, office: Office, case: Case) -> Facts:
    """What has happened since receipt that matters to the clock."""
    days: dict[str, list[date]] = defaultdict(list)
    for row in session.exec(select(ClockEvent).where(ClockEvent.case_id == case.id).order_by(col(ClockEvent.id))):
        days[row.name].append(row.day)
    return Facts(**days, readings=frozenset(office.settings.policy.readings))  # type: ignore[arg-type]


def record(office: Office, reference: str, name: str, day: date, by: str) -> Case:
    """Note that a question was put to the person, or answered, and count the due date afresh.

    Whether it moves the date is for the statute to say (UK GDPR Art. 12A; GDPR: not unless the company follows EDPB 01/2022 s. 5.3;
    CCPA: never). Raises `Invalid` for an event that cannot be, `NotNow` for a request that has ended.
    """
    if name not in NAMES:
        raise Invalid(f"There is no such event of the clock. Choose one of: {', '.join(NAMES)}.")
    if not by.strip():
        raise Invalid("Say who notes it (--by).")
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        if State(case.state) in ENDED:
            raise NotNow("The request has ended: its clock stands still.")
        _sound(session, office, case, name, day)
        session.add(ClockEvent(case_id=case.id, name=name, day=day, by=by, at=office.clock()))
        session.flush()
        note(session, office, case, Event.CLOCK_NOTED, actor=by, object=f"request:{case.id}:{name}:{day.isoformat()}")
        _afresh(session, office, case, by)
        unit.commit()
        return case


def settle(office: Office) -> int:
    """Count the provisional dates afresh whose calendar is known now; returns how many have become final."""
    with office.unit() as unit:
        ids = unit.session.exec(select(Case.id).where(_living(), col(Case.provisional))).all()
    settled = 0
    for case_id in ids:
        with office.unit() as unit:
            case = by_id(unit.session, case_id)
            _afresh(unit.session, office, case, "engine")
            settled += not case.provisional
            unit.commit()
    return settled


def load_calendar(office: Office, text: str, by: str) -> list[str]:
    """Add years of an official calendar to this installation; returns the calendars and years that are known now.

    Raises LawError for a file that does not fit; nothing is changed then.
    """
    import yaml

    shipped().with_years(text, "The calendar file")
    file = calendar_file(office.settings.home)
    known = yaml.safe_load(file.read_text("utf-8"))["years"] if file.exists() else {}
    for name, years in yaml.safe_load(text)["years"].items():
        known.setdefault(name, {}).update(years)
    merged = yaml.safe_dump({"years": known}, allow_unicode=True, sort_keys=True)
    book = shipped().with_years(merged, str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text(merged, "utf-8")
    draft.replace(file)
    loaded = [f"{name} {year}" for name, years in book.days.years.items() for year in sorted(years)]
    with office.unit() as unit:
        append(
            unit.session,
            office.vault,
            at=office.clock(),
            actor=opaque(office.vault, by),
            event=Event.CALENDAR_LOADED,
            object=f"calendar:{hashlib.sha256(merged.encode()).hexdigest()}",
            payload={"by": by, "years": loaded},
        )
        unit.commit()
    return loaded


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look at every open clock came to."""

    reminded: int = 0
    overdue: int = 0
    settled: int = 0


def watch(office: Office) -> Watched:
    """Remind staff at the set points, warn before an extension can no longer be announced, mark what is overdue.

    Safe to run as often as wanted: each reminder goes out once per due date.
    """
    settled = settle(office)
    today = office.clock().astimezone(office.settings.zone).date()
    policy = office.settings.policy
    near = col(Case.due) <= today + timedelta(days=max(policy.reminder_days, default=0))
    closing = col(Case.notice_by) <= today + timedelta(days=policy.extension_warning_days)
    with office.unit() as unit:
        query = select(Case.id).where(_living(), or_(near, closing & col(Case.extended).is_(False)))
        ids = unit.session.exec(query.order_by(col(Case.due))).all()
    reminded = overdue = 0
    for case_id in ids:
        with office.unit() as unit:
            case = by_id(unit.session, case_id)
            if State(case.state) in ENDED:  # answered since we looked
                continue
            overdue += _mark(unit.session, office, case, today)
            reminded += _remind(unit.session, office, case, today)
            unit.commit()
    return Watched(reminded, overdue, settled)


def shown(case: Case) -> str:
    """The due date as staff read it: "due 5 April 2027 (one month, GDPR 12(3); moved from 4 April, Sunday)"."""
    return f"due {long(case.due)} ({case.due_note})" if case.due_note else f"due {long(case.due)}"


def _count(office: Office, matter: Matter, event: Falls, facts: Facts) -> Due:
    """The date by the law of this installation; where a calendar is missing, the earliest it can be."""
    asked = matter.regime, matter.right, matter.country, matter.received_at, office.settings.zone
    book = book_of(office)
    try:
        return due(*asked, event, facts, book=book)
    except UnknownYear:
        return due(*asked, event, facts, bound=True, book=book)


def _keep(case: Case, answer: Due) -> None:
    case.due, case.due_rule, case.due_version = answer.date, answer.rule, answer.version
    case.due_why, case.due_note = " → ".join(answer.steps), answer.because
    case.due_target, case.provisional = answer.target, answer.provisional


def _afresh(session: Session, office: Office, case: Case, actor: str) -> None:
    """Count again; a date that is another one now is written down with its rule, and a request is overdue no longer."""
    before = case.due, case.provisional
    facts = facts_of(session, office, case)
    try:
        answer = _count(office, Matter.of(case), Falls.EXTEND if case.extended else Falls.RESPOND, facts)
    except LawError as error:
        raise Invalid(str(error)) from None
    if (answer.date, answer.provisional) == before:
        case.due_why = " → ".join(answer.steps)
        session.add(case)
        return
    _keep(case, answer)
    if case.notice_by is not None and not case.extended:
        case.notice_by = answer.unrolled
    case.overdue = case.overdue and case.due < office.clock().astimezone(office.settings.zone).date()
    session.add(case)
    note(
        session,
        office,
        case,
        Event.DUE_SET,
        actor=actor,
        object=f"request:{case.id}:{answer.rule}:{case.due.isoformat()}",
    )


def _sound(session: Session, office: Office, case: Case, name: str, day: date) -> None:
    """An answer needs its question, nothing lies before receipt or in the future."""
    today = office.clock().astimezone(office.settings.zone).date()
    if not case.received_at.astimezone(office.settings.zone).date() <= day <= today:
        raise Invalid("The day must lie between the receipt of the request and today.")
    facts = facts_of(session, office, case)
    zone = office.settings.zone
    question = _ANSWERS.get(name)
    if question is not None:
        asked, answered = facts.days(question, zone), facts.days(name, zone)  # type: ignore[arg-type]
        if len(answered) >= len(asked) or day < asked[len(answered)]:
            raise Invalid(f"There is no open {question} before that day. Note it first.")


def _living() -> ColumnElement[bool]:
    return col(Case.state).not_in([state.value for state in ENDED])


def _mark(session: Session, office: Office, case: Case, today: date) -> int:
    if case.overdue or today <= case.due:
        return 0
    case.overdue = True
    session.add(case)
    note(session, office, case, Event.REQUEST_OVERDUE, object=f"request:{case.id}:{case.due.isoformat()}")
    return 1


def _remind(session: Session, office: Office, case: Case, today: date) -> int:
    """The reminders that are due and have not gone out: the nearest set point that is reached, not one for each missed."""
    policy = office.settings.policy
    facts = {"due": case.due.isoformat(), "why": case.due_note or case.due_rule, "state": case.state.replace("_", " ")}
    sent = 0
    if case.notice_by is not None and not case.extended:
        warned = case.notice_by - timedelta(days=policy.extension_warning_days)
        if warned <= today <= case.notice_by:
            extra = {"extend_by": case.notice_by.isoformat()}
            sent += letters.remind(session, office, case, facts | extra, f"extension:{case.notice_by.isoformat()}")
    left = (case.due - today).days
    reached = [days for days in policy.reminder_days if left <= days]
    if left < 0:
        sent += letters.remind(session, office, case, facts | {"overdue": True}, f"overdue:{case.due.isoformat()}")
    elif reached:
        sent += letters.remind(session, office, case, facts, f"{min(reached)}:{case.due.isoformat()}")
    return sent
