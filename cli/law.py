"""`redress law`: what the statutes say, without an installation."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cli import show
from cli.opening import home_of

app = typer.Typer(no_args_is_help=True, help="Ask the statutes.")


@app.callback()
def _group() -> None:
    """Makes `law` a group although it has one command."""


def instant(text: str) -> datetime:
    """A date or an instant as ISO 8601; raises a usage error for anything else."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("Write a date like 2026-11-23, or 2026-11-23T10:00:00+01:00.") from None


@app.command()
def due(
    context: typer.Context,
    regime: Annotated[str, typer.Option(help="gdpr, uk_gdpr, ccpa or pipl.")],
    country: Annotated[str, typer.Option(help="Where the controller acts: ISO 3166-1 alpha-2, or GB-SCT and such.")],
    received: Annotated[str, typer.Option(help="Day or instant of receipt, ISO 8601.")],
    right: Annotated[str | None, typer.Option(help="access, erasure …; leave out for a breach or complaint.")] = None,
    event: Annotated[str, typer.Option(help="respond, extend, ack, breach_authority …")] = "respond",
    zone: Annotated[str, typer.Option(help="IANA time zone; default: that of the settings.")] = "",
    as_json: show.Json = False,
) -> None:
    """When something is due, by which rule, and how the date comes about."""
    from law.clock import due as due_by_law
    from law.clock import explain
    from settings import load

    counted_in = _zone(zone) if zone else load(home_of(context)).zone
    at = instant(received)
    at = at if at.tzinfo else at.replace(tzinfo=counted_in)
    found = due_by_law(regime, right, country, at, counted_in, event)
    if as_json:
        show.document(asdict(found) | {"explained": explain(found)})
        return
    show.facts(explain(found), {name: value for name, value in asdict(found).items() if name != "unrolled"})


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter("This is no IANA time zone, such as Europe/Berlin.", param_hint="--zone") from None
