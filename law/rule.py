"""What every provision has, whatever it says: an id, a version, where it stands, how sure we are, and from when to when it holds.

A rule that does not fit its model is refused with its whole file, so that a wrong rule never yields a date.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class LawError(Exception):
    """The law as loaded has no answer; the text says what there is and what to do, without personal data."""


class UnknownYear(LawError):
    """Days are to be counted in a year whose official calendar is not loaded. It is never guessed."""


class Right(StrEnum):
    """What a person can ask for. Which of them a regime knows is said in its file; see `law.regimes.resolve`."""

    ACCESS = "access"
    ACCESS_CATEGORIES = "access_categories"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    OBJECTION_MARKETING = "objection_marketing"
    AUTOMATED_DECISION = "automated_decision"
    WITHDRAW_CONSENT = "withdraw_consent"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    LIMIT = "limit"
    ADMT_ACCESS = "admt_access"
    ADMT_OPT_OUT = "admt_opt_out"
    ADMT_APPEAL = "admt_appeal"
    ACCOUNT_CLOSURE = "account_closure"
    EXPLANATION = "explanation"


class Event(StrEnum):
    """What falls due. Breach, complaint and broker clocks belong to no right."""

    RESPOND = "respond"
    EXTEND = "extend"
    ACK = "ack"
    COMPLAINT_ACK = "complaint_ack"
    BREACH_AUTHORITY = "breach_authority"
    BREACH_INDIVIDUALS = "breach_individuals"
    BREACH_ATTORNEY_GENERAL = "breach_attorney_general"
    DROP_ACCESS = "drop_access"
    DROP_DELETE = "drop_delete"


Confidence = Annotated[str, Field(pattern=r"^[TGSK](/[TGSK])*$")]
"""How sure the source is: T text of the instrument read, G regulator's guidance, S secondary source, K from knowledge."""

CONFIDENCE = {
    "T": "text of the instrument read",
    "G": "regulator's own guidance read",
    "S": "secondary source read",
    "K": "from knowledge of the text, not re-read",
}


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Cite = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""A list in the file; a single entry may stand without brackets."""


class Data(BaseModel):
    """Immutable, and unknown keys are errors: a typing mistake in a law file is not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Data):
    """One provision."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
    version: str = "1"
    cite: Cite
    confidence: Confidence
    valid_from: date | None = None
    valid_to: date | None = None
    status: Literal["law", "proposal"] = Field("law", description="A proposal is shown and never applied.")
    note: str = Field("", description="What staff should know about it.")

    def in_force(self, day: date | None) -> bool:
        """Whether it holds for a matter received on `day`; without a day: whether it is law now or later."""
        if self.status == "proposal":
            return False
        return day is None or ((self.valid_from or date.min) <= day <= (self.valid_to or date.max))

    def meets(self, other: Rule) -> bool:
        """Whether there is a day on which both are in force."""
        if "proposal" in (self.status, other.status):
            return False
        return (self.valid_from or date.min) <= (other.valid_to or date.max) and (other.valid_from or date.min) <= (
            self.valid_to or date.max
        )

    @property
    def source(self) -> str:
        """The citation as one line."""
        return ", ".join(self.cite)

    @cached_property
    def stamp(self) -> str:
        """`id@version#digest`: what a decision keeps, so that a later change of the file is told apart from what was used."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return f"{self.id}@{self.version}#{hashlib.sha256(text.encode()).hexdigest()[:12]}"
