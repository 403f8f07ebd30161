"""Sealed values: what opens them, and the error for everything that does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.conftest import open_vault
from vault import KeyMissing, RingUnreadable, Shredded, Tampered, Truncated, Vault, WrongKey

SECRET = b"Hannelore Musterfrau, 030 23125 042"


def test_it_works(vault: Vault) -> None:
    blob = vault.seal("case:1", "name", SECRET)
    assert blob[0] == 1
    assert len(blob) == len(SECRET) + 29
    assert vault.open("case:1", "name", blob) == SECRET
    assert vault.seal("case:1", "name", SECRET) != blob


@given(value=st.text(st.characters()))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    vault = open_vault(tmp_path_factory.getbasetemp() / "text")
    assert vault.open_text("case:1", "f", vault.seal_text("case:1", "f", value)) == value
    vault.close()


def test_json_comes_back(vault: Vault) -> None:
    value = {"名": ["王小明", 1, None, True], "b": {"c": "\ud800"}}
    assert vault.open_json("case:1", "f", vault.seal_json("case:1", "f", value)) == value


def test_json_refuses_nan(vault: Vault) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        vault.seal_json("case:1", "f", float("nan"))


def test_another_process_opens_it(vault: Vault, tmp_path: Path) -> None:
    blob = vault.seal("case:1", "name", SECRET)
    other = open_vault(tmp_path)
    assert other.open("case:1", "name", blob) == SECRET
    other.close()


def test_swapped_field_is_refused(vault: Vault) -> None:
    with pytest.raises(Tampered):
        vault.open("case:1", "email", vault.seal("case:1", "name", SECRET))


def test_swapped_case_is_refused(vault: Vault) -> None:
    vault.seal("case:2", "name", b"")
    with pytest.raises(Tampered):
        vault.open("case:2", "name", vault.seal("case:1", "name", SECRET))


def test_every_flipped_bit_is_refused(vault: Vault) -> None:
    blob = vault.seal("case:1", "name", b"Max Mustermann")
    for place in range(len(blob) * 8):
        changed = bytearray(blob)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Tampered):
            vault.open("case:1", "name", bytes(changed))


def test_every_cut_is_refused(vault: Vault) -> None:
    blob = vault.seal("case:1", "name", b"Max Mustermann")
    for length in range(len(blob)):
        with pytest.raises(Truncated if length < 29 else Tampered):
            vault.open("case:1", "name", blob[:length])


def test_the_ring_of_another_installation_is_refused(vault: Vault, tmp_path: Path) -> None:
    vault.seal("case:1", "name", SECRET)
    vault.close()
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "keys.db", tmp_path / "other")
    with pytest.raises(WrongKey, match="Put back the ring"):
        open_vault(tmp_path / "other")


def test_opening_never_makes_a_key(vault: Vault, tmp_path: Path) -> None:
    blob = vault.seal("case:1", "name", SECRET)
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "keyring.json", tmp_path / "other")
    other = open_vault(tmp_path / "other")
    for _ in range(2):
        with pytest.raises(KeyMissing, match="newest key store"):
            other.open("case:1", "name", blob)
    other.close()


def test_a_lost_ring_is_not_replaced_while_open(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "keyring.json").unlink()
    with pytest.raises(RingUnreadable, match="is gone"):
        vault.seal("case:1", "name", SECRET)


def test_shredded_is_shredded(vault: Vault) -> None:
    blob = vault.seal("case:1", "name", SECRET)
    vault.shred("case:1")
    with pytest.raises(Shredded):
        vault.open("case:1", "name", blob)
    with pytest.raises(Shredded):
        vault.seal("case:1", "name", SECRET)
    vault.shred("case:1")


def test_a_scope_shredded_before_its_first_use_stays_shredded(vault: Vault) -> None:
    vault.shred("case:9")
    with pytest.raises(Shredded):
        vault.seal("case:9", "name", SECRET)


def test_another_process_notices_the_shredding(vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.STALE_SECONDS", 0)
    blob = vault.seal("case:1", "name", SECRET)
    other = open_vault(tmp_path)
    other.shred("case:1")
    other.close()
    with pytest.raises(Shredded):
        vault.open("case:1", "name", blob)


def test_shredding_a_scope_leaves_signing_keys(vault: Vault) -> None:
    before = vault.public_key("ledger")
    vault.shred("ledger")
    assert vault.public_key("ledger") == before


def test_neither_plaintext_nor_destroyed_keys_stay_on_disk(vault: Vault, tmp_path: Path) -> None:
    vault.seal("case:1", "name", SECRET)
    vault.signing_key("ledger")
    for number in range(50):
        vault.seal(f"case:x{number}", "name", SECRET)
    raw = vault._key("case:1", create=False).raw
    with vault._keys._transaction() as connection:
        wrapped = connection.exec_driver_sql("SELECT wrapped FROM vault_key WHERE name = 'case:1'").scalar_one()
    assert on_disk(tmp_path, wrapped)
    vault.shred("case:1")
    for planted in (wrapped, raw, SECRET):
        assert not on_disk(tmp_path, planted)


def on_disk(folder: Path, planted: bytes) -> bool:
    return any(planted in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_scopes_and_fields_cannot_be_confused(vault: Vault) -> None:
    """Without lengths, `a` + `bc` and `ab` + `c` would authenticate as the same place."""
    from vault.sealed import place

    assert place("a", "bc") != place("ab", "c")


def test_the_signing_key_stays_the_same(vault: Vault, tmp_path: Path) -> None:
    signature = vault.signing_key("ledger").sign(b"x")
    other = open_vault(tmp_path)
    assert other.public_key("ledger") == vault.public_key("ledger") != vault.public_key("package")
    other.signing_key("ledger").public_key().verify(signature, b"x")
    other.close()


def test_more_scopes_than_memory_holds(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.KEYS_IN_MEMORY", 3)
    blobs = {scope: vault.seal(scope, "f", scope.encode()) for scope in ("a", "b", "c", "d", "e")}
    assert len(vault._scopes) == 3
    assert all(vault.open(scope, "f", blob) == scope.encode() for scope, blob in blobs.items())
