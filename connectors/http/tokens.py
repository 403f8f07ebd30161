"""Access tokens: fetched once for all processes of this account, and sealed under the secret that fetches them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.http import shared

EARLY = 60.0
"""Seconds before its end that a token is no longer used."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, its end in seconds since the epoch, and what else the answer said (the API's host, a company id)."""

    value: str = field(repr=False)
    ends: float
    more: Mapping[str, str] = field(default_factory=dict)


class Sealed:
    """Seals JSON under a secret of the store, bound to the name of its file."""

    def __init__(self, name: str, secret: str) -> None:
        self._name = name.encode()
        self._cipher = ChaCha20Poly1305(HKDF(SHA256(), 32, None, b"redress connector cache").derive(secret.encode()))

    def seal(self, value: object) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, json.dumps(value).encode(), self._name)

    def open(self, data: bytes) -> Any:
        """What was sealed; None for nothing, for what a kill cut short, and under another secret."""
        try:
            return json.loads(self._cipher.decrypt(data[:12], data[12:], self._name))
        except (InvalidTag, ValueError):
            return None


class Tokens:
    """The token of one account. `secret` is what `fetch` needs: whoever has it could fetch a token anyway."""

    def __init__(
        self, account: str, secret: str, fetch: Callable[[], Token], clock: Callable[[], float] = time.time
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._file = shared.digest("token", account)
        self._sealed = Sealed(self._file, secret)
        self._token: Token | None = None

    def get(self, stale: str | None = None) -> Token:
        """A token that lives, other than `stale`. One process fetches at a time; the others find what it got."""
        if self._token is not None and self._lives(self._token, stale):
            return self._token
        with shared.locked(self._file) as file:
            kept = self._sealed.open(shared.content(file))
            found = Token(**kept) if kept else None
            if found is None or not self._lives(found, stale):
                found = self._fetch()
                shared.replace(file, self._sealed.seal(asdict(found)))
        self._token = found
        return found

    def _lives(self, token: Token, stale: str | None) -> bool:
        return token.value != stale and token.ends - EARLY > self._clock()
