"""Writes a page per statute from the rules (`make docs`): what each says, where it stands, how sure we are, what is disputed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from law.book import Book, shipped
from law.days import Days
from law.period import Clock
from law.provisions import Breach, Demand, Document, Duty, Entitlement, Ground, Proof, Requester, Withheld
from law.rule import CONFIDENCE, Rule
from law.statute import Statute

NO_ADVICE = (
    "This page is made from the rule files of Redress. It is **not legal advice**: it says what the software does and which "
    "texts that rests on. Have a lawyer confirm what matters to you."
)
HOW = (
    "Every rule has an id, a version, a citation, the days from and to which it holds, and a mark that says how sure we are of "
    "it. Rules are chosen by the day of receipt. `redress law explain RULE` shows one, `redress law list` all of them. A decision "
    "keeps the rules it rests on as `id@version#digest`, so that a later file changes nothing about it. A regime is a file in "
    "`law/rules`; a new one needs no code."
)
EXAMPLE: dict[str, object] = {
    "id": "A1",
    "regime": "GDPR",
    "jurisdiction": "DE",
    "request_type": "access",
    "event": "respond",
    "received_at": "2027-03-04T10:00:00+01:00",
    "controller_tz": "Europe/Berlin",
    "facts": {},
    "due_date": "2027-04-05",
    "due_at": None,
}


def pages() -> dict[str, str]:
    """The pages of `docs/law`, by file name."""
    book = shipped()
    found = {f"{law.regime}.md": page(law) for law in book.statutes.values()}
    return found | {"README.md": overview(book)}


def page(law: Statute) -> str:
    """The page of one statute."""
    parts = [
        f"# {law.title}",
        f"{law.name}. Regulator: {law.regulator}.",
        NO_ADVICE,
        _places(law),
        _section("Disputed points, and what we chose", _disputes(law)),
        _section("Rights", _rights(law)),
        _section("Deadlines", _clocks(law)),
        _section(
            "Who may ask",
            _rows(law.requesters, ("who", "may ask", "may be asked for", "must not be asked for", "rule"), _requester),
        ),
        _section(
            "Proof of identity", _rows(law.proofs, ("rights", "degree", "by default", "if it fails", "rule"), _proof)
        ),
        _section("What must not be asked", _rows(law.demands, ("what", "unless on record", "why", "rule"), _demand)),
        _section("Grounds of refusal", _grounds(law)),
        _section("What documents must contain", _documents(law.documents)),
        _section(
            "Never disclosed", _rows(law.withheld, ("types of data", "what the answer says instead", "rule"), _withheld)
        ),
        _section("How often, and how far back", _limits(law)),
        _section("Duties beside the reply", _rows(law.duties, ("duty", "towards", "when", "rule"), _duty)),
        _section("Breaches", _rows(law.breaches, ("who is told", "when", "condition", "rule"), _breach)),
        _section("Records and published figures", _records(law)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def overview(book: Book) -> str:
    """The page that says how to read the others, and how vectors and calendars are written."""
    laws = [
        f"| [{law.title}]({law.regime}.md) | `{law.regime}` | {_cell(law.name)} | {len(law.rules)} |"
        for law in book.statutes.values()
    ]
    parts = [
        "# The law as data",
        NO_ADVICE,
        HOW,
        "\n".join(["| page | name | instrument | rules |", "| --- | --- | --- | --- |", *laws]),
        "## How sure we are\n\n"
        + "\n".join(["| mark | meaning |", "| --- | --- |", *(f"| {k} | {v} |" for k, v in CONFIDENCE.items())]),
        "## Calendars\n\n" + _calendars(book.days),
        _VECTORS,
        _YEARS,
    ]
    return "\n\n".join(parts) + "\n"


_VECTORS = f"""## Checking the law against your own examples

`redress law check FILE` reads one JSON object a line and compares:

```json
{json.dumps(EXAMPLE)}
```

`facts` may hold `identity_asked`, `identity_received`, `clarification_asked`, `clarification_received`, `fee_asked` and
`fee_paid` (dates, instants, or lists of them), `severity` and `operator` of an incident, and a disputed reading that is
followed as `true`."""

_YEARS = """## Loading a year that has been announced

Working days in China are announced each autumn for the year after. Until a year is loaded, dates that reach into it are
provisional: the earliest the true date can be, because every day that could be a working day is counted as one. Write the
announcement down and load it with `redress law calendar FILE`; provisional dates are then counted afresh.

```yaml
years:
  cn_state_council:
    2030:
      closed: [[2030-01-01, 2030-01-01]]   # first and last day of each holiday
      worked: [2030-01-05]                 # Saturdays and Sundays that are worked
      cite: title of the announcement
```"""


def _places(law: Statute) -> str:
    lives = f"It holds for people who live in {', '.join(law.places.residents)}." if law.places.residents else ""
    acts = (
        f" Without a statute of the person's home it binds companies in {', '.join(law.places.controllers)}."
        if law.places.controllers
        else ""
    )
    rest = " Where no other statute holds, this one is used." if law.places.fallback else ""
    return (lives + acts + rest).strip()


def _disputes(law: Statute) -> str:
    rows = [f"- **{one.title}** {one.choice} ({one.source}; {one.confidence})" for one in law.disputes]
    return "\n".join(rows)


def _rights(law: Statute) -> str:
    def cells(entry: Entitlement) -> Sequence[str]:
        names = f" (also {', '.join(entry.names)})" if entry.names else ""
        conditions = "; ".join(f"{c.fact}: {', '.join(c.one_of)} ({', '.join(c.cite)})" for c in entry.conditions)
        return f"`{entry.right}`{names}", entry.title, entry.handling, conditions, entry.outcome

    return _rows(law.rights, ("right", "title", "handling", "only if", "beside the reply", "rule"), cells)


def _clocks(law: Statute) -> str:
    def cells(rule: Clock) -> Sequence[str]:
        about = ", ".join(rule.events) + (f" of {', '.join(rule.rights)}" if rule.rights else "")
        about += "".join(f"; {name} {' or '.join(values)}" for name, values in rule.when.items())
        start = "latest of " + ", ".join(rule.anchor) if len(rule.anchor) > 1 else rule.anchor[0]
        pause = f"{rule.pause.asked} to {rule.pause.answered}" if rule.pause else ""
        return about, rule.period, start, rule.calendar or "", "yes" if rule.roll else "no", pause

    table = _rows(law.clocks, ("what", "period", "from", "calendar", "moves off days off", "pauses", "rule"), cells)
    readings = {r.id: (r, [c.id for c in law.clocks if r in c.readings]) for c in law.clocks for r in c.readings}
    told = [
        f"- `{r.id}`: {r.title} ({', '.join(r.cite)}; {r.confidence}); of {', '.join(ids)}"
        for r, ids in readings.values()
    ]
    how = "The internal target is the earliest date of all readings. `policy.readings` adopts one.\n\n"
    return table + ("\n\nOther readings. " + how + "\n".join(told) if told else "")


def _grounds(law: Statute) -> str:
    def cells(ground: Ground) -> Sequence[str]:
        return (
            ground.title,
            ", ".join(ground.rights) or "every right",
            "the whole" if ground.whole else "a part",
            ", ".join(ground.needs),
            ground.effect.replace("_", " ") + (f"; {', '.join(ground.also)}" if ground.also else ""),
        )

    return _rows(law.grounds, ("ground", "against", "covers", "the decision states", "effect", "rule"), cells)


def _documents(documents: Iterable[Document]) -> str:
    parts = []
    for rule in documents:
        phases = " What is not known yet may follow in phases." if rule.phases else ""
        items = [f"- {i.title} ({i.cite}{f'; from {i.valid_from}' if i.valid_from else ''})" for i in rule.items]
        parts.append(
            f"### {rule.document.replace('_', ' ').capitalize()}\n\n{_rule(rule)}{phases}\n\n" + "\n".join(items)
        )
    return "\n\n".join(parts)


def _limits(law: Statute) -> str:
    often = _rows(
        law.frequency,
        ("rights", "at most", "counted", "rule"),
        lambda one: (", ".join(one.rights), f"{one.times} in {one.n} months", one.counts.replace("_", " ")),
    )
    back = _rows(
        law.lookback,
        ("rights", "by default", "on request", "rule"),
        lambda one: (", ".join(one.rights), f"{one.months} months", f"everything since {one.all_since}"),
    )
    return "\n\n".join(part for part in (often, back) if part)


def _records(law: Statute) -> str:
    kept = _rows(
        law.keeping,
        ("record of a request", "set by", "rule"),
        lambda one: (f"{one.months} months", "the statute, as a minimum" if one.statutory else "our default"),
    )
    figures = _rows(
        law.metrics,
        ("figures", "from", "publish by", "rule"),
        lambda one: (
            ", ".join(one.rights),
            f"{one.threshold:,} people a year",
            f"{one.publish_day}.{one.publish_month}. of the next year",
        ),
    )
    return "\n\n".join(part for part in (kept, figures) if part)


def _requester(one: Requester) -> Sequence[str]:
    rights = f" ({', '.join(one.rights)})" if one.rights else ""
    needs = ", ".join(one.needs).replace("|", " or ")
    return one.who.replace("_", " ") + rights, "yes" if one.may_ask else "no", needs, ", ".join(one.never)


def _proof(one: Proof) -> Sequence[str]:
    rights = ", ".join(one.rights) or "every other right"
    risk = f" (risk: {', '.join(one.risk)})" if one.risk else ""
    defaults = [f"{one.points} data points"] if one.points else []
    defaults += ["declaration under penalty of perjury"] if one.declaration else []
    defaults += ["signs in afresh"] if one.reauthenticate else []
    return rights + risk, one.degree.replace("_", " "), ", ".join(defaults), one.unmet


def _demand(one: Demand) -> Sequence[str]:
    rights = f" ({', '.join(one.rights)})" if one.rights else ""
    return ", ".join(one.demand) + rights, ", ".join(one.unless) or "never", one.note


def _withheld(one: Withheld) -> Sequence[str]:
    return ", ".join(f"`{entity}`" for entity in one.entities), one.sentence["en"]


def _duty(one: Duty) -> Sequence[str]:
    rights = f" ({', '.join(one.rights)})" if one.rights else ""
    unless = f"; unless {one.unless}" if one.unless else ""
    return one.title + rights + unless, one.towards.replace("_", " "), ("before " if one.before else "") + one.event


def _breach(one: Breach) -> Sequence[str]:
    return (
        one.audience.replace("_", " "),
        f"`{one.event}`" if one.event else "at once",
        f"{one.condition} {one.late}".strip(),
    )


def _calendars(days: Days) -> str:
    rows = ["| calendar | follows | announced years |", "| --- | --- | --- |"]
    for name, spec in days.calendars.items():
        years = ", ".join(map(str, sorted(days.years.get(name, {})))) if spec.announced else ""
        rows.append(
            f"| `{name}` | {spec.country or 'the establishment'}{', regions too' if spec.regional else ''} | {years} |"
        )
    rows += [
        "",
        "Days that the calendar library counts and we do not, or the other way round:",
        "",
        "| place | days | why |",
        "| --- | --- | --- |",
    ]
    for place, fix in days.corrections.items():
        added = [f"{name} ({day})" for day, name in fix.holidays.items()]
        rows.append(
            f"| {place} | {', '.join([*(f'not: {name} …' for name in fix.without), *added])} | {_cell(fix.cite)} |"
        )
    return "\n".join(rows)


_R = TypeVar("_R", bound=Rule)


def _rows(rules: Sequence[_R], head: Sequence[str], cells: Callable[[_R], Sequence[str]]) -> str:
    """A table with a row per rule; the last column names it, its citation, how sure we are, and when it holds."""
    if not rules:
        return ""
    rows = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    rows += [f"| {' | '.join(map(_cell, (*cells(rule), _rule(rule))))} |" for rule in rules]
    return "\n".join(rows)


def _rule(rule: Rule) -> str:
    day: Callable[[date], str] = date.isoformat
    parts = [f"`{rule.id}`", rule.source, rule.confidence]
    parts += [f"from {day(rule.valid_from)}"] if rule.valid_from else []
    parts += [f"to {day(rule.valid_to)}"] if rule.valid_to else []
    parts += ["**proposal, switched off**"] if rule.status == "proposal" else []
    parts += [rule.note] if rule.note and not isinstance(rule, Demand) else []
    return "; ".join(part.rstrip(".") for part in parts)


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
