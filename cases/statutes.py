"""The law as this installation applies it, and which of its rules a decision rests on.

The statutes are those of this version. An installation adds years of official calendars (`law/calendars.yaml` under its home) and
the disputed readings it follows (`policy.readings`).
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cases.tables import Case
from law.book import CALENDARS, Book, shipped
from law.contents import document
from law.grounds import named
from law.identity import proof
from law.provisions import Kind
from law.regimes import LawError, resolve
from law.rule import Right
from office import Office

_log = logging.getLogger("redress.law")


def book_of(office: Office) -> Book:
    """The law of this installation. A calendar file that cannot be used is told in the log and by `redress doctor`, and left out:
    a request is received all the same, its date then is provisional."""
    try:
        return book_at(office.settings.home)
    except LawError as error:
        _log.warning("%s", error)
        return shipped()


def book_at(home: Path) -> Book:
    """The law of the installation at `home`. Raises LawError for a calendar file that does not fit."""
    file = calendar_file(home)
    if not file.exists():
        return shipped()
    stat = file.stat()
    return _with_years(shipped(), file, stat.st_mtime_ns, stat.st_size)


def calendar_file(home: Path) -> Path:
    """Where an installation keeps the years it has loaded."""
    return home / "law" / CALENDARS


@lru_cache(maxsize=4)
def _with_years(law: Book, file: Path, changed: int, size: int) -> Book:
    return law.with_years(file.read_text("utf-8"), str(file))


def stamps(office: Office, case: Case, *, grounds: tuple[str, ...] = (), documents: tuple[Kind, ...] = ()) -> str:
    """The rules a decision about a request rests on, each with version and digest: right, clock, proof, the grounds that are cited
    and the contents of the documents that follow. Kept with the decision, so that no later file changes what it was."""
    book, day = book_of(office), case.received_at.astimezone(office.settings.zone).date()
    found = [resolve(case.regime, case.right, book=book).stamp]
    if case.due_rule in book.rules:
        clock = book.rules[case.due_rule]
        found.append(clock.stamp)
        own = {reading.id for reading in getattr(clock, "readings", ())}
        found += [f"reading:{name}" for name in office.settings.policy.readings if name in own]
    with suppress(LawError):  # where the regime says nothing about proof
        found.append(proof(case.regime, Right(case.right), on=day, book=book).stamp)
    for text in grounds:
        ground = named(case.regime, text, book=book)
        if ground is not None:
            found.append(ground[0].stamp)
    for kind in documents:
        rule = document(kind, case.regime, day, book=book)
        if rule is not None:
            found.append(rule.stamp)
    return " ".join(dict.fromkeys(found))
