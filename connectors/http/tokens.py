"""Access tokens: fetched once for all processes of this account, and sealed under the secret that fetches them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

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


class Tokens:
    """The token of one account. `secret` is what `fetch` needs: whoever has it could fetch a token anyway."""

    def __init__(
        self, account: str, secret: str, fetch: Callable[[], Token], clock: Callable[[], float] = time.time
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._file = shared.digest("token", account)
        self._cipher = ChaCha20Poly1305(HKDF(SHA256(), 32, None, b"redress token cache").derive(secret.encode()))
        self._token: Token | None = None

    def get(self, stale: str | None = None) -> Token:
        """A token that lives, other than `stale`. One process fetches at a time; the others find what it got."""
        if self._token is not None and self._lives(self._token, stale):
            return self._token
        with shared.locked(self._file) as file:
            found = self._opened(shared.content(file))
            if found is None or not self._lives(found, stale):
                found = self._fetch()
                shared.replace(file, self._sealed(found))
        self._token = found
        return found

    def _lives(self, token: Token, stale: str | None) -> bool:
        return token.value != stale and token.ends - EARLY > self._clock()

    def _sealed(self, token: Token) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, json.dumps(asdict(token)).encode(), self._file.encode())

    def _opened(self, data: bytes) -> Token | None:
        try:
            plain = self._cipher.decrypt(data[:12], data[12:], self._file.encode())
        except (InvalidTag, ValueError):  # cut by a kill, or of a secret that was changed since
            return None
        found: Token = Token(**json.loads(plain))
        return found
