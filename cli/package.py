"""`redress package`: check an access answer, as the person who got it could."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli import show

app = typer.Typer(no_args_is_help=True, help="Check access answers.")


@app.callback()
def _group() -> None:
    """Makes `package` a group although it has one command."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The ZIP archive.")],
    public_key: Annotated[str, typer.Option(help="Key it must be signed with, 64 hexadecimal digits.")] = "",
    as_json: show.Json = False,
) -> None:
    """Check that every file is as it was signed, and that nothing more is in it. Ends with 1 when not."""
    from cases.package.verify import verify as check

    verdict = check(file, _key(public_key))
    if as_json:
        show.document(asdict(verdict))
    else:
        for problem in verdict.problems:
            show.line(problem)
        if verdict.ok:
            show.line(f"Fine: {verdict.files} files are as they were signed.")
        show.line(f"Fingerprint of the signing key: {verdict.fingerprint or 'none'}")
        if verdict.ok and not public_key:
            show.hint("Compare the fingerprint with the one in the letter, or give --public-key.")
    raise typer.Exit(0 if verdict.ok else show.FINDING)


def _key(text: str) -> bytes | None:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if text and len(key) != 32:
        raise typer.BadParameter("The key is 64 hexadecimal digits.", param_hint="--public-key")
    return key or None
