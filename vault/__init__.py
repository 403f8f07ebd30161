"""Keys, sealed values, blind indexes and sealed files.

Sealing is explicit: whoever stores personal data calls `seal` with the scope it belongs to (`case:<id>`,
`store:<name>`, `ledger`) and the field it stands in, and must name both to open it. Nothing is opened by itself.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault import sealed
from vault.blind import BlindColumn
from vault.errors import (
    KeyInUse,
    KeyMissing,
    KeysUnreadable,
    RingUnreadable,
    Shredded,
    Tampered,
    Truncated,
    VaultError,
    WrongKey,
)
from vault.keystore import KeyStore, Kind
from vault.kms import FileKeyRing, Kms
from vault.sealed import SealedFile

__all__ = [
    "FileKeyRing",
    "KeyInUse",
    "KeyMissing",
    "KeysUnreadable",
    "Kms",
    "RingUnreadable",
    "SealedFile",
    "Shredded",
    "Tampered",
    "Truncated",
    "Vault",
    "VaultError",
    "WrongKey",
]

KEYS_IN_MEMORY = 4096
STALE_SECONDS = 1.0  # for so long a key destroyed by another process may still work in this one


@dataclass(frozen=True)
class _ScopeKey:
    raw: bytes
    cipher: AESGCM


class Vault:
    """Opens and closes everything that is sealed. Thread-safe; several processes may share ring and key store."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys
        self._scopes: OrderedDict[str, _ScopeKey] = OrderedDict()
        self._columns: dict[str, BlindColumn] = {}
        self._lock = Lock()
        self._checked = time.monotonic()
        self._destroyed = keys.destroyed_so_far()

    @classmethod
    def open_at(cls, ring: Path, keys_url: str) -> Self:
        """Open ring and key store, made on first use. Raises `RingUnreadable`, `KeysUnreadable` or `WrongKey`."""
        return cls(KeyStore(keys_url, FileKeyRing(ring)))

    def close(self) -> None:
        """Forget keys held in memory and give back connections."""
        with self._lock:
            self._scopes.clear()
            self._columns.clear()
        self._keys.close()

    def seal(self, scope: str, field: str, data: bytes) -> bytes:
        """Encrypt under the key of `scope`, made on first use. Adds 29 bytes. Raises `Shredded`."""
        return sealed.seal_value(self._key(scope, create=True).cipher, sealed.place(scope, field), data)

    def open(self, scope: str, field: str, blob: bytes) -> bytes:
        """What was sealed there. Raises `Tampered`, `Truncated`, `Shredded`, `KeyMissing` or `WrongKey`."""
        return sealed.open_value(self._key(scope, create=False).cipher, sealed.place(scope, field), blob)

    def seal_text(self, scope: str, field: str, value: str) -> bytes:
        """Seal any string, lone surrogates included: mail has them."""
        return self.seal(scope, field, value.encode("utf-8", "surrogatepass"))

    def open_text(self, scope: str, field: str, blob: bytes) -> str:
        """See `open`."""
        return self.open(scope, field, blob).decode("utf-8", "surrogatepass")

    def seal_json(self, scope: str, field: str, value: Any) -> bytes:
        """Seal as canonical JSON: sorted keys, no spaces, no NaN."""
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return self.seal_text(scope, field, text)

    def open_json(self, scope: str, field: str, blob: bytes) -> Any:
        """See `open`."""
        return json.loads(self.open_text(scope, field, blob))

    def seal_file(self, scope: str, field: str, chunks: Iterable[bytes], path: Path) -> SealedFile:
        """Seal a stream of any size into `path`, which appears whole, synced, or not at all."""
        return sealed.write_file(self._key(scope, create=True).raw, sealed.place(scope, field), chunks, path)

    def open_file(self, scope: str, field: str, path: Path) -> Iterator[bytes]:
        """Plaintext of a sealed file in authenticated chunks of 64 KiB.

        A missing key or a cut file is raised by the call itself; a changed chunk when the iterator comes to it.
        """
        key = self._key(scope, create=False).raw
        sealed.check_file(path)
        return sealed.read_file(key, sealed.place(scope, field), path)

    def blind(self, column: str, value: str) -> bytes:
        """16 bytes that are equal for equal values of a column. Normalise first: `A` and `a` are different here."""
        return self.blind_many(column, (value,))[0]

    def blind_many(self, column: str, values: Sequence[str]) -> list[bytes]:
        """`blind` for many values, in order."""
        return self._column(column).many([value.encode("utf-8", "surrogatepass") for value in values])

    def blind64(self, column: str, values: Sequence[bytes]) -> list[int]:
        """The first 64 bits of the same hash (of UTF-8 bytes) as signed integers, for database index keys."""
        return self._column(column).many64(values)

    def rotate(self) -> int:
        """Wrap every data key under a new key-encryption key; gives how many were wrapped again.

        Data is not touched. Killed half-way, everything stays readable and the next call finishes the same rotation.
        """
        if not self._keys.waiting():
            self._keys.rotate()
        return self._keys.rewrap_all()

    def drop(self, key_id: str) -> None:
        """Forget an old key-encryption key. Raises `KeyInUse`. Backups of the key store may need it."""
        self._keys.drop(key_id)

    def shred(self, scope: str) -> None:
        """Destroy the key of a scope for good: at once here, within a second in other processes. Safe to repeat."""
        self._keys.destroy(scope)
        with self._lock:
            self._scopes.pop(scope, None)

    def signing_key(self, name: str) -> Ed25519PrivateKey:
        """The Ed25519 key for a purpose (`ledger`, `package`), made on first use."""
        return Ed25519PrivateKey.from_private_bytes(self._keys.get(Kind.SIGNING, name, create=True))

    def public_key(self, name: str) -> bytes:
        """The 32 raw bytes that verify signatures of `signing_key(name)`."""
        return self.signing_key(name).public_key().public_bytes_raw()

    def _key(self, scope: str, *, create: bool) -> _ScopeKey:
        with self._lock:
            self._forget_destroyed()
            key = self._scopes.get(scope)
            if key is None:
                raw = self._keys.get(Kind.SCOPE, scope, create=create)
                key = self._scopes[scope] = _ScopeKey(raw, AESGCM(raw))
                if len(self._scopes) > KEYS_IN_MEMORY:
                    self._scopes.popitem(last=False)
            else:
                self._scopes.move_to_end(scope)
            return key

    def _forget_destroyed(self) -> None:
        """Another process may have shredded a scope whose key we hold."""
        if time.monotonic() - self._checked < STALE_SECONDS:
            return
        destroyed = self._keys.destroyed_so_far()
        if destroyed != self._destroyed:
            self._scopes.clear()
        self._destroyed, self._checked = destroyed, time.monotonic()

    def _column(self, column: str) -> BlindColumn:
        known = self._columns.get(column)
        if known is None:
            root = self._keys.get(Kind.ROOT, "blind", create=True)
            known = self._columns[column] = BlindColumn(root, column)
        return known
