from __future__ import annotations

import binascii
from datetime import UTC, datetime

import pytest

from connectors.contract import Record, Ref, TextKind
from connectors.errors import Vanished
from connectors.limits import DEFAULTS
from connectors.mail import attachment, parse
from connectors.mail.addresses import addresses


def read(raw: bytes) -> Record:
    return parse(raw, Ref("box", "1"), "v", DEFAULTS)


def texts(raw: bytes) -> dict[str, str]:
    return {text.path: text.text for text in read(raw).texts}


MIXED = (
    b"From: =?utf-8?q?Anna_M=C3=BCller?= <Anna@Example.com>\r\n"
    b"To: desk@example.org, \"Roth, Ben\" <ben@example.net>\r\n"
    b"Subject: Order\r\nDate: Tue, 3 Feb 2026 10:00:00 +0100\r\nMessage-ID: <1@example.com>\r\n"
    b"Content-Type: multipart/mixed; boundary=\"a=b\"\r\n\r\npreamble\r\n--a=b\r\n"
    b"Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\nplain\r\n"
    b"--c\r\nContent-Type: text/html\r\nContent-Language: de\r\n\r\n<p>page\r\n--c--\r\n--a=b\r\n"
    b"Content-Type: text/csv; name=list.csv\r\nContent-Disposition: attachment\r\n\r\nx,y\r\n--a=b\r\n"
    b"Content-Type: message/rfc822\r\n\r\nFrom: carl@example.com\r\nSubject: inner\r\n\r\nforwarded\r\n--a=b--\r\nepilogue\r\n"
)  # fmt: skip


def test_it_works() -> None:
    record = read(MIXED)
    found = {text.path: text for text in record.texts}
    assert found["header:0"].text == "Anna Müller <Anna@Example.com>"
    assert found["preamble"].text == "preamble"
    assert found["epilogue"].text == "epilogue\r\n"
    assert (found["part:1.1"].text, found["part:1.1"].kind) == ("plain", TextKind.BODY)
    assert (found["part:1.2"].text, found["part:1.2"].kind, found["part:1.2"].language) == (
        "\npage",
        TextKind.HTML,
        "de",
    )
    assert (found["part:2"].text, found["part:2"].kind) == ("x,y", TextKind.ATTACHMENT)
    assert (found["part:2/header:0/name"].text, found["part:2/header:0/name"].kind) == ("list.csv", TextKind.FILENAME)
    assert found["part:3.1/header:1"].text == "inner"
    assert found["part:3.1"].text == "forwarded"
    assert [(item.path, item.filename, item.media_type) for item in record.attachments] == [
        ("part:2", "list.csv", "text/csv"),
        ("part:3", "", "message/rfc822"),
    ]
    assert [(item.role, item.address, item.name) for item in record.participants] == [
        ("from", "anna@example.com", "Anna Müller"),
        ("to", "desk@example.org", ""),
        ("to", "ben@example.net", "Roth, Ben"),
    ]
    fields = {item.name: item.value for item in record.fields}
    assert fields["subject"] == "Order"
    assert fields["date"] == datetime(2026, 2, 3, 9, tzinfo=UTC)
    assert fields["message-id"] == "<1@example.com>"
    assert record.unreadable == ()


HEADERS = {
    "split inside a character": (b"=?utf-8?q?M=C3?= =?utf-8?q?=BCller?=", "Müller"),
    "base64": (b"=?UTF-8?B?5byg5Lyf?=", "张伟"),
    "gb2312": (b"=?gb2312?B?1cXOsA==?=", "张伟"),
    "folded": (b"Anna\r\n Roth", "Anna Roth"),
    "folded words": (b"=?utf-8?q?Anna?=\r\n =?utf-8?q?_Roth?=", "Anna Roth"),
    "raw UTF-8": ("Anna Müller".encode(), "Anna Müller"),
    "raw Latin-1": ("Anna Müller".encode("latin-1"), "Anna Müller"),
    "raw Chinese": ("张伟".encode("gb18030"), "张伟"),
    "a wrong charset": (b"=?us-ascii?q?M=C3=BCller?=", "Müller"),
    "an unknown charset": (b"=?nonsense?q?M=C3=BCller?=", "Müller"),
    "a language": (b"=?utf-8*de?q?M=C3=BCller?=", "Müller"),
    "missing padding": (b"=?utf-8?B?TcO8bGxlcg?=", "Müller"),
    "text between": (b"=?utf-8?q?A?= b =?utf-8?q?C?=", "A b C"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(name: str) -> None:
    value, text = HEADERS[name]
    assert texts(b"Subject: " + value + b"\r\n\r\nx")["header:0"] == text


NAMES = {
    "plain": (b'filename="anna.pdf"', "anna.pdf"),
    "bare, with spaces": (b"filename=anna roth.pdf", "anna roth.pdf"),
    "extended": (b"filename*=utf-8''M%C3%BCller.pdf", "Müller.pdf"),
    "continued": (b'filename*0="anna ";\r\n filename*1=roth.pdf', "anna roth.pdf"),
    "continued and extended": (b"filename*0*=utf-8''M%C3%BC;\r\n filename*1*=ller; filename*2=.pdf", "Müller.pdf"),
    "out of order": (b"filename*1=roth.pdf; filename*0=anna-", "anna-roth.pdf"),
    "encoded word": (b'filename="=?utf-8?q?M=C3=BCller.pdf?="', "Müller.pdf"),
    "raw": ('filename="Müller.pdf"'.encode(), "Müller.pdf"),
}


@pytest.mark.parametrize("name", NAMES)
def test_file_names(name: str) -> None:
    value, text = NAMES[name]
    (item,) = read(b"Content-Disposition: attachment; " + value + b"\r\n\r\nx").attachments
    assert item.filename == text


BODIES = {
    "utf-8": (b"charset=utf-8", b"", "Müller".encode(), "Müller"),
    "declared ASCII": (b"charset=us-ascii", b"", "Müller".encode(), "Müller"),
    "undeclared Latin-1": (b"", b"", "Müller sagt".encode("latin-1"), "Müller sagt"),
    "undeclared Chinese": (b"", b"", "你好，张伟".encode("gb18030"), "你好，张伟"),
    "gb2312": (b"charset=gb2312", b"", "镕基".encode("gb18030"), "镕基"),
    "iso-2022-jp": (b"charset=iso-2022-jp", b"", "山田".encode("iso-2022-jp"), "山田"),
    "utf-16": (b"charset=utf-16", b"base64", b"/v8ATQD8", "Mü"),
    "quoted-printable": (b"charset=utf-8", b"quoted-printable", b"M=C3=BC=\r\nller =3D=XY", "Müller ==XY"),
    "base64": (b"charset=utf-8", b"base64", b"TcO8\r\nbGxlcg==", "Müller"),
    "base64 without padding": (b"charset=utf-8", b"base64", b"TcO8bGxlcg", "Müller"),
    "flowed without spaces": (b"format=flowed; delsp=yes", b"", b"an \r\nna", "anna"),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(name: str) -> None:
    parameters, encoding, body, text = BODIES[name]
    head = b"Content-Type: text/plain; " + parameters + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    assert texts(head + body)["part:1"] == text


def test_markup_reads_as_people_see_it_and_shows_what_they_do_not() -> None:
    page = (
        '<html><title>T</title><style>p{font:"Arial"}</style><p style="x">An<b>na</b> M&uuml;ller</p>'
        '<a href="mailto:anna%40example.com?x=1&amp;y=M%C3%BCller">mail</a><img alt="portrait of Anna">'
        "<!-- Ben --><!--[if mso]><p title='Carl'>Dora</p><![endif]--><script>var e='eve'</script>&lt;<fay@example.com>"
    )
    text = texts(b"Content-Type: text/html; charset=utf-8\n\n" + page.encode())["part:1"]
    seen = ["Anna Müller", "mailto:anna@example.com?x=1&y=Müller", "portrait of Anna", "Ben", "Carl", "Dora", "eve"]
    assert [word for word in [*seen, "fay@example.com"] if word not in text] == []
    assert "Arial" not in text


def test_calendar_lines_are_unfolded() -> None:
    text = texts(b"Content-Type: text/calendar\r\n\r\nATTENDEE:mailto:anna@exam\r\n ple.com\r\n")["part:1"]
    assert text == "ATTENDEE:mailto:anna@example.com\r\n"


def test_text_behind_an_encoded_block_is_seen() -> None:
    raw = b"Content-Transfer-Encoding: base64\n\nQW5uYQ==\n\n-- \nsent to ben@example.com by the list\n"
    found = texts(raw)
    assert found["part:1"] == "Anna"
    assert "ben@example.com" in found["appended"]


def test_a_boundary_with_an_address_is_seen() -> None:
    raw = (
        b'Content-Type: multipart/mixed; boundary="anna@example.com"\n\n--anna@example.com\n\nx\n--anna@example.com--\n'
    )
    assert texts(raw)["header:0/boundary"] == "anna@example.com"


BROKEN = {
    "no boundary": (b"Content-Type: multipart/mixed\n\n--b\n\nAnna\n", "damaged"),
    "no end": (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nAnna\n", "damaged"),
    "unknown encoding": (b"Content-Transfer-Encoding: nonsense\n\nAnna\n", "damaged"),
    "encrypted": (b"Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nAnna\n--b--\n", "encrypted"),
    "armoured": (b"\nAnna\n-----BEGIN PGP MESSAGE-----\n", "encrypted"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_named_and_the_rest_is_seen(name: str) -> None:
    raw, reason = BROKEN[name]
    record = read(raw)
    assert reason in {item.reason for item in record.unreadable}
    assert any("Anna" in text.text for text in record.texts)


LISTS = {
    "Anna <a@example.com>": [("Anna", "a@example.com")],
    "a@example.com (Anna Roth)": [("", "a@example.com")],
    "undisclosed-recipients:;": [],
    "team: a@example.com, b@example.com;": [("", "a@example.com"), ("", "b@example.com")],
    '"Roth, Anna" <A@EXAMPLE.com>; b@example.com': [("Roth, Anna", "a@example.com"), ("", "b@example.com")],
    '"Anna <a@example.com>, b@example.com': [("Anna", "a@example.com"), ("", "b@example.com")],
    "=?utf-8?q?M=C3=BCller=2C_A?= <a@example.com>": [("Müller, A", "a@example.com")],
    "<@relay:a@bücher.example>": [("", "a@xn--bcher-kva.example")],
    "": [],
}


@pytest.mark.parametrize("text", LISTS)
def test_address_lists(text: str) -> None:
    found = [(name if "(" not in text else "", address) for name, address in addresses(text)]
    assert found == LISTS[text]


def test_attachment() -> None:
    assert attachment(MIXED, "part:2", DEFAULTS) == b"x,y"
    with pytest.raises(Vanished):
        attachment(MIXED, "part:1.1", DEFAULTS)


def test_a_file_in_the_text_is_read() -> None:
    block = b"begin 644 anna.txt\n" + binascii.b2a_uu(b"Ben Roth") + b"`\nend\n"
    assert texts(b"\nHello\n" + block)["part:1/1"] == "Ben Roth"


def test_a_page_names_its_own_charset() -> None:
    page = '<meta charset="gb2312"><p>镕基'.encode("gb18030")
    assert "镕基" in texts(b"Content-Type: text/html\n\n" + page)["part:1"]


def test_a_fragment_is_named() -> None:
    record = read(b"Content-Type: message/partial; id=a; number=2\n\nAnna\n")
    assert [item.reason for item in record.unreadable] == ["unsupported"]
    assert any("Anna" in text.text for text in record.texts)
