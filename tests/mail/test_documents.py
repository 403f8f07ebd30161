"""Files made by the programs and libraries that people use, and files made to hurt."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import os
import tarfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import docx
import openpyxl
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID
from openpyxl.comments import Comment
from pypdf import PdfWriter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from connectors.contract import Ref
from connectors.documents import Extracted, process, read, reading
from connectors.limits import DEFAULTS, Limits
from connectors.mail import mbox_entry, parse
from tests.mail.corpus import FILES, needs_corpus


def drawn(
    data: bytes, name: str = "", media_type: str = "application/octet-stream", limits: Limits = DEFAULTS
) -> Extracted:
    return read(data, name, media_type, limits)


def words(found: Extracted) -> str:
    return "\n".join(text for _, text in found.texts)


def reasons(found: Extracted) -> set[str]:
    return {reason for _, reason in found.unreadable}


def pdf(text: str = "", **options: object) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, **options)
    if text:
        canvas.drawString(72, 700, text)
    else:
        canvas.rect(72, 72, 100, 100, fill=1)
    canvas.setAuthor("Ben Author")
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.core_properties.author = "Ben Author"
    paragraph = document.add_paragraph("An")
    paragraph.add_run("na").bold = True
    paragraph.add_run(" Roth")
    document.add_table(1, 2).cell(0, 1).text = "Carl in a cell"
    document.sections[0].header.paragraphs[0].text = "Dora above"
    document.sections[0].footer.paragraphs[0].text = "Eve below"
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Fay's sheet"
    sheet.append(["Anna Roth", 4915112345678, 1.5])
    sheet["A1"].comment = Comment("noted", "Gus Noter")
    sheet["B1"].hyperlink = "mailto:anna@example.com"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def tarred(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return target.getvalue()


def open_document() -> bytes:
    content = (
        '<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:text="t"><text:p>An<text:span>na</text:span> Roth'
        "</text:p><text:p>next</text:p></office:document-content>"
    )
    return zipped(mimetype=b"application/vnd.oasis.opendocument.text", **{"content.xml": content.encode()})


FOUND: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "pdf": (lambda: pdf("Anna Roth"), ["Anna Roth", "Ben Author"]),
    "docx": (word, ["Anna Roth", "Ben Author", "Carl in a cell", "Dora above", "Eve below"]),
    "xlsx": (
        workbook,
        ["Fay's sheet", "Anna Roth\t4915112345678\t1.5", "Gus Noter", "noted", "mailto:anna@example.com"],
    ),
    "odt": (open_document, ["Anna Roth\nnext"]),
    "rtf": (lambda: rb"{\rtf1\ansi M\'fcller \b Anna\b0}", ["Müller Anna"]),
    "html": (lambda: b"<!DOCTYPE html><p>An<b>na</b>", ["Anna"]),
    "text": (lambda: "Müller".encode("latin-1"), ["Müller"]),
    "utf-16": (lambda: "Müller".encode("utf-16"), ["Müller"]),
    "json": (lambda: b'{"a": "Anna"}', ["Anna"]),
    "zip": (lambda: zipped(**{"anna.txt": b"Ben", "inner.zip": zipped(x=b"Carl")}), ["anna.txt", "Ben", "Carl"]),
    "gzip": (lambda: gzip.compress(b"Anna"), ["Anna"]),
    "bzip2": (lambda: bz2.compress(word()), ["Anna Roth"]),
    "tar": (lambda: tarred("ben.txt", b"Anna"), ["ben.txt", "Anna", "link"]),
}


@pytest.mark.parametrize("name", FOUND)
def test_it_works(name: str) -> None:
    make, wanted = FOUND[name]
    found = drawn(make())
    assert [word for word in wanted if word not in words(found)] == []
    assert found.unreadable == ()


def test_an_attached_message_is_read_with_its_attachments() -> None:
    inner = (
        b"From: Anna <anna@example.com>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nBen\r\n--b\r\n"
        b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    inner += base64.encodebytes(zipped(x=b"Carl")) + b"--b--\r\n"
    found = drawn(inner, "a.eml")
    assert [word for word in ("Anna <anna@example.com>", "Ben", "Carl") if word not in words(found)] == []


def test_names_of_entries_are_texts_not_paths() -> None:
    found = drawn(zipped(**{"anna.txt": b"Ben"}))
    assert found.texts == (("1/name", "anna.txt"), ("1", "Ben"))


def locked() -> bytes:
    return pdf("Anna", encrypt=StandardEncryption("secret"))


def encrypted_zip() -> bytes:
    data = bytearray(zipped(x=b"Anna"))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def deep(depth: int) -> bytes:
    data = b"Anna"
    for _ in range(depth):
        data = zipped(x=data)
    return data


LOST: dict[str, tuple[Callable[[], bytes], str]] = {
    "PDF without text": (pdf, "no-text"),
    "locked PDF": (locked, "encrypted"),
    "half a PDF": (lambda: pdf("Anna")[:300], "damaged"),
    "no PDF at all": (lambda: b"%PDF-1.7\n" + os.urandom(2000), "damaged"),
    "encrypted zip": (encrypted_zip, "encrypted"),
    "half a zip": (lambda: word()[:2000], "damaged"),
    "half a gzip": (lambda: gzip.compress(os.urandom(2000))[:1000], "damaged"),
    "broken compound file": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(5000), "damaged"),
    "broken TNEF": (lambda: b"\x78\x9f\x3e\x22\0\0\1\3\x90\x06\0\4\0\0\0\xff\xff\xff\xff", "damaged"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(100), "unsupported"),
    "noise": (lambda: b"\0\1\2" + os.urandom(4000), "unsupported"),
    "zip in zip in zip": (lambda: deep(6), "bomb"),
    "high ratio": (lambda: zipped(x=b"\0" * 20_000_000), "bomb"),
    "gzip of nothing": (lambda: gzip.compress(b"\0" * 50_000_000), "bomb"),
    "many entries": (lambda: zipped(**{str(at): b"" for at in range(10_001)}), "bomb"),
}


@pytest.mark.parametrize("name", LOST)
def test_what_cannot_be_read_is_named(name: str) -> None:
    make, reason = LOST[name]
    begun = time.monotonic()
    assert reason in reasons(drawn(make()))
    assert time.monotonic() - begun < 10


def test_entities_do_not_grow() -> None:
    lol = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lol}]><x><p>&l9;</p></x>'
    found = drawn(zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": xml.encode()}))
    assert len(words(found)) < 1000


def test_no_file_is_read_from_outside() -> None:
    xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x><p>Anna &e;</p></x>'
    assert "root:" not in words(drawn(zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": xml})))


def test_the_whole_attachment_has_one_budget() -> None:
    limits = Limits(unpacked_bytes=5000)
    assert "bomb" in reasons(drawn(zipped(a=os.urandom(3000), b=os.urandom(3000)), limits=limits))


def test_limits() -> None:
    assert reasons(drawn(b"x" * 101, limits=Limits(attachment_bytes=100))) == {"too-large"}
    found = drawn(b"Anna Roth", limits=Limits(text_characters=4))
    assert (words(found), reasons(found)) == ("Anna", {"too-large"})


def test_a_file_that_takes_too_long_stops_and_the_next_is_read() -> None:
    big = zipped(**{f"{at}.txt": os.urandom(50_000).hex().encode() for at in range(200)})
    assert reasons(drawn(big, limits=Limits(seconds=0.001))) == {"too-large"}
    assert words(drawn(b"Anna")) == "Anna"


def test_a_reader_that_dies_is_started_again() -> None:
    assert words(drawn(b"Anna")) == "Anna"
    running = reading._CHILD.process
    assert running is not None
    running.kill()
    running.wait()
    assert words(drawn(b"Ben")) == "Ben"


def test_an_interrupted_reading_leaves_no_answer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(process, "_receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            drawn(b"Anna")
    assert words(drawn(b"Ben")) == "Ben"


def test_the_reader_sees_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_SMTP__PASSWORD", "secret")
    reading._CHILD.stop()
    drawn(b"Anna")
    running = reading._CHILD.process
    assert running is not None
    assert b"REDRESS" not in Path(f"/proc/{running.pid}/environ").read_bytes()


def test_an_empty_page_is_no_loss() -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 700, "Anna")
    canvas.showPage()
    canvas.showPage()
    canvas.save()
    assert drawn(target.getvalue()).unreadable == ()


def test_forms_notes_and_files_in_a_pdf_are_read() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(form()))
    writer.add_attachment("carl.txt", b"Carl inside")
    target = io.BytesIO()
    writer.write(target)
    found = words(drawn(target.getvalue()))
    assert [word for word in ("Anna in a form", "carl.txt", "Carl inside") if word not in found] == []


def form() -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 700, "Name")
    canvas.acroForm.textfield(name="name", value="Anna in a form", x=72, y=600)
    canvas.save()
    return target.getvalue()


def test_empty_files_hold_nothing() -> None:
    assert drawn(b" \n") == Extracted()


@needs_corpus
def test_files_of_the_corpus() -> None:
    for path in FILES:
        if path.suffix in (".tnef", ".doc", ".rtf", ".msg", ".pdf", ".dat"):
            found = drawn(path.read_bytes(), path.name)
            assert found.texts or found.unreadable, path.name


@needs_corpus
def test_winmail_is_read() -> None:
    (path,) = [path for path in FILES if path.name == "attachments.tnef"]
    assert "bookmark.htm" in words(drawn(path.read_bytes()))


def test_an_mbox_entry_is_a_message() -> None:
    record = parse(mbox_entry(b"Subject: Anna\n\nx\n", "ben@example.com"), Ref("", ""), "", DEFAULTS)
    assert [text.text for text in record.texts][:2] == ["ben@example.com Thu Jan  1 00:00:00 1970", "Anna"]


def signature(*, detached: bool) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Hal Signer")])
    day = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name("hal@example.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"Content-Type: text/plain\r\n\r\nHello Anna\r\n")
    options = [pkcs7.PKCS7Options.Binary, *([pkcs7.PKCS7Options.DetachedSignature] if detached else [])]
    return builder.add_signer(certificate, key, hashes.SHA256()).sign(serialization.Encoding.DER, options)


def test_a_signed_message_is_opened() -> None:
    found = drawn(signature(detached=False), "smime.p7m")
    assert [word for word in ("Hello Anna", "Hal Signer", "hal@example.com") if word not in words(found)] == []
    assert found.unreadable == ()


def test_a_signature_shows_who_signed() -> None:
    assert words(drawn(signature(detached=True), "smime.p7s")) == "Hal Signer\nhal@example.com"
