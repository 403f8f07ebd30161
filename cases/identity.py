"""Who is asking? A code to an address the company already has on file, or a member of staff who vouches.

A typed address proves nothing by itself (GDPR Art. 12(6); EDPB Guidelines 01/2022). Codes are single use, live ten minutes
and allow five tries (ASVS 5.0 V6.5); the counter goes up before the comparison, so parallel guesses do not pass it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select, update

from cases import letters, steps
from cases.errors import Invalid, NotNow, TooManyTries
from cases.intake import same_open
from cases.record import by_id, by_reference, move, note, require
from cases.states import ENDED, State
from cases.statutes import stamps
from cases.subject import contact_row, reveal
from cases.tables import Case, CaseIdentifier, Decision, IdentityCode, scope
from db import Unit
from discovery import index
from discovery.identifiers import Kind, Normal
from discovery.keys import exact_email_key
from law.regimes import resolve
from ledger.events import Event
from notices.tables import Notice
from office import Office

CODE_LIFE = timedelta(minutes=10)
TRIES = 5
CODES_PER_DAY = 3
LETTERS_PER_MAILBOX = 5
"""Receipts, and codes, one mailbox gets in a day. The request itself is always recorded: its clock runs by law."""
DAY = timedelta(days=1)
NOBODY = 0
"""`identifier_id` of a code that went nowhere."""
DIGEST = 16
_WRONG = "This code is not right or too old. Check it, or ask for a new one."


def begin(office: Office, case_id: str) -> None:
    """The intake phase: find out which addresses are on file, send the receipt and a code there, wait for proof."""
    with office.unit() as unit:
        session = unit.session
        case = by_id(session, case_id)
        if State(case.state) in ENDED:  # refused or withdrawn before this ran: its key may be gone
            return
        for row in session.exec(select(CaseIdentifier).where(CaseIdentifier.case_id == case.id)):
            normal = Normal(Kind(row.kind), reveal(office, row))
            if normal.kind is Kind.EMAIL:
                row.on_file = index.holds_any(session, office.vault, {exact_email_key(normal.value)})
        session.flush()
        proof = resolve(case.regime, case.right).proof == "required"
        facts = {
            "received_on": letters.day(office, case.received_at),
            "due": case.due.isoformat(),
            "link": letters.link(office, case, "status"),
            "proof": proof and State(case.state) is State.RECEIVED,
        }
        mailbox = contact_row(session, case.id)
        if mailbox is not None and not _mailbox_full(session, office, mailbox, "receipt"):
            letters.queue(session, office, case, "receipt", facts)
        if State(case.state) is State.RECEIVED:
            move(session, office, case, State.PROVING_IDENTITY, Event.IDENTITY_ASKED)
            if proof:
                send_code(session, office, case)
            else:  # 11 CCR 7060(b): an opt-out must not be verified
                _proven(session, office, case, Event.IDENTITY_PROVEN, "engine")
        unit.commit()


def send_again(office: Office, reference: str) -> None:
    """Send another code, at most three a day. Says nothing about whether there was an address to send it to."""
    with office.unit() as unit:
        case = by_reference(unit.session, reference)
        if State(case.state) is State.PROVING_IDENTITY:
            send_code(unit.session, office, case)
            unit.commit()


def prove(office: Office, reference: str, code: str) -> Case:
    """Take a code. Raises `Invalid` when it is wrong or too old, `TooManyTries` after five wrong ones."""
    with office.unit() as unit:
        case = by_reference(unit.session, reference)
        _require_proving(case)
        identifier = spend_code(unit, office, case, code)
        _require_proving(case)
        identifier.proven = True
        _proven(unit.session, office, case, Event.IDENTITY_PROVEN, "person")
        unit.commit()
        return case


def spend_code(unit: Unit, office: Office, case: Case, code: str) -> CaseIdentifier:
    """Burn the newest code of a request and return the address it went to; the caller commits, or it is not burnt.

    The try is counted in a commit of its own; after it `case` is read and locked again, so look at its state once more.
    Raises `Invalid` or `TooManyTries`, both alike whether or not there was an address to send a code to.
    """
    latest = select(IdentityCode).where(IdentityCode.case_id == case.id).order_by(col(IdentityCode.id).desc())
    row = unit.session.exec(latest).first()
    if row is None:
        raise Invalid(_WRONG)
    counted = unit.session.execute(
        update(IdentityCode)
        .where(col(IdentityCode.id) == row.id, col(IdentityCode.tries) < TRIES, col(IdentityCode.used).is_(False))
        .values(tries=col(IdentityCode.tries) + 1)
    )
    unit.commit()  # the try counts even if this process dies now
    unit.session.refresh(case, with_for_update=True)
    if not counted.rowcount:  # type: ignore[attr-defined]
        raise TooManyTries("This code was tried too often. Ask for a new one.")
    digest = _digest(office, case, code)
    if office.clock() > row.expires_at or not secrets.compare_digest(digest, row.digest):
        note(unit.session, office, case, Event.IDENTITY_FAILED, actor="person")
        unit.commit()
        raise Invalid(_WRONG)
    burnt = unit.session.execute(
        update(IdentityCode).where(col(IdentityCode.id) == row.id, col(IdentityCode.used).is_(False)).values(used=True)
    )
    if not burnt.rowcount:  # type: ignore[attr-defined]
        raise Invalid(_WRONG)
    return unit.session.get_one(CaseIdentifier, row.identifier_id)


def attest(office: Office, reference: str, by: str, evidence: str) -> Case:
    """A member of staff vouches for the identity and says on what evidence; the addresses given count as proven."""
    if not by.strip() or not evidence.strip():
        raise Invalid("Say who vouches (--by) and on what evidence (--evidence), for example 'customer login 4711'.")
    with office.unit() as unit:
        session = unit.session
        case = by_reference(session, reference)
        require(case, State.RECEIVED, State.PROVING_IDENTITY)
        sealed = office.vault.seal_text(scope(case.id), "reason", evidence)
        rules = stamps(office, case)
        session.add(Decision(case_id=case.id, kind="attest", by=by, at=office.clock(), reason=sealed, rules=rules))
        for row in session.exec(select(CaseIdentifier).where(CaseIdentifier.case_id == case.id)):
            row.proven = True
        _proven(session, office, case, Event.IDENTITY_ATTESTED, by)
        unit.commit()
        return case


def _proven(session: Session, office: Office, case: Case, event: Event, actor: str) -> None:
    """Identity stands: search the stores, unless the same person's same request is already under way."""
    move(session, office, case, State.LOCATING, event, actor=actor)
    older = same_open(session, office, case.regime, case.right, _shown(session, office, case), besides=case.id)
    if (
        older is not None
        and older.received_at <= case.received_at
        and State(older.state)
        not in {
            State.RECEIVED,
            State.PROVING_IDENTITY,
        }
    ):
        move(session, office, case, State.WITHDRAWN, Event.REQUEST_JOINED, actor="engine")
        case.note = f"joined:{older.reference}"
        return
    steps.ask(session, office, "locate", case.id)


def _shown(session: Session, office: Office, case: Case) -> list[Normal]:
    """The identifiers shown to be the person's; all of them where proof must not be asked for. A number that was only typed
    may be a stranger's: it must not tie this request to theirs."""
    rows = session.exec(select(CaseIdentifier).where(CaseIdentifier.case_id == case.id)).all()
    proven = [row for row in rows if row.proven]
    return [Normal(Kind(row.kind), reveal(office, row)) for row in proven or rows]


def send_code(session: Session, office: Office, case: Case, since: datetime | None = None) -> None:
    """Send a code to the address on file: at most three a day and request (counted from `since`), five a day and mailbox.

    A request without such an address gets the same row, which no code opens: what a wrong code is answered, and after how
    many tries, must not tell a stranger whether the company knows a person (ASVS 5.0 V6.3.8).
    """
    now = office.clock()
    begin_count = max(now - DAY, since or now - DAY)
    sent = session.exec(
        select(func.count()).where(IdentityCode.case_id == case.id, col(IdentityCode.sent_at) > begin_count)
    ).one()
    if sent >= CODES_PER_DAY:
        return
    row = contact_row(session, case.id)
    reachable = row is not None and not _mailbox_full(session, office, row, "identity_code")
    code = f"{secrets.randbelow(10**8):08d}"
    made = IdentityCode(
        case_id=case.id,
        identifier_id=row.id if row is not None and row.id is not None else NOBODY,
        digest=_digest(office, case, code) if reachable else secrets.token_bytes(DIGEST),
        sent_at=now,
        expires_at=now + CODE_LIFE,
    )
    session.add(made)
    session.flush()
    if reachable:
        minutes = int(CODE_LIFE.total_seconds() // 60)
        letters.queue(session, office, case, "identity_code", {"code": code, "minutes": minutes}, seq=str(made.id))


def _mailbox_full(session: Session, office: Office, row: CaseIdentifier, kind: str) -> bool:
    """Whether this address had its letters of a kind today, over all requests: nobody floods a mailbox through our form."""
    same_mailbox = select(CaseIdentifier.case_id).where(CaseIdentifier.blind == row.blind)
    sent = session.exec(
        select(func.count()).where(
            col(Notice.case_id).in_(same_mailbox), Notice.kind == kind, col(Notice.queued_at) > office.clock() - DAY
        )
    ).one()
    return sent >= LETTERS_PER_MAILBOX


def _require_proving(case: Case) -> None:
    if State(case.state) is not State.PROVING_IDENTITY:
        raise NotNow("This request does not wait for a code. Open its status page to see what it waits for.")


def _digest(office: Office, case: Case, code: str) -> bytes:
    """Keyed: eight digits could be tried out against a plain hash."""
    return office.vault.blind("identity-code", f"{case.id}:{''.join(c for c in code if c.isdigit())}")
