"""Records of a store as the detection reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.contract import FieldType, Record, Text, TextKind
from pii.records import Content, Part, Place, participant, region_of, typed

_KINDS = {
    FieldType.EMAIL: "email",
    FieldType.PHONE: "phone",
    FieldType.NAME: "contactname",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
}


def content(record: Record, texts: Sequence[Text] | None = None) -> Content:
    """The texts of a record, or the given ones of it, each with the field it stands in and the region of the record."""
    fields = {f"field:{field.name}": field for field in record.fields}
    parts = []
    for text in record.readable() if texts is None else texts:
        field = fields.get(text.path)
        name = field.name if field else text.path.removeprefix("field:") if text.kind is TextKind.FIELD else None
        if name and field and field.type in _KINDS:
            name = typed(name, _KINDS[field.type])
        parts.append(Part(text.path, text.text, _place(text), name))
    return Content(tuple(parts), region_of({field.name: field.value for field in record.fields}))


def participants(record: Record) -> Iterator[Part]:
    """What is said of the people who take part in a record."""
    for number, one in enumerate(record.participants):
        yield from participant(number, one.name, one.address)


def _place(text: Text) -> Place:
    return Place.SUBJECT if text.name == "subject" else Place(text.kind.value)
