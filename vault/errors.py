"""What can go wrong with keys and sealed values.

    VaultError
    ├── RingUnreadable   the ring of key-encryption keys is missing, damaged or open to others
    ├── KeysUnreadable   the key store cannot be reached or read
    ├── WrongKey         ring and key store do not belong together
    ├── KeyMissing       nothing was ever sealed under this scope in this key store
    ├── KeyInUse         a key-encryption key is still needed
    ├── Shredded         the key was destroyed for good
    └── Tampered         not what was sealed: bytes changed, or moved to another field or case
        └── Truncated    cut short

No text names a value; a scope is an opaque name and may be shown.
"""

from __future__ import annotations


class VaultError(Exception):
    """Base of all errors of the vault."""


class RingUnreadable(VaultError):
    """The key ring cannot be used as it lies on disk."""


class KeysUnreadable(VaultError):
    """The key store cannot be opened, read or written."""


class WrongKey(VaultError):
    """A data key was wrapped under a key-encryption key that the ring does not hold."""


class KeyMissing(VaultError):
    """The scope has no key: the key store is older than the data, or another one."""


class KeyInUse(VaultError):
    """A key-encryption key cannot be dropped: it is active, or data keys are still wrapped under it."""


class Shredded(VaultError):
    """The key of the scope was destroyed; what was sealed under it cannot be read by anybody."""


class Tampered(VaultError):
    """The authentication tag does not fit: the bytes, the field or the scope differ from what was sealed."""


class Truncated(Tampered):
    """The sealed bytes end too early."""
