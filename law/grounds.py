"""Grounds on which a request may be refused, in whole or in part.

The list is the common core of each statute. National restrictions (GDPR Art. 23, the Schedules of the DPA 2018, state
carve-outs) are one ground each that demands the citation of the law relied on; they are not enumerated.
"""

from __future__ import annotations

from law.regimes import Regime, Right, regime_named, resolve
from law.statute import Ground, LawError, statute

__all__ = ["Ground", "closes", "ground", "grounds"]


def grounds(regime: Regime | str, right: Right | str | None = None) -> tuple[Ground, ...]:
    """The grounds of a regime; with `right` those that can be held against it."""
    regime = regime_named(regime)
    asked = resolve(regime, right).right if right is not None else None
    return tuple(g for g in statute(regime).grounds if asked is None or not g.rights or asked in g.rights)


def closes(regime: Regime | str) -> tuple[Ground, ...]:
    """The grounds that can close a request as refused in whole. Every other ground covers only a part of it."""
    return tuple(g for g in grounds(regime) if g.whole)


def ground(regime: Regime | str, id_: str) -> Ground:
    """The ground of that id. Raises LawError, with the ids there are, for any other."""
    known = grounds(regime)
    for candidate in known:
        if candidate.id == id_:
            return candidate
    raise LawError(f"There is no such ground under this regime. Choose one of: {', '.join(g.id for g in known)}.")
