"""The tables of a request. Whatever could name the person is sealed under the request's own key (`scope`)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from cases.states import State
from db import UtcDateTime


def scope(case_id: str) -> str:
    """The vault scope under which everything of a request is sealed; destroying its key forgets the request's content."""
    return f"case:{case_id}"


def _case_column() -> Column[str]:
    return Column(ForeignKey("request.id"), nullable=False, index=True)


class Case(SQLModel, table=True):
    """One request of one person. `id` is opaque and the only thing flows know; `reference` is what people see."""

    __tablename__ = "request"

    id: str = Field(primary_key=True)
    reference: str = Field(unique=True)
    regime: str
    right: str
    country: str
    language: str
    channel: str  # web, api, staff
    state: str = Field(default=State.RECEIVED, index=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    due: date
    due_rule: str
    due_version: str
    due_why: str
    due_note: str = ""  # the reason in brackets: period, citation, what moved the date
    due_target: date | None = None  # the stricter internal date
    notice_by: date | None = None  # last day to announce an extension; None: the statute has none
    provisional: bool = False  # counted with a calendar that is not known yet: the true date is this one or later
    overdue: bool = False
    rules: str = ""  # stamps of the rules the request was received under
    extended: bool = False
    round: int = 0  # how many times the stores were searched
    note: str = ""  # code of why attention is needed
    secret: bytes = Field(sa_type=LargeBinary)  # SHA-256 of the secret of the status page
    idempotency: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    approvals: int = 0  # live approvals of the latest plan
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    shredded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CaseIdentifier(SQLModel, table=True):
    """What the person is known by. `proven` means that they control it or staff vouched for it."""

    __tablename__ = "identifier"
    __table_args__ = (UniqueConstraint("case_id", "kind", "blind"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    kind: str
    value: bytes = Field(sa_type=LargeBinary)
    blind: bytes = Field(sa_type=LargeBinary, index=True)
    on_file: bool = False
    proven: bool = False


class IdentityCode(SQLModel, table=True):
    """A code sent to a channel on file. Only its hash is kept; five tries, ten minutes."""

    __tablename__ = "identity_code"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    identifier_id: int
    digest: bytes = Field(sa_type=LargeBinary)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    tries: int = 0
    used: bool = False


class Step(SQLModel, table=True):
    """One due piece of work: written with the state change that asks for it, turned into a flow run by the relay."""

    __tablename__ = "step"
    __table_args__ = (Index("ix_step_open", "done_at", "not_before"),)

    id: str = Field(primary_key=True)
    case_id: str | None = Field(default=None, index=True)  # None: work that belongs to no request (a scan)
    phase: str
    subject: str = ""  # what the phase works on when it is no request: a scan run's id
    attempt: int = 1  # counts flow runs, lost ones too: makes the idempotency key of the next
    failures: int = 0  # counts tries that ended in an error
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    run_id: str | None = None  # the flow run that was started for this attempt
    holder: str = ""
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = ""


class Coverage(SQLModel, table=True):
    """What happened to one store in one round of searching: searched, skipped or failed, and why."""

    __tablename__ = "coverage"
    __table_args__ = (UniqueConstraint("case_id", "round", "store"),)

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    round: int
    store: str
    kind: str
    status: str
    reason: str = ""
    collections: int = 0
    records: int = 0  # records of the store at that time
    found: int = 0
    unreadable: int = 0
    at: datetime = Field(sa_type=UtcDateTime)


class Finding(SQLModel, table=True):
    """A record in which the person was found, with the evidence (sealed) and how strong it is."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("case_id", "round", "store", "ref_hash"),)

    id: str = Field(primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    round: int
    store: str
    collection: str
    ref_hash: bytes = Field(sa_type=LargeBinary)
    ref: bytes = Field(sa_type=LargeBinary)
    version: str
    role: str  # own, linked, participant, mention
    strength: str  # certain, strong, linked, possible
    evidence: bytes = Field(sa_type=LargeBinary)
    preview: bytes = Field(sa_type=LargeBinary)
    facts: bytes = Field(sa_type=LargeBinary)  # what planning needs: retention fields, number of participants
    unreadable: int = 0


class Plan(SQLModel, table=True):
    """What would be done, record by record, in opaque ids. `hash` is SHA-256 over `body`, which is canonical JSON."""

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: str = Field(primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    number: int
    round: int
    body: bytes = Field(sa_type=LargeBinary)
    hash: str = Field(index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    live: bool = True  # replaced plans are not


class Decision(SQLModel, table=True):
    """One person's decision. An approval names the plan's hash; `live` ends when the plan changes or the time is up."""

    __tablename__ = "decision"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    kind: str  # attest, approve, refuse, change, withdraw, answer, extend, accept_gap
    plan_hash: str = ""
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
    reason: bytes | None = Field(default=None, sa_type=LargeBinary)
    ground: str = ""
    rules: str = ""  # stamps (id, version, digest) of the rules it rests on
    live: bool = True


class ClockEvent(SQLModel, table=True):
    """Something that matters to the statutory clock: a question to the person, or its answer. Days are local dates."""

    __tablename__ = "clock_event"

    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    name: str  # a date fact of law.clock.Facts
    day: date
    by: str
    at: datetime = Field(sa_type=UtcDateTime)


class ActionRow(SQLModel, table=True):
    """One effect on one record: pending, intended, done, already, unknown, failed or conflict. At most one per finding."""

    __tablename__ = "action"
    __table_args__ = (UniqueConstraint("plan_id", "finding_id"),)

    id: str = Field(primary_key=True)  # also the key the store gets
    case_id: str = Field(sa_column=_case_column())
    plan_id: str = Field(foreign_key="plan.id")
    finding_id: str = Field(foreign_key="finding.id")
    store: str
    kind: str
    state: str = "pending"
    problem: str = ""
    attempts: int = 0
    journal: bytes | None = Field(default=None, sa_type=LargeBinary)
    new_ref_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    new_version: str = ""  # what the effect left behind, if anything
    residue: str = ""
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Package(SQLModel, table=True):
    """The sealed answer to an access request. `sha256` is of the plain ZIP, read back before it counts."""

    __tablename__ = "package"

    id: str = Field(primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    plan_id: str = Field(foreign_key="plan.id")
    kind: str = "answer"  # or certificate
    file: str
    sha256: str = ""
    size: int = 0
    built_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    downloads: int = 0


class DownloadGrant(SQLModel, table=True):
    """Leave to download one package, given for a code proven just now. Only the SHA-256 of its token is kept."""

    __tablename__ = "download_grant"

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    case_id: str = Field(sa_column=_case_column())
    package_id: str = Field(foreign_key="package.id")
    expires_at: datetime = Field(sa_type=UtcDateTime)
    downloads: int = 0


class StaffToken(SQLModel, table=True):
    """A token of a member of staff for the API; only its SHA-256 is kept."""

    __tablename__ = "staff_token"

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    user: str = Field(index=True)
    role: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
