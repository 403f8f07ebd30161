"""Remembering what was found, never in what: keyed hashes of texts, and types and offsets."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from threading import Lock
from typing import Any, Protocol

MOST = 100_000  # texts and paragraphs remembered in memory
_MOST_FINDINGS = 500  # of one text; longer lists are found anew

Spans = tuple[tuple[Any, ...], ...]
"""Plain rows of strings and numbers, such as type, start and end."""


class Memory(Protocol):
    """Keeps findings between runs. `key` is secret and stays the same; what is kept under a key never changes, so that
    it may forget whatever it likes. Neither keys nor values tell a text to somebody who lacks `key`."""

    key: bytes  # 16 to 64 bytes

    def recall(self, hashes: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """What is known of these hashes."""
        ...

    def remember(self, found: Mapping[bytes, bytes]) -> None:
        """Keep what was found under each hash."""
        ...


class Remembered:
    """What this process remembers, with a longer memory behind it where there is one. Thread-safe if that is.

    `digest` stands for everything that findings depend on besides the text: under another one nothing is known.
    """

    def __init__(self, digest: bytes, memory: Memory | None = None) -> None:
        self._memory = memory
        self._blank = blake2b(key=memory.key if memory else secrets.token_bytes(32), person=digest[:16], digest_size=16)
        self._recent: OrderedDict[bytes, Spans] = OrderedDict()
        self._lock = Lock()

    def hash(self, *parts: str) -> bytes:
        """The keyed hash of a text with what belongs to it."""
        hashed = self._blank.copy()
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            hashed.update(len(data).to_bytes(8, "big"))
            hashed.update(data)
        return hashed.digest()

    def recall(self, hashes: Sequence[bytes]) -> dict[bytes, Spans]:
        """What is known of these hashes."""
        with self._lock:
            known = {hashed: spans for hashed in hashes if (spans := self._recent.get(hashed)) is not None}
            for hashed in known:
                self._recent.move_to_end(hashed)
        if self._memory is not None and len(known) < len(hashes):
            older = self._memory.recall([hashed for hashed in hashes if hashed not in known])
            unpacked = {hashed: tuple(map(tuple, json.loads(data))) for hashed, data in older.items()}
            self._keep(unpacked)
            known |= unpacked
        return known

    def remember(self, found: Mapping[bytes, Spans]) -> None:
        """Keep what was found under each hash."""
        found = {hashed: spans for hashed, spans in found.items() if len(spans) <= _MOST_FINDINGS}
        self._keep(found)
        if self._memory is not None and found:
            self._memory.remember(
                {hashed: json.dumps(spans, separators=(",", ":")).encode() for hashed, spans in found.items()}
            )

    def _keep(self, found: Mapping[bytes, Spans]) -> None:
        with self._lock:
            self._recent.update(found)
            while len(self._recent) > MOST:
                self._recent.popitem(last=False)
