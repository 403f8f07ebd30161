"""A statute as data: the models that `law/rules/*.yaml` must satisfy, and their loading.

Every number, date and citation of the law lives in those files. A file that does not fit is refused as a whole when it
is loaded, so that a wrong rule never yields a date.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator


class LawError(Exception):
    """The law as loaded has no answer; the text says what there is and what to do."""


class Regime(StrEnum):
    """The privacy statutes a request can be made under."""

    GDPR = "gdpr"
    UK_GDPR = "uk_gdpr"
    CCPA = "ccpa"
    PIPL = "pipl"


class Right(StrEnum):
    """What a person can ask for. Which of them a regime knows is said in its file; see `law.regimes.resolve`."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    OBJECTION_MARKETING = "objection_marketing"
    AUTOMATED_DECISION = "automated_decision"
    WITHDRAW_CONSENT = "withdraw_consent"
    OPT_OUT = "opt_out"
    LIMIT = "limit"
    ADMT_ACCESS = "admt_access"
    ADMT_OPT_OUT = "admt_opt_out"
    ADMT_APPEAL = "admt_appeal"
    ACCOUNT_CLOSURE = "account_closure"


class Event(StrEnum):
    """What falls due. Breach and complaint clocks belong to no right."""

    RESPOND = "respond"
    EXTEND = "extend"
    ACK = "ack"
    COMPLAINT_ACK = "complaint_ack"
    BREACH_AUTHORITY = "breach_authority"
    BREACH_INDIVIDUALS = "breach_individuals"
    BREACH_ATTORNEY_GENERAL = "breach_attorney_general"


# How sure the source is: T text of the instrument read, G regulator's guidance, S secondary source, K from knowledge.
Confidence = Annotated[str, Field(pattern=r"^[TGSK](/[TGSK])*$")]
CalendarName = Literal["national", "us_federal", "us_civil_code_9", "us_ca_state", "cn_state_council"]
DateFact = Literal["identity_asked", "identity_received", "fee_paid", "clarification_asked", "clarification_received"]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pause(_Data):
    """Days the clock stands still between a question to the person and the answer."""

    asked: DateFact
    answered: DateFact
    rights: tuple[Right, ...] = Field((), description="Rights it holds for; empty: all.")
    count: Literal["both_ends_after_start", "difference"] = Field(
        description="`both_ends_after_start`: every day from asked to answered, both counted, that lies after the "
        "start; `difference`: answered minus asked."
    )
    enabled_by: Literal["edpb_suspension"] | None = Field(None, description="Fact that must be true; None: always.")


class Safe(_Data):
    """How the stricter internal target is found: the earliest reading anybody defends."""

    days_before: int = Field(0, ge=0, description="Days before the unrolled due date.")
    calendars: tuple[CalendarName, ...] = Field((), description="Other calendars to count in; the earliest wins.")


class Clock(_Data):
    """One deadline rule."""

    id: str
    version: str
    events: tuple[Event, ...] = Field(min_length=1)
    rights: tuple[Right, ...] = Field((), description="Rights it holds for; empty: all, and matters without a right.")
    unit: Literal["month", "day", "business_day", "working_day", "hour"]
    n: int = Field(ge=1)
    period: str = Field(description="The period in words, for explanations.")
    anchor: tuple[Literal["receipt"] | DateFact, ...] = Field(
        ("receipt",), description="The clock starts at the latest of these that has happened."
    )
    clamp: Literal["last_day_of_month"] | None = None
    roll: Literal["next_working_day"] | None = None
    calendar: CalendarName | None = None
    pause: Pause | None = None
    severity: Literal["larger"] | None = Field(None, description="Holds only for incidents graded so.")
    notice: bool = Field(False, description="An extension, to be announced by the unrolled date of the answer.")
    safe: Safe = Safe()
    cite: tuple[str, ...] = Field(min_length=1)
    confidence: Confidence
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        counts_days_off = self.unit in ("business_day", "working_day") or self.roll
        if counts_days_off and not self.calendar:
            raise ValueError(f"{self.id}: counting or rolling over days off needs a calendar")
        if (self.unit == "month") != (self.clamp is not None):
            raise ValueError(f"{self.id}: clamp belongs to months, and months need it")
        return self

    def holds(self, event: Event, right: Right | None, day: date, severity: str | None) -> bool:
        """True where this rule decides `event` of `right` for a receipt on `day`."""
        return (
            event in self.events
            and (not self.rights or right in self.rights)
            and (self.valid_from is None or day >= self.valid_from)
            and (self.valid_to is None or day <= self.valid_to)
            and self.severity in (None, severity)
        )

    def overlaps(self, other: Clock) -> bool:
        """True where both rules could decide the same question."""
        rights = not self.rights or not other.rights or bool(set(self.rights) & set(other.rights))
        days = (self.valid_from or date.min) <= (other.valid_to or date.max) and (other.valid_from or date.min) <= (
            self.valid_to or date.max
        )
        return rights and days and bool(set(self.events) & set(other.events))


class Entitlement(_Data):
    """One right as the regime grants it."""

    right: Right
    title: str
    cite: str
    names: tuple[str, ...] = Field((), description="Other names it is asked by, lower case.")
    handling: Literal["automatic", "decision"]
    proof: Literal["required", "forbidden"] = Field(
        "required", description="`forbidden`: the person's identity must not be verified (11 CCR 7060(b))."
    )


class Ground(_Data):
    """One ground on which a request may be refused."""

    id: str
    title: str
    cite: str
    rights: tuple[Right, ...] = Field((), description="Rights it can be held against; empty: all.")
    whole: bool = Field(description="True: may refuse the whole request; False: only the part it covers.")
    needs: tuple[str, ...] = Field((), description="What the decision must state for the ground to stand.")
    confidence: Confidence


class Content(_Data):
    """One thing a letter or an answer must contain."""

    key: str
    title: str
    cite: str
    valid_from: date | None = None


class Contents(_Data):
    """Required contents, by kind of document."""

    access: tuple[Content, ...]
    refusal: tuple[Content, ...]
    extension: tuple[Content, ...] = ()
    ack: tuple[Content, ...] = ()


class Statute(_Data):
    """One regime: its rights, clocks, grounds and contents."""

    regime: Regime
    title: str
    rights: tuple[Entitlement, ...]
    clocks: tuple[Clock, ...]
    grounds: tuple[Ground, ...]
    contents: Contents

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        for kind, names in (
            ("rule", [clock.id for clock in self.clocks]),
            ("ground", [ground.id for ground in self.grounds]),
            ("right", [name for entry in self.rights for name in (entry.right, *entry.names)]),
        ):
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"{kind} named twice: {', '.join(sorted(twice))}")
        for one, other in combinations(self.clocks, 2):
            if one.overlaps(other):
                raise ValueError(f"{one.id} and {other.id} decide the same question")
        return self


@cache
def statute(regime: Regime) -> Statute:
    """The statute of a regime, read once from `law/rules/<regime>.yaml`."""
    text = files("law").joinpath("rules", f"{regime}.yaml").read_text(encoding="utf-8")
    return Statute.model_validate(yaml.safe_load(text))
