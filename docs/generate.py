"""Writes the tables of the docs from the code they describe (`make docs`); a test fails when a page is stale.

A generated part stands between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cases.states import MEANING, TRANSITIONS
from flows.deployments import described
from ledger.events import describe
from notices.kinds import KINDS
from pii.labels import LABELS
from settings import PiiPattern, RetentionRule, Settings

DOCS = Path(__file__).parent


def settings_table() -> str:
    """Every setting: key in the file, environment variable, default, meaning."""
    rows = ["| setting | variable | default | meaning |", "| --- | --- | --- | --- |"]
    for path, field in _leaves(Settings):
        key = ".".join(path)
        variable = "REDRESS_" + "__".join(path).upper()
        rows.append(f"| `{key}` | `{variable}` | {_default(field)} | {_cell(field.description or '')} |")
    rows += ["", "A rule under `[[policy.retention]]` has these keys:", "", "| key | meaning |", "| --- | --- |"]
    rows += [f"| `{name}` | {_cell(field.description or '')} |" for name, field in RetentionRule.model_fields.items()]
    rows += ["", "A pattern under `[[pii.patterns]]` has these keys:", "", "| key | meaning |", "| --- | --- |"]
    rows += [f"| `{name}` | {_cell(field.description or '')} |" for name, field in PiiPattern.model_fields.items()]
    return "\n".join(rows)


def states_table() -> str:
    """Every state, then every arrow."""
    rows = ["| state | meaning |", "| --- | --- |"]
    rows += [f"| `{state}` | {meaning} |" for state, meaning in MEANING.items()]
    rows += ["", "| from | to | because | by |", "| --- | --- | --- | --- |"]
    rows += [f"| `{t.source}` | `{t.target}` | {t.because} | {t.by} |" for t in TRANSITIONS]
    return "\n".join(rows)


def events_table() -> str:
    """Every event of the ledger."""
    return "\n".join(
        ["| event | meaning |", "| --- | --- |"] + [f"| `{k}` | {_cell(v)} |" for k, v in describe().items()]
    )


def letters_table() -> str:
    """Every letter and the facts it may state."""
    rows = ["| letter | when | facts |", "| --- | --- | --- |"]
    for name, kind in KINDS.items():
        facts = ", ".join(f"`{fact}`" for fact in kind.facts.model_fields)
        rows.append(f"| `{name}` | {_cell(kind.description)} | {facts} |")
    return "\n".join(rows)


def deployments_table() -> str:
    """Every deployment of prefect.yaml."""
    rows = ["| deployment | does | schedule | at once |", "| --- | --- | --- | --- |"]
    for entry in described():
        when = ", ".join(f"`{s['cron']}`" for s in entry.get("schedules", [])) or "when due"
        rows.append(f"| `{entry['name']}` | {entry['description']} | {when} | {entry['concurrency_limit']['limit']} |")
    return "\n".join(rows)


def labels_table() -> str:
    """Every entity type that is detected."""
    rows = ["| entity | meaning | never disclosed |", "| --- | --- | --- |"]
    rows += [
        f"| `{label.name}` | {_cell(label.meaning)} | {'yes' if label.never_disclose else ''} |"
        for label in LABELS.values()
    ]
    return "\n".join(rows)


TABLES = {
    "settings": settings_table,
    "states": states_table,
    "events": events_table,
    "letters": letters_table,
    "deployments": deployments_table,
    "labels": labels_table,
}


def filled(text: str) -> str:
    """A page with its generated parts made anew."""
    for name, table in TABLES.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = pattern.sub(lambda found, make=table: f"{found[1]}{make()}\n{found[2]}", text)  # type: ignore[misc]
    return text


def main() -> int:
    """Rewrite the pages; returns how many changed."""
    changed = 0
    for page in sorted(DOCS.glob("*.md")):
        before = page.read_text("utf-8")
        after = filled(before)
        if after != before:
            page.write_text(after, "utf-8")
            changed += 1
    return changed


def _leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], FieldInfo]]:
    found: list[tuple[tuple[str, ...], FieldInfo]] = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _leaves(inner, (*path, name))
        else:
            found.append(((*path, name), field))
    return found


def _default(field: FieldInfo) -> str:
    value = field.default
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if value is None or value in ("", (), {}):
        return ""
    shown = (
        ", ".join(map(str, value))
        if isinstance(value, tuple)
        else str(value).lower()
        if isinstance(value, bool)
        else value
    )
    return f"`{shown}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(f"{main()} pages written\n")
