"""Rows of Zoho as records: fields, files, links, and a version that moves with the content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from connectors.contract import (
    Attachment,
    Field,
    FieldType,
    Link,
    Participant,
    Record,
    Ref,
    Text,
    TextKind,
    Unreadable,
    Value,
)
from connectors.errors import Refused, Vanished
from connectors.limits import Limits
from connectors.zoho.client import Malformed, Zoho
from connectors.zoho.fields import EMAILS, VOLATILE, Module, Spec, is_person

FIELD, FILE, PHOTO, UPLOAD = "field:", "file:", "photo", "upload:"


class File(NamedTuple):
    """An attachment of a record."""

    id: str
    name: str
    size: int


Row = Mapping[str, Any]


def version(module: Module, row: Row, files: Sequence[File]) -> str:
    """When the row was changed, and a digest of what is in it: the time alone has whole seconds only.

    A lookup counts by its id: the name of another record may change without this one changing.
    """
    content = {
        spec.name: _essence(row.get(spec.name))
        for spec in module.shown()
        if spec.name not in VOLATILE and not spec.derived and spec.name in row
    }
    raw = json.dumps([content, sorted(file.id for file in files)], sort_keys=True, ensure_ascii=False)
    modified = row.get("Modified_Time")
    if not isinstance(modified, str):
        raise Malformed
    return f"{modified}/{hashlib.sha256(raw.encode()).hexdigest()[:20]}"


def _essence(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("id", value)
    if isinstance(value, list):
        return [item if not isinstance(item, Mapping) else {k: _essence(v) for k, v in item.items()} for item in value]
    return value


class Records:
    """Makes records of rows. Files are read through `zoho`, unless `texts` is off."""

    def __init__(self, zoho: Zoho, limits: Limits, known: frozenset[str], *, texts: bool) -> None:
        self._zoho, self._limits, self._known, self._texts = zoho, limits, known, texts

    def record(self, module: Module, row: Row, files: Sequence[File], version: str) -> Record:
        """The record of a row with its files."""
        key = row["id"]
        fields: list[Field] = []
        texts: list[Text] = []
        unreadable: list[Unreadable] = []
        attached = [Attachment(FILE + f.id, f.name, "application/octet-stream", f.size) for f in files]
        for spec in module.shown():
            value = row.get(spec.name)
            if spec.type == "subform":
                texts += _lines(spec, value)
            elif spec.kind is FieldType.BINARY:
                attached += _uploads(spec, value)
            elif spec.name in row:
                fields += _fields(spec, value)
        if self._texts:
            for file in attached:
                if file.path != PHOTO:
                    found, faults = self._read(module, key, file)
                    texts += found
                    unreadable += faults
        texts += [
            Text(f"{a.path}/name", a.filename, TextKind.FILENAME, maskable=False) for a in attached if a.path != PHOTO
        ]
        return Record(
            ref=Ref(module.name, key),
            version=version,
            fields=tuple(fields),
            texts=tuple(texts),
            attachments=tuple(attached),
            unreadable=tuple(unreadable),
            links=tuple(self._links(module, row)),
        )

    def stream(self, module: Module, key: str, path: str) -> Iterator[bytes]:
        """The bytes of a file. Raises `Vanished` for a path that is none."""
        kind, _, id = path.partition(":")
        if not (id.isascii() and id.isalnum()) and path != PHOTO:
            raise Vanished("There is no such file in this record.", advice="Search the store again.")
        if path == PHOTO:
            yield from self._zoho.stream(f"{module.path}/{key}/photo")
        elif kind + ":" == FILE:
            yield from self._zoho.stream(f"{module.path}/{key}/Attachments/{id}")
        elif kind + ":" == UPLOAD:
            parameters = {"fields_attachment_id": id}
            yield from self._zoho.stream(f"{module.path}/{key}/actions/download_fields_attachment", parameters)
        else:
            raise Vanished("There is no such file in this record.", advice="Search the store again.")

    def _read(self, module: Module, key: str, file: Attachment) -> tuple[list[Text], list[Unreadable]]:
        from connectors import documents

        if file.size > self._limits.attachment_bytes:
            return [], [Unreadable(file.path, "too-large")]
        try:
            data = b"".join(self.stream(module, key, file.path))
        except Refused:
            return [], [Unreadable(file.path, "refused")]
        found = documents.read(data, file.filename, file.media_type, self._limits)
        texts = [
            Text(_below(file.path, p), text, TextKind.ATTACHMENT, maskable=False) for p, text in found.texts if text
        ]
        return texts, [Unreadable(_below(file.path, path), reason) for path, reason in found.unreadable]

    def _links(self, module: Module, row: Row) -> Iterator[Link]:
        for spec in module.shown():
            value = row.get(spec.name)
            if (
                spec.kind is not FieldType.REFERENCE
                or not isinstance(value, Mapping)
                or not isinstance(value.get("id"), str)
            ):
                continue
            inner = value.get("module")
            target = inner.get("api_name") if isinstance(inner, Mapping) else spec.lookup
            if target in self._known:
                yield Link(spec.name, Ref(str(target), value["id"]))


def mail(module: str, key: str, row: Row) -> Record:
    """A mail that Zoho keeps beside a record: it can be read and not be changed here."""
    sender, to = row.get("from") or {}, row.get("to") or []
    people = [("from", sender), *(("to", item) for item in to), *(("cc", item) for item in row.get("cc") or [])]
    id = str(row.get("message_id") or "")
    raw = json.dumps(row, sort_keys=True, ensure_ascii=False, default=str)
    return Record(
        ref=Ref(EMAILS, f"{module}/{key}/{id}"),
        version=hashlib.sha256(raw.encode()).hexdigest()[:20],
        fields=(Field("subject", str(row.get("subject") or ""), FieldType.TEXT, fixed=True),),
        texts=tuple(
            Text("body", str(row["content"]), TextKind.HTML, maskable=False)
            for _ in (1,)
            if isinstance(row.get("content"), str)
        ),
        participants=tuple(
            Participant(role, str(item.get("email") or ""), str(item.get("user_name") or ""))
            for role, item in people
            if isinstance(item, Mapping)
        ),
        links=(Link("record", Ref(module, key)),) if is_person(module) else (),
    )


def _fields(spec: Spec, value: Any) -> list[Field]:
    plain = _value(spec, value)
    return [Field(spec.name, plain, spec.kind, spec.identifying, spec.fixed)]


def _value(spec: Spec, value: Any) -> Value:
    """A value as the contract has it; of a lookup the name that it shows."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        name = value.get("name")
        return name if isinstance(name, str) else None
    if isinstance(value, list):
        parts = [item.get("name") if isinstance(item, Mapping) else item for item in value]
        return "; ".join(str(part) for part in parts if part is not None)
    if isinstance(value, str):
        return _time(value) if spec.kind is FieldType.DATE else value
    return Decimal(str(value)) if isinstance(value, float) else value


def _time(text: str) -> Value:
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return text


def _lines(spec: Spec, value: Any) -> Iterator[Text]:
    """The texts of a subform's rows; a mask on one goes back to its cell."""
    for line in value if isinstance(value, list) else ():
        for name, cell in line.items() if isinstance(line, Mapping) else ():
            if (
                isinstance(cell, str)
                and cell
                and name not in ("id", "Created_Time", "Modified_Time")
                and line.get("id")
            ):
                yield Text(f"{FIELD}{spec.name}/{line['id']}/{name}", cell, TextKind.FIELD)


def _uploads(spec: Spec, value: Any) -> Iterator[Attachment]:
    if spec.type == "profileimage":
        if value:
            yield Attachment(PHOTO, "photo", "image/png", 0)
        return
    for item in value if isinstance(value, list) else ():
        id = item.get("id") if isinstance(item, Mapping) else None
        if isinstance(id, str) and id.isalnum():
            size = str(item.get("Size__s") or item.get("size") or 0)
            yield Attachment(
                UPLOAD + id,
                str(item.get("File_Name__s") or id),
                "application/octet-stream",
                int(size) if size.isdigit() else 0,
            )


def _below(path: str, subpath: str) -> str:
    return f"{path}/{subpath}" if subpath else path
