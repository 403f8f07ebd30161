"""Ring and key store: rotation, killed half-way, and several processes at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vault.conftest import open_vault
from vault import FileKeyRing, KeyInUse, KeysUnreadable, RingUnreadable, Tampered, Truncated, Vault, WrongKey

ROOT = Path(__file__).parents[2]


def start(folder: Path, code: str) -> subprocess.Popen[str]:
    """Run `code` in another process, with `vault` open at `folder`."""
    head = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom tests.vault.conftest import open_vault\n"
        f"vault = open_vault(Path({str(folder)!r}))\n"
    )
    return subprocess.Popen([sys.executable, "-c", head + code], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_it_works(tmp_path: Path) -> None:
    ring = FileKeyRing(tmp_path / "ring.json")
    assert (tmp_path / "ring.json").stat().st_mode & 0o777 == 0o600
    blob = ring.wrap(b"key", b"aad")
    first = ring.active_id
    assert ring.rotate() != first
    assert ring.unwrap(blob, b"aad") == b"key"
    ring.drop(first)
    with pytest.raises(WrongKey):
        ring.unwrap(blob, b"aad")


def test_another_process_sees_a_rotation(tmp_path: Path) -> None:
    one, two = FileKeyRing(tmp_path / "ring.json"), FileKeyRing(tmp_path / "ring.json")
    one.rotate()
    assert two.active_id == one.active_id


def test_a_ring_open_to_others_is_refused(tmp_path: Path) -> None:
    FileKeyRing(tmp_path / "ring.json")
    (tmp_path / "ring.json").chmod(0o640)
    with pytest.raises(RingUnreadable, match="chmod 600"):
        FileKeyRing(tmp_path / "ring.json")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"v": 1, "active": "x", "keys": {}}', '{"v": 1, "active": 1, "keys": 1}']
)
def test_a_damaged_ring_is_refused(tmp_path: Path, text: str) -> None:
    FileKeyRing(tmp_path / "ring.json")
    (tmp_path / "ring.json").write_text(text)
    with pytest.raises(RingUnreadable, match="damaged"):
        FileKeyRing(tmp_path / "ring.json")


def test_a_changed_key_in_the_ring_is_noticed(tmp_path: Path) -> None:
    ring = FileKeyRing(tmp_path / "ring.json")
    document = json.loads((tmp_path / "ring.json").read_text())
    document["keys"][ring.active_id] = "A" * 43 + "="
    (tmp_path / "ring.json").write_text(json.dumps(document))
    with pytest.raises(RingUnreadable, match="damaged"):
        ring.wrap(b"key", b"")


def test_every_changed_byte_of_a_wrapped_key_is_refused(tmp_path: Path) -> None:
    ring = FileKeyRing(tmp_path / "ring.json")
    blob = ring.wrap(b"k" * 32, b"aad")
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 1
        with pytest.raises((Tampered, WrongKey)):  # a changed id names a key that nobody holds
            ring.unwrap(bytes(changed), b"aad")
    with pytest.raises(Truncated):
        ring.unwrap(blob[:20], b"aad")
    with pytest.raises(Tampered):
        ring.unwrap(blob, b"other")


def test_the_active_key_is_not_dropped(tmp_path: Path) -> None:
    ring = FileKeyRing(tmp_path / "ring.json")
    with pytest.raises(KeyInUse, match="Rotate first"):
        ring.drop(ring.active_id)


def test_rotation_keeps_everything_readable(vault: Vault) -> None:
    blobs = {f"case:{number}": vault.seal(f"case:{number}", "f", b"x") for number in range(600)}
    old, public, blind = vault._keys._kms.active_id, vault.public_key("ledger"), vault.blind("c", "v")
    vault.shred("case:599")
    assert vault.rotate() == 601  # 599 scopes, the signing key, the blind root
    vault.drop(old)
    vault._scopes.clear()
    assert all(vault.open(scope, "f", blob) == b"x" for scope, blob in blobs.items() if scope != "case:599")
    assert (vault.public_key("ledger"), vault.blind("c", "v")) == (public, blind)


def test_a_key_in_use_is_not_dropped(vault: Vault) -> None:
    vault.seal("case:1", "f", b"x")
    old = vault._keys._kms.active_id
    vault._keys.rotate()
    with pytest.raises(KeyInUse, match="1 data key"):
        vault.drop(old)


KILL_AFTER = """
import vault.keystore, vault.kms
vault.keystore.BATCH = 3
steps = 0
def counted(function):
    def call(*args, **kwargs):
        global steps
        steps += 1
        if steps == {step}:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return call
os.fsync = counted(os.fsync)
Path.replace = counted(Path.replace)
vault.kms.FileKeyRing.wrap = counted(vault.kms.FileKeyRing.wrap)
vault.keystore.KeyStore._scrub = counted(vault.keystore.KeyStore._scrub)
open_vault(Path({folder!r})).rotate()
print("finished")
"""


@pytest.mark.parametrize("step", [1, 2, 3, 4, 6, 8, 12, 13, 14])
def test_rotation_killed_half_way(vault: Vault, tmp_path: Path, step: int) -> None:
    """Steps: sync ring, rename, sync folder, ten wraps in batches of three, scrub."""
    blobs = {f"case:{number}": vault.seal(f"case:{number}", "f", b"x") for number in range(10)}
    old = vault._keys._kms.active_id
    process = start(tmp_path, KILL_AFTER.format(step=step, folder=str(tmp_path)))
    assert process.communicate(timeout=60)[0] == ""
    assert process.returncode == -signal.SIGKILL
    after = open_vault(tmp_path)
    assert all(after.open(scope, "f", blob) == b"x" for scope, blob in blobs.items())
    after.rotate()
    after.drop(old)
    after._scopes.clear()
    assert all(after.open(scope, "f", blob) == b"x" for scope, blob in blobs.items())
    assert after._keys.waiting() == 0
    after.close()


def test_two_processes_make_the_same_scope(tmp_path: Path) -> None:
    """Neither ring nor key store exist yet: the race is over the ring, the tables and the keys."""
    code = (
        "blobs = [vault.seal(f'case:{n}', 'f', b'x').hex() for n in range(40)]\n"
        "print(vault.public_key('ledger').hex(), vault.blind('c', 'v').hex(), *blobs)\n"
    )
    outputs = [process.communicate(timeout=60)[0].split() for process in [start(tmp_path, code) for _ in range(3)]]
    vault = open_vault(tmp_path)
    for output in outputs:
        assert output[:2] == [vault.public_key("ledger").hex(), vault.blind("c", "v").hex()]
        assert all(vault.open(f"case:{n}", "f", bytes.fromhex(blob)) == b"x" for n, blob in enumerate(output[2:]))
    vault.close()


def test_keys_made_while_another_process_rotates_and_drops(tmp_path: Path) -> None:
    vault = open_vault(tmp_path)
    process = start(tmp_path, "for n in range(200): vault.seal(f'case:{n}', 'f', b'x')\n")
    for _ in range(5):
        old = vault._keys._kms.active_id
        vault.rotate()
        while vault._keys.waiting():
            vault._keys.rewrap_all()
        vault.drop(old)
    assert process.wait(60) == 0
    assert process.stdout is not None
    process.stdout.close()
    for number in range(200):
        vault.seal(f"case:{number}", "g", b"y")  # unwraps the key that the other process made
    vault.close()


def test_a_key_store_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.db").write_bytes(b"not a database " * 100)
    with pytest.raises(KeysUnreadable, match="cannot be used"):
        open_vault(tmp_path)


def test_a_key_store_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysUnreadable, match="keys_url"):
        Vault.open_at(tmp_path / "ring.json", "mysql://localhost/keys")


def test_a_ring_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RingUnreadable, match="cannot be made"):
        FileKeyRing(tmp_path / "file" / "ring.json")


def test_a_ring_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ring.json").mkdir()
    with pytest.raises(RingUnreadable, match="cannot be read"):
        FileKeyRing(tmp_path / "ring.json")


def test_a_key_of_wrong_length_is_refused(vault: Vault, tmp_path: Path) -> None:
    """Well wrapped, by somebody who holds the ring, but no key."""
    vault.seal("case:1", "f", b"x")
    short = FileKeyRing(tmp_path / "keyring.json").wrap(b"short", b"redress data key scope:case:1")
    with vault._keys._transaction() as connection:
        connection.exec_driver_sql("UPDATE vault_key SET wrapped = ?", (short,))
    vault._scopes.clear()
    with pytest.raises(Tampered, match="wrong length"):
        vault.open("case:1", "f", bytes(40))
