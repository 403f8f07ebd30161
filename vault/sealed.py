"""The form of sealed values and sealed files. Pure: a key and bytes in, bytes out.

A value is `0x01 | nonce 12 | AES-256-GCM ciphertext and tag 16`.

A file is `0x01 | salt 32 | plaintext size 8 | chunk 0 | chunk 1 | …` with chunks of 64 KiB plaintext (the last one
shorter; only an empty file has an empty chunk), each followed by its tag. It is the STREAM construction (Hoang,
Reyhanitabar, Rogaway, Vizár 2015): the nonce is the number of the chunk and a flag on the last one, so chunks can be
neither left out nor moved. The key of a file is HKDF-SHA-256 of the data key, the salt, scope and field, so numbered
nonces never meet twice. The size is authenticated with the last chunk; it lets the reader tell a cut file from a
changed one before the first byte leaves.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import escape
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vault.errors import Tampered, Truncated
from vault.kms import KEY, NONCE, TAG, VERSION, sync_folder

VALUE_OVERHEAD = 1 + NONCE + TAG
CHUNK = 64 * 1024
SALT = 32
HEADER = 1 + SALT + 8

_CHANGED = "A sealed value was changed, or moved from another field or case. Restore it from a backup."
_FILE_CHANGED = "A sealed file was changed, or moved from another field or case. Build or restore it again."
_FILE_CUT = "A sealed file ends too early. Build or restore it again."


@dataclass(frozen=True)
class SealedFile:
    """What was sealed: SHA-256 of the plaintext in hex, and its size in bytes."""

    sha256: str
    size: int


def place(scope: str, field: str) -> bytes:
    """Scope and field as authenticated data; lengths first, so that no two pairs look the same."""
    name = scope.encode("utf-8", "surrogatepass")
    return b"redress1" + len(name).to_bytes(4, "big") + name + field.encode("utf-8", "surrogatepass")


def seal_value(cipher: AESGCM, where: bytes, data: bytes) -> bytes:
    """Encrypt one value under a fresh random nonce."""
    nonce = os.urandom(NONCE)
    return b"\x01" + nonce + cipher.encrypt(nonce, data, b"\x01" + where)


def open_value(cipher: AESGCM, where: bytes, blob: bytes) -> bytes:
    """Raises `Truncated` or `Tampered`."""
    if len(blob) < VALUE_OVERHEAD:
        raise Truncated("A sealed value is cut short. Restore it from a backup.")
    if blob[0] != VERSION:
        raise Tampered("A sealed value has an unknown format: it was changed, or a newer Redress wrote it.")
    try:
        return cipher.decrypt(blob[1 : 1 + NONCE], blob[1 + NONCE :], b"\x01" + where)
    except InvalidTag:
        raise Tampered(_CHANGED) from None


def write_file(key: bytes, where: bytes, chunks: Iterable[bytes], path: Path) -> SealedFile:
    """Seal a stream into `path`, which appears whole or not at all. Memory: one incoming chunk and two of ours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    salt = os.urandom(SALT)
    cipher = _file_cipher(key, where, salt)
    digest, size, number = sha256(), 0, 0
    for draft in path.parent.glob(f".{escape(path.name)}.*.part"):  # of a writer that was killed; a path has one writer
        draft.unlink(missing_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False) as part:
        try:
            part.write(bytes(HEADER))
            for piece, last in _pieces(chunks):
                digest.update(piece)
                size += len(piece)
                part.write(cipher.encrypt(_nonce(number, last), piece, _size(size) if last else b""))
                number += 1
            part.seek(0)
            part.write(bytes((VERSION,)) + salt + _size(size))
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).replace(path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    sync_folder(path.parent)
    return SealedFile(digest.hexdigest(), size)


def check_file(path: Path) -> None:
    """Compare the length with what the header says: raises `Truncated` or `Tampered` before anything is opened."""
    with path.open("rb") as file:
        _read_header(file)


def read_file(key: bytes, where: bytes, path: Path) -> Iterator[bytes]:
    """Plaintext in chunks of 64 KiB, each only after its tag was checked. Raises `Truncated` or `Tampered`."""
    with path.open("rb") as file:
        salt, size = _read_header(file)
        cipher = _file_cipher(key, where, salt)
        for number in range(_chunk_count(size)):
            last = number == _chunk_count(size) - 1
            sealed = file.read(CHUNK + TAG)
            try:
                yield cipher.decrypt(_nonce(number, last), sealed, _size(size) if last else b"")
            except InvalidTag:
                raise Tampered(_FILE_CHANGED) from None


def _read_header(file: BinaryIO) -> tuple[bytes, int]:
    header = file.read(HEADER)
    if len(header) < HEADER:
        raise Truncated(_FILE_CUT)
    if header[0] != VERSION:
        raise Tampered("A sealed file has an unknown format: it was changed, or a newer Redress wrote it.")
    size = int.from_bytes(header[1 + SALT :], "big")
    there = os.fstat(file.fileno()).st_size
    expected = HEADER + size + _chunk_count(size) * TAG
    if there != expected:
        raise Truncated(_FILE_CUT) if there < expected else Tampered(_FILE_CHANGED)
    return header[1 : 1 + SALT], size


def _chunk_count(size: int) -> int:
    return max(1, -(-size // CHUNK))


def _size(size: int) -> bytes:
    return size.to_bytes(8, "big")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(NONCE - 1, "big") + (b"\x01" if last else b"\x00")


def _file_cipher(key: bytes, where: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY, salt, b"redress file 1" + where).derive(key))


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cut any stream into pieces of exactly CHUNK bytes and a last one, which is marked."""
    held = bytearray()
    for chunk in chunks:
        for start in range(0, len(chunk), CHUNK):
            held += chunk[start : start + CHUNK]
            if len(held) > CHUNK:
                yield bytes(held[:CHUNK]), False
                del held[:CHUNK]
    yield bytes(held), True
