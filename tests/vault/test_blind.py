"""Blind indexes."""

from __future__ import annotations

import hmac
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.vault.conftest import open_vault
from vault import Vault
from vault.blind import BlindColumn


def test_it_works(vault: Vault, tmp_path: Path) -> None:
    first = vault.blind("email", "anna@example.com")
    other = open_vault(tmp_path)
    assert first == other.blind("email", "anna@example.com")
    other.close()
    assert len(first) == 16
    assert first != vault.blind("phone", "anna@example.com")
    assert first != vault.blind("email", "Anna@example.com")


def test_many_keeps_the_order(vault: Vault) -> None:
    values = ["a", "王", "\ud800", ""]
    assert vault.blind_many("name", values) == [vault.blind("name", value) for value in values]


def test_blind64_is_the_same_hash_cut(vault: Vault) -> None:
    (number,) = vault.blind64("email", [b"anna@example.com"])
    assert number.to_bytes(8, "big", signed=True) == vault.blind("email", "anna@example.com")[:8]


@given(st.binary(min_size=32, max_size=32), st.lists(st.binary()))
def test_it_is_hmac(root: bytes, values: list[bytes]) -> None:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = HKDF(SHA256(), 32, None, b"redress blind 1 email").derive(root)
    expected = [hmac.digest(key, value, "sha256")[:16] for value in values]
    assert BlindColumn(root, "email").many(values) == expected
