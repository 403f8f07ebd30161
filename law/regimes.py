"""The regimes, the rights they grant, and what the engine does about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from law.statute import Event, LawError, Regime, Right, statute

__all__ = ["Event", "LawError", "Regime", "Resolution", "Right", "regime_named", "resolve", "rights"]


@dataclass(frozen=True)
class Resolution:
    """A right under a regime. `automatic`: the engine finds, plans and, once approved, carries it out; `decision`: a
    person decides and acts, the engine keeps clock, letters and record. `proof` `forbidden`: identity must not be
    verified."""

    regime: Regime
    right: Right
    title: str
    cite: str
    handling: Literal["automatic", "decision"]
    proof: Literal["required", "forbidden"]


def regime_named(name: Regime | str) -> Regime:
    """The regime of that name, case ignored. Raises LawError for a name that is none."""
    try:
        return Regime(str(name).lower())
    except ValueError:
        raise LawError(f"There is no such regime. Choose one of: {', '.join(Regime)}.") from None


def rights(regime: Regime | str) -> tuple[Resolution, ...]:
    """Every right the regime grants, in the order of its file."""
    regime = regime_named(regime)
    return tuple(
        Resolution(regime, entry.right, entry.title, entry.cite, entry.handling, entry.proof)
        for entry in statute(regime).rights
    )


def resolve(regime: Regime | str, right: Right | str) -> Resolution:
    """What the engine does about a right.

    The statute's own words are understood too (`know` and `delete` under the CCPA, `correct` under the PIPL), and where
    a regime has only a near right under another name, that one is returned (CCPA: `objection` is the opt-out).
    Raises LawError for an unknown regime or a right that the regime does not grant; the text lists what there is.
    """
    regime = regime_named(regime)
    name = str(right).lower()
    law = statute(regime)
    for entry, found in zip(law.rights, rights(regime), strict=True):
        if name == entry.right or name in entry.names:
            return found
    granted = ", ".join(entry.right for entry in law.rights)
    raise LawError(f"The {law.title} does not grant this right. It grants: {granted}.")
