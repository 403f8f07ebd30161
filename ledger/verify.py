"""Check the ledger of a Redress installation without trusting it. One file: needs Python 3.11 and `cryptography` only.

    python verify.py log FOLDER [--public-key HEX] [--shipped FOLDER] [--json]
    python verify.py receipt FILE [--public-key HEX] [--json]
    python verify.py consistency OLD NEW [--proof FILE] [--public-key HEX] [--json]

FOLDER is an export, or the folder that leaves are shipped to. OLD is a checkpoint or a receipt; NEW is a later one with
a proof, or a folder of leaves. Exit codes: 0 all is well, 1 something was changed, 2 the input cannot be read.

A public key that lies beside the leaves proves only that they fit together: pass the key you were given by another way.
Trees are those of RFC 6962 section 2.1 (RFC 9162 section 2.1); checkpoints are C2SP tlog-checkpoint in a signed note.
"""

from __future__ import annotations

import argparse
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

VERSION = 1
FIELDS = {"v", "seq", "at", "actor", "action", "object", "case", "prev", "commit"}
ED25519 = b"\x01"  # signature type in key ids, C2SP signed-note
SEGMENTS = "leaves-*.jsonl"
CHECKPOINTS = "checkpoints.jsonl"
PUBLIC_KEY = "public-key.txt"


class Unreadable(Exception):
    """The input is not what it should be at all; the text says which file."""


class Bad(Exception):
    """An entry (number `seq`, from 0) does not stand as it was written."""

    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(reason)
        self.seq = seq


@dataclass(frozen=True)
class Result:
    """`leaves` were read; `first_bad` is the first entry that is wrong, missing or no longer vouched for."""

    ok: bool
    leaves: int
    first_bad: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of a segment: a leaf as it was hashed, its hash, and the sealed payload where it was shipped."""

    seq: int
    body: bytes
    hash: bytes
    payload: bytes | None = None


@dataclass(frozen=True)
class Checkpoint:
    """A signed statement: the log named `origin` had `size` leaves and this root."""

    origin: str
    size: int
    root: bytes


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """The roots of the complete subtrees of a growing tree, largest first: all that appending needs, O(log n)."""

    size: int = 0
    roots: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf hash; gives the roots of the subtrees (of 2, 4, 8, … leaves) that it completes."""
        self.roots.append(leaf)
        self.size += 1
        made = []
        for _ in range((self.size & -self.size).bit_length() - 1):
            right = self.roots.pop()
            self.roots[-1] = node_hash(self.roots[-1], right)
            made.append(self.roots[-1])
        return made

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self.roots:
            return sha256(b"").digest()
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def inclusion_holds(leaf: bytes, seq: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= seq < size:
        return False
    index, last, result = seq, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            result = node_hash(sibling, result)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and result == root


def consistency_holds(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2; an empty old log is the beginning of every log."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and (old_root == (new_root if old == new else sha256(b"").digest()))
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    before = after = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            before, after = node_hash(node, before), node_hash(node, after)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            after = node_hash(after, node)
        index, last = index >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def origin_of(public_key: bytes) -> str:
    """The name of a log follows from its key, so two installations never share one."""
    return f"redress-ledger/{sha256(public_key).hexdigest()[:16]}"


def key_id(origin: str, public_key: bytes) -> bytes:
    """C2SP signed-note: the first 4 bytes of SHA-256(name || newline || type || key)."""
    return sha256(origin.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def read_checkpoint(note: str, public_key: bytes) -> Checkpoint:
    """Parse and verify a signed note. Raises `ValueError` with the reason."""
    text, gap, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not gap or len(lines) != 3 or not lines[1].isascii() or not lines[1].isdigit():
        raise ValueError("it is not a checkpoint")
    origin, size, root = lines[0], int(lines[1]), b64decode(lines[2], validate=True)
    if str(size) != lines[1] or len(root) != 32:
        raise ValueError("it is not a checkpoint")
    for line in signatures.splitlines():
        mark, name, value = [*line.split(" "), "", ""][:3]
        signature = b64decode(value) if (mark, name) == ("—", origin) else b""
        if signature[:4] == key_id(origin, public_key) and _signed(public_key, signature[4:], text.encode() + b"\n"):
            return Checkpoint(origin, size, root)
    raise ValueError("it is not signed by the key of this ledger")


def verify_log(
    entries: Iterable[Entry],
    checkpoints: Mapping[int, str],
    public_key: bytes,
    shipped: Iterable[Entry] | None = None,
) -> Result:
    """Check every leaf against its hash and predecessor, every checkpoint and every shipped leaf. Bounded memory."""
    frontier, vouched = Frontier(), 0
    try:
        others = iter(shipped or ())
        vouched = _check_root(frontier, checkpoints, public_key, vouched)
        other = next(others, None)
        for entry in chain_of(entries):
            _compare(entry, other)
            frontier.append(entry.hash)
            vouched = _check_root(frontier, checkpoints, public_key, vouched)
            # Before the next entry: a ledger that grows meanwhile has by then whatever was shipped by now.
            other = next(others, None)
        if other is not None:
            raise Bad(frontier.size, f"entry {frontier.size} was shipped, but is missing: the end was cut off")
        if beyond := [size for size in checkpoints if size > frontier.size]:
            raise Bad(frontier.size, f"a checkpoint vouches for {max(beyond)} entries: the end was cut off")
    except Bad as bad:
        return Result(False, frontier.size, bad.seq, str(bad))
    return Result(True, frontier.size)


def chain_of(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, each checked to be well-formed, in place, and the successor of the one before. Raises `Bad`."""
    before: Entry | None = None
    for seq, entry in enumerate(entries):
        if entry.seq != seq:
            raise Bad(min(seq, entry.seq), f"entry {seq} is missing, twice there, or not in its place")
        if leaf_hash(entry.body) != entry.hash:
            raise Bad(seq, f"entry {seq} was changed: it does not fit its hash")
        leaf = _leaf(entry)
        if leaf["prev"] != (before.hash.hex() if before else None):
            raise Bad(max(seq - 1, 0), f"entry {seq} does not follow entry {seq - 1}: that one was changed")
        before = entry
        yield entry


def _leaf(entry: Entry) -> dict[str, Any]:
    try:
        leaf = json.loads(entry.body)
    except ValueError:
        leaf = None
    if not isinstance(leaf, dict) or set(leaf) != FIELDS or leaf["v"] != VERSION or canonical(leaf) != entry.body:
        raise Bad(entry.seq, f"entry {entry.seq} is not a leaf of this version in canonical form")
    if leaf["seq"] != entry.seq:
        raise Bad(entry.seq, f"entry {entry.seq} names another number: it was moved")
    return leaf


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one JSON text of a value: keys sorted, no spaces, ASCII escapes, no normalisation of text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def _compare(entry: Entry, shipped: Entry | None) -> None:
    if shipped is not None and shipped.body != entry.body:
        raise Bad(min(entry.seq, shipped.seq), f"entry {entry.seq} is not the one that was shipped")


def _check_root(frontier: Frontier, checkpoints: Mapping[int, str], public_key: bytes, vouched: int) -> int:
    """Compare with the checkpoint of this size, if there is one; gives the size that is vouched for."""
    note = checkpoints.get(frontier.size)
    if note is None:
        return vouched
    try:
        checkpoint = read_checkpoint(note, public_key)
    except ValueError as error:
        raise Bad(vouched, f"the checkpoint of {frontier.size} entries cannot be believed: {error}") from None
    if checkpoint.size != frontier.size:
        raise Bad(vouched, f"the checkpoint of {frontier.size} entries is one of {checkpoint.size} entries")
    if checkpoint.root != frontier.root():
        raise Bad(vouched, f"entries {vouched} to {frontier.size - 1} are not those the checkpoint vouches for")
    return frontier.size


def _signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_segments(folder: Path) -> Iterator[Entry]:
    """The leaves of an export or shipping folder, in order, without a last line that power failed on. Raises `Bad`."""
    segments, number = sorted(folder.glob(SEGMENTS)), 0
    for file in segments:
        with file.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n") and file == segments[-1]:
                    return
                yield parse_entry(line, number)
                number += 1


def parse_entry(line: bytes, number: int) -> Entry:
    """One line of a segment, which stands where entry `number` should. Raises `Bad`."""
    try:
        value = json.loads(line)
        payload = b64decode(value["payload"], validate=True) if value["payload"] is not None else None
        return Entry(int(value["seq"]), value["body"].encode("ascii"), bytes.fromhex(value["hash"]), payload)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Bad(number, f"entry {number} cannot be read") from None


def format_entry(entry: Entry) -> bytes:
    """The line that `parse_entry` reads."""
    payload = b64encode(entry.payload).decode() if entry.payload is not None else None
    value = {"seq": entry.seq, "hash": entry.hash.hex(), "body": entry.body.decode("ascii"), "payload": payload}
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def read_checkpoints(folder: Path) -> dict[int, str]:
    """Signed notes by size. A torn last line is left out."""
    file = folder / CHECKPOINTS
    lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    try:
        values = [json.loads(line) for line in lines if line.endswith(b"\n")]
        return {int(value["size"]): str(value["note"]) for value in values}
    except (ValueError, KeyError, TypeError):
        raise Unreadable(f"{file.name} holds a line that is not a checkpoint.") from None


def verify_receipt(receipt: Mapping[str, Any], public_key: bytes) -> Result:
    """A receipt: the leaf is in the log that the checkpoint speaks of. `first_bad` names the leaf."""
    seq, body = int(receipt["seq"]), str(receipt["leaf"]).encode()
    proof = [bytes.fromhex(node) for node in receipt["proof"]]
    try:
        checkpoint = read_checkpoint(receipt["checkpoint"], public_key)
    except ValueError as error:
        return Result(False, 0, seq, f"the checkpoint cannot be believed: {error}")
    if json.loads(body).get("seq") != seq:
        return Result(False, checkpoint.size, seq, "the leaf is not the one the receipt names")
    if not inclusion_holds(leaf_hash(body), seq, checkpoint.size, proof, checkpoint.root):
        return Result(False, checkpoint.size, seq, "the leaf is not in the log that the checkpoint vouches for")
    return Result(True, checkpoint.size)


def verify_growth(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> Result:
    """The older log is the beginning of the newer one."""
    if old.origin == new.origin and consistency_holds(old.size, new.size, old.root, new.root, proof):
        return Result(True, new.size)
    return Result(False, new.size, 0, f"the first {old.size} entries are not the same in both")


def verify_prefix(old: Checkpoint, entries: Iterable[Entry]) -> Result:
    """The leaves begin with the log that an older checkpoint speaks of."""
    frontier = Frontier()
    try:
        for entry in chain_of(entries):
            if frontier.size < old.size:
                frontier.append(entry.hash)
    except Bad as bad:
        return Result(False, frontier.size, bad.seq, str(bad))
    if frontier.size < old.size:
        return Result(False, frontier.size, frontier.size, f"{old.size} entries were vouched for: the end was cut off")
    if frontier.root() != old.root:
        return Result(False, frontier.size, 0, f"the first {old.size} entries are not those that were vouched for")
    return Result(True, frontier.size)


def _public_key(given: str | None, folder: Path | None, receipt: Mapping[str, Any]) -> bytes:
    text = given or str(receipt.get("public_key", ""))
    if not text and folder is not None and (folder / PUBLIC_KEY).exists():
        text = (folder / PUBLIC_KEY).read_text("ascii").strip()
    if len(text) != 64:
        raise Unreadable("There is no public key of 64 hex digits. Pass it with --public-key.")
    return bytes.fromhex(text)


def _read_note(file: Path) -> tuple[str, dict[str, Any]]:
    """A checkpoint file, or the checkpoint inside a receipt, with the receipt."""
    text = file.read_text("utf-8")
    if not text.lstrip().startswith("{"):
        return text, {}
    receipt = json.loads(text)
    return str(receipt["checkpoint"]), receipt


def _run_log(args: argparse.Namespace) -> Result:
    key = _public_key(args.public_key, args.folder, {})
    checkpoints = read_checkpoints(args.folder)
    if not checkpoints and not any(args.folder.glob(SEGMENTS)):
        raise Unreadable(f"{args.folder} holds no ledger.")
    if args.shipped:
        checkpoints = read_checkpoints(args.shipped) | checkpoints
    shipped = read_segments(args.shipped) if args.shipped else None
    return verify_log(read_segments(args.folder), checkpoints, key, shipped)


def _run_receipt(args: argparse.Namespace) -> Result:
    receipt = json.loads(args.file.read_text("utf-8"))
    return verify_receipt(receipt, _public_key(args.public_key, None, receipt))


def _run_consistency(args: argparse.Namespace) -> Result:
    note, receipt = _read_note(args.old)
    folder = args.new if args.new.is_dir() else None
    new_note, new_receipt = ("", {}) if folder else _read_note(args.new)
    key = _public_key(args.public_key, folder, receipt | new_receipt)
    try:
        old = read_checkpoint(note, key)
        if folder:
            return verify_prefix(old, read_segments(folder))
        new = read_checkpoint(new_note, key)
    except ValueError as error:
        return Result(False, 0, 0, f"a checkpoint cannot be believed: {error}")
    if args.proof is None:
        raise Unreadable("Two checkpoints need a proof. Pass it with --proof, or give a folder of leaves.")
    return verify_growth(old, new, [bytes.fromhex(node) for node in json.loads(args.proof.read_text("utf-8"))])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verify.py", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    for name, run, paths in (
        ("log", _run_log, ("folder",)),
        ("receipt", _run_receipt, ("file",)),
        ("consistency", _run_consistency, ("old", "new")),
    ):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        for path in paths:
            command.add_argument(path, type=Path)
        command.add_argument("--public-key", help="64 hex digits, got by another way than the leaves")
        command.add_argument("--json", action="store_true", help="print the result as JSON")
        if name == "log":
            command.add_argument("--shipped", type=Path, help="folder the leaves were shipped to")
        if name == "consistency":
            command.add_argument("--proof", type=Path, help="JSON list of hex hashes")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    args = _parser().parse_args(arguments)
    try:
        result: Result = args.run(args)
    except (Unreadable, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        text = "The input is not a file of a Redress ledger."
        if isinstance(error, OSError):
            text = f"{error.filename} cannot be read: {error.strerror}."
        sys.stderr.write(f"{error if isinstance(error, Unreadable) else text}\n")
        return 2
    if args.json:
        line = json.dumps(asdict(result))
    elif result.ok:
        line = f"All is well: {result.leaves} entries."
    else:
        line = f"Changed. First bad entry: {result.first_bad}. Reason: {result.reason}."
    sys.stdout.write(f"{line}\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main())
