"""Rows as records: fields, texts, files and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.contract import Attachment, Field, FieldType, Link, Record, Ref, Text, TextKind, Unreadable
from connectors.limits import DEFAULTS, Limits
from connectors.sql import labels
from connectors.sql.erase import FIELD, FILE
from connectors.sql.schema import Catalogue, Column, Reference, Shape
from connectors.sql.values import Row, Rows, dump_key, json_text, shown

CHUNK = 1_048_576


class Records:
    """Makes records out of the rows of one table."""

    def __init__(self, rows: Rows, catalogue: Catalogue, limits: Limits = DEFAULTS) -> None:
        self._rows = rows
        self._limits = limits
        self._catalogue = catalogue
        self._name = rows.table.name

    def record(self, connection: Connection, row: Row) -> Record:
        """The record of a row; files are read through this connection, one at a time."""
        fields: list[Field] = []
        texts: list[Text] = []
        files: list[Attachment] = []
        unreadable: list[Unreadable] = []
        bound = self._rows.table.bound
        for column in self._rows.table.columns.values():
            value = row.values[column.name]
            fixed = column.generated or column.name in bound
            if column.name in row.blobs:
                file = self._file(column, row)
                files.append(file)
                found, faults = self._extracted(connection, row, column, file)
                texts += found
                unreadable += faults
            elif column.shape in (Shape.JSON, Shape.ARRAY) and isinstance(value, str):
                texts.append(Text(FIELD + column.name, json_text(value), TextKind.FIELD, maskable=not fixed))
            else:
                seen = shown(column, value)
                if column.type is FieldType.PHONE and isinstance(
                    seen, int | Decimal
                ):  # read as one, but no mask fits in it
                    seen, fixed = str(seen), True
                fields.append(Field(column.name, seen, column.type, column.identifying, fixed))
        return Record(
            ref=Ref(self._name, row.key),
            version=row.version,
            fields=tuple(fields),
            texts=tuple(texts),
            attachments=tuple(files),
            unreadable=tuple(unreadable),
            links=tuple(self._links(connection, row)),
        )

    # -- files

    def _file(self, column: Column, row: Row) -> Attachment:
        """Name and media type stand in neighbouring columns, if anywhere."""
        name = media_type = ""
        for other, value in row.values.items():
            if isinstance(value, str) and value:
                joined = "".join(labels.words(other))
                name = name or (value if joined.endswith(("filename", "dateiname")) or other == "文件名" else "")
                media_type = media_type or (value if joined.endswith(("mimetype", "contenttype", "mediatype")) else "")
        blob = row.blobs[column.name]
        return Attachment(FILE + column.name, name or column.name, media_type or "application/octet-stream", blob.size)

    def _extracted(
        self, connection: Connection, row: Row, column: Column, file: Attachment
    ) -> tuple[list[Text], list[Unreadable]]:
        from connectors import documents

        if not file.size:
            return [], []
        if file.size > self._limits.attachment_bytes:
            return [], [Unreadable(file.path, "too-large")]
        data = b"".join(self.chunks(connection, row.key, column))
        found = documents.read(data, file.filename, file.media_type, self._limits)
        texts = [
            Text(_below(file.path, path), text, TextKind.ATTACHMENT, maskable=False)
            for path, text in found.texts
            if text
        ]
        return texts, [Unreadable(_below(file.path, path), reason) for path, reason in found.unreadable]

    def chunks(self, connection: Connection, key: str, column: Column) -> Iterator[bytes]:
        """The bytes of a binary value, a mebibyte at a time."""
        values = self._rows.parse_key(key)
        plain: sa.ColumnElement[Any] = self._rows.clause.c[column.name]
        start = 1
        while values is not None:
            part: sa.ColumnElement[Any] = sa.func.substr(
                plain, sa.literal(start, sa.Integer), sa.literal(CHUNK, sa.Integer)
            )
            if self._rows.dialect == "sqlite":
                part = sa.cast(part, sa.LargeBinary)  # text of a column for binary values has characters, not bytes
            data = connection.execute(sa.select(part).where(self._rows.at(values))).scalar()
            if data:
                yield bytes(data)
            if data is None or len(data) < CHUNK:
                return
            start += CHUNK

    # -- links

    def _links(self, connection: Connection, row: Row) -> Iterator[Link]:
        for reference in self._rows.table.out:
            values = [row.values.get(name) for name in reference.columns]
            if reference.to_table not in self._catalogue.tables or None in values:
                continue
            found = dict(zip(reference.to_columns, values, strict=True))
            key = self._key_of(connection, reference, found)
            if key is not None:
                yield Link(",".join(reference.columns), Ref(reference.to_table, key))

    def _key_of(self, connection: Connection, reference: Reference, values: Mapping[str, Any]) -> str | None:
        """The key of the row that a reference means: at hand when it names the key, else looked up."""
        target = self._catalogue.tables[reference.to_table]
        if set(target.key) == set(values):
            return dump_key([values[name] for name in target.key])
        rows = Rows(target, connection.dialect)
        where = [rows.clause.c[name] == rows.bound(target.columns[name], value) for name, value in values.items()]
        found = connection.execute(rows.select().where(*where).limit(1)).mappings().first()
        return rows.decode(found).key if found is not None else None


def _below(path: str, subpath: str) -> str:
    return f"{path}/{subpath}" if subpath else path
