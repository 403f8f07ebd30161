"""The kinds of letters and the facts each may state. `KINDS` is the one table that code, docs and tests read.

A fact is chosen by us: a reference, a date, a link, a code, or a sentence written by staff. Nothing the requester typed is
ever a fact, or the form would let a stranger send words of their choice from our address. The only personal data in a
letter is the name, and that comes from a store, not from the form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from law.contents import required
from law.regimes import LawError, Right, regime_named


class LetterError(Exception):
    """A letter cannot be written; the text names the kind and the fact, never a value."""


def _one_line(text: str) -> str:
    """Letters are laid out by lines, so a line break inside a fact could forge a heading or a list."""
    line = " ".join("".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text).split())
    if not line:
        raise ValueError("is empty")
    return line


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[!-~]+", text):
        raise ValueError("is not a web address")
    return text


def _known_regime(name: str) -> str:
    try:
        return regime_named(name)
    except LawError:
        raise ValueError("is no regime") from None


Line = Annotated[str, Field(max_length=2000), AfterValidator(_one_line)]
Link = Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(_Facts):
    """Why something was not done: a sentence in the letter's language and the provision it rests on."""

    text: Line
    ground: Line


class Kept(_Facts):
    """What is kept although erasure was asked; until None: no fixed date, the ground says how long."""

    what: Line
    ground: Line
    until: date | None = None


class Facts(_Facts):
    """What every letter states."""

    reference: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$", description="Reference of the request.")
    regime: Annotated[str, AfterValidator(_known_regime)] = Field(description="Law the request is answered under.")
    right: Right = Field(description="Right that was asked for.")


class Receipt(Facts):
    """See `KINDS`."""

    received_on: date = Field(description="Day of receipt in the controller's time zone.")
    due: date = Field(description="Last day for the answer.")
    link: Link = Field(description="Status page.")
    proof: bool = Field(description="Whether the person will be asked to prove who they are.")


class IdentityCode(Facts):
    """See `KINDS`."""

    code: str = Field(pattern=r"^[A-Z0-9-]{4,20}$", description="The one-time code.")
    minutes: int = Field(ge=1, le=1440, description="Minutes the code is good for.")


class Extension(Facts):
    """See `KINDS`."""

    due_before: date = Field(description="The due date so far.")
    due: date = Field(description="The new due date.")
    reasons: list[Line] = Field(min_length=1, description="Why more time is needed, written by staff.")
    link: Link = Field(description="Status page.")


class Refusal(Facts):
    """See `KINDS`."""

    reasons: list[Reason] = Field(min_length=1, description="Each reason with its ground.")
    opt_out: Link | None = Field(None, description="Opt-out form to offer with a refused deletion (11 CCR 7022).")


class PartialRefusal(Facts):
    """See `KINDS`."""

    done: list[Line] = Field(min_length=1, description="What was done, written by staff.")
    reasons: list[Reason] = Field(min_length=1, description="Why the rest was not, each with its ground.")
    opt_out: Link | None = Field(None, description="Opt-out form to offer with a refused deletion (11 CCR 7022).")


class AccessReady(Facts):
    """See `KINDS`."""

    link: Link = Field(description="Download page; it asks for a code, the link alone opens nothing.")
    until: date = Field(description="Last day of the download.")
    masked: bool = Field(description="Whether data about other people was masked.")
    withheld: list[Reason] = Field([], description="What is left out, each with its ground.")
    unreached: list[Line] = Field([], description="Stores and parts that could not be read.")


class ErasureComplete(Facts):
    """See `KINDS`."""

    erased_on: date = Field(description="Day on which the stores were searched again.")
    nothing_found: bool = Field(False, description="Whether there was nothing to erase in the first place.")
    kept: list[Kept] = Field([], description="What is kept, on which ground, until when.")
    unreached: list[Line] = Field(
        [], description="What cannot be erased now, for example backups, and when it will be."
    )
    recipients_told: bool = Field(False, description="Whether recipients and processors were told to erase too.")
    certificate: Link | None = Field(None, description="Page with the certificate of erasure.")
    opt_out: Link | None = Field(None, description="Opt-out form to offer when data is kept (11 CCR 7022).")


class Decision(Facts):
    """See `KINDS`."""

    done: list[Line] = Field(min_length=1, description="What was decided and done, written by staff.")


class Withdrawn(Facts):
    """See `KINDS`."""

    withdrawn_on: date = Field(description="Day of the withdrawal.")
    copies_until: date = Field(description="Day by which our working copies are destroyed.")


class Deadline(Facts):
    """See `KINDS`."""

    due: date = Field(description="Last day for the answer.")
    why: Line = Field(description="Rule and citation behind the date.")
    state: Line = Field(description="Where the request stands.")
    overdue: bool = Field(False, description="Whether that day is over.")
    extend_by: date | None = Field(None, description="Last day to announce an extension, where that is running out.")


class Expired(Facts):
    """See `KINDS`."""

    proof_until: date = Field(description="Day until which proof of identity could be given.")
    link: Link = Field(description="Where a new request can be made.")


@dataclass(frozen=True)
class LetterKind:
    """One kind of letter: when it is sent, and the facts it states."""

    description: str
    facts: type[Facts]


KINDS: dict[str, LetterKind] = {
    "receipt": LetterKind("The request has arrived; when it will be answered (11 CCR 7021(a)).", Receipt),
    "identity_code": LetterKind("A one-time code to prove control of an address on file.", IdentityCode),
    "extension": LetterKind("More time is needed, with reasons (GDPR Art. 12(3); 11 CCR 7021(b)).", Extension),
    "refusal": LetterKind("Nothing is done, with reasons and remedies (GDPR Art. 12(4); PIPL Art. 50).", Refusal),
    "partial_refusal": LetterKind("A part is done, the rest refused with reasons and remedies.", PartialRefusal),
    "access_ready": LetterKind("The copy of the data can be downloaded (GDPR Art. 15(3), 20).", AccessReady),
    "erasure_complete": LetterKind(
        "Data was erased; what is kept and what comes later (GDPR Art. 17).", ErasureComplete
    ),
    "decision": LetterKind("Another right was granted and carried out (GDPR Art. 12(3)).", Decision),
    "withdrawn": LetterKind("The person has withdrawn the request.", Withdrawn),
    "deadline": LetterKind("To staff: a due date, or the last day for an extension, is near or over.", Deadline),
    "expired": LetterKind("Identity was not proven in time; nothing was disclosed or changed.", Expired),
}


def check_facts(kind: str, facts: Mapping[str, Any]) -> Facts:
    """Read `facts` as what `kind` needs.

    Raises `LetterError` for an unknown kind, for missing, unknown or wrong facts, and for a letter the statute does not know.
    """
    if kind not in KINDS:
        raise LetterError(f"There is no letter of kind {kind!r}. Kinds: {', '.join(KINDS)}.")
    try:
        checked = KINDS[kind].facts.model_validate(facts)
    except ValidationError as error:
        wrong = {f"{'.'.join(map(str, e['loc']))} ({e['type']})" for e in error.errors(include_input=False)}
        raise LetterError(
            f"The {kind} letter cannot be written: {', '.join(sorted(wrong))}. Correct these facts."
        ) from None
    if kind == "extension" and not required("extension", checked.regime):
        raise LetterError(f"The regime {checked.regime} has no extension. Answer by the due date.")
    return checked
