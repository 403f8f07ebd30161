"""Patterns of the operator's own: customer numbers, contract numbers, whatever a house calls its people by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CustomPattern:
    """One pattern: its `name`, the `entity` it yields, the `expression` (syntax of Python's `re`), the words of
    `context` that make a finding likely, and the `score` of a finding without such words."""

    name: str
    entity: str
    expression: str
    context: tuple[str, ...] = ()
    score: float = 0.5
