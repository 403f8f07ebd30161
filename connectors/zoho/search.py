"""Zoho's own search: a shortlist that comes late and gives too much, so every hit is looked at again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from connectors.contract import FieldType, Identifier, Record
from connectors.zoho.client import Rejected
from connectors.zoho.fields import Module
from connectors.zoho.reading import Reader, quoted

CONDITIONS = 15  # of one criteria text
_EMAIL = re.compile(r"[^@\s\"<>,;\x00-\x1f]{1,64}@[^@\s\"<>,;\x00-\x1f]{1,190}")
_PHONE = re.compile(r"\+?[0-9\s\-().]{3,50}", re.ASCII)
_KINDS = {"email": FieldType.EMAIL, "phone": FieldType.PHONE, "name": FieldType.NAME}


def ids(reader: Reader, module: Module, identifiers: Sequence[Identifier]) -> set[str]:
    """Ids of rows of the module that may mention one of the identifiers."""
    wanted = [item for item in identifiers if _searchable(item)]
    found: set[str] = set()
    exact = [pair for item in wanted for pair in _conditions(module, item)]
    answered = bool(exact) and len(exact) <= CONDITIONS
    if answered:
        inner = "or".join(f"({name}:equals:{quoted(value)})" for name, value in exact)
        try:
            rows = reader.search(module, {"criteria": f"({inner})" if len(exact) > 1 else inner})
            found |= {row["id"] for row in rows}
        except Rejected:  # one field may be hidden or encrypted: ask for each identifier instead
            answered = False
    for item in wanted:
        if not answered or not _conditions(module, item):
            found |= _one(reader, module, item)
    return found


def _one(reader: Reader, module: Module, item: Identifier) -> set[str]:
    kind = _KINDS.get(item.kind)
    if kind is not None and not module.of_kind(kind):
        return set()
    word = "word" if kind in (None, FieldType.NAME) else item.kind
    try:
        rows = reader.search(module, {word: item.value})
    except Rejected:
        return set()
    return {row["id"] for row in rows}


def _conditions(module: Module, item: Identifier) -> list[tuple[str, str]]:
    """Fields that may equal the identifier. A number is written in many ways, so `phone` is not among them."""
    if item.kind == "email":
        return [(spec.name, item.value) for spec in module.of_kind(FieldType.EMAIL)]
    if item.kind == "name":
        return [("Full_Name", item.value)] if "Full_Name" in module.fields else []
    return []


def _searchable(item: Identifier) -> bool:
    text = item.value
    if not text.isprintable() or not text.strip():
        return False
    if item.kind == "email":
        return _EMAIL.fullmatch(text) is not None
    if item.kind == "phone":
        return _PHONE.fullmatch(text) is not None and any(map(str.isdigit, text))
    return 2 <= len(text) <= 100


def confirmed(records: Iterable[Record], identifiers: Sequence[Identifier]) -> Iterator[Record]:
    """The records in which one of the identifiers can really be read."""
    for record in records:
        texts = [item.text for item in record.readable()]
        texts += [part for person in record.participants for part in (person.address, person.name)]
        whole = " ".join(texts).casefold()
        digits = re.sub(r"\D", "", whole)
        if any(_stands(item, whole, digits) for item in identifiers):
            yield record


def _stands(item: Identifier, whole: str, digits: str) -> bool:
    text = item.value.strip().casefold()
    if item.kind == "phone":
        number = re.sub(r"\D", "", text)
        return len(number) >= 3 and number[-7:] in digits
    return bool(text) and all(word in whole for word in text.split())
