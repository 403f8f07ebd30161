"""Masking: operators over a text (`operators`), and finding a masked value wherever else it stands (`recurrence`, `residue`).

A file is opened and spliced by `connectors.files`; `cases.redaction` joins both with detection and checks the result.
"""

from pii.redact.operators import (
    DEFAULT,
    Found,
    Operator,
    Span,
    is_stand_in,
    label,
    partial,
    pseudonym,
    redact,
    remove,
    spans,
)

__all__ = [
    "DEFAULT",
    "Found",
    "Operator",
    "Span",
    "is_stand_in",
    "label",
    "partial",
    "pseudonym",
    "redact",
    "remove",
    "spans",
]
