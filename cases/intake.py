"""Receiving a request: checked, given a reference and a due date, recorded; nothing is looked up yet.

The statutory clock starts at receipt, counted in the controller's time zone (GDPR Art. 12(3); Regulation 1182/71). What the
public form answers never depends on whether the person is known: everything that does is left to the intake phase.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel import Locale, UnknownLocaleError
from sqlmodel import Session, col, select

from cases import deadlines, steps
from cases.deadlines import Matter
from cases.errors import Invalid
from cases.record import new_id, new_reference, note
from cases.states import ENDED
from cases.statutes import book_of, stamps
from cases.subject import add_identifiers
from cases.tables import Case, CaseIdentifier
from discovery.identifiers import BadIdentifier, Kind, Normal, normalise
from law.regimes import LawError, Resolution, resolve
from ledger.events import Event
from office import Office

LONGEST_AGO = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for, as typed. `identifiers` are (kind, value) pairs."""

    regime: str
    right: str
    country: str
    identifiers: tuple[tuple[Kind, str], ...]
    language: str = "en"
    channel: str = "staff"
    received_at: datetime | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """The recorded request. `secret` opens its status page and is not kept; empty for one that was joined to another.

    A repeat under the same idempotency key gets the same answer, secret included: the first one may have been lost on its way.
    """

    case: Case
    secret: str
    joined: bool


def receive(office: Office, asked: Asked, by: str) -> Received:
    """Record a request. Raises `Invalid` with a sentence for the person who asked."""
    identifiers = _identifiers(office, asked)
    received_at = _instant(office, asked.received_at)
    try:
        day = received_at.astimezone(office.settings.zone).date()
        kind = resolve(asked.regime, asked.right, day, book=book_of(office))
        case = _case(office, asked, kind, received_at)
    except LawError as error:
        raise Invalid(str(error)) from None
    repeat, secret = _repeatable(office, asked, identifiers)
    with office.unit() as unit:
        session = unit.session
        if repeat and (known := session.exec(select(Case).where(Case.idempotency == repeat)).first()):
            return Received(known, secret, joined=True)
        if asked.channel == "staff" and (known := same_open(session, office, kind.regime, kind.right, identifiers)):
            note(session, office, known, Event.REQUEST_JOINED, actor=by)
            unit.commit()
            return Received(known, "", joined=True)
        case.secret, case.idempotency = hashlib.sha256(secret.encode()).digest(), repeat
        session.add(case)
        session.flush()
        add_identifiers(session, office, case, identifiers)
        note(session, office, case, Event.REQUEST_RECEIVED, actor=by, payload={"channel": asked.channel})
        note(session, office, case, Event.DUE_SET, object=f"request:{case.id}:{case.due_rule}:{case.due.isoformat()}")
        steps.ask(session, office, "intake", case.id)
        unit.commit()
    return Received(case, secret, joined=False)


def _case(office: Office, asked: Asked, kind: Resolution, received_at: datetime) -> Case:
    """The request with its clock started. Raises LawError where the statute has no answer."""
    answer, notice_by = deadlines.started(office, Matter(kind.regime, kind.right, asked.country, received_at))
    case = Case(
        id=new_id(),
        reference=new_reference(),
        regime=kind.regime,
        right=kind.right,
        country=asked.country.upper(),
        language=_language(office, asked.language),
        channel=asked.channel,
        received_at=received_at,
        due=answer.date,
        due_rule=answer.rule,
        due_version=answer.version,
        due_why=" → ".join(answer.steps),
        due_note=answer.because,
        due_target=answer.target,
        notice_by=notice_by,
        provisional=answer.provisional,
        secret=b"",  # hashed when it is recorded
    )
    case.rules = stamps(office, case, documents=("ack",))
    return case


def same_open(
    session: Session, office: Office, regime: str, right: str, identifiers: list[Normal], besides: str = ""
) -> Case | None:
    """An open request of the same person for the same right under the same law."""
    blinds = [office.vault.blind(i.kind, i.value) for i in identifiers if i.kind in {Kind.EMAIL, Kind.PHONE}]
    query = (
        select(Case)
        .join(CaseIdentifier, col(CaseIdentifier.case_id) == Case.id)
        .where(
            col(CaseIdentifier.blind).in_(blinds),
            Case.regime == regime,
            Case.right == right,
            col(Case.state).not_in([state.value for state in ENDED]),
            Case.id != besides,
        )
        .order_by(col(Case.received_at))
    )
    return session.exec(query).first()


def _repeatable(office: Office, asked: Asked, identifiers: list[Normal]) -> tuple[bytes | None, str]:
    """Under which hash a repeat is known, and the secret of the status page.

    Both are keyed hashes of key and content together: whoever guesses the key of another person's request gets nothing.
    """
    if not asked.idempotency_key:
        return None, secrets.token_urlsafe(24)
    content = [asked.regime, asked.right, asked.country, *(f"{i.kind}:{i.value}" for i in identifiers)]
    text = "\n".join([asked.idempotency_key, *content])
    secret = office.vault.blind("status-secret-1", text) + office.vault.blind("status-secret-2", text)
    return office.vault.blind("idempotency", text), base64.urlsafe_b64encode(secret[:24]).decode()


def _identifiers(office: Office, asked: Asked) -> list[Normal]:
    region = asked.country[:2].upper() or office.settings.pii.region
    try:
        found = [normalise(kind, value, region) for kind, value in asked.identifiers if value.strip()]
    except BadIdentifier as error:
        raise Invalid(str(error)) from None
    if not any(i.kind in {Kind.EMAIL, Kind.PHONE} for i in found):
        raise Invalid("A request needs an e-mail address or a phone number: a name alone does not find one person.")
    return list(dict.fromkeys(found))


def _instant(office: Office, received_at: datetime | None) -> datetime:
    now = office.clock()
    if received_at is None:
        return now
    if received_at.tzinfo is None:
        received_at = received_at.replace(tzinfo=office.settings.zone)
    if received_at > now + timedelta(minutes=5):
        raise Invalid("The date of receipt lies in the future. Give the day the request reached the company.")
    if received_at < now - LONGEST_AGO:
        raise Invalid("The date of receipt is more than a year ago. Check the year.")
    return received_at


def _language(office: Office, language: str) -> str:
    try:
        short = Locale.parse(language.replace("-", "_")).language
    except (UnknownLocaleError, ValueError):
        short = "en"
    return short if short in office.settings.notices.languages else office.settings.notices.languages[0]
