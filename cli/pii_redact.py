"""`redress pii redact`: a file with everybody masked but the person it is for."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import show
from cli.opening import home_of

if TYPE_CHECKING:
    from cases.keeping import Judgement
    from cases.redaction import Redacted
    from pii.redact import Operator

OPERATORS = ("label", "pseudonym", "partial", "remove")
WITHHELD = {
    "unread": "The file, or a part of it that cannot be left out, cannot be read.",
    "fixed-place": "Other people stand where nothing can be masked (a name other places refer to; for keys give --keys).",
    "not-settled": "Each masking uncovered more. Look at the file by hand.",
    "left-over": "Read again, the masked file still held something of what was masked.",
    "unread-after": "The masked file could not be read again.",
}
"""What the codes of withheld files mean."""


def redact(  # noqa: PLR0913, PLR0917 - an option each
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Text, HTML, XML, JSON, CSV, mail, PDF, OOXML or OpenDocument file.")],
    keep_subject: Annotated[
        list[str] | None,
        typer.Option(
            help="Name, address or number of the person it is for; repeat it. Without any, everybody is masked."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write; default: NAME.redacted.EXT beside the file.")
    ] = None,
    operator: Annotated[
        str, typer.Option(help="What stands in the place: label, pseudonym, partial or remove.")
    ] = "label",
    labels: Annotated[
        str, typer.Option(help="Entity types to mask, with commas; default: all that can name somebody.")
    ] = "",
    key_file: Annotated[
        Path | None, typer.Option(help="File of 16 random bytes or more: the same key gives the same pseudonyms.")
    ] = None,
    keys: Annotated[bool, typer.Option("--keys", help="Mask keys of JSON too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there already.")] = False,
    as_json: show.Json = False,
) -> None:
    """Mask a file and check the result. Ends with 1, and writes nothing, when the file must be withheld."""
    target = out or file.with_name(f"{file.stem}.redacted{file.suffix}")
    _check_target(file, target, force)
    chosen_labels = frozenset(word.strip() for word in labels.split(",") if word.strip())
    result = _redacted(context, file, keep_subject or [], _operator(operator, key_file), chosen_labels, keys)
    if result.data is not None:
        _write(target, result.data)
    report = _report(result, target)
    if as_json:
        show.document(report)
    else:
        _tell(result, report)
    raise typer.Exit(show.FINDING if result.data is None else 0)


def _redacted(
    context: typer.Context, file: Path, subject: list[str], operator: Operator, labels: frozenset[str], keys: bool
) -> Redacted:
    from cases.keeping import Keep, subject_of
    from cases.matching import Matcher
    from cases.redaction import detection, redact_file
    from discovery.identifiers import BadIdentifier
    from pii.analyzer import Analyzer
    from pii.redact import DEFAULT
    from settings import load

    settings = load(home_of(context))
    analyzer = Analyzer.configured(settings.pii)
    if unknown := labels - analyzer.entities:
        raise typer.BadParameter(f"There is no type {', '.join(sorted(unknown))}.", param_hint="--labels")
    try:
        shared = settings.policy.shared_addresses
        keep = Keep(Matcher(subject_of(subject, settings.pii.region), shared), shared)
    except BadIdentifier as error:
        raise typer.BadParameter(str(error), param_hint="--keep-subject") from None
    find = detection(analyzer, labels or None)
    return redact_file(file.read_bytes(), file.name, "", find, keep, {DEFAULT: operator}, keys=keys)


def _operator(name: str, key_file: Path | None) -> Operator:
    from pii.redact import label, partial, pseudonym, remove

    if name not in OPERATORS:
        raise typer.BadParameter(f"Choose one of {', '.join(OPERATORS)}.", param_hint="--operator")
    if name == "pseudonym":
        return pseudonym(key_file.read_bytes() if key_file else secrets.token_bytes(32))
    return {"label": label, "partial": partial, "remove": remove}[name]


def _check_target(file: Path, target: Path, force: bool) -> None:
    if target.exists() and target.samefile(file):
        raise typer.BadParameter("The file itself is never written over.", param_hint="--out")
    if target.exists() and not force:
        raise typer.BadParameter("This file is there already. Give --force to replace it.", param_hint="--out")


def _write(target: Path, data: bytes) -> None:
    """Whole or not at all, readable by its owner only."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _report(result: Redacted, target: Path) -> dict[str, Any]:
    from cases.keeping import Verdict

    masked = Counter(one.span.entity_type for one in result.judgements if not one.verdict.kept)
    kept = Counter(one.span.entity_type for one in result.judgements if one.verdict.kept)
    return {
        "out": str(target) if result.data is not None else None,
        "withheld": result.withheld or None,
        "masked": dict(sorted(masked.items())),
        "kept": dict(sorted(kept.items())),
        "review": [_entry(one) for one in result.judgements if one.verdict is Verdict.UNSURE],
        "unread": [{"path": one.path, "reason": one.reason} for one in result.unread],
        "removed": [{"path": one.path, "reason": one.reason} for one in result.removed],
    }


def _entry(one: Judgement) -> dict[str, Any]:
    place = {"path": one.path, "start": one.span.start, "end": one.span.end}
    return {**place, "entity": one.span.entity_type, "reason": one.reason, "text": one.text}


def _tell(result: Redacted, report: dict[str, Any]) -> None:
    rows = [(name, report["masked"].get(name, 0), report["kept"].get(name, 0)) for name in sorted(
        {*report["masked"], *report["kept"]}
    )]  # fmt: skip
    show.table("What was found", ("entity", "masked", "kept"), rows)
    if report["review"]:
        review = [(one["entity"], one["reason"], one["text"], one["path"]) for one in report["review"]]
        show.table("Masked, but look at it: it may be the person's own", ("entity", "reason", "text", "place"), review)
    for name, said in (
        ("unread", "Could not be read, and is still in it"),
        ("removed", "Could not be read, and was taken out"),
    ):
        if report[name]:
            where = [(one["reason"], one["path"] or "the file itself") for one in report[name]]
            show.table(said, ("reason", "place"), where)
    if result.data is None:
        show.hint(f"Withheld ({result.withheld}). {WITHHELD[result.withheld]} Nothing was written.")
    else:
        show.line(f"Wrote {report['out']}")
