"""The values that an action writes into a record: masked texts, neutral ones, and what an operator asked for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.contract import Action, FieldType, Mask, Value
from connectors.disk import step_id
from connectors.errors import Unsupported
from connectors.pieces import Edit, applied, merged
from connectors.zoho.fields import WRITABLE_TEXT, Module, Spec, is_person
from connectors.zoho.records import FIELD, FILE, UPLOAD

PSEUDONYM = re.compile(r"erased-[0-9a-f]{12}")
Row = Mapping[str, Any]
Changes = dict[str, Any]


def pseudonym(key: str) -> str:
    """What stands for the person where a field must not be empty: it belongs to the action and says nothing."""
    return f"erased-{step_id(key)[:12]}"


# -- scrub


def targets(module: Module, keep: Sequence[str] = ()) -> list[Spec]:
    """Fields that are emptied: texts, addresses, numbers, files, and what Zoho's own labels call personal."""
    return [
        spec
        for spec in module.shown()
        if spec.name not in keep and spec.name != "Parent_Id" and (not spec.fixed or _clears(spec))
    ]


def _clears(spec: Spec) -> bool:
    personal = bool(spec.label) and not spec.derived and spec.kind in (FieldType.DATE, FieldType.NUMBER, FieldType.TEXT)
    return (spec.type in ("subform", "fileupload", "imageupload") or personal) and spec.name not in (
        "Created_Time",
        "Modified_Time",
    )


def emptied(module: Module, row: Row, key: str, *, people: bool) -> Changes:
    """Changes that empty what is filled. `people`: lookups to a person too (the contact of a deal that stays)."""
    changes: Changes = {}
    for spec in targets(module):
        value = row.get(spec.name)
        if value in (None, "", []) or (isinstance(value, str) and is_neutral(value)):
            continue
        listed = spec.type in ("subform", "fileupload", "imageupload") and isinstance(value, list)
        empty = stand_in(spec, key) if spec.mandatory else None
        changes[spec.name] = [{"id": item["id"], "_delete": None} for item in value] if listed else empty
    if people:
        links = [spec for spec in module.shown() if is_person(spec.lookup) and isinstance(row.get(spec.name), Mapping)]
        changes |= {spec.name: None for spec in links}
    return changes


def is_neutral(value: str) -> bool:
    """Whether a value is one that a scrub leaves behind."""
    bare = value.removeprefix("https://").removesuffix("@example.invalid").removesuffix(".example.invalid")
    return PSEUDONYM.fullmatch(bare) is not None or value in ("0000000", "1900-01-01")


def is_emptied(module: Module, row: Row, key: str) -> bool:
    """Whether the scrub of this very action was here: its pseudonym stands in the record, and nothing else does."""
    left = [row.get(spec.name) for spec in targets(module) if row.get(spec.name) not in (None, "", [])]
    own = pseudonym(key)
    return any(isinstance(value, str) and own in value for value in left) and all(
        isinstance(value, str) and is_neutral(value) for value in left
    )


def stand_in(spec: Spec, key: str) -> Any:
    """A value that says nothing, for a field that must be filled. Raises `Unsupported` where there is none."""
    name = pseudonym(key)
    match spec.type:
        case "email":
            return f"{name}@example.invalid"
        case "phone":
            return "0000000"
        case "website":
            return f"https://{name}.example.invalid"
        case "date":
            return "1900-01-01"
        case "text" | "textarea":
            return name[: spec.length or None]
    raise Unsupported(f"The field {spec.name} must be filled and takes no neutral value.", advice="Change its layout.")


# -- redact


def masked(module: Module, row: Row, action: Action) -> Changes:
    """The new values of every field that a mask touches. Raises `Unsupported` for what cannot be written back."""
    by_path: dict[str, list[Mask]] = {}
    for mask in action.masks:
        by_path.setdefault(mask.path, []).append(mask)
    changes: Changes = {}
    for path, found in by_path.items():
        name, _, cell = path.removeprefix(FIELD).partition("/")
        spec = module.fields.get(name)
        if not path.startswith(FIELD) or spec is None:
            raise Unsupported("A mask points to something that is no field of this record.", advice="Plan again.")
        if cell:
            line, _, column = cell.partition("/")
            text = _cell(row.get(name), line, column)
            changes.setdefault(name, []).append({"id": line, column: _in_cell(text, found, action.key)})
        else:
            changes[name] = _text(spec, row.get(name), found, action.key)
    return changes


def dropped(row: Row, action: Action) -> tuple[list[str], Changes]:
    """Ids of attachments to delete, and changes that take files out of upload fields."""
    files, changes = [], Changes()
    for path in action.drop:
        if path.startswith(FILE):
            files.append(path.removeprefix(FILE))
        elif path.startswith(UPLOAD):
            id = path.removeprefix(UPLOAD)
            for name, value in row.items():
                if isinstance(value, list) and any(
                    isinstance(item, Mapping) and item.get("id") == id for item in value
                ):
                    changes.setdefault(name, []).append({"id": id, "_delete": None})
        else:
            raise Unsupported("A file to be dropped is not in this record.", advice="Plan again.")
    return files, changes


def _text(spec: Spec, value: Any, masks: Sequence[Mask], key: str) -> str | None:
    if spec.fixed or spec.type not in WRITABLE_TEXT or not isinstance(value, str):
        raise Unsupported(f"The field {spec.name} cannot be written.", advice="Change the plan for this record.")
    if spec.type in ("email", "phone", "website"):  # half an address is none
        return _typed(spec, masks, key)
    result = applied(value, merged(_edits(value, masks)))
    if spec.length and len(result) > spec.length:
        short = [edit._replace(by=edit.by[: edit.end - edit.start]) for edit in _edits(value, masks)]
        result = applied(value, merged(short))
    return result or None


def _typed(spec: Spec, masks: Sequence[Mask], key: str) -> str | None:
    """The replacement as the type allows it: an address nobody has; numbers and links are emptied."""
    if spec.type != "email":
        return None
    word = re.sub(r"[^A-Za-z0-9]+", "-", masks[0].replacement).strip("-") or "redacted"
    return f"{word}-{step_id(key)[:8]}@example.invalid" if spec.unique else f"{word}@example.invalid"


def _in_cell(text: str, masks: Sequence[Mask], key: str) -> str | None:
    """The type of a cell is not told; what looks like an address is replaced whole, so that it stays one."""
    if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        return _typed(Spec("", "email"), masks, key)
    return applied(text, merged(_edits(text, masks))) or None


def _cell(value: Any, line: str, column: str) -> str:
    for item in value if isinstance(value, list) else ():
        if isinstance(item, Mapping) and item.get("id") == line and isinstance(item.get(column), str):
            return str(item[column])
    raise Unsupported("A mask points to something that is no field of this record.", advice="Plan again.")


def _edits(text: str, masks: Sequence[Mask]) -> list[Edit[str]]:
    if any(not 0 <= mask.start <= mask.end <= len(text) for mask in masks):
        raise Unsupported("A mask reaches beyond its text.", advice="Plan again.")
    return [Edit(mask.start, mask.end, mask.replacement) for mask in masks]


# -- update


def named(module: Module, changes: Mapping[str, Value]) -> Changes:
    """Values as Zoho takes them. Raises `Unsupported` for a field that is not there or cannot be written."""
    found: Changes = {}
    for name, value in changes.items():
        spec = module.fields.get(name)
        computed = spec is None or spec.derived or spec.hidden or spec.kind in (FieldType.REFERENCE, FieldType.BINARY)
        if computed or name in ("Created_Time", "Modified_Time", "Full_Name"):
            raise Unsupported(
                "A field cannot be written: it is not there, computed, or ties records.", advice="Plan again."
            )
        found[name] = _json(value)
    return found


def _json(value: Value) -> Any:
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case bytes():
            raise Unsupported("A field of Zoho holds no bytes.", advice="Plan again.")
    return value


# -- was it done before?


def digests(row: Row, names: Sequence[str]) -> str:
    """What stands in these fields, as digests: for the journal, which then holds none of the person's data."""
    return json.dumps({name: _digest(row.get(name)) for name in sorted(names)})


def expected(row: Row, changes: Changes) -> str:
    """The digests as they will be once the changes are written."""
    return digests({**row, **{name: _after(row.get(name), value) for name, value in changes.items()}}, list(changes))


def _after(now: Any, value: Any) -> Any:
    """A list of changed lines, laid over the lines that are there."""
    if not isinstance(value, list) or not isinstance(now, list):
        return value
    lines = {item["id"]: dict(item) for item in now if isinstance(item, Mapping) and "id" in item}
    for item in value:
        if "_delete" in item:
            lines.pop(item["id"], None)
        elif item["id"] in lines:
            lines[item["id"]] |= item
    return list(lines.values())


def _digest(value: Any) -> str:
    plain = None if value in ("", []) else value
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
