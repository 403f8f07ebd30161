"""Which letter goes out when, with the facts it needs. Queued in the transaction of the change it tells about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from cases import steps, subject
from cases.errors import NotNow
from cases.tables import Case
from notices import outbox
from notices.contents import lacking
from notices.tables import Notice
from office import Office


def queue(session: Session, office: Office, case: Case, kind: str, facts: Mapping[str, Any], seq: str = "") -> bool:
    """Queue a letter to the person's proven or on-file address. False when there is none: then nothing is sent.

    `facts` are those of the kind beyond reference, regime and right. The same kind goes out once per `seq`.
    Raises `NotNow` for a letter that lacks what the statute asks of it: it is told before anything is sent or decided.
    """
    if missing := lacking(kind, case.regime, facts, letter_day(office)):
        raise NotNow(f"The {kind} letter would lack what the law asks of it: {', '.join(missing)}. Nothing was sent.")
    recipient = subject.contact(session, office, case.id)
    if recipient is None:
        return False
    outbox.queue(
        office,
        session,
        case_id=case.id,
        kind=kind,
        language=case.language,
        recipient=recipient,
        name=None,  # the name in the request was typed by whoever asked
        facts={"reference": case.reference, "regime": case.regime, "right": case.right} | dict(facts),
        dedupe=f"{case.id}:{kind}:{seq}",
        at=office.clock(),
    )
    steps.ask(session, office, "notify")
    return True


def remind(session: Session, office: Office, case: Case, facts: Mapping[str, Any], seq: str) -> bool:
    """Queue a reminder about a request to the staff's own mailbox, once per `seq`. It names nobody."""
    dedupe = f"{case.id}:deadline:{seq}"
    if session.exec(select(Notice.id).where(Notice.dedupe == dedupe)).first() is not None:
        return False
    notices = office.settings.notices
    outbox.queue(
        office,
        session,
        case_id=case.id,
        kind="deadline",
        language=notices.languages[0],
        recipient=notices.staff or office.settings.controller.contact,
        name=None,
        facts={"reference": case.reference, "regime": case.regime, "right": case.right} | dict(facts),
        dedupe=dedupe,
        at=office.clock(),
    )
    steps.ask(session, office, "notify")
    return True


def letter_day(office: Office) -> date:
    """Today, where the controller is."""
    return office.clock().astimezone(office.settings.zone).date()


def link(office: Office, case: Case, page: str) -> str:
    """A page of the privacy centre in the person's language. It holds nothing secret: the page asks for reference and code."""
    return f"{office.settings.api.public_url.rstrip('/')}/{case.language}/{page}"


def day(office: Office, at: datetime) -> str:
    """The local date of an instant, as letters take it."""
    return at.astimezone(office.settings.zone).date().isoformat()
