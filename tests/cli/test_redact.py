"""`redress pii redact`: a masked file beside the one that was given, or none."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from cli.pii_redact import WITHHELD
from tests.cli.conftest import Command

TEXT = "Dear Anna Example,\nMr Boris Petrov (boris@example.org) will call. IBAN DE89370400440532013000.\n"
SUBJECT = ("--keep-subject", "Example, Anna", "--keep-subject", "anna@example.com")
PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_it_works(redress: Command, letter: Path) -> None:
    report = redress.json("pii", "redact", str(letter), *SUBJECT)
    out = letter.with_name("letter.redacted.txt")
    assert out.read_text("utf-8") == (
        "Dear Anna Example,\nMr [PERSON] ([EMAIL_ADDRESS]) will call. IBAN [IBAN_CODE].\n"
    )
    assert letter.read_text("utf-8") == TEXT
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert report["out"] == str(out)
    assert report["masked"] == {"EMAIL_ADDRESS": 1, "IBAN_CODE": 1, "PERSON": 1}
    assert report["kept"] == {"PERSON": 1}
    assert [(one["entity"], one["reason"]) for one in report["review"]] == [("IBAN_CODE", "nobody-named")]
    assert report["unread"] == report["removed"] == []


def test_people_read_the_same(redress: Command, letter: Path) -> None:
    said = redress("pii", "redact", str(letter), *SUBJECT).stdout
    assert "PERSON\t1\t1" in said
    assert "nobody-named" in said
    assert said.endswith("letter.redacted.txt\n")


def test_nothing_is_replaced_without_force(redress: Command, letter: Path) -> None:
    redress("pii", "redact", str(letter))
    redress("pii", "redact", str(letter), code=2)
    redress("pii", "redact", str(letter), "--force")


def test_the_file_itself_is_never_written_over(redress: Command, letter: Path) -> None:
    redress("pii", "redact", str(letter), "--out", str(letter), "--force", code=2)
    link = letter.with_name("link")
    link.symlink_to(letter)
    redress("pii", "redact", str(letter), "--out", str(link), "--force", code=2)
    assert letter.read_text("utf-8") == TEXT


def test_what_must_be_withheld_is_not_written(redress: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 9)
    report = redress.json("pii", "redact", str(path), code=1)
    assert (report["out"], report["withheld"]) == (None, "unread")
    assert list(tmp_path.glob("*redacted*")) == []
    assert WITHHELD["unread"] in redress("pii", "redact", str(path), code=1).stderr


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("label", "[EMAIL_ADDRESS]"),
        ("remove", "()"),
        ("partial", "(*****@*******.org)"),
        ("pseudonym", "(EMAIL_ADDRESS_"),
    ],
)
def test_operators(redress: Command, letter: Path, operator: str, wanted: str) -> None:
    redress("pii", "redact", str(letter), *SUBJECT, "--operator", operator)
    found = letter.with_name("letter.redacted.txt").read_text("utf-8")
    assert wanted in found
    assert "boris" not in found.lower()


def test_pseudonyms_are_the_same_under_one_key(redress: Command, letter: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    made = []
    for name in ("a", "b"):
        redress(
            "pii",
            "redact",
            str(letter),
            "--operator",
            "pseudonym",
            "--key-file",
            str(key),
            "--out",
            str(tmp_path / name),
        )
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_only_the_types_that_are_asked_for(redress: Command, letter: Path) -> None:
    redress("pii", "redact", str(letter), *SUBJECT, "--labels", "EMAIL_ADDRESS")
    found = letter.with_name("letter.redacted.txt").read_text("utf-8")
    assert "Boris Petrov ([EMAIL_ADDRESS])" in found


@pytest.mark.parametrize(
    "words",
    [
        ("--operator", "blur"),
        ("--labels", "NOBODY"),
        ("--keep-subject", "@"),
        ("--operator", "pseudonym", "--key-file", "/"),
    ],
)
def test_what_cannot_be_used(redress: Command, letter: Path, words: tuple[str, ...]) -> None:
    redress("pii", "redact", str(letter), *words, code=1 if "--key-file" in words else 2)


def test_a_missing_file(redress: Command, tmp_path: Path) -> None:
    redress("pii", "redact", str(tmp_path / "none"), code=2)


def test_pdf(redress: Command, tmp_path: Path) -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 700, TEXT.splitlines()[1])
    canvas.save()
    path = tmp_path / "a.pdf"
    path.write_bytes(target.getvalue())
    report = redress.json("pii", "redact", str(path), *SUBJECT)
    assert report["masked"]["EMAIL_ADDRESS"] == 1


def test_every_code_is_documented() -> None:
    assert all(f"| `{code}` |" in PAGE for code in WITHHELD)
