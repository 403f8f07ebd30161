"""`redress pii`: what the detection finds in a text, without an installation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import pii_redact, show
from cli.opening import home_of

app = typer.Typer(no_args_is_help=True, help="Try the detection of personal data.")


@app.command()
def analyze(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="Text file in UTF-8, or - for standard input.")],
    language: Annotated[str | None, typer.Option(help="Language of the text; default: told by its script.")] = None,
    as_json: show.Json = False,
) -> None:
    """Find personal data in a text. Offsets count characters; the end is exclusive."""
    from pii.analyzer import Analyzer
    from settings import load

    text = _read(file)
    chosen = load(home_of(context)).pii
    (found,) = Analyzer(chosen.languages, chosen.region, chosen.models).analyze([text], language)
    if as_json:
        show.document(
            [{"entity": hit.entity_type, "start": hit.start, "end": hit.end, "score": hit.score} for hit in found]
        )
        return
    rows = [(hit.entity_type, hit.start, hit.end, f"{hit.score:.2f}", text[hit.start : hit.end]) for hit in found]
    show.table(f"{len(rows)} findings", ("entity", "start", "end", "score", "text"), rows)


app.command("redact")(pii_redact.redact)


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise typer.BadParameter("This is not text in UTF-8. Convert it first.", param_hint="FILE") from None
