"""`redress pii`: what the detection finds in a text, how well it does and how fast; without an installation."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import show
from cli.opening import home_of

if TYPE_CHECKING:
    from pii.evaluation import Span
    from pii.reading import Item

app = typer.Typer(no_args_is_help=True, help="Try the detection of personal data.")

Language = Annotated[str | None, typer.Option(help="Language of all texts; default: told by script, by paragraph.")]
_TOGETHER = 500  # texts between two steps of a progress bar


@app.command()
def analyze(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="Text file in UTF-8, or - for standard input.")],
    language: Language = None,
    as_json: show.Json = False,
) -> None:
    """Find personal data in a text. Offsets count characters; the end is exclusive."""
    from pii.analyzer import Analyzer
    from settings import load

    text = _read(file)
    (found,) = Analyzer.configured(load(home_of(context)).pii).analyze([text], language)
    for start, end in found.unread:
        show.hint(f"Characters {start} to {end} were not read: the text takes too long. See pii.seconds_per_text.")
    if as_json:
        show.document(
            [{"entity": hit.entity_type, "start": hit.start, "end": hit.end, "score": hit.score} for hit in found]
        )
        return
    rows = [(hit.entity_type, hit.start, hit.end, f"{hit.score:.2f}", text[hit.start : hit.end]) for hit in found]
    show.table(f"{len(rows)} findings", ("entity", "start", "end", "score", "text"), rows)


@app.command()
def evaluate(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help='Lines of {"text", "spans": [[start, end, label]]}, or - for stdin.')],
    labels: Annotated[str, typer.Option(help="Labels that count, by commas; default: those in the file.")] = "",
    language: Language = None,
    as_json: show.Json = False,
) -> None:
    """Measure precision, recall and F1 against marked texts, by exact and by overlapping span."""
    from pii.analyzer import Analyzer
    from pii.evaluation import Evaluation
    from pii.resolve import resolve
    from settings import load

    with _usable():
        gold = [(text, _spans(line, text, number)) for number, line, text in _lines(file)]
    marked = {label for _, spans in gold for *_, label in spans}
    analyzer = Analyzer.configured(load(home_of(context)).pii)
    evaluation = Evaluation(tuple(_labels(labels, marked | analyzer.entities) or sorted(marked)))
    with show.bar(as_json, "Texts", len(gold)) as progress:
        for start in range(0, len(gold), _TOGETHER):
            some = gold[start : start + _TOGETHER]
            for (_, spans), found in zip(some, analyzer.analyze([text for text, _ in some], language), strict=True):
                evaluation.add(spans, ((hit.start, hit.end, hit.entity_type) for hit in resolve(found)))
            progress(start + len(some))
    figures: Any = evaluation.figures()
    if as_json:
        show.document(figures)
        return
    columns = ("label", "marked", "found", *(f"{how} {what}" for how in ("exact", "overlap") for what in _FIGURES))
    rows = [
        (
            label,
            one["marked"],
            one["found"],
            *(_percent(one[how][what]) for how in ("exact", "overlap") for what in _FIGURES),
        )
        for label, one in [*figures["labels"].items(), ("all", figures["all"])]
    ]
    show.table(f"{figures['texts']} texts", columns, rows)


@app.command()
def bench(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help='Lines of {"text", "field", "region"}, the last two if any; or -.')],
    language: Language = None,
    as_json: show.Json = False,
) -> None:
    """Compare speed and results with the plain AnalyzerEngine. Ends with 1 when the results are not the same."""
    from pii.analyzer import patterns
    from pii.comparison import compare
    from pii.reading import Item
    from settings import load

    with _usable():
        items = [_item(line, text, number, Item(text, language)) for number, line, text in _lines(file)]
    if not items:
        raise typer.BadParameter("The file holds no texts.", param_hint="FILE")
    chosen = load(home_of(context)).pii
    with show.bar(as_json, "Texts", len(items)) as progress:
        done = compare(items, chosen.languages, chosen.region, chosen.models, patterns(chosen), progress=progress)
    facts = {
        "texts": done.texts,
        "characters": done.characters,
        "findings": done.findings,
        "seconds": round(done.seconds, 3),
        "plain_seconds": round(done.plain_seconds, 3),
        "characters_per_second": round(done.characters / max(done.seconds, 1e-9)),
        "plain_characters_per_second": round(done.characters / max(done.plain_seconds, 1e-9)),
        "texts_per_second": round(done.texts / max(done.seconds, 1e-9), 1),
        "plain_texts_per_second": round(done.texts / max(done.plain_seconds, 1e-9), 1),
        "ratio": round(done.ratio, 2),
        "equal": not done.different,
        "different": [number + 1 for number in done.different],
        "partly_read": [number + 1 for number in done.unread],
    }
    if as_json:
        show.document(facts)
    else:
        show.facts("Beside the plain AnalyzerEngine", facts)
    if done.different:
        raise typer.Exit(show.FINDING)


_FIGURES = ("precision", "recall", "f1")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise typer.BadParameter("This is not text in UTF-8. Convert it first.", param_hint="FILE") from None


class _Unusable(Exception):
    """A line that cannot be used; the text says why and never quotes it."""


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except _Unusable as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from None


def _lines(file: str) -> Iterator[tuple[int, dict[str, Any], str]]:
    """The number, the object and the text of every line."""
    for number, line in enumerate(_read(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise _Unusable(f"Line {number} is not JSON: {error.msg} at character {error.colno}.") from None
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise _Unusable(f'Line {number} is not an object with a "text".')
        yield number, value, value["text"]


def _spans(line: dict[str, Any], text: str, number: int) -> list[Span]:
    spans = line.get("spans")
    if not isinstance(spans, list):
        raise _Unusable(f'Line {number} has no list "spans".')
    for span in spans:
        if not isinstance(span, list) or [type(part) for part in span] != [int, int, str]:
            raise _Unusable(f"A span of line {number} is not [start, end, label].")
        if not 0 <= span[0] < span[1] <= len(text):
            raise _Unusable(f"A span of line {number} lies outside its text of {len(text)} characters, or is empty.")
    return [(start, end, label) for start, end, label in spans]


def _item(line: dict[str, Any], text: str, number: int, item: Item) -> Item:
    field, region = line.get("field"), line.get("region")
    if not isinstance(field, str | None) or not isinstance(region, str | None):
        raise _Unusable(f'"field" and "region" of line {number} must be text.')
    return item._replace(field=field, region=region)


def _labels(labels: str, known: Set[str]) -> list[str]:
    wanted = [label.strip() for label in labels.split(",") if label.strip()]
    unknown = [label for label in wanted if label not in known]
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]} is neither marked nor ever found. There are: {', '.join(sorted(known))}.",
            param_hint="--labels",
        )
    return wanted
