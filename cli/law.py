"""`redress law`: what the statutes say, without an installation."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args
from zoneinfo import ZoneInfo

import typer

from cli import show
from cli.opening import home_of

if TYPE_CHECKING:
    from law.clock import Facts
    from law.rule import Rule

app = typer.Typer(no_args_is_help=True, help="Ask the statutes. What they say is no legal advice.")


def instant(text: str) -> datetime:
    """A date or an instant as ISO 8601; raises a usage error for anything else."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("Write a date like 2026-11-23, or 2026-11-23T10:00:00+01:00.") from None


@app.command()
def due(  # noqa: PLR0913, PLR0917 - each is an option
    context: typer.Context,
    regime: Annotated[str, typer.Option(help="gdpr, uk_gdpr, ccpa, ca_drop or pipl.")],
    country: Annotated[str, typer.Option(help="Where the controller acts: ISO 3166-1 alpha-2, or GB-SCT and such.")],
    received: Annotated[str, typer.Option(help="Day or instant of receipt, ISO 8601.")],
    right: Annotated[str | None, typer.Option(help="access, erasure …; leave out for a breach or complaint.")] = None,
    event: Annotated[
        list[str] | None,
        typer.Option(
            help="What is asked for: respond, extend, ack, breach_authority …; or what has happened: NAME=DATE."
        ),
    ] = None,
    zone: Annotated[str, typer.Option(help="IANA time zone; default: that of the settings.")] = "",
    reading: Annotated[
        list[str] | None, typer.Option(help="A disputed reading to adopt; see `redress law list`.")
    ] = None,
    as_json: show.Json = False,
) -> None:
    """When something is due, by which rule, and how the date comes about."""
    from cases.statutes import book_at
    from law.clock import due as due_by_law
    from law.clock import explain
    from settings import load

    settings = load(home_of(context))
    counted_in = _zone(zone) if zone else settings.zone
    at = instant(received)
    at = at if at.tzinfo else at.replace(tzinfo=counted_in)
    asked, facts = _happened(event or [], reading or [])
    found = due_by_law(regime, right, country, at, counted_in, asked, facts, book=book_at(settings.home))
    if as_json:
        show.document(asdict(found) | {"explained": explain(found)})
        return
    show.line(explain(found))
    show.facts("How it comes about", {name: value for name, value in asdict(found).items() if name != "unrolled"})
    show.hint("This is not legal advice.")


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="One JSON object a line, as in docs/law/README.md.")],
    as_json: show.Json = False,
) -> None:
    """Compute dated examples and compare. Ends with 1 when one comes out otherwise."""
    import json

    from cases.statutes import book_at
    from law.vectors import check as checked
    from settings import load

    vectors = []
    for number, text in enumerate(file.read_text("utf-8").splitlines(), 1):
        if text.strip():
            vectors.append(_object(text, number, json.loads))
    report = checked(vectors, book=book_at(load(home_of(context)).home))
    if as_json:
        failed = [asdict(failure) for failure in report.failed]
        show.document({"total": report.total, "passed": report.passed, "failed": failed})
    else:
        rows = [(one.id, one.expected, one.got) for one in report.failed]
        if rows:
            show.table("Came out otherwise", ("id", "expected", "got"), rows)
        show.line(f"{report.passed} of {report.total} came out as expected.")
    if report.failed:
        raise typer.Exit(show.FINDING)


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(help="Id of a rule, such as gdpr.respond.")], as_json: show.Json = False
) -> None:
    """What one rule says, where it stands, how sure we are, and what is disputed."""
    from law.book import shipped
    from law.rule import CONFIDENCE

    found = shipped().rule(rule)
    sure = [CONFIDENCE[tag] for tag in found.confidence.split("/")]
    told = {"stamp": found.stamp, **_said(found), "confidence": f"{found.confidence}: {'; '.join(sure)}"}
    if as_json:
        show.document(told)
        return
    show.facts(found.id, told)
    show.hint("This is not legal advice.")


@app.command("list")
def list_(
    regime: Annotated[str, typer.Option(help="Only this regime.")] = "",
    as_json: show.Json = False,
) -> None:
    """Every rule, by regime; proposals are shown and never applied."""
    from law.book import shipped

    book = shipped()
    laws = [book.statute(regime)] if regime else list(book.statutes.values())
    rows: list[dict[str, Any]] = [
        {
            "regime": law.regime,
            "rule": rule.id,
            "kind": type(rule).__name__.lower(),
            "cite": rule.source,
            "confidence": rule.confidence,
            "from": rule.valid_from,
            "to": rule.valid_to,
            "state": "on" if rule.status == "law" else "proposal, off",
            "readings": [reading.id for reading in getattr(rule, "readings", ())],
        }
        for law in laws
        for rule in law.rules
    ]
    if as_json:
        show.document(rows)
        return
    show.table("Rules", list(rows[0]), [list(row.values()) for row in rows])


@app.command()
def calendar(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Years of an official calendar, as in docs/law/README.md.")],
    by: show.By = "operator",
    as_json: show.Json = False,
) -> None:
    """Load the working days of a year that has been announced; provisional due dates are counted afresh."""
    from cases import deadlines
    from cli.opening import opened

    text = file.read_text("utf-8")
    with opened(home_of(context)) as office:
        loaded = deadlines.load_calendar(office, text, by)
        settled = deadlines.settle(office)
    if as_json:
        show.document({"years": loaded, "settled": settled})
        return
    show.line(f"Known now: {', '.join(loaded)}. {settled} provisional due dates were counted afresh.")


def _happened(events: list[str], readings: list[str]) -> tuple[str, Facts]:
    """What is asked for, and what has happened."""
    from law.period import DateFact
    from law.vectors import facts_of

    asked = [name for name in events if "=" not in name]
    if len(asked) > 1:
        raise typer.BadParameter("Ask for one event at a time.", param_hint="--event")
    facts: dict[str, Any] = {"readings": readings}
    for name, _, value in (one.partition("=") for one in events if "=" in one):
        if name in ("severity", "operator"):
            facts[name] = value
        else:
            facts.setdefault(name, []).append(value)
    try:
        return (asked[0] if asked else "respond"), facts_of(facts)
    except ValueError:
        known = ", ".join(get_args(DateFact))
        raise typer.BadParameter(
            f"Write NAME=DATE with one of: {known}; or severity=, operator=.", param_hint="--event"
        ) from None


def _object(text: str, number: int, read: Any) -> dict[str, Any]:
    try:
        found = read(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise typer.BadParameter(f"Line {number} is no JSON object.", param_hint="FILE")
    return found


def _said(rule: Rule) -> dict[str, Any]:
    """What a rule says, without what is empty."""
    said = rule.model_dump(mode="json", exclude={"id", "version", "confidence"})
    return {name: value for name, value in said.items() if value not in (None, "", [], {}, 0, False)}


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter("This is no IANA time zone, such as Europe/Berlin.", param_hint="--zone") from None
