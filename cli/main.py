"""The `redress` command. Exit codes: 0 fine, 1 a finding or a refusal, 2 wrong usage, 3 something is out of reach now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import conform, doctor, journey, law, ledger, package, pii, request, run, show, store, token
from cli.faults import Commands
from cli.opening import home_of, initialise

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Answer privacy requests: find a person in CRM and mail stores, export or erase what was approved, prove it.",
)


@app.callback()
def _everywhere(
    home: Annotated[
        Path | None, typer.Option("--home", envvar="REDRESS_HOME", help="Folder of this installation; default ./var.")
    ] = None,
) -> None:
    """What holds for every command."""


@app.command()
def init(context: typer.Context, as_json: show.Json = False) -> None:
    """Make an installation: settings file, keys, tables. Run it again after an update."""
    from settings import load

    settings = load(home_of(context))
    made = initialise(settings)
    if as_json:
        show.document({"home": str(settings.home), "made": made})
        return
    show.line(f"{'Made ' + ', '.join(made) if made else 'Nothing was missing'} in {settings.home}.")
    show.hint("Next: look through redress.toml there, then connect a store with `redress store add`.")


app.command("doctor")(doctor.doctor)
app.command("demo")(journey.demo)
app.command("serve")(run.serve)
app.command("run")(run.run)
app.command("scan")(store.scan)
app.command("inventory")(store.inventory)
store.app.command("conform")(conform.conform)
app.add_typer(store.app, name="store")
app.add_typer(request.app, name="request")
app.add_typer(package.app, name="package")
app.add_typer(ledger.app, name="ledger")
app.add_typer(law.app, name="law")
app.add_typer(pii.app, name="pii")
app.add_typer(token.app, name="token")


def main() -> None:
    """Entry point of the `redress` script."""
    app(prog_name="redress")
