from __future__ import annotations

import pytest

from connectors.contract import Mask, Ref
from connectors.errors import Unsupported
from connectors.limits import DEFAULTS
from connectors.mail import parse, redact
from connectors.mail.redaction import stamps
from tests.mail.test_parse import MIXED


def texts(raw: bytes) -> dict[str, str]:
    return {text.path: text.text for text in parse(raw, Ref("box", "1"), "v", DEFAULTS).texts}


def masked(raw: bytes, path: str, word: str, by: str = "[redacted]") -> bytes:
    """The message with the first `word` at `path` masked."""
    at = texts(raw)[path].index(word)
    return redact(raw, [Mask(path, at, at + len(word), by)], (), None)


def part(content_type: str, encoding: str, body: bytes) -> bytes:
    head = f"From: x@example.com\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def test_it_works() -> None:
    new = masked(MIXED, "part:1.1", "plain")
    assert new == MIXED.replace(b"\r\nplain\r\n", b"\r\n[redacted]\r\n")


PLACES = {
    "utf-8": (
        part("text/plain; charset=utf-8", "8bit", "Hallo Müller, grüß Gott".encode()),
        "Müller",
        part("text/plain; charset=utf-8", "8bit", "Hallo █, grüß Gott".encode()),
    ),
    "seven bits stay seven": (
        part("text/plain; charset=utf-8", "7bit", b"Hi Anna"),
        "Anna",
        part("text/plain; charset=utf-8", "7bit", b"Hi [redacted]"),
    ),
    "Latin-1 has no block": (
        part("text/plain; charset=iso-8859-1", "8bit", "Grüß Müller".encode("latin-1")),
        "Müller",
        part("text/plain; charset=iso-8859-1", "8bit", "Grüß [redacted]".encode("latin-1")),
    ),
    "Chinese": (
        part("text/plain; charset=gb18030", "8bit", "您好张伟先生".encode("gb18030")),
        "张伟",
        part("text/plain; charset=gb18030", "8bit", "您好█先生".encode("gb18030")),
    ),
    "shifting Japanese": (
        part("text/plain; charset=iso-2022-jp", "7bit", "こんにちは山田さん".encode("iso-2022-jp")),
        "山田",
        part("text/plain; charset=iso-2022-jp", "7bit", "こんにちは[redacted]さん".encode("iso-2022-jp")),
    ),
    "quoted-printable changes its line": (
        part("text/plain; charset=utf-8", "quoted-printable", b"one=20\r\nM=C3=\r\n=BCller =3D x\r\nlast =\r\nline=3d"),
        "Müller",
        part("text/plain; charset=utf-8", "quoted-printable", b"one=20\r\n=E2=96=88 =3D x\r\nlast =\r\nline=3d"),
    ),
    "base64 keeps its form": (
        part("text/plain; charset=utf-8", "base64", b"SGFs\r\nbG8g\r\nTcO8\r\nbGxl\r\ncg==\r\n\r\n"),
        "Müller",
        part("text/plain; charset=utf-8", "base64", b"SGFs\r\nbG8g\r\n4paI\r\n\r\n"),
    ),
    "markup stays": (
        part("text/html; charset=utf-8", "8bit", "<p>ü An<b>na</b> M&uuml;ller</p>".encode()),
        "Anna Müller",
        part("text/html; charset=utf-8", "8bit", "<p>ü █<b></b></p>".encode()),
    ),
    "links": (
        part("text/html", "7bit", b"<a href='mailto:anna%40example.com?x=1'>mail</a>"),
        "anna@example.com",
        part("text/html", "7bit", b"<a href='mailto:%5Bredacted%5D?x=1'>mail</a>"),
    ),
    "unfolded": (
        part("text/calendar", "7bit", b"A:anna@exam\r\n ple.com\r\nB:x\r\n"),
        "anna@example.com",
        part("text/calendar", "7bit", b"A:[redacted]\r\n \r\nB:x\r\n"),
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_bodies(name: str) -> None:
    raw, word, wanted = PLACES[name]
    by = "[redacted]" if name == "links" else "█"
    assert masked(raw, "part:1", word, by) == wanted


HEADERS = {
    "plain": (b"Subject: Hello Anna Roth", "Anna Roth", b"Subject: Hello [redacted]"),
    "folded": (b"Subject: Hello Anna\r\n Roth, dear", "Anna Roth", b"Subject: Hello [redacted], dear"),
    "address": (
        b"To: Anna <anna@example.com>, b@example.com",
        "anna@example.com",
        b"To: Anna <redacted>, b@example.com",
    ),
    "encoded word": (
        b"Subject: =?utf-8?q?M=C3=BCller_f=C3=BChrt?= an",
        "Müller",
        b"Subject: =?utf-8?B?W3JlZGFjdGVkXSBmw7xocnQ=?= an",
    ),
    "raw": ("Subject: Frau Müller führt".encode(), "Müller", "Subject: Frau [redacted] führt".encode()),
    "file name": (
        b'Content-Disposition: inline;\r\n filename="anna-cv.pdf"',
        "anna",
        b'Content-Disposition: inline;\r\n filename="redacted-cv.pdf"',
    ),
    "extended file name": (
        b"Content-Disposition: inline; filename*=utf-8''M%C3%BCller%2Epdf",
        "Müller",
        b"Content-Disposition: inline; filename*=utf-8''%5Bredacted%5D.pdf",
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(name: str) -> None:
    line, word, wanted = HEADERS[name]
    raw = b"X-First: a\r\n" + line + b"\r\nX-Last: b\r\n\r\nbody\r\n"
    path = next(path for path, text in texts(raw).items() if word in text)
    assert masked(raw, path, word) == raw.replace(line, wanted)


def test_a_long_encoded_header_is_folded() -> None:
    raw = b"Subject: =?utf-8?q?" + b"=C3=BC" * 100 + b"Anna?=\r\n\r\nx"
    new = masked(raw, "header:0", "Anna")
    assert texts(new)["header:0"] == "ü" * 100 + "[redacted]"
    assert max(map(len, new.split(b"\r\n"))) <= 76 + len("Subject: ")


def test_a_field_is_its_header() -> None:
    raw = b"Subject: Anna\r\n\r\nx"
    spans = [Mask("field:subject", 0, 4, "[a]"), Mask("header:0", 0, 4, "[b]")]
    assert redact(raw, spans, (), None) == b"Subject: [a]\r\n\r\nx"


def test_overlapping_masks_are_one() -> None:
    raw = b"Subject: x\r\n\r\nAnna Roth"
    assert redact(raw, [Mask("part:1", 0, 6, "A"), Mask("part:1", 4, 9, "B")], (), None).endswith(b"\r\n\r\nA")


def test_a_boundary_is_replaced_everywhere() -> None:
    raw = (
        b'Content-Type: multipart/mixed; boundary="anna@example.com"\n\n--anna@example.com\n\nx\n--anna@example.com--\n'
    )
    new = masked(raw, "header:0/boundary", "anna@example.com")
    assert new == raw.replace(b"anna@example.com", b"redacted-boundary")


def test_drops_an_attachment() -> None:
    new = redact(MIXED, [Mask("part:2/header:0/name", 0, 4, "x"), Mask("part:2", 0, 1, "z")], ["part:2"], None)
    at = MIXED.index(b"Content-Type: text/csv")
    assert new[:at] == MIXED[:at]
    assert new.endswith(MIXED[MIXED.index(b"\r\n--a=b\r\nContent-Type: message/rfc822") :])
    assert b"list.csv" not in new
    assert b"x,y" not in new
    record = parse(new, Ref("box", "1"), "v", DEFAULTS)
    assert [(item.path, item.filename) for item in record.attachments] == [("part:2", "removed.txt"), ("part:3", "")]


def test_drops_the_only_part() -> None:
    raw = b"Subject: x\nContent-Type: application/pdf; name=anna.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg==\n"
    new = redact(raw, (), ["part:1"], None)
    assert texts(new)["part:1"].startswith("This attachment was removed")
    assert b"anna" not in new


def test_drops_a_forwarded_message() -> None:
    new = redact(MIXED, [Mask("part:3.1/header:0", 0, 4, "x")], ["part:3"], None)
    assert b"carl" not in new
    assert b"forwarded" not in new


def test_drops_what_is_inside_another_once() -> None:
    inner = b"Content-Type: application/pdf; name=anna.pdf\r\n\r\n%PDF-anna"
    raw = MIXED.replace(b"\r\n\r\nforwarded", b"\r\n" + inner)
    assert redact(raw, (), ["part:3.1", "part:3", "part:3"], None) == redact(raw, (), ["part:3"], None)
    assert b"%PDF" not in redact(raw, (), ["part:3"], None)


def test_stamps() -> None:
    new = redact(MIXED, (), (), "step-1")
    assert new.replace(b"X-Privacy-Redaction: step-1\r\n", b"") == MIXED
    assert stamps(redact(new, (), (), "step-2")) == {"step-1", "step-2"}
    assert stamps(MIXED) == set()


@pytest.mark.parametrize(
    "raw", [b"", b"\nbody", b"body only", b"Subject: x", b"Subject: x\n", b"Subject: x\nbody without a line"]
)
def test_stamps_what_is_hardly_a_message(raw: bytes) -> None:
    new = redact(raw, (), (), "step-1")
    assert stamps(new) == {"step-1"}
    assert texts(new).get("part:1", "") == texts(raw).get("part:1", "")


def test_refuses_a_stamp_that_is_no_id() -> None:
    with pytest.raises(ValueError, match="stamp"):
        redact(MIXED, (), (), "a\r\nBcc: b@example.com")


REFUSED = ("part:9", "part:1", "header:99", "header:x", "header:0/filename", "part:2/inner", "nonsense", "field:other")


@pytest.mark.parametrize("path", REFUSED)
def test_refuses_places_that_are_not_there(path: str) -> None:
    with pytest.raises(Unsupported):
        redact(MIXED, [Mask(path, 0, 1, "x")], (), None)


def test_refuses_a_mask_outside_its_text() -> None:
    with pytest.raises(Unsupported):
        redact(MIXED, [Mask("part:1.1", 0, 99, "x")], (), None)


def test_refuses_text_out_of_a_document() -> None:
    raw = part("application/rtf", "7bit", b"{\\rtf1 Anna}")
    assert "Anna" in texts(raw)["part:1"]
    with pytest.raises(Unsupported):
        redact(raw, [Mask("part:1", 0, 1, "x")], (), None)


def test_refuses_to_drop_what_is_no_attachment() -> None:
    with pytest.raises(Unsupported):
        redact(MIXED, (), ["part:1.1"], None)
