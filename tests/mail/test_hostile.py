"""Input that stalls or breaks careless readers: bounded time, no exception, nothing lost silently."""

from __future__ import annotations

import time

import pytest

from connectors.contract import Mask, Ref
from connectors.limits import DEFAULTS, Limits
from connectors.mail import parse, redact


def nested(depth: int) -> bytes:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(depth))
    return b"From: a@example.com\n" + head + b"\ninnermost text\n"


def addresses(count: int) -> bytes:
    return b"To: " + b",\n ".join(b'"P %d" <p%d@example.com>' % (at, at) for at in range(count)) + b"\n\nx\n"


def html(content: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\n\n" + content.encode("utf-8", "surrogatepass")


HOSTILE = {
    "50,000 addresses": addresses(50_000),
    "1,200 nested multiparts": nested(1200),
    "100,000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "name*": b"Content-Type: text/plain; name*\nContent-Disposition: attachment; filename*0*=\n\nx\n",
    "bad sections": b"Content-Type: text/plain; name*9999999999=a; name*1*=%; name*0*=''\n\nx\n",
    "long header": b"Subject: " + b"a" * 2_000_000 + b"\n\nx\n",
    "folded header": b"Subject: a\n" + b" b\n" * 100_000 + b"\nx\n",
    "many headers": b"X: y\n" * 300_000 + b"\nx\n",
    "NUL": b"Subject: a\0b\n\n\0\0x\n",
    "surrogates": html("\ud800\udfff<p title='\udc80'>x"),
    "encoded word bomb": b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\n\nx\n",
    "open words": b"Subject: " + b"=?utf-8?q?a" * 50_000 + b"\n\nx\n",
    "quotes": b'To: "' + b'\\"' * 30_000 + b"\n\nx\n",
    "one quote in brackets": b'To: <">"' + b'\\"' * 20_000 + b"\n\nx\n",
    "parentheses": b"To: " + b"(\\(" * 20_000 + b"\n\nx\n",
    "open tags": html("<div>" * 200_000),
    "tags without end": html("<a " * 200_000),
    "quotes without end": html("<a b='" * 100_001),
    "comments": html("<!--" * 200_000),
    "comments in comments": html("<!-- <a '" * 100_000 + "-->"),
    "scripts": html("<script>" * 100_000),
    "entities": html("&" * 200_000 + "&#9999999;&notanentity;" * 10_000),
    "percent": html("<a href='" + "%e4" * 300_000 + "'>"),
    "spaces in quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n" + b" " * 2_000_000 + b"x",
    "equals in quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * 2_000_000,
    "base64 rubbish": b"Content-Transfer-Encoding: base64\n\n" + b"a b=\n" * 300_000,
    "padding": b"Content-Transfer-Encoding: base64\n\n" + b"=" * 1_000_000,
    "codec of Python": b"Content-Type: text/plain; charset=idna\n\n" + b"x" * 500_000,
    "not a charset": b"Content-Type: text/plain; charset=zlib\nSubject: =?rot13?q?a?=\n\nx",
    "delimiters only": b"Content-Type: multipart/mixed; boundary=\"\"\n\n--\n--\n",
    "message in message": b"Content-Type: message/rfc822\n\n" * 1200,
    "carriage returns": b"Subject: a\rTo: b@example.com\r\rbody\r" * 1000,
    "spaces before delimiter": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b" + b" " * 500_000 + b"x\n",
    "parameters": b"Content-Type: text/plain" + b"; a=" * 100_000 + b"\n\nx",
    "empty": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_is_read_in_bounded_time(name: str) -> None:
    raw = HOSTILE[name]
    begun = time.process_time()
    record = parse(raw, Ref("box", "1"), "1", DEFAULTS)
    assert redact(raw, (), (), None) == raw
    if record.texts:
        text = max((text for text in record.texts if text.maskable), key=lambda text: len(text.text))
        redact(raw, [Mask(text.path, 0, len(text.text), "x")], (), "step")
    assert time.process_time() - begun < 4


def test_what_is_too_deep_is_searched_as_it_stands() -> None:
    record = parse(nested(1200), Ref("box", "1"), "1", DEFAULTS)
    assert any("innermost text" in text.text for text in record.texts)
    assert "too-large" in {item.reason for item in record.unreadable}


def test_what_is_too_many_is_searched_as_it_stands() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5000 + b"--b\n\nthe last\n--b--\n"
    record = parse(raw, Ref("box", "1"), "1", DEFAULTS)
    assert any("the last" in text.text for text in record.texts)
    assert "too-large" in {item.reason for item in record.unreadable}


def test_a_long_header_is_searched_but_not_taken_apart() -> None:
    record = parse(addresses(50_000), Ref("box", "1"), "1", DEFAULTS)
    assert "p49999@example.com" in record.texts[0].text
    assert record.participants == ()
    assert record.unreadable[0].reason == "too-large"


def test_too_many_headers_are_searched_with_the_body() -> None:
    record = parse(b"X: y\n" * 5000 + b"Last: anna@example.com\n\nx\n", Ref("box", "1"), "1", DEFAULTS)
    assert any("anna@example.com" in text.text for text in record.texts)
    assert "too-large" in {item.reason for item in record.unreadable}


def test_too_large_a_message_is_searched_as_raw_text() -> None:
    raw = b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nAnna\n--b--\n"
    record = parse(raw, Ref("box", "1"), "1", Limits(message_bytes=40))
    assert [item.address for item in record.participants] == ["a@example.com"]
    assert any("Anna" in text.text for text in record.texts)
    assert [item.reason for item in record.unreadable] == ["too-large"]
