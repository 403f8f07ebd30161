from __future__ import annotations

import io
import json
import lzma
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases.package import Verdict, verify
from cases.package.verify import CONTEXT, fingerprint, main, signature_file
from tests.package.conftest import KEY, PUBLIC, Built

STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
TARGET = "data/crm/contacts.csv"


def look(data: bytes, key: bytes | None = PUBLIC) -> Verdict:
    return verify(io.BytesIO(data), key)


def pack(files: Mapping[str, bytes] | list[tuple[str, bytes]]) -> bytes:
    """A ZIP as any program would write it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns of a duplicate name
        for name, content in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, content)
    return out.getvalue()


def test_it_works(built: Built) -> None:
    verdict = look(built.data)
    assert verdict.ok
    assert verdict.problems == ()
    assert verdict.fingerprint == fingerprint(PUBLIC)


def test_packed_again_it_is_still_as_signed(built: Built) -> None:
    assert look(pack(built.files)).ok


def test_without_a_key_the_fingerprint_is_there_to_compare(built: Built) -> None:
    assert look(built.data, None) == look(built.data)


def test_changed_byte_is_named(built: Built) -> None:
    for name, content in built.files.items():
        verdict = look(pack({**built.files, name: content[:-2] + bytes([content[-2] ^ 1]) + content[-1:]}))
        assert not verdict.ok
        assert name in " ".join(verdict.problems)


def test_every_flipped_byte_of_the_stream_is_found(built: Built) -> None:
    for at in range(0, len(built.data), max(1, len(built.data) // 150)):
        data = bytearray(built.data)
        data[at] ^= 0x55
        if Built(built.data).files != _files(bytes(data)):
            assert not look(bytes(data)).ok, at


def _files(data: bytes) -> dict[str, bytes] | None:
    try:
        return Built(data).files
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        struct.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ):
        return None


def test_removed_file_is_named(built: Built) -> None:
    files = dict(built.files)
    del files[TARGET]
    assert look(pack(files)).problems == (f"{TARGET} is missing.",)


def test_added_file_is_named(built: Built) -> None:
    assert look(pack({**built.files, "x.exe": b"MZ"})).problems == (
        "x.exe was added: the signed list does not name it.",
    )


def test_renamed_file_is_named_twice(built: Built) -> None:
    files = {name if name != TARGET else "b.csv": content for name, content in built.files.items()}
    problems = look(pack(files)).problems
    assert problems == ("b.csv was added: the signed list does not name it.", f"{TARGET} is missing.")


def test_duplicated_file_is_named(built: Built) -> None:
    assert f"{TARGET} is there more than once." in look(pack([*built.files.items(), (TARGET, b"other")])).problems


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_truncated_archive_is_found(built: Built, share: float) -> None:
    assert "cut off or damaged" in look(built.data[: int(len(built.data) * share)]).problems[0]


@pytest.mark.parametrize("where", ["before", "behind", "comment"])
def test_hidden_bytes_are_found(built: Built, where: str) -> None:
    data = {"before": b"MZ" * 9 + built.data, "behind": built.data + b"MZ" * 9, "comment": built.data}[where]
    if where == "comment":
        out = io.BytesIO(data)
        with zipfile.ZipFile(out, "a") as archive:
            archive.comment = b"hello"
        data = out.getvalue()
    assert not look(data).ok


def test_other_key_is_found(built: Built) -> None:
    assert not look(built.data, STRANGER.public_key().public_bytes_raw()).ok


def test_signed_anew_by_a_stranger_is_found(built: Built) -> None:
    files = dict(built.files)
    stranger = STRANGER.public_key().public_bytes_raw()
    files["manifest.sig"] = signature_file(stranger, STRANGER.sign(CONTEXT + files["manifest.json"]))
    assert look(pack(files)).problems == (
        "The package was signed with another key than the one given.",
        "The signature (manifest.sig) does not fit the list of files (manifest.json).",
    )
    alone = look(pack(files), None)
    assert alone.ok  # only the fingerprint tells
    assert alone.fingerprint == fingerprint(stranger) != fingerprint(PUBLIC)


def test_signature_for_another_purpose_does_not_count(built: Built) -> None:
    files = {**built.files, "manifest.sig": signature_file(PUBLIC, KEY.sign(built.files["manifest.json"]))}
    assert not look(pack(files)).ok


def test_missing_signature_and_list_are_named(built: Built) -> None:
    for name in ("manifest.sig", "manifest.json"):
        files = {key: value for key, value in built.files.items() if key != name}
        assert f"{name} is missing." in look(pack(files)).problems


@pytest.mark.parametrize(
    "manifest", [b"[]", b"{}", b"\xff", b'{"schema":"redress.manifest/1","files":[1]}', b"[" * 100_000]
)
def test_list_that_is_none_is_named(built: Built, manifest: bytes) -> None:
    assert "manifest.json was changed or damaged." in look(pack({**built.files, "manifest.json": manifest})).problems


def test_folder_and_link_are_no_files(built: Built) -> None:
    out = io.BytesIO(built.data)
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("folder/", b"")
    problems = look(out.getvalue()).problems
    assert "link is no plain file." in problems
    assert "folder/ is no plain file." in problems


def test_bomb_is_not_unpacked(built: Built) -> None:
    assert f"{TARGET} was changed or damaged." in look(pack({**built.files, TARGET: bytes(50_000_000)})).problems


def test_control_codes_of_a_name_do_not_reach_the_terminal(built: Built) -> None:
    assert look(pack({**built.files, "\x1b[2Jx": b""})).problems == (
        "\\x1b[2Jx was added: the signed list does not name it.",
    )


def test_the_list_says_what_it_lists(built: Built) -> None:
    manifest = json.loads(built.files["manifest.json"])
    assert manifest["reference"] == "R-2026-0042"
    assert manifest["answer_schema"] == "redress.answer/1"
    assert {one["path"] for one in manifest["files"]} == set(built.files) - {"manifest.json", "manifest.sig"}


def test_it_runs_alone(built: Built, tmp_path: Path) -> None:
    """A copy of the file, in an isolated interpreter that cannot see the rest of Redress."""
    source = sys.modules["cases.package.verify"].__file__
    assert source is not None
    script, file = tmp_path / "verify.py", tmp_path / "answer.zip"
    script.write_bytes(Path(source).read_bytes())
    file.write_bytes(built.data)
    command = [sys.executable, "-I", script, file]
    fine = subprocess.run([*command, "--public-key", PUBLIC.hex()], capture_output=True, text=True, check=False)
    assert fine.returncode == 0, fine.stderr
    assert "are as they were signed" in fine.stdout
    file.write_bytes(pack({**built.files, TARGET: b"other"}))
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert f"{TARGET} was changed or damaged." in bad.stdout


@pytest.mark.parametrize(
    "arguments", [["none.zip"], [], ["none.zip", "--public-key", "xy"], ["none.zip", "--public-key", "00"]]
)
def test_wrong_usage_is_exit_2(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / one) if one.endswith(".zip") else one for one in arguments])
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err
