"""Rows of an API as records: typed fields, readable text with the way back, files, links, and a version by content."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from connectors import documents
from connectors.contract import (
    ActionKind,
    Attachment,
    Field,
    FieldType,
    Link,
    Mask,
    Record,
    Ref,
    Text,
    TextKind,
    Unreadable,
    Value,
)
from connectors.documents import markup
from connectors.errors import Refused, Terminal, Unsupported
from connectors.limits import Limits
from connectors.pieces import Edit, Piece, applied, joined, merged, project

FIELD = "field:"
FILE = "file:"

_IDENTIFYING = frozenset({FieldType.EMAIL, FieldType.PHONE, FieldType.NAME})
_CHECKED = frozenset({FieldType.PHONE, FieldType.NUMBER, FieldType.DATE, FieldType.BOOLEAN, FieldType.REFERENCE})
_FREE = frozenset({FieldType.TEXT, *_IDENTIFYING})
Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a module.

    A `fixed` one cannot be written. A `kept` one is left alone when a record is scrubbed. `scrub` is what overwrites it
    then; `{key}` in it stands for a pseudonym that belongs to the action.
    """

    name: str
    type: FieldType = FieldType.TEXT
    identifying: bool = False
    fixed: bool = False
    kept: bool = False
    html: bool = False
    scrub: Plain = ""
    label: str = ""

    @property
    def names(self) -> bool:
        """Whether the field names a person."""
        return self.identifying or self.type in _IDENTIFYING

    @property
    def scrubbed(self) -> bool:
        """Whether erasing overwrites it: what names a person, and what may hold free text."""
        return not self.fixed and not self.kept and (self.names or self.type in _FREE)


@dataclass(frozen=True, slots=True)
class Module:
    """One kind of record. `scrubs`, `bins` and `purges` are the steps an erasure takes, in this order."""

    name: str
    columns: Mapping[str, Column]
    erase: ActionKind = ActionKind.DELETE
    links: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    scrubs: bool = False
    bins: bool = False
    purges: bool = False
    drops: bool = False  # files can be removed
    blind: bool = False  # what is in the bin cannot be seen there: it is purged all the same
    residue: tuple[str, ...] = ()  # what stays after an erasure
    residue_of_delete: tuple[str, ...] = ()  # and when the record was deleted
    changes: bool = False  # the API can list what changed

    @property
    def deletes(self) -> bool:
        return self.bins or self.purges


@dataclass(frozen=True, slots=True)
class File:
    """A file of a record, by the id the API knows it by. `fault` says why it cannot be read, if so."""

    id: str
    name: str = ""
    media_type: str = "application/octet-stream"
    size: int = 0
    fault: str = ""


@dataclass(frozen=True)
class Row:
    """One record as the API shows it: plain values, nested ones as JSON text."""

    key: str
    values: Mapping[str, Plain]
    links: tuple[Link, ...] = ()
    files: tuple[File, ...] = ()
    nested: frozenset[str] = frozenset()  # names of values that are JSON text

    @cached_property
    def version(self) -> str:
        """A digest of the content: an API's own time stamp moves without one, and stands still within a second."""
        shown = {name: value for name, value in self.values.items() if value not in (None, "")}
        files = sorted(file.id for file in self.files)
        text = json.dumps([self.key, shown, files], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def changed(self, values: Mapping[str, Plain]) -> Row:
        return replace(self, values={**self.values, **values})


def plain(value: object) -> tuple[Plain, bool]:
    """A JSON value as a plain one, and whether it was nested."""
    if value is None or isinstance(value, str | int | float):
        return value, False
    return json.dumps(value, ensure_ascii=False, sort_keys=True), True


def record(module: Module, row: Row, limits: Limits, chunks: Callable[[File], Iterator[bytes]]) -> Record:
    """The record of a row; files are read through `chunks`, one at a time."""
    fields: list[Field] = []
    texts: list[Text] = []
    for name, value in row.values.items():
        column = module.columns.get(name)
        if column is None or value in (None, ""):
            continue
        if column.html and isinstance(value, str):
            texts.append(Text(FIELD + name, markup.text_of(value), TextKind.HTML, maskable=not column.fixed))
        elif name in row.nested:
            texts.append(Text(FIELD + name, str(value), TextKind.FIELD, maskable=False))
        else:
            number = column.type is FieldType.PHONE and not isinstance(
                value, str
            )  # read as text, but no mask fits in it
            shown = str(value) if number else value
            fields.append(Field(name, shown, column.type, column.names, column.fixed or number))
    unreadable: list[Unreadable] = []
    for file in row.files:
        found, faults = _extracted(file, limits, chunks)
        texts += found
        unreadable += faults
    return Record(
        ref=Ref(module.name, row.key),
        version=row.version,
        fields=tuple(fields),
        texts=tuple(texts),
        attachments=tuple(Attachment(FILE + f.id, f.name or f.id, f.media_type, f.size) for f in row.files),
        unreadable=tuple(unreadable),
        links=row.links,
    )


def _extracted(
    file: File, limits: Limits, chunks: Callable[[File], Iterator[bytes]]
) -> tuple[list[Text], list[Unreadable]]:
    path = FILE + file.id
    if file.fault or file.size > limits.attachment_bytes:
        return [], [Unreadable(path, file.fault or "too-large")]
    data = bytearray()
    try:
        for chunk in chunks(file):
            data += chunk
            if len(data) > limits.attachment_bytes:
                return [], [Unreadable(path, "too-large")]
    except (Refused, Terminal):  # a scan goes on; the record says what was not read
        return [], [Unreadable(path, "refused")]
    found = documents.read(bytes(data), file.name, file.media_type, limits)
    texts = [Text(f"{path}/{p}" if p else path, t, TextKind.ATTACHMENT, maskable=False) for p, t in found.texts if t]
    return texts, [Unreadable(f"{path}/{p}" if p else path, reason) for p, reason in found.unreadable]


def masked(module: Module, row: Row, masks: Sequence[Mask], key: str) -> dict[str, Value]:
    """New values of every field that a mask touches. Raises `Unsupported` for what cannot be written back."""
    by_field: dict[str, list[Edit[str]]] = {}
    for mask in masks:
        by_field.setdefault(mask.path, []).append(Edit(mask.start, mask.end, mask.replacement))
    found: dict[str, Value] = {}
    for path, edits in by_field.items():
        name = path.removeprefix(FIELD)
        column, value = writable(module, name), row.values.get(name)
        if not path.startswith(FIELD) or not isinstance(value, str) or name in row.nested:
            raise Unsupported("A mask points to something that is no text of this record.", advice="Plan again.")
        pieces = markup.pieces_of(value) if column.html else [Piece(value, 0, len(value), str)]
        if any(not 0 <= edit.start <= edit.end <= len(joined(pieces)) for edit in edits):
            raise Unsupported("A mask reaches beyond its text.", advice="Plan again.")
        found[name] = _fitting(column, applied(value, project(pieces, merged(edits))), edits, key)
    return found


def _fitting(column: Column, text: str, edits: Sequence[Edit[str]], key: str) -> Plain:
    """A masked value that the service will take: what is no free text is checked there."""
    if column.type is FieldType.EMAIL:  # an address nobody has (RFC 2606), and no two records share
        word = re.sub(r"[^A-Za-z0-9]", "", edits[0].by) or "erased"
        return f"{word}-{pseudonym(key)}@example.invalid"
    return column.scrub if column.type in _CHECKED else text


def pseudonym(key: str) -> str:
    """Twelve digits that belong to the action and say nothing."""
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:12]


def writable(module: Module, name: str) -> Column:
    """The column of that name. Raises `Unsupported` when it cannot be written."""
    column = module.columns.get(name)
    if column is None or column.fixed:
        raise Unsupported(
            "A field cannot be written: the service computes it, or has none of this name.",
            advice="Change the plan for this record.",
        )
    return column


def neutral(module: Module, row: Row, key: str) -> dict[str, Plain]:
    """What scrubbing writes: a value for each field that holds something of a person or free text."""
    return {
        name: column.scrub.replace("{key}", pseudonym(key)) if isinstance(column.scrub, str) else column.scrub
        for name, column in module.columns.items()
        if column.scrubbed and row.values.get(name) not in (None, "")
    }
