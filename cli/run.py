"""`redress serve` and `redress run`: the work itself."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import show
from cli.opening import home_of, opened


def serve(context: typer.Context, as_json: show.Json = False) -> None:
    """Run everything (web pages, flows, schedules) until it is stopped with Ctrl-C or SIGTERM."""
    from flows import supervisor

    with opened(home_of(context)) as office:
        settings = office.settings
    code = supervisor.serve(settings, (lambda line: None) if as_json else show.hint)
    if as_json:
        show.document({"stopped": True})
    raise typer.Exit(code)


def run(
    context: typer.Context,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Do what is due now, then end.")] = False,
    timeout: Annotated[float | None, typer.Option(min=1, help="Give up after so many seconds (exit code 3).")] = None,
    as_json: show.Json = False,
) -> None:
    """Do the work that is due now, without `redress serve`; waits for a running one instead."""
    from flows import supervisor

    if not until_idle:
        raise typer.BadParameter("Say --until-idle. To keep working, use `redress serve`.", param_hint="--until-idle")
    with opened(home_of(context)) as office:
        settings = office.settings
    with show.progress(as_json) as report:
        idle = supervisor.run_until_idle(settings, report, timeout)
    if as_json:
        show.document({"steps_done": idle.steps_done, "waiting": idle.waiting, "problems": idle.problems})
    else:
        show.line(f"{idle.steps_done} steps done, {idle.waiting} wait for a later time.")
        for problem in idle.problems:
            show.line(f"- {problem}")
