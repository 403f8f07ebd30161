"""What each letter says of what a statute asks for, so that one that lacks something is told before it is sent.

The keys are those of `law.contents`. What the wording itself always says stands in the table; what depends on a fact counts only
when the fact is there. Tests hold the table against the letters in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from law.contents import missing
from law.provisions import Kind

REMEDIES: dict[str, frozenset[str]] = {
    "gdpr": frozenset({"authority", "court"}),
    "uk_gdpr": frozenset({"controller_complaint", "authority", "court"}),
    "ccpa": frozenset({"appeal"}),
    "pipl": frozenset({"court", "dispute_route"}),
}
"""What `_remedies` says under each regime; under any other it names the authority and the courts."""
ANY = frozenset({"authority", "court"})

DOCUMENTS: dict[str, Kind] = {
    "receipt": "ack",
    "extension": "extension",
    "refusal": "refusal",
    "partial_refusal": "partial_refusal",
}
"""The letters whose contents a statute prescribes."""
_ALWAYS = {"receipt": frozenset({"confirmation", "process", "due_date"}), "extension": frozenset({"fact", "due_date"})}


def given(kind: str, regime: str, facts: Mapping[str, Any]) -> frozenset[str]:
    """The keys a letter addresses."""
    keys = _ALWAYS.get(kind, REMEDIES.get(regime, ANY))
    return keys | {"reasons"} if facts.get("reasons") else keys


def lacking(kind: str, regime: str, facts: Mapping[str, Any], on: date) -> list[str]:
    """What a letter sent on that day would lack; empty for a letter no statute speaks of."""
    document = DOCUMENTS.get(kind)
    return missing(document, regime, given(kind, regime, facts), on) if document else []
