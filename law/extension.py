"""Whether an extension stands: announced in time, with reasons the statute accepts, and only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from law.book import Book, shipped
from law.clock import NOTHING, Due, Facts, Moment, due, local_date, long
from law.period import Clock
from law.regimes import Event, Regime, Right


@dataclass(frozen=True)
class Extension:
    """Whether an extension stands. `wrong` says why not; `overdue_since` is the last day of the first period then."""

    valid: bool
    due: Due
    notice_by: date
    overdue_since: date | None
    wrong: tuple[str, ...]


def extension(  # noqa: PLR0913 - as above
    regime: Regime,
    right: Right | str,
    country: str,
    received: datetime,
    zone: ZoneInfo,
    sent: Moment,
    reasons: Sequence[str],
    facts: Facts = NOTHING,
    *,
    book: Book | None = None,
) -> Extension:
    """Whether the notice of an extension, sent on `sent` for `reasons`, is valid, and what is due then.

    It must tell its reasons, give one the statute accepts, and go out inside the first period (GDPR Art. 12(3), UK GDPR
    Art. 12A(4), 11 CCR 7021(b)); it can be used once. Where it is not valid, the first due date stands and may be past.
    Raises LawError where the regime has no extension.
    """
    book = book or shipped()
    longer = due(regime, right, country, received, zone, Event.EXTEND, facts, book=book)
    first = due(regime, right, country, received, zone, Event.RESPOND, facts, book=book)
    rule = book.rule(longer.rule)
    accepted = rule.reasons if isinstance(rule, Clock) else ()
    wrong = []
    if local_date(sent, zone) > first.date:
        wrong.append(f"sent after {long(first.date)}, the end of the first period")
    if not any(reason.strip() for reason in reasons):
        wrong.append("it gives no reasons")
    elif accepted and not set(reasons) & set(accepted):
        wrong.append(f"none of its reasons is one of: {', '.join(accepted)}")
    if facts.extension_sent is not None:
        wrong.append("the period was extended before")
    late = first.date if wrong and local_date(sent, zone) > first.date else None
    return Extension(not wrong, first if wrong else longer, first.unrolled, late, tuple(wrong))
