"""What the service shows as rows and columns of ours."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from connectors.contract import FieldType, Link, Ref
from connectors.crm import Column, Module, Row
from connectors.crm.rows import plain
from connectors.declared.model import CollectionSpec, Describe, FieldSpec
from connectors.declared.paths import Malformed, many, one
from connectors.sql.labels import subject

_TYPES = {
    "text": FieldType.TEXT,
    "html": FieldType.TEXT,
    "email": FieldType.EMAIL,
    "phone": FieldType.PHONE,
    "name": FieldType.NAME,
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "boolean": FieldType.BOOLEAN,
    "reference": FieldType.REFERENCE,
    "other": FieldType.OTHER,
}


def column(name: str, spec: FieldSpec) -> Column:
    """The column of a field that the description names."""
    return Column(
        name=name,
        type=_TYPES[spec.type],
        identifying=spec.identifying,
        fixed=spec.fixed,
        kept=spec.keep,
        html=spec.type == "html",
        scrub=spec.scrub,
        label=spec.label,
    )


def described_column(spec: Describe, raw: Any) -> Column | None:
    """A field the service told us of; None for one that is left out."""
    name = one(raw, spec.name)
    if not isinstance(name, str):
        raise Malformed(spec.name)
    if any(fnmatchcase(name, pattern) for pattern in spec.skip):
        return None
    said = one(raw, spec.type) if spec.type else "text"
    if not isinstance(said, str):
        raise Malformed(spec.type)
    ours = spec.types.get(said, "text" if not spec.types else "other")
    label = one(raw, spec.label) if spec.label else None
    kind = _TYPES[ours]
    guess = subject(name)
    if kind is FieldType.TEXT and guess in (FieldType.EMAIL, FieldType.PHONE, FieldType.NAME):
        kind = guess
    return Column(
        name=name,
        type=kind,
        identifying=guess is not None,
        fixed=any(one(raw, path) is True for path in spec.fixed),
        html=ours == "html" or any(one(raw, path) == value for path, value in spec.html.items()),
        label=str(label) if label and label not in spec.unlabelled else "",
    )


def row(spec: CollectionSpec, module: Module, raw: Any) -> Row:
    """A row of an answer, without its files. Raises `Malformed`."""
    key, values = one(raw, spec.key), one(raw, spec.values)
    if not isinstance(key, str | int) or isinstance(key, bool) or key == "":
        raise Malformed(spec.key)
    if not isinstance(values, dict):
        raise Malformed(spec.values or "row")
    found = {name: plain(values[name]) for name in module.columns if values.get(name) is not None}
    return Row(
        key=str(key),
        values={name: value for name, (value, _) in found.items()},
        nested=frozenset(name for name, (_, nested) in found.items() if nested),
        links=tuple(_links(spec, raw)),
    )


def _links(spec: CollectionSpec, raw: Any) -> Iterator[Link]:
    for name, link in spec.links.items():
        for key in many(raw, link.ids):
            yield Link(name, Ref(link.to, str(key)))
