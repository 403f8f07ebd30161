"""Records as JSON objects and as CSV rows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from typing import Any

from cases.package.shelves import Shelf
from cases.package.view import Shown, as_json, as_text, mend, printable

_MAIL_COLUMNS = ("date", "from", "to", "cc")
_STARTERS = "=+\\-@＝＋－＠\ufe62\ufe63\ufe66\ufe6b"  # ASCII, full-width and small forms
_FORMULA = re.compile(rf"[\s\u200b-\u200f\u2060\ufeff\u202a-\u202e]*[{_STARTERS}]|[\t\r\n]")
_INNER = re.compile(rf"([;,\t\r\n][\"']?)(?=[{_STARTERS}])")  # where a program that splits elsewhere would start a cell


def line(value: object) -> bytes:
    """One line of compact JSON, UTF-8."""
    return json.dumps(_mended(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def document(value: object) -> bytes:
    """Indented JSON, UTF-8."""
    return json.dumps(_mended(value), ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"


def as_object(shelf: Shelf, shown: Shown) -> dict[str, Any]:
    """The record as `answer.schema.json` describes it."""
    return {
        "store": shelf.store,
        "collection": shelf.collection,
        "number": shown.number,
        "kind": "record" if shown.mail is None else "mail",
        "fields": {name: as_json(value) for name, value in shown.fields},
        "mail": shown.mail,
        "people": [{"role": role, "address": address, "name": name} for role, address, name in shown.people],
        "texts": [
            {"path": one.path, "kind": one.kind, "language": one.language, "text": one.text} for one in shown.texts
        ],
        "attachments": [
            {
                "name": one.name,
                "media_type": one.media_type,
                "bytes": one.size,
                "file": shelf.attachment(shown.number, position, one) if one.source else None,
            }
            for position, one in enumerate(shown.files, 1)
        ],
        "unreadable": [{"path": path, "reason": reason} for path, reason in shown.unreadable],
        "reasons": list(shown.reasons),
        "masked": shown.masked,
    }


def csv_head(shelf: Shelf, words: Mapping[str, str], language: str) -> bytes:
    """Byte order mark (without it Excel takes Chinese for Latin-1) and the row of column names."""
    if shelf.mail:
        names = [words["number"], *(words[name] for name in _MAIL_COLUMNS), words["subject_line"], words["files"]]
    else:
        names = [words["number"], *map(guard, shelf.columns), *((words["text"], words["files"]) if shelf.rich else ())]
    return b"\xef\xbb\xbf" + _row(names, language)


def csv_row(shelf: Shelf, shown: Shown, language: str) -> bytes:
    """One record. German spreadsheets split at semicolons, others at commas."""
    files = "; ".join(one.name for one in shown.files)
    if shelf.mail:
        mail = shown.mail or {}
        cells = [str(shown.number), *(mail.get(name, "") for name in (*_MAIL_COLUMNS, "subject")), files]
        return _row([guard(cell) for cell in cells], language)
    values = dict(shown.fields)
    cells = [str(shown.number), *(_cell(values.get(name)) for name in shelf.columns)]
    if shelf.rich:
        cells += [guard("\n\n".join(one.text for one in shown.texts)), guard(files)]
    return _row(cells, language)


def guard(cell: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would take it for a formula (CWE-1236)."""
    safe = _INNER.sub(r"\1'", cell)
    return f"'{safe}" if _FORMULA.match(safe) else safe


def _mended(value: Any) -> Any:
    """The same with every string valid Unicode, as JSON files must be."""
    match value:
        case str():
            return mend(value)
        case list() | tuple():
            return [_mended(one) for one in value]
        case dict():
            return {mend(key): _mended(one) for key, one in value.items()}
        case _:
            return value


def _cell(value: Any) -> str:
    # a number is no formula, and -5 must stay one
    return as_text(value) if isinstance(value, int | float) else guard(as_text(value))


def _row(cells: list[str], language: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if language == "de" else ",", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([printable(cell) for cell in cells])
    return out.getvalue().encode()
