"""`redress ledger`: check the record, and hand it to somebody who does not trust us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import show
from cli.opening import home_of, opened

app = typer.Typer(no_args_is_help=True, help="Check the tamper-evident record, and export it for an auditor.")


@app.command()
def verify(context: typer.Context, as_json: show.Json = False) -> None:
    """Check every entry, also against the shipped copy. Ends with 1 when something was changed."""
    from ledger import verify_database

    with opened(home_of(context)) as office, office.unit() as unit:
        shipped = office.settings.shipped
        result = verify_database(unit.session, office.vault, shipped if shipped.is_dir() else None)
    if as_json:
        found = {"ok": result.ok, "leaves": result.leaves, "first_bad": result.first_bad}
        show.document(found if result.ok else found | {"reason": result.reason})
    elif result.ok:
        show.line(f"All is well: {result.leaves} entries.")
    else:
        show.line(f"Changed. First bad entry: {result.first_bad}. Reason: {result.reason}.")
    raise typer.Exit(0 if result.ok else show.FINDING)


@app.command()
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made if missing.")],
    as_json: show.Json = False,
) -> None:
    """Write entries, signed checkpoints, public key and the verifier that needs nothing of Redress."""
    from ledger import checkpoint
    from ledger import export as write
    from ledger.log import SIGNING_KEY

    with opened(home_of(context)) as office:
        with office.unit() as unit:
            checkpoint(unit.session, office.vault, office.clock())
            unit.commit()
        with office.unit() as unit:
            written = write(unit.session, office.vault, folder)
        key = office.vault.public_key(SIGNING_KEY).hex()
    if as_json:
        show.document({"folder": str(folder), "written": written, "public_key": key})
        return
    show.line(f"{written} new entries written to {folder}.")
    show.hint(f"Check it anywhere: python {folder}/verify.py log {folder} --public-key {key}")
