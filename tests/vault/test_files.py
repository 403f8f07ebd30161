"""Sealed files: streamed, whole or not at all, and every change found before its bytes leave."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault import Shredded, Tampered, Truncated, Vault
from vault.sealed import CHUNK, HEADER

SEALED_CHUNK = CHUNK + 16


def content(size: int) -> bytes:
    return bytes(number * 31 % 251 for number in range(size))


def opened(vault: Vault, path: Path, scope: str = "case:1", field: str = "package") -> bytes:
    return b"".join(vault.open_file(scope, field, path))


@pytest.fixture
def package(vault: Vault, tmp_path: Path) -> Path:
    path = tmp_path / "files" / "package"
    vault.seal_file("case:1", "package", [content(3 * CHUNK + 100)], path)
    return path


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_it_works(vault: Vault, tmp_path: Path, size: int) -> None:
    made = vault.seal_file("case:1", "package", [content(size)], tmp_path / "f")
    assert (made.size, made.sha256) == (size, sha256(content(size)).hexdigest())
    assert opened(vault, tmp_path / "f") == content(size)
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2 * CHUNK), max_size=5))
def test_any_way_of_cutting_the_stream_is_the_same(vault: Vault, tmp_path: Path, sizes: list[int]) -> None:
    whole = content(sum(sizes))
    cuts = [whole[sum(sizes[:n]) : sum(sizes[: n + 1])] for n in range(len(sizes))]
    vault.seal_file("case:1", "package", cuts, tmp_path / "f")
    assert opened(vault, tmp_path / "f") == whole


@pytest.mark.parametrize("kept", [0, 1, HEADER - 1, HEADER, HEADER + SEALED_CHUNK, HEADER + 2 * SEALED_CHUNK + 5, -1])
def test_a_cut_file_is_refused_before_the_first_byte(vault: Vault, package: Path, kept: int) -> None:
    package.write_bytes(package.read_bytes()[:kept])
    with pytest.raises(Truncated):
        vault.open_file("case:1", "package", package)


def test_a_longer_file_is_refused(vault: Vault, package: Path) -> None:
    package.write_bytes(package.read_bytes() + b"x")
    with pytest.raises(Tampered):
        vault.open_file("case:1", "package", package)


def test_a_cut_file_with_a_corrected_header_is_refused(vault: Vault, package: Path) -> None:
    """The attacker cuts at a chunk and writes the matching size."""
    data = package.read_bytes()
    size = (2 * CHUNK).to_bytes(8, "big")
    package.write_bytes(data[: HEADER - 8] + size + data[HEADER : HEADER + 2 * SEALED_CHUNK])
    with pytest.raises(Tampered):
        opened(vault, package)


def test_reordered_chunks_are_refused(vault: Vault, package: Path) -> None:
    data = package.read_bytes()
    one, two = data[HEADER : HEADER + SEALED_CHUNK], data[HEADER + SEALED_CHUNK : HEADER + 2 * SEALED_CHUNK]
    package.write_bytes(data[:HEADER] + two + one + data[HEADER + 2 * SEALED_CHUNK :])
    with pytest.raises(Tampered):
        next(vault.open_file("case:1", "package", package))


def test_a_chunk_of_another_file_is_refused(vault: Vault, package: Path, tmp_path: Path) -> None:
    vault.seal_file("case:1", "package", [content(3 * CHUNK + 100)], tmp_path / "twin")
    data, twin = package.read_bytes(), (tmp_path / "twin").read_bytes()
    package.write_bytes(data[:HEADER] + twin[HEADER : HEADER + SEALED_CHUNK] + data[HEADER + SEALED_CHUNK :])
    with pytest.raises(Tampered):
        opened(vault, package)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_flipped_bit_anywhere_is_refused(vault: Vault, package: Path, data: st.DataObject) -> None:
    original = package.read_bytes()
    bit = data.draw(st.integers(0, len(original) * 8 - 1))
    changed = bytearray(original)
    changed[bit // 8] ^= 1 << bit % 8
    package.with_name("changed").write_bytes(changed)
    with pytest.raises(Tampered):
        opened(vault, package.with_name("changed"))


def test_only_authenticated_chunks_leave(vault: Vault, package: Path) -> None:
    changed = bytearray(package.read_bytes())
    changed[HEADER + 2 * SEALED_CHUNK + 5] ^= 1
    package.write_bytes(changed)
    chunks = vault.open_file("case:1", "package", package)
    assert next(chunks) + next(chunks) == content(2 * CHUNK)
    with pytest.raises(Tampered):
        next(chunks)


@pytest.mark.parametrize(("scope", "field"), [("case:2", "package"), ("case:1", "letter")])
def test_a_moved_file_is_refused(vault: Vault, package: Path, scope: str, field: str) -> None:
    vault.seal("case:2", "x", b"")
    with pytest.raises(Tampered):
        opened(vault, package, scope, field)


def test_a_shredded_file_is_refused(vault: Vault, package: Path) -> None:
    vault.shred("case:1")
    with pytest.raises(Shredded):
        vault.open_file("case:1", "package", package)


def test_a_failed_source_leaves_the_old_file(vault: Vault, package: Path) -> None:
    before = package.read_bytes()

    def broken() -> Iterator[bytes]:
        yield content(CHUNK * 2)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        vault.seal_file("case:1", "package", broken(), package)
    assert package.read_bytes() == before
    assert list(package.parent.iterdir()) == [package]


def test_memory_is_bounded(vault: Vault, tmp_path: Path) -> None:
    block = content(1_000_000)
    tracemalloc.start()
    made = vault.seal_file("case:1", "package", (block for _ in range(40)), tmp_path / "big")
    size = sum(len(chunk) for chunk in vault.open_file("case:1", "package", tmp_path / "big"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == made.size == 40_000_000
    assert peak < 2_000_000
