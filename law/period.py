"""One deadline as data: how long, from when, counted in which calendar, paused by what, and the readings that are disputed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from law.rule import Cite, Confidence, Data, Event, Right, Rule, Words

DateFact = Literal["identity_asked", "identity_received", "fee_asked", "fee_paid", "clarification_asked",
                   "clarification_received", "authority_asked", "authority_received", "extension_sent"]  # fmt: skip
TextFact = Literal["severity", "operator"]
Unit = Literal["month", "day", "business_day", "working_day", "hour"]


class Pause(Data):
    """Days the clock stands still between a question to the person and the answer."""

    asked: DateFact
    answered: DateFact
    rights: tuple[Right, ...] = Field((), description="Rights it holds for; empty: all.")
    count: Literal["both_ends_after_start", "difference"] = Field(
        description="`both_ends_after_start`: every day from asked to answered, both counted, that lies after the "
        "start; `difference`: answered minus asked."
    )


class Reading(Data):
    """Another way to read a rule. The earliest of all readings is the internal target; a controller may adopt one."""

    id: str
    title: str
    cite: Cite
    confidence: Confidence
    n: int | None = Field(None, ge=1)
    shift: int = Field(0, description="Days added to the end, before rolling.")
    calendar: str | None = None
    roll: Literal["next_working_day"] | None = None
    pause: Pause | None = None
    anchor: tuple[Literal["receipt"] | DateFact, ...] | None = None

    def change(self) -> dict[str, Any]:
        """What it changes in its rule."""
        return {
            name: value
            for name in ("n", "shift", "calendar", "roll", "pause", "anchor")
            if (value := getattr(self, name)) not in (None, 0)
        }


class Clock(Rule):
    """One deadline rule."""

    events: tuple[Event, ...] = Field(min_length=1)
    rights: tuple[Right, ...] = Field((), description="Rights it holds for; empty: all, and matters without a right.")
    unit: Unit
    n: int = Field(ge=1)
    shift: int = 0
    period: str = Field(description="The period in words, for explanations.")
    anchor: tuple[Literal["receipt"] | DateFact, ...] = Field(
        ("receipt",), description="The clock starts at the latest of these that has happened."
    )
    clamp: Literal["last_day_of_month"] | None = None
    roll: Literal["next_working_day"] | None = None
    calendar: str | None = None
    pause: Pause | None = None
    when: Mapping[TextFact, Words] = Field({}, description="Facts that must have one of these values.")
    notice: bool = Field(False, description="An extension, to be announced inside the first period.")
    reasons: Words = Field((), description="The only reasons for which the period may be extended; empty: any.")
    readings: tuple[Reading, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        counts_days_off = self.unit in ("business_day", "working_day") or self.roll
        if counts_days_off and not self.calendar:
            raise ValueError(f"{self.id}: counting or rolling over days off needs a calendar")
        if (self.unit == "month") != (self.clamp is not None):
            raise ValueError(f"{self.id}: clamp belongs to months, and months need it")
        names = [reading.id for reading in self.readings]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.id}: a reading is named twice")
        return self

    @cached_property
    def ways(self) -> tuple[Clock, ...]:
        """The rule as it stands, then as each disputed reading has it."""
        return (self, *(self.model_copy(update=reading.change()) for reading in self.readings))

    def about(self, event: Event, right: Right | None) -> bool:
        """Whether it is about this event of this right."""
        return event in self.events and (not self.rights or right in self.rights)

    def holds(self, event: Event, right: Right | None, day: date, facts: Mapping[TextFact, str]) -> bool:
        """Whether it decides `event` of `right` for a receipt on `day`."""
        fits = all(facts.get(name, "") in values for name, values in self.when.items())
        return fits and self.about(event, right) and self.in_force(day)

    def overlaps(self, other: Clock) -> bool:
        """Whether both could decide the same question."""
        rights = not self.rights or not other.rights or bool(set(self.rights) & set(other.rights))
        apart = any(not set(values) & set(other.when.get(name, values)) for name, values in self.when.items())
        return rights and not apart and self.meets(other) and bool(set(self.events) & set(other.events))
