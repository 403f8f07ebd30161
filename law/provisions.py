"""The other provisions as data: rights, identity, grounds, contents, limits and duties."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from law.rule import Cite, Data, Event, Right, Rule, Words

Kind = Literal[
    "access", "refusal", "partial_refusal", "extension", "ack", "record", "breach_authority", "breach_individuals"
]
"""Documents whose contents a statute prescribes."""
Need = Literal["facts", "statute", "period", "record_class", "legal_basis", "evidence"]
"""What a decision must state for a ground to stand."""
Risk = Literal["low", "high"]


class Condition(Data):
    """Something that must be so for a right to apply: a fact with one of these values."""

    fact: str
    one_of: Words
    cite: Cite
    otherwise: str = Field(description="What to do when it is not so.")
    offer: Right | None = Field(None, description="The right to offer instead.")


class Entitlement(Rule):
    """One right as the regime grants it."""

    right: Right
    title: str
    names: tuple[str, ...] = Field((), description="Other names it is asked by, lower case.")
    handling: Literal["automatic", "decision"] = Field(
        description="`automatic`: the engine finds, plans and carries out; `decision`: a person decides and acts."
    )
    conditions: tuple[Condition, ...] = ()
    outcome: str = Field("", description="What has to happen beside the reply.")


class Requester(Rule):
    """Who may ask, and what they must and must not show."""

    who: Literal["subject", "agent", "agent_with_power", "parent", "child", "household", "heir", "portal"]
    rights: tuple[Right, ...] = Field((), description="Rights it holds for; empty: all.")
    may_ask: bool = True
    needs: Words = Field((), description="Proofs that may be demanded; all of them, `a|b` is either.")
    never: Words = Field((), description="Proofs that must not be demanded.")


class Proof(Rule):
    """How sure the controller must be of who asks, before it acts."""

    rights: tuple[Right, ...] = Field((), description="Rights it holds for; empty: all that no other rule names.")
    risk: tuple[Risk, ...] = Field((), description="Risks of harm it holds for; empty: any.")
    degree: Literal["forbidden", "reasonable_doubt", "reasonable", "reasonably_high"]
    points: int = Field(0, ge=0, description="Data points that must match, by default.")
    declaration: bool = Field(False, description="Signed declaration under penalty of perjury.")
    reauthenticate: bool = Field(False, description="A person with an account signs in afresh.")
    fallback: Right | None = Field(None, description="The right to treat the request as when proof fails.")
    unmet: str = Field(description="What to do when proof fails.")


class Demand(Rule):
    """Something that must not be asked of a person, unless every fact of `unless` holds."""

    demand: Words = Field(min_length=1)
    rights: tuple[Right, ...] = Field((), description="Rights it holds for; empty: all.")
    unless: Words = ()


class Ground(Rule):
    """One ground on which a request may be refused."""

    title: str
    rights: tuple[Right, ...] = Field((), description="Rights it can be held against; empty: all but `spares`.")
    spares: tuple[Right, ...] = Field((), description="Rights it can never be held against.")
    whole: bool = Field(description="True: may refuse the whole request; False: only the part it covers.")
    needs: tuple[Need, ...] = Field((), description="What the decision must state for the ground to stand.")
    effect: Literal["refuse", "fee_or_refuse", "restrict", "withhold"] = Field(
        "refuse", description="`restrict`: what is kept may be stored and used for nothing else."
    )
    retention: bool = Field(False, description="The ground for records another law makes the controller keep.")
    also: Words = Field((), description="What has to be done beside refusing.")
    also_cite: Words = ()


class Item(Data):
    """One thing a document must contain."""

    key: str
    title: str
    cite: str
    instead: tuple[tuple[str, ...], ...] = Field((), description="Sets of keys of which one does in its place.")
    valid_from: date | None = None


class Document(Rule):
    """What one kind of document must contain."""

    document: Kind
    items: tuple[Item, ...] = Field(min_length=1)
    phases: bool = Field(False, description="What is not known yet may follow in phases.")


class Withheld(Rule):
    """Data that no answer may show; the answer says instead that it was collected."""

    rights: tuple[Right, ...] = ()
    entities: tuple[str, ...] = Field(min_length=1, description="Entity types, as detection names them.")
    sentence: Mapping[str, str] = Field(description="The sentence in its place, by language; `en` always.")


class Frequency(Rule):
    """How often a person may ask."""

    rights: tuple[Right, ...] = Field(min_length=1)
    times: int = Field(ge=1)
    unit: Literal["month"]
    n: int = Field(ge=1)
    counts: Literal["answered", "identical_denied"]


class Lookback(Rule):
    """How far back an answer reaches."""

    rights: tuple[Right, ...] = Field(min_length=1)
    months: int | None = Field(None, description="By default this many months before receipt; None: no limit.")
    all_since: date | None = Field(None, description="On request, everything collected since then.")


class Duty(Rule):
    """Something to do beside the reply, towards others or the person."""

    key: str
    title: str
    rights: tuple[Right, ...] = Field((), description="Rights it belongs to; empty: all.")
    event: Literal["done", "refused", "lifted", "opted_out", "breach"] = "done"
    before: bool = Field(False, description="Must come before the event, not after.")
    towards: Literal["recipients", "processors", "third_parties", "subject", "authority", "internal"]
    unless: str = ""


class Keeping(Rule):
    """How long the record of a request is kept."""

    months: int = Field(ge=1)
    statutory: bool = Field(description="True: the statute sets it, as a minimum; False: our default.")


class Metrics(Rule):
    """Yearly figures a business must publish."""

    threshold: int = Field(ge=1, description="People whose data is processed in a year, from which on it holds.")
    publish_month: int = Field(ge=1, le=12)
    publish_day: int = Field(ge=1, le=31)
    rights: Mapping[str, tuple[Right, ...]] = Field(description="The rows of the table, and the rights in each.")


class Breach(Rule):
    """Who has to be told of a breach, and when."""

    audience: Literal["authority", "individuals", "attorney_general"]
    event: Event | None = Field(None, description="The clock that runs; None: at once, without a number.")
    condition: str = Field(description="When it has to be told.")
    late: str = ""


class Dispute(Rule):
    """A point on which the law can be read in more ways than one, and our choice."""

    title: str
    choice: str
