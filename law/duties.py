"""What has to be done beside the reply: telling recipients and processors, telling the person first, keeping the record."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date

from law.book import Book, shipped
from law.provisions import Duty, Keeping
from law.regimes import Regime, Right, entitlement


def duties(
    regime: Regime, right: Right | str | None, event: str = "done", on: date | None = None, *, book: Book | None = None
) -> tuple[Duty, ...]:
    """The duties that come with an event (`done`, `refused`, `lifted`, `opted_out`, `breach`) of a right."""
    asked = entitlement(regime, right, book=book).right if right is not None else None
    return tuple(
        rule
        for rule in (book or shipped()).statute(regime).duties
        if rule.event == event and rule.in_force(on) and (not rule.rights or asked in rule.rights)
    )


def neglected(
    regime: Regime,
    right: Right | str | None,
    event: str,
    done: AbstractSet[str],
    on: date | None = None,
    *,
    book: Book | None = None,
) -> tuple[Duty, ...]:
    """The duties of an event that are not in `done`, by key. Those with `before` had to be done first: without them the event
    itself is a breach (GDPR Art. 18(3): the person is told before a restriction is lifted)."""
    return tuple(rule for rule in duties(regime, right, event, on, book=book) if rule.key not in done)


def keeping(regime: Regime, on: date | None = None, *, book: Book | None = None) -> Keeping | None:
    """How long the record of a request is kept (11 CCR 7101: at least 24 months); None where nothing is said."""
    for rule in (book or shipped()).statute(regime).keeping:
        if rule.in_force(on):
            return rule
    return None
