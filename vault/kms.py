"""Key-encryption keys: the only secrets that are not themselves encrypted by another key of ours.

`Kms` is what a hardware module or a cloud service has to offer; `FileKeyRing` is the default, one file on this machine.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.errors import KeyInUse, RingUnreadable, Tampered, Truncated, WrongKey

VERSION = 1
NONCE = 12
TAG = 16
KEY = 32


class Kms(Protocol):
    """Wraps data keys. A wrapped key names the key-encryption key it needs, so that keys can be rotated."""

    @property
    def active_id(self) -> str:
        """Id of the key that `wrap` uses now."""

    def wrap(self, data: bytes, aad: bytes) -> bytes:
        """Encrypt a data key under the active key; `aad` must be given again to `unwrap`."""

    def unwrap(self, blob: bytes, aad: bytes) -> bytes:
        """Raises `WrongKey` when the key is not held, `Tampered` when blob or aad were changed."""

    def rotate(self) -> str:
        """Make a new key the active one and give its id. Older keys stay, for unwrapping."""

    def drop(self, key_id: str) -> None:
        """Forget a key; raises `KeyInUse` for the active one. The caller knows that nothing is wrapped under it."""


def key_id_of(key: bytes) -> str:
    """The id follows from the key, so a ring whose ids fit its keys is not damaged."""
    return sha256(b"redress key-encryption key" + key).hexdigest()[:16]


def wrapped_under(blob: bytes) -> str:
    """Id of the key-encryption key that a wrapped data key needs."""
    if len(blob) < 2 or len(blob) < 2 + blob[1] + NONCE + TAG:
        raise Truncated("A wrapped data key is cut short. Restore the key store from its newest backup.")
    if blob[0] != VERSION:
        raise Tampered("A wrapped data key has an unknown format. Restore the key store, or update Redress.")
    return blob[2 : 2 + blob[1]].decode("ascii", "replace")


@dataclass(frozen=True)
class _Ring:
    active: str
    keys: dict[str, bytes]


class FileKeyRing:
    """A JSON file, mode 0600, with key-encryption keys by id, one of them active. Made on first use.

    Every change is written beside the file, synced and renamed over it, under a lock: a process killed half-way leaves
    the old ring whole, and two processes cannot lose each other's key. A ring changed by another process is noticed.
    """

    def __init__(self, path: Path) -> None:
        """Raises `RingUnreadable` when the file is damaged or readable by others."""
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        try:
            self._make_first()
        except OSError as error:
            raise RingUnreadable(
                f"The key ring {path} cannot be made ({error.strerror}). Check the setting key_ring and its folder."
            ) from None
        self._ring = self._read()

    @property
    def active_id(self) -> str:
        """Id of the key that `wrap` uses now."""
        return self._fresh().active

    def wrap(self, data: bytes, aad: bytes) -> bytes:
        """`0x01 | length of id | id | nonce 12 | AES-256-GCM ciphertext and tag`; the id is authenticated too."""
        ring = self._fresh()
        head = bytes((VERSION, len(ring.active))) + ring.active.encode("ascii")
        nonce = os.urandom(NONCE)
        return head + nonce + AESGCM(ring.keys[ring.active]).encrypt(nonce, data, head + aad)

    def unwrap(self, blob: bytes, aad: bytes) -> bytes:
        """See `Kms.unwrap`."""
        key_id = wrapped_under(blob)
        key = self._fresh().keys.get(key_id)
        if key is None:
            raise WrongKey(
                f"The key ring {self._path} does not hold the key {key_id!r} that a data key needs. "
                "Put back the ring file that belongs to this key store."
            )
        cut = 2 + blob[1]
        try:
            return AESGCM(key).decrypt(blob[cut : cut + NONCE], blob[cut + NONCE :], blob[:cut] + aad)
        except InvalidTag:
            raise Tampered(
                "A wrapped data key was changed or moved to another scope. Put back the newest key store."
            ) from None

    def rotate(self) -> str:
        """See `Kms.rotate`."""
        key = AESGCM.generate_key(256)
        key_id = key_id_of(key)
        with self._lock():
            self._write(_Ring(key_id, self._read().keys | {key_id: key}))
        return self.active_id

    def drop(self, key_id: str) -> None:
        """See `Kms.drop`. A key that is not there is dropped already."""
        with self._lock():
            ring = self._read()
            if key_id == ring.active:
                raise KeyInUse(f"The key {key_id} is the active one. Rotate first, then drop it.")
            self._write(_Ring(ring.active, {known: key for known, key in ring.keys.items() if known != key_id}))

    def _make_first(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            return
        with self._lock():
            if not self._path.exists():
                key = AESGCM.generate_key(256)
                self._write(_Ring(key_id_of(key), {key_id_of(key): key}))

    def _fresh(self) -> _Ring:
        """The ring, read again when another process has replaced the file."""
        try:
            changed = _mark(self._path.stat()) != self._seen
        except FileNotFoundError:
            raise RingUnreadable(f"The key ring {self._path} is gone. Put it back from its backup.") from None
        if changed:
            self._ring = self._read()
        return self._ring

    def _read(self) -> _Ring:
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                text = file.read()
        except OSError as error:
            raise RingUnreadable(
                f"The key ring {self._path} cannot be read ({error.strerror}). Put it back, or correct its permissions."
            ) from None
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise RingUnreadable(f"The key ring {self._path} is open to other users. Run: chmod 600 {self._path}")
        ring = _parse(text)
        if ring is None:
            raise RingUnreadable(f"The key ring {self._path} is damaged. Put it back from its backup.")
        self._seen = _mark(status)
        return ring

    def _write(self, ring: _Ring) -> None:
        keys = {key_id: b64encode(key).decode() for key_id, key in ring.keys.items()}
        text = json.dumps({"v": VERSION, "active": ring.active, "keys": keys}, indent=1)
        new = self._path.with_name(self._path.name + ".new")
        new.unlink(missing_ok=True)  # left by a killed process; we hold the lock
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        sync_folder(self._path.parent)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One writer at a time over all processes; the lock falls when its holder dies."""
        lock = os.open(self._path.with_name(self._path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mark(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_mtime_ns, status.st_mode


def _parse(text: bytes) -> _Ring | None:
    """None for anything that is not a whole ring of this version."""
    try:
        document = json.loads(text)
        ring = _Ring(document["active"], {key_id: b64decode(key) for key_id, key in document["keys"].items()})
        version = document["v"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    fits = all(len(key) == KEY and key_id_of(key) == key_id for key_id, key in ring.keys.items())
    return ring if version == VERSION and fits and ring.active in ring.keys else None
