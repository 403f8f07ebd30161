"""How a message is named.

Within a folder a message is named for ever by UIDVALIDITY and UID, and what they name never changes (RFC 3501,
2.3.1.1): so the key is its version as well. Flags do change; no record holds them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from connectors.contract import Ref

_KEY = re.compile(r"([1-9][0-9]{0,9}):([1-9][0-9]{0,9})", re.ASCII)


class Place(NamedTuple):
    """The two numbers of a key."""

    uidvalidity: int
    uid: int


def ref(folder: str, uidvalidity: int, uid: int) -> Ref:
    """The ref of a message."""
    return Ref(folder, f"{uidvalidity}:{uid}")


def place(ref: Ref) -> Place | None:
    """What the key of `ref` names; None when it is no key of ours."""
    match = _KEY.fullmatch(ref.key)
    found = Place(int(match[1]), int(match[2])) if match else None
    return found if found and max(found) < 2**32 else None
