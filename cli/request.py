"""`redress request`: one request from receipt to answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import show
from cli.law import instant
from cli.opening import home_of, opened

if TYPE_CHECKING:
    from cases.tables import Case

app = typer.Typer(no_args_is_help=True, help="Receive privacy requests, decide on them, hand out the answers.")
Reference = Annotated[str, typer.Argument(help="Reference of the request, such as R-2345-6789.")]
Reason = Annotated[str, typer.Option(help="Why; sealed in the record.")]
Who = Annotated[str, typer.Option("--by", help="Who decides, as it stands in the record.")]
_NEXT = "Next: `redress run --until-idle`"
_COLOURS = {"delete": "red", "anonymise": "red", "redact": "yellow", "export": "green", "keep": "cyan", "failed": "red"}


@app.command()
def new(  # noqa: PLR0913, PLR0917 - each is an option
    context: typer.Context,
    regime: Annotated[str, typer.Option(help="gdpr, uk_gdpr, ccpa or pipl.")],
    right: Annotated[str, typer.Option(help="access, erasure, rectification …, as the regime knows it.")],
    country: Annotated[str, typer.Option(help="Where the controller acts; default: that of the settings.")] = "",
    email: Annotated[list[str] | None, typer.Option(help="Address of the person; may be repeated.")] = None,
    phone: Annotated[list[str] | None, typer.Option(help="Phone number of the person; may be repeated.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Name of the person; may be repeated.")] = None,
    customer_id: Annotated[list[str] | None, typer.Option(help="Customer number; may be repeated.")] = None,
    received: Annotated[str, typer.Option(help="Day or instant of receipt, ISO 8601; default: now.")] = "",
    language: Annotated[str, typer.Option(help="Language of the letters.")] = "en",
    by: show.By = "operator",
    as_json: show.Json = False,
) -> None:
    """Record a request. Its clock starts; the same open request of the same person is joined."""
    from cases.deadlines import shown
    from cases.intake import Asked, receive
    from discovery.identifiers import Kind

    given = {Kind.EMAIL: email, Kind.PHONE: phone, Kind.NAME: name, Kind.CUSTOMER_ID: customer_id}
    at = instant(received) if received else None
    with opened(home_of(context)) as office:
        asked = Asked(
            regime=regime,
            right=right,
            country=country or office.settings.controller.country,
            identifiers=tuple((kind, value) for kind, values in given.items() for value in values or ()),
            language=language,
            received_at=at,
        )
        made = receive(office, asked, by)
    case = made.case
    if as_json:
        show.document(_short(case))
        return
    joined = "joined to the open request" if made.joined else "recorded as"
    show.line(f"{joined.capitalize()} {case.reference}, {shown(case)}.")
    if made.secret:
        show.line(f"Code of its status page, for the person: {made.secret}")
    show.hint(_NEXT)


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="Only requests in this state.")] = "",
    only_open: Annotated[bool, typer.Option("--open", help="Only requests that have not ended.")] = False,
    as_json: show.Json = False,
) -> None:
    """Requests by due date."""
    from cases import view
    from cases.errors import Invalid
    from cases.states import State

    if state and state not in {s.value for s in State}:
        raise Invalid(f"There is no such state. Choose one of: {', '.join(State)}.")
    with opened(home_of(context)) as office:
        found = view.listing(office, state or None, only_open=only_open)
    if as_json:
        show.document(found)
        return
    columns = ("reference", "state", "regime", "right", "because", "overdue")
    show.table("Requests", columns, [[row[column] for column in columns] for row in found])


@app.command("show")
def show_(context: typer.Context, reference: Reference, as_json: show.Json = False) -> None:
    """Everything about a request except who the person is."""
    from cases import view

    with opened(home_of(context)) as office:
        found = view.show(office, reference)
    if as_json:
        show.document(found)
        return
    law = found.pop("law")
    lists = {name: found.pop(name) for name in ("coverage", "problems", "decisions", "packages", "letters")}
    show.facts(found["reference"], found)
    for name, rows in lists.items():
        if rows:
            show.table(name.capitalize(), list(rows[0]), [list(row.values()) for row in rows], _COLOURS)
    show.facts("What the law says (no legal advice)", law)


@app.command()
def attest(
    context: typer.Context,
    reference: Reference,
    by: Who,
    evidence: Annotated[str, typer.Option(help="On what evidence, for example 'customer login 4711'.")],
    as_json: show.Json = False,
) -> None:
    """Vouch for the person's identity; the addresses given count as theirs."""
    from cases import identity

    with opened(home_of(context)) as office:
        _told(identity.attest(office, reference, by, evidence), as_json)


@app.command()
def plan(context: typer.Context, reference: Reference, as_json: show.Json = False) -> None:
    """What was found and what would be done about each record, with the hash to approve."""
    from cases import plan as planning

    with opened(home_of(context)) as office:
        found = planning.describe(office, reference)
    if as_json:
        show.document(found)
        return
    rows = [
        (_short_id(line), line["store"], line["collection"], line["action"], line["ground"], line["role"],
         line["strength"], line["title"])
        for line in found["lines"]
    ]  # fmt: skip
    show.table(
        "Plan", ("line", "store", "collection", "action", "ground", "role", "strength", "record"), rows, _COLOURS
    )
    columns = ("store", "status", "records", "found", "unreadable", "reason")
    show.table("Stores", columns, [[row[column] for column in columns] for row in found["coverage"]], _COLOURS)
    counted = Counter(line["action"] for line in found["lines"])
    show.line(", ".join(f"{action} {count}" for action, count in sorted(counted.items())) or "Nothing was found.")
    if found["answer_lacks"]:
        show.line(f"The answer would lack (set it under [controller]): {'; '.join(found['answer_lacks'])}.")
    show.line(f"Hash of this plan: {found['hash']}")


@app.command()
def change(
    context: typer.Context,
    reference: Reference,
    line: Annotated[str, typer.Argument(help="Line of the plan, or how its id begins.")],
    action: Annotated[str, typer.Argument(help="export, withhold, delete, anonymise, redact, keep or leave.")],
    by: Who,
    reason: Reason,
    ground: Annotated[str, typer.Option(help="Legal ground, for keep and withhold.")] = "",
    as_json: show.Json = False,
) -> None:
    """Change what is done about one record. Every approval given so far ends."""
    from cases import plan as planning

    with opened(home_of(context)) as office:
        found = planning.change(office, reference, line, action, by, reason, ground)
    if as_json:
        show.document({"hash": found})
    else:
        show.line(f"Changed. Hash of the plan now: {found}")


@app.command()
def approve(
    context: typer.Context,
    reference: Reference,
    by: Who,
    plan: Annotated[str, typer.Option(help="Hash of the plan that is approved.")],
    accept_gaps: Annotated[str, typer.Option(help="Why stores that could not be searched may stay out.")] = "",
    as_json: show.Json = False,
) -> None:
    """Approve exactly this plan. With the last approval needed it is carried out."""
    from cases import decisions

    with opened(home_of(context)) as office:
        case = decisions.approve(office, reference, by, plan, accept_gaps)
        needed = decisions.needed(office, case)
    if as_json:
        show.document(_short(case) | {"approvals": case.approvals, "needed": needed})
        return
    show.line(f"Approved: {case.approvals} of {needed}. The request is {case.state.replace('_', ' ')}.")
    show.hint(_NEXT if case.approvals >= needed else "Next: another person approves.")


@app.command()
def refuse(
    context: typer.Context,
    reference: Reference,
    by: Who,
    ground: Annotated[str, typer.Option(help="Ground of the law; a wrong one lists those there are.")],
    reason: Reason,
    basis: Annotated[str, typer.Option(help="Statute or legal basis relied on, where the ground needs one.")] = "",
    as_json: show.Json = False,
) -> None:
    """Refuse a request; the letter says why and names the remedies."""
    from cases import decisions

    with opened(home_of(context)) as office:
        _told(decisions.refuse(office, reference, by, ground, reason, basis), as_json)


@app.command()
def clock(
    context: typer.Context,
    reference: Reference,
    event: Annotated[
        str,
        typer.Argument(
            help="identity_asked, identity_received, clarification_asked, clarification_received, fee_asked …"
        ),
    ],
    by: Who,
    on: Annotated[str, typer.Option(help="Day it happened, ISO 8601; default: today.")] = "",
    as_json: show.Json = False,
) -> None:
    """Note a question to the person or its answer; whether it moves the due date is for the statute to say."""
    from cases import deadlines, letters

    with opened(home_of(context)) as office:
        day = instant(on).date() if on else letters.letter_day(office)
        case = deadlines.record(office, reference, event, day, by)
    if as_json:
        show.document(_short(case))
        return
    show.line(f"Noted. {case.reference} is {deadlines.shown(case)}.")


@app.command()
def extend(context: typer.Context, reference: Reference, by: Who, reason: Reason, as_json: show.Json = False) -> None:
    """Use the extension the statute allows, once, and tell the person why."""
    from cases import decisions

    with opened(home_of(context)) as office:
        _told(decisions.extend(office, reference, by, reason), as_json)


@app.command()
def answer(context: typer.Context, reference: Reference, by: Who, reason: Reason, as_json: show.Json = False) -> None:
    """Close a request whose right a person decides, with a letter that says what was done."""
    from cases import decisions

    with opened(home_of(context)) as office:
        _told(decisions.answer(office, reference, by, reason), as_json)


@app.command()
def search(context: typer.Context, reference: Reference, by: Who, as_json: show.Json = False) -> None:
    """Search every store afresh; the plan is made anew and must be approved anew."""
    from cases import decisions

    with opened(home_of(context)) as office:
        _told(decisions.search_again(office, reference, by), as_json)


@app.command()
def withdraw(context: typer.Context, reference: Reference, by: Who, as_json: show.Json = False) -> None:
    """Take a request back for the person."""
    from cases import decisions

    with opened(home_of(context)) as office:
        _told(decisions.withdraw(office, reference, by), as_json)


@app.command()
def package(
    context: typer.Context,
    reference: Reference,
    out: Annotated[Path, typer.Option(help="File to write; readable by you only.")],
    certificate: Annotated[bool, typer.Option("--certificate", help="The certificate of an erasure instead.")] = False,
    by: show.By = "operator",
    as_json: show.Json = False,
) -> None:
    """Write the answer to a file. It is not encrypted there, and it is noted as handed out."""
    from cli.handing import hand_out

    with opened(home_of(context)) as office:
        found = hand_out(office, reference, "certificate" if certificate else "answer", out, by)
        key = office.vault.public_key("package").hex()
    if as_json:
        show.document({"file": str(out), "sha256": found.sha256, "size": found.size, "public_key": key})
        return
    show.line(f"{found.size} bytes written to {out}.")
    if not certificate:
        show.hint(f"Check it anywhere: redress package verify {out} --public-key {key}")


def _told(case: Case, as_json: bool) -> None:
    """Say where the request stands now."""
    if as_json:
        show.document(_short(case))
        return
    show.line(f"The request {case.reference} is {case.state.replace('_', ' ')}, due {case.due.isoformat()}.")
    if case.state == "locating":
        show.hint(_NEXT)


def _short(case: Case) -> dict[str, Any]:
    return {"reference": case.reference, "state": case.state, "due": case.due.isoformat()}


def _short_id(line: dict[str, Any]) -> str:
    """Enough of the id to name the line with."""
    return str(line["id"])[:10]
