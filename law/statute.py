"""A statute as data: everything one regime asks for. `law/rules/<regime>.yaml` is read into a `Statute`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import combinations
from typing import Self

from pydantic import Field, model_validator

from law.period import Clock
from law.provisions import (
    Breach,
    Demand,
    Dispute,
    Document,
    Duty,
    Entitlement,
    Frequency,
    Ground,
    Keeping,
    Lookback,
    Metrics,
    Proof,
    Requester,
    Withheld,
)
from law.rule import Data, LawError, Right, Rule

__all__ = ["LawError", "Places", "Right", "Statute"]


class Places(Data):
    """Where a regime holds: ISO 3166-1 alpha-2 codes, or a subdivision such as US-CA."""

    residents: tuple[str, ...] = Field((), description="It protects people who live there.")
    controllers: tuple[str, ...] = Field((), description="Without one for the person's home, it binds who acts there.")
    fallback: bool = Field(False, description="Holds where no other does.")


class Statute(Data):
    """One regime: its rights, clocks, identity rules, grounds, contents, limits, duties and disputed points."""

    regime: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    name: str = Field(description="The instrument in full.")
    regulator: str
    places: Places = Places()
    rights: tuple[Entitlement, ...] = ()
    requesters: tuple[Requester, ...] = ()
    proofs: tuple[Proof, ...] = ()
    demands: tuple[Demand, ...] = ()
    clocks: tuple[Clock, ...] = ()
    grounds: tuple[Ground, ...] = ()
    documents: tuple[Document, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    frequency: tuple[Frequency, ...] = ()
    lookback: tuple[Lookback, ...] = ()
    duties: tuple[Duty, ...] = ()
    keeping: tuple[Keeping, ...] = ()
    metrics: tuple[Metrics, ...] = ()
    breaches: tuple[Breach, ...] = ()
    disputes: tuple[Dispute, ...] = ()

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in the order of the file."""
        return tuple(self._rules())

    def _rules(self) -> Iterator[Rule]:
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, tuple):
                yield from value

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        for kind, names in (
            ("rule", [rule.id for rule in self._rules()]),
            ("right", [name for entry in self.rights for name in (entry.right, *entry.names)]),
        ):
            if twice := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"{kind} named twice: {', '.join(sorted(twice))}")
        for one, other in combinations(self.clocks, 2):
            if one.overlaps(other):
                raise ValueError(f"{one.id} and {other.id} decide the same question")
        return self
