"""Check an access answer: is every file as it was signed, and is nothing more in it?

Runs inside Redress and alone (Python and the `cryptography` package): `python verify.py FILE [--public-key HEX]`.
Exit status: 0 fine, 1 problems found, 2 wrong usage. Nothing is unpacked to disk.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import lzma
import stat
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
SCHEMA = "redress.manifest/1"
CONTEXT = b"redress access answer, manifest v1\n"  # stands before the signed bytes: the key signs other things too
_MANIFEST_LIMIT = 1 << 28
_SIGNATURE_LIMIT = 4096
_CHUNK = 1 << 20
_DESCRIPTORS = (12, 16, 20, 24)  # sizes behind a streamed file: with or without signature and ZIP64
_END = 22  # bytes of the record that ends an archive without a comment
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`files` that were found as signed, what is wrong in one line each, and the fingerprint of the key that signed.

    Without a public key given to `verify`, `ok` says only that the file fits the key inside it: compare `fingerprint`
    with the one in the letter.
    """

    ok: bool
    files: int
    problems: tuple[str, ...]
    fingerprint: str


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of the raw Ed25519 public key, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()


def signature_file(public_key: bytes, signature: bytes) -> bytes:
    """Content of `manifest.sig`."""
    return f"{SCHEMA}\ned25519 {public_key.hex()}\n{signature.hex()}\n".encode()


def verify(path: Path | BinaryIO, public_key: bytes | None = None) -> Verdict:
    """Check the package; `public_key` is the raw Ed25519 key it must be signed with. Raises OSError without a file."""
    if isinstance(path, Path):
        with path.open("rb") as file:
            return verify(file, public_key)
    check = _Check(public_key)
    try:
        with zipfile.ZipFile(path) as archive:
            check.archive(archive, path)
    except _BROKEN:
        check.problems.append("The file is no complete ZIP archive: it was cut off or damaged. Download it again.")
    return Verdict(not check.problems, check.files, tuple(check.problems), check.fingerprint)


class _Check:
    def __init__(self, public_key: bytes | None) -> None:
        self.public_key = public_key
        self.problems: list[str] = []
        self.files = 0
        self.fingerprint = ""

    def archive(self, archive: zipfile.ZipFile, file: BinaryIO) -> None:
        entries = archive.infolist()
        for name, count in Counter(info.filename for info in entries).items():
            if count > 1:
                self.problem("is there more than once", name)
        self.layout(archive, file)
        found = {info.filename: info for info in entries}
        manifest = self.read(archive, found, MANIFEST, _MANIFEST_LIMIT)
        signature = self.read(archive, found, SIGNATURE, _SIGNATURE_LIMIT)
        if manifest is None:
            return
        if signature is not None:
            self.signature(manifest, signature)
        listed = self.listed(manifest)
        for name in found.keys() - listed.keys() - {MANIFEST, SIGNATURE}:
            self.problem("was added: the signed list does not name it", name)
        for name, (size, digest) in listed.items():
            if name not in found:
                self.problem("is missing", name)
            elif self.content(archive, found[name], size, digest):
                self.files += 1
            else:
                self.problem("was changed or damaged", name)
        self.problems.sort()

    def layout(self, archive: zipfile.ZipFile, file: BinaryIO) -> None:
        """Nothing may hide before, between or behind the files."""
        entries = sorted(archive.infolist(), key=lambda one: one.header_offset)
        starts = [*(one.header_offset for one in entries), archive.start_dir]
        whole = starts[0] == 0
        for info, after in zip(entries, starts[1:], strict=True):
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir() or kind not in (0, stat.S_IFREG) or info.flag_bits & 1:
                self.problem("is no plain file", info.filename)
            file.seek(info.header_offset + 26)
            lengths = file.read(4)
            head = 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            gap = after - info.header_offset - head - info.compress_size
            whole &= gap in (_DESCRIPTORS if info.flag_bits & 8 else (0,))
        file.seek(0, io.SEEK_END)
        file.seek(max(0, file.tell() - _END))
        if not whole or archive.comment or not file.read().startswith(b"PK\5\6"):
            self.problems.append("The archive holds bytes that belong to none of its files.")

    def read(self, archive: zipfile.ZipFile, found: dict[str, zipfile.ZipInfo], name: str, limit: int) -> bytes | None:
        """The content of one of the two control files; None, with the problem noted, when it cannot be had."""
        if name not in found:
            self.problem("is missing", name)
            return None
        try:
            with archive.open(found[name]) as file:
                content = file.read(limit + 1)
        except _BROKEN:
            content = b""
        if not 0 < len(content) <= limit:
            self.problem("was changed or damaged", name)
            return None
        return content

    def signature(self, manifest: bytes, content: bytes) -> None:
        try:
            schema, algorithm, signature = content.decode("ascii").splitlines()
            kind, _, key = algorithm.partition(" ")
            inside, signed = bytes.fromhex(key), bytes.fromhex(signature)
            if schema != SCHEMA or kind != "ed25519" or content != signature_file(inside, signed):
                raise ValueError(schema)
            self.fingerprint = fingerprint(inside)
            if self.public_key not in (None, inside):
                self.problems.append("The package was signed with another key than the one given.")
            Ed25519PublicKey.from_public_bytes(self.public_key or inside).verify(signed, CONTEXT + manifest)
        except InvalidSignature:
            self.problems.append("The signature (manifest.sig) does not fit the list of files (manifest.json).")
        except ValueError:
            self.problem("was changed or damaged", SIGNATURE)

    def listed(self, manifest: bytes) -> dict[str, tuple[int, str]]:
        """Size and SHA-256 by path."""
        try:
            content: dict[str, Any] = json.loads(manifest)
            files = {str(one["path"]): (int(one["size"]), str(one["sha256"])) for one in content["files"]}
            if content["schema"] == SCHEMA and len(files) == len(content["files"]):
                return files
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
        self.problem("was changed or damaged", MANIFEST)
        return {}

    def content(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int, digest: str) -> bool:
        """True when the entry has exactly that content. Reads no more than it should hold, whatever it unpacks to."""
        hashed, left = hashlib.sha256(), size
        try:
            with archive.open(info) as file:
                while chunk := file.read(min(_CHUNK, left + 1)):
                    hashed.update(chunk)
                    left -= len(chunk)
                    if left < 0:
                        return False
        except _BROKEN:
            return False
        return left == 0 and hashed.hexdigest() == digest

    def problem(self, what: str, name: str) -> None:
        # a name in a forged archive must not reach the terminal as control codes
        self.problems.append(f"{name.encode('unicode_escape').decode() if not name.isprintable() else name} {what}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(description="Check a Redress access answer.")
    parser.add_argument("file", type=Path, help="the ZIP archive")
    parser.add_argument("--public-key", type=bytes.fromhex, help="Ed25519 key it must be signed with, in hexadecimal")
    options = parser.parse_args(arguments)
    if options.public_key is not None and len(options.public_key) != 32:
        parser.error("--public-key takes 64 hexadecimal digits")
    try:
        verdict = verify(options.file, options.public_key)
    except OSError as error:
        parser.error(f"cannot read the file: {error.strerror}")
    lines = list(verdict.problems) or [f"Fine: {verdict.files} files are as they were signed."]
    if verdict.fingerprint:
        lines.append(f"Fingerprint of the signing key: {verdict.fingerprint}")
    if verdict.ok and options.public_key is None:
        lines.append("Compare the fingerprint with the one in your letter.")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
