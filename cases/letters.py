"""Which letter goes out when, with the facts it needs. Queued in the transaction of the change it tells about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from cases import steps, subject
from cases.tables import Case
from notices import outbox
from office import Office


def queue(session: Session, office: Office, case: Case, kind: str, facts: Mapping[str, Any], seq: str = "") -> bool:
    """Queue a letter to the person's proven or on-file address. False when there is none: then nothing is sent.

    `facts` are those of the kind beyond reference, regime and right. The same kind goes out once per `seq`.
    """
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


def link(office: Office, case: Case, page: str) -> str:
    """A page of the privacy centre in the person's language. It holds nothing secret: the page asks for reference and code."""
    return f"{office.settings.api.public_url.rstrip('/')}/{case.language}/{page}"


def day(office: Office, at: datetime) -> str:
    """The local date of an instant, as letters take it."""
    return at.astimezone(office.settings.zone).date().isoformat()
