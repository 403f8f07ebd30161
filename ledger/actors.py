"""Who acted, without saying who in the open: a leaf names staff by a keyed hash, the name itself is in the sealed payload."""

from __future__ import annotations

from vault import Vault

NAMELESS = frozenset({"engine", "person", "operator"})


def actor(vault: Vault, by: str) -> str:
    """`engine`, `person` and `operator` as they are; everybody else as `staff:` and twelve hex digits."""
    if by in NAMELESS:
        return by
    return f"staff:{vault.blind('staff', ' '.join(by.casefold().split())).hex()[:12]}"
