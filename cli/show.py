"""Output of the commands: one JSON document for machines, tables for a terminal, plain lines for a pipe.

Documents go to standard output; progress, hints and errors go to standard error. What stores hold may carry control
characters (a mail subject is written by anybody), so nothing that is not printable reaches a terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Annotated, Any, TypeAlias

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
By: TypeAlias = Annotated[str, typer.Option("--by", help="Who does this, as it stands in the record.")]

FINDING = 1
"""Exit code: a check found something, or the answer is no."""
USAGE = 2
"""Exit code: what was typed cannot be used."""
UNAVAILABLE = 3
"""Exit code: a store, server or database cannot be reached now."""


def document(value: Any) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")


def line(text: str) -> None:
    """Print one line for people."""
    sys.stdout.write(clean(text) + "\n")


def hint(text: str) -> None:
    """Say on standard error what to do next, or what is going on."""
    sys.stderr.write(clean(text) + "\n")


def clean(text: object) -> str:
    """The text with everything that is not printable written out: no control codes, no invisible marks."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in str(text))


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], colours: Mapping[str, str] = {}
) -> None:
    """A table on a terminal; elsewhere a line of tab-separated cells per row, the column names first.

    `colours` gives the style of a cell by its text.
    """
    cells = [[clean(_cell(value)) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(columns), *cells]:
            sys.stdout.write("\t".join(cell.replace("\n", "; ") for cell in row) + "\n")
        return
    drawn = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in cells:
        drawn.add_row(*(f"[{colours[c]}]{escape(c)}[/]" if c in colours else escape(c) for c in row))
    Console().print(drawn)


def facts(title: str, values: Mapping[str, object]) -> None:
    """Names and values, one below the other; empty values are left out."""
    table(
        title, ("what", "value"), [(name, value) for name, value in values.items() if value not in ("", None, [], {})]
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_cell(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(_cell(item) for item in value)
    return str(value)


def teller(as_json: bool) -> Callable[[str], None]:
    """What says what is going on where nothing is drawn: a line each, nothing for JSON or beside a progress bar."""
    if as_json or sys.stderr.isatty():
        return lambda text: None
    return lambda text: hint(text) if text else None


@contextmanager
def progress(as_json: bool) -> Iterator[Callable[[str], None]]:
    """Gives a function that says what is going on: a spinner on a terminal, else a line each, nothing for JSON."""
    if as_json or not sys.stderr.isatty():
        yield teller(as_json)
        return
    with Console(stderr=True).status("…") as status:
        yield lambda text: status.update(escape(clean(text or "…")))


@contextmanager
def bar(as_json: bool, title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives a function that takes how much is done: a progress bar on a terminal, else nothing."""
    if as_json or not sys.stderr.isatty():
        yield lambda done: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        task = drawn.add_task(escape(title), total=total)
        yield lambda done: drawn.update(task, completed=min(done, total))


def failure(kind: str, text: str, as_json: bool, out: IO[str] | None = None) -> None:
    """Say on standard error what went wrong, in one sentence."""
    out = out or sys.stderr
    if as_json:
        out.write(json.dumps({"error": text, "kind": kind}, ensure_ascii=False) + "\n")
    else:
        out.write(f"redress: {clean(text)}\n")
