"""What a described field is to us. Derived fields (`owner__r` and the like) copy other people's data and are never read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import FieldType
from connectors.crm import Column
from connectors.sql.labels import subject

TYPES: Mapping[str, FieldType] = {
    "text": FieldType.TEXT,
    "long_text": FieldType.TEXT,
    "html_rich_text": FieldType.TEXT,
    "url": FieldType.TEXT,
    "location": FieldType.TEXT,
    "email": FieldType.EMAIL,
    "phone_number": FieldType.PHONE,
    "number": FieldType.NUMBER,
    "currency": FieldType.NUMBER,
    "percentile": FieldType.NUMBER,
    "date": FieldType.DATE,
    "time": FieldType.DATE,
    "date_time": FieldType.DATE,
    "true_or_false": FieldType.BOOLEAN,
    "object_reference": FieldType.REFERENCE,
    "object_reference_many": FieldType.REFERENCE,
    "master_detail": FieldType.REFERENCE,
    "select_one": FieldType.OTHER,
    "select_many": FieldType.OTHER,
    "auto_number": FieldType.TEXT,
    "formula": FieldType.TEXT,
    "count": FieldType.NUMBER,
    "quote": FieldType.TEXT,
}
FILES = frozenset({"file_attachment", "image", "signature"})
REFERENCES = frozenset({"object_reference", "object_reference_many", "master_detail"})
_STAFF = frozenset({"employee", "employee_many", "department", "department_many"})
_COMPUTED = frozenset({"auto_number", "formula", "count", "quote"})
_DERIVED = ("__r", "__l", "__o", "__v", "__p", "__e", "__relation_ids")
_SYSTEM = frozenset(
    "_id owner created_by create_time last_modified_by last_modified_time life_status lock_status lock_user lock_rule version "
    "is_deleted record_type tenant_id object_describe_api_name object_describe_id relevant_team out_owner out_tenant_id "
    "owner_department data_own_department extend_obj_data_id".split()
)
_HIDDEN = _SYSTEM - {"record_type"}  # says nothing about the person, and much about employees


def column(name: str, described: Mapping[str, Any], kept: bool) -> Column | None:
    """The column of a field; None for one that is not read as a value (files, employees, derived and system fields)."""
    said = described.get("type")
    if said in FILES or said in _STAFF or name in _HIDDEN or name.endswith(_DERIVED):
        return None
    kind = TYPES.get(str(said), FieldType.OTHER)
    guess = subject(name) or subject(str(described.get("label") or ""))
    if kind is FieldType.TEXT and guess in (FieldType.EMAIL, FieldType.PHONE, FieldType.NAME):
        kind = guess
    fixed = said in _COMPUTED or said in REFERENCES or name in _SYSTEM
    return Column(
        name=name,
        type=kind,
        identifying=guess is not None or said == "location",
        fixed=fixed,
        kept=kept or said == "select_one",
        html=said == "html_rich_text",
        scrub=_neutral(kind, str(said), required=bool(described.get("is_required"))),
    )


def _neutral(kind: FieldType, said: str, *, required: bool) -> str | None:
    """What overwrites a value: nothing, or where something must stand, what the field's type accepts."""
    if not required:
        return "" if said in ("text", "long_text", "html_rich_text", "url", "email", "phone_number") else None
    if said == "email":
        return "{key}@example.invalid"
    if said == "phone_number":
        return "00000000000"
    return "erased {key}"
