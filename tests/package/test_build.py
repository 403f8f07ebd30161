from __future__ import annotations

import csv
import io
import json
import mailbox
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import cases.package
from cases.package import Item, PackageError, StoreCoverage, build, verify
from connectors.contract import Attachment, Field, Mask, Participant, Record, Ref, Text, TextKind, Unreadable
from tests.package.conftest import (
    COVERAGE,
    FACTS,
    KEY,
    MAIL,
    OTHER,
    PUBLIC,
    WITHHELD,
    Built,
    items,
    mail_item,
    mask_all,
    open_attachment,
    package,
    row,
)

SCHEMA = json.loads((Path(cases.package.__file__).parent / "answer.schema.json").read_text("utf-8"))
HOSTILE = "\x00\x1b[31m\ud800 \u202egnp.exe \ufffe\r\n</script>\x7f"


def test_it_works(built: Built) -> None:
    verdict = verify(io.BytesIO(built.data), PUBLIC)
    assert verdict.problems == ()
    assert verdict.files == len(built.files) - 2
    assert {"index.html", "README.txt", "answer.json", "coverage.json", "withheld.json", "manifest.json"} <= set(
        built.files
    )


def test_same_input_gives_the_same_bytes(built: Built) -> None:
    assert package(items()).data == built.data


def test_answer_follows_its_schema(built: Built) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    answer = json.loads(built.files["answer.json"])
    Draft202012Validator(SCHEMA).validate(answer)
    assert [(one["collection"], one["records"]) for one in answer["collections"]] == [
        ("contacts", 2),
        ("notes", 1),
        ("orders", 150),
        ("INBOX", 2),
    ]
    assert len(answer["records"]) == 155


def test_lines_are_the_records_of_the_answer(built: Built) -> None:
    lines = [
        json.loads(line) for name in built.files if name.endswith(".jsonl") for line in built.files[name].splitlines()
    ]
    assert lines == json.loads(built.files["answer.json"])["records"]


def test_values_keep_their_types(built: Built) -> None:
    fields = json.loads(built.files["data/crm/notes.jsonl"])["fields"]
    assert fields["rating"] == -5
    assert fields["active"] is True
    assert fields["empty"] is None
    assert fields["amount"] == "1234.50"
    assert fields["photo"] == {"base64": "iVBORwA=", "bytes": 5}
    assert fields["created"] == "2026-01-05T09:30:00+00:00"


def test_masked_words_are_nowhere(built: Built) -> None:
    for name, content in built.files.items():
        for word in (b"wren", b"tomas-laptop", b"4711"):
            assert word not in (name.encode() + content).lower(), name


def test_masked_words_are_masked_in_what_has_no_path_of_its_own() -> None:
    record = Record(
        Ref("deals", "1"),
        "1",
        (Field("contact", "Straße GmbH, Ann Xu <ann.xu@example.org>"),),
        participants=(Participant("owner", "ANN.XU@example.org", "Dr. Ann Xu"), Participant("to", "mira@example.com")),
        attachments=(Attachment("f:1", "for ann xu.pdf", "application/pdf", 3),),
    )
    masks = mask_all(record, "Ann Xu <ann.xu@example.org>")
    answer = package([Item("crm", "deals", record, masks, (), record.attachments)])
    [shown] = json.loads(answer.files["answer.json"])["records"]
    assert shown["people"][0] == {"role": "owner", "address": OTHER, "name": f"Dr. {OTHER}"}
    assert shown["people"][1]["address"] == "mira@example.com"
    assert shown["attachments"][0]["name"] == f"for {OTHER}.pdf"
    assert not any(b"ann xu" in name.encode().lower() + content.lower() for name, content in answer.files.items())


def test_mbox_holds_the_mails_masked(built: Built, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(built.files["mail/mail-INBOX.mbox"])
    assert box.read_bytes().startswith(b"From MAILER-DAEMON Mon Mar  9 09:00:00 2026\n")
    opened = mailbox.mbox(box)
    first, second = opened
    assert b">From tomorrow on [another person]" in box.read_bytes()
    assert second["From"] == "sales@example.com"
    files = [part.get_filename() for part in first.walk() if part.get_filename()]
    assert files == ["plan.png", "removed.txt"]  # what is not handed over is not in the mail either
    opened.close()


def test_files_are_handed_over_as_they_are(built: Built) -> None:
    assert built.files["attachments/mail/INBOX/000001-1-plan.png"] == b"\x89PNG\r\n\x1a\n"
    assert built.files["attachments/crm/notes/000001-1-scan.pdf"] == b"%PDF-1.7\n"


def test_text_of_a_file_that_is_not_handed_over_is_not_shown() -> None:
    record = Record(
        Ref("notes", "1"),
        "1",
        texts=(Text("f:1", "KEEP-OUT", TextKind.ATTACHMENT), Text("f:1/a.txt", "KEEP-OUT", TextKind.ATTACHMENT)),
        attachments=(Attachment("f:1", "x.zip", "application/zip", 3),),
    )
    assert not any(b"KEEP-OUT" in content for content in package([Item("crm", "notes", record)]).files.values())


def test_file_with_a_mask_in_it_is_withheld_and_its_masked_text_shown() -> None:
    text = Text("f:1", "Mira and Tomas Wren", TextKind.ATTACHMENT, maskable=False)
    file = Attachment("f:1", "x.pdf", "application/pdf", 3)
    record = Record(Ref("notes", "1"), "1", texts=(text,), attachments=(file,))
    answer = package([Item("crm", "notes", record, (Mask("f:1", 9, 19, OTHER),), (), (file,))])
    [shown] = json.loads(answer.files["answer.json"])["records"]
    assert shown["attachments"][0]["file"] is None
    assert shown["texts"][0]["text"] == f"Mira and {OTHER}"
    assert not any(name.startswith("attachments/") for name in answer.files)


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u200b=", "\ufeff@"]
)
def test_csv_cells_are_no_formulas(start: str) -> None:
    text = package([row("crm", "contacts", "1", **{f"{start}name": f"{start}cmd|' /C calc'!A0"})]).files[
        "data/crm/contacts.csv"
    ]
    head, cells = csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))
    assert head[1].startswith("'")
    assert cells[1].startswith("'")


def test_csv_cells_are_no_formulas_where_a_program_splits_elsewhere() -> None:
    answer = package([row("crm", "contacts", "1", note='a;=1+1\nb\t@x;"=2')])
    assert "a;'=1+1\nb\t'@x;\"\"'=2" in answer.files["data/crm/contacts.csv"].decode()


def test_csv_is_quoted_and_marked_as_utf8(built: Built) -> None:
    text = built.files["data/crm/contacts.csv"]
    assert text.startswith(b"\xef\xbb\xbf")
    for line in text.decode("utf-8-sig").splitlines():
        assert line.startswith('"')
        assert line.endswith('"')
    assert '"-5"' in built.files["data/crm/notes.csv"].decode()  # a number is no formula


def test_german_spreadsheets_get_semicolons() -> None:
    assert b'"1";"Mira"' in package(items()[:2], language="de").files["data/crm/contacts.csv"]


def test_hostile_text_is_harmless_everywhere() -> None:
    record = Record(
        Ref(HOSTILE, HOSTILE),
        HOSTILE,
        (Field(HOSTILE, HOSTILE), Field("t", time(1, 2)), Field("f", float("inf")), Field(HOSTILE, "second")),
        (Text("part:1", HOSTILE, TextKind.BODY, HOSTILE),),
        (Participant("from", HOSTILE, HOSTILE),),
        (Attachment("f:1", HOSTILE, HOSTILE, 3),),
        (Unreadable(HOSTILE, "damaged"),),
    )
    coverage = (*COVERAGE, StoreCoverage(HOSTILE, HOSTILE, "searched", HOSTILE, (HOSTILE,)))
    things = [Item(HOSTILE, HOSTILE, record, (), (HOSTILE,), record.attachments)]
    facts = replace(FACTS, subject=HOSTILE, reference=HOSTILE)
    data = b"".join(build(facts, lambda: iter(things), coverage, WITHHELD, open_attachment, KEY.sign, PUBLIC))
    assert verify(io.BytesIO(data), PUBLIC).problems == ()
    for name, content in Built(data).files.items():
        assert not set(content) & {0, 27, 127} or name.startswith("attachments/") or name.endswith((".json", ".jsonl"))
        assert not set(name) & set("\x00\x1b\u202e\\:\n")
        content.decode("utf-8")


def test_mail_that_is_no_mail_is_still_shown() -> None:
    answer = package([mail_item(b"\xff\xfe\x00 not a mail \x80", "1", ())])
    assert verify(io.BytesIO(answer.data), PUBLIC).ok


def test_names_of_two_collections_never_meet() -> None:
    names = ("a/b", "a b", "A_B", "..", "con", "x.page2")
    things = [row("crm", name, "1", n=1) for name in names] + [row("CRM", "x", "1", n=1)]
    coverage = [*COVERAGE, StoreCoverage("CRM", "sql", "searched")]
    data = b"".join(build(FACTS, lambda: iter(things), coverage, (), open_attachment, KEY.sign, PUBLIC))
    pages = [name.casefold() for name in Built(data).files if name.endswith(".jsonl")]
    assert len(set(pages)) == len(things)
    assert verify(io.BytesIO(data), PUBLIC).ok


def test_nothing_found_is_an_answer_too() -> None:
    answer = package([])
    assert verify(io.BytesIO(answer.data), PUBLIC).ok
    assert b"No personal data about you is handed over" in answer.files["index.html"]
    assert json.loads(answer.files["answer.json"])["records"] == []


def test_coverage_and_withheld_are_told(built: Built) -> None:
    assert [one["status"] for one in json.loads(built.files["coverage.json"])] == [
        "searched",
        "searched",
        "skipped",
        "failed",
    ]
    assert json.loads(built.files["withheld.json"])[0]["cite"] == "GDPR Art. 15(4)"


@pytest.mark.skipif(shutil.which("unzip") is None, reason="Info-ZIP unzip is not installed")
def test_unzip_finds_it_sound(built: Built, tmp_path: Path) -> None:
    file = tmp_path / "answer.zip"
    file.write_bytes(built.data)
    done = subprocess.run(["unzip", "-tq", file], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_20000_items_take_bounded_memory() -> None:
    def many() -> Iterator[Item]:
        return (row("crm", "orders", str(n), number=n, note=f"{n} " * 150) for n in range(20_000))

    sizes: list[int] = []
    tracemalloc.start()
    try:
        for chunk in build(FACTS, many, COVERAGE, WITHHELD, open_attachment, KEY.sign, PUBLIC):
            sizes.append(len(chunk))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(sizes) > 1_000_000
    assert max(sizes) < 1_000_000
    assert peak < 20_000_000  # the items alone are 40 MB


def test_large_files_are_zip64() -> None:
    from cases.package.archive import Archive

    archive = Archive()
    data = b"".join([*archive.add("a.bin", [b"x"], 1 << 31), *archive.close()])
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.read("a.bin") == b"x"
    assert data[4:6] == b"\x2d\x00"  # version 4.5: ZIP64
    assert data[30 + 5 : 30 + 7] == b"\x01\x00"


def test_mask_outside_its_text_is_refused() -> None:
    with pytest.raises(PackageError, match="outside its text"):
        package([row("crm", "contacts", "1", (Mask("field:a", 0, 9, OTHER),), a="short")])


def test_mask_of_nothing_is_refused() -> None:
    with pytest.raises(PackageError, match="does not have"):
        package([row("crm", "contacts", "1", (Mask("field:b", 0, 1, OTHER),), a="short")])


def test_file_of_another_record_is_refused() -> None:
    thing = replace(items()[0], attachments=(Attachment("f:9", "x", "text/plain", 1),))
    with pytest.raises(PackageError, match="not one of its record"):
        package([thing])


def test_items_that_are_not_grouped_are_refused() -> None:
    with pytest.raises(PackageError, match="not grouped"):
        package([row("crm", "a", "1"), row("crm", "b", "1"), row("crm", "a", "2")])


def test_store_without_coverage_is_refused() -> None:
    with pytest.raises(PackageError, match="not listed as searched"):
        package([row("helpdesk", "tickets", "1")])


def test_data_that_changes_meanwhile_ends_the_build() -> None:
    reads = iter(range(100))

    def changing() -> Iterator[Item]:
        return iter([row("crm", "contacts", str(min(next(reads), 2)), a=1)])

    with pytest.raises(PackageError, match="changed while"):
        package(changing)


def test_missing_statement_is_refused() -> None:
    with pytest.raises(PackageError, match="must also tell: confirmation"):
        package(items(), required=frozenset({"purposes", "confirmation"}))


def test_unknown_language_is_refused() -> None:
    with pytest.raises(PackageError, match="en, de, zh"):
        package(items(), language="fr")


def test_wrong_signing_key_is_refused() -> None:
    with pytest.raises(PackageError, match="do not belong together"):
        b"".join(build(FACTS, lambda: iter(()), COVERAGE, (), open_attachment, lambda data: bytes(64), PUBLIC))


def test_errors_carry_no_personal_data() -> None:
    thing = row("crm", "contacts", "mira@example.com", (Mask("field:mira", 0, 1, OTHER),), name="Mira")
    with pytest.raises(PackageError) as caught:
        package([thing])
    assert "mira" not in str(caught.value).lower()


def test_mail_of_the_tests_holds_what_they_mask() -> None:
    assert b"Tomas Wren" in MAIL
    assert b"tomas-laptop" in MAIL


def test_names_inside_an_archive_are_not_shown() -> None:
    record = Record(
        Ref("notes", "1"),
        "1",
        texts=(Text("f:1/Tomas Wren.txt", "blue", TextKind.ATTACHMENT),),
        attachments=(Attachment("f:1", "x.zip", "application/zip", 3),),
        unreadable=(Unreadable("f:1/Tomas Wren.exe", "unsupported"),),
    )
    answer = package([Item("crm", "notes", record, (), (), record.attachments)])
    assert b"blue" in answer.files["answer.json"]
    assert not any(b"Tomas Wren" in content for content in answer.files.values())
