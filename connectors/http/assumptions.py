"""What a connector takes for granted and nobody could check without a real tenant: named, and probed by reading only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumption. `holds` is None where this tenant gave no occasion to tell; `note` says why, in a sentence."""

    name: str
    says: str
    holds: bool | None
    note: str = ""


@runtime_checkable
class Probing(Protocol):
    """A store that can check its connector's assumptions against the real service."""

    def assumptions(self) -> Iterator[Assumption]:
        """Probe one after the other; nothing is written. Raises `StoreError` when the service cannot be reached."""
        ...
