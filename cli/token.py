"""`redress token`: access of staff to the API."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import show
from cli.opening import home_of, opened

app = typer.Typer(no_args_is_help=True, help="Give members of staff access to the API, and take it back.")


@app.command()
def make(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="Who gets it.")],
    role: Annotated[str, typer.Option(help="dpo, operator or auditor.")],
    days: Annotated[int, typer.Option(help="Days it is good for, 1 to 366.")] = 90,
    by: show.By = "operator",
    as_json: show.Json = False,
) -> None:
    """Make a token. It is shown this once and kept only as a hash."""
    from cases import tokens

    with opened(home_of(context)) as office:
        made = tokens.make(office, user, role, days, by)
    if as_json:
        show.document({"token": made, "user": user, "role": role, "days": days})
        return
    show.line(made)
    show.hint(f"For {user} as {role}, {days} days. It is not shown again.")


@app.command()
def revoke(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="Whose tokens end.")],
    as_json: show.Json = False,
) -> None:
    """End every token of a member of staff at once."""
    from cases import tokens

    with opened(home_of(context)) as office:
        ended = tokens.revoke(office, user)
    if as_json:
        show.document({"user": user, "revoked": ended})
    else:
        show.line(f"{ended} tokens ended.")
