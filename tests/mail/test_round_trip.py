"""For any text, charset and encoding: what is written is read, and a mask changes what it covers and nothing else."""

from __future__ import annotations

import base64
import html
import quopri

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Mask, Ref
from connectors.limits import DEFAULTS
from connectors.mail import parse, redact
from connectors.mail.mbox import quoted, unquoted

CHARSETS = {
    "us-ascii": st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]),
    "iso-8859-1": st.characters(codec="latin-1", categories=["L", "N", "P", "S"]),
    "utf-8": st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    "gb18030": st.sampled_from("张伟王芳 Anna,。ü€"),
    "iso-2022-jp": st.sampled_from("山田太郎 Anna\\~"),
    "utf-16": st.sampled_from("Aü张𝒳 "),
    "utf-7": st.sampled_from("Aü张+- "),
}


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, str, str]:
    """A charset, a transfer encoding and a text."""
    name = draw(st.sampled_from(sorted(CHARSETS)))
    encodings = ["base64"] if name == "utf-16" else ["8bit", "base64", "quoted-printable"]
    lines = draw(
        st.lists(st.text(CHARSETS[name], max_size=120).map(lambda line: line.rstrip() + "."), min_size=1, max_size=6)
    )
    return name, draw(st.sampled_from(encodings)), "\r\n".join(lines)


def encoded(data: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(data)
    return quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n") if encoding[0] == "q" else data


def text_at(raw: bytes, path: str) -> str:
    record = parse(raw, Ref("", ""), "", DEFAULTS)
    return next((text.text for text in record.texts if text.path == path), "")


@settings(max_examples=400, deadline=None)
@given(body=bodies(), data=st.data())
def test_bodies(body: tuple[str, str, str], data: st.DataObject) -> None:
    name, encoding, text = body
    head = f"Subject: x\r\nContent-Type: text/plain; charset={name}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    raw = head.encode() + encoded(text.encode(name), encoding)
    assert text_at(raw, "part:1") == text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    new = redact(raw, [Mask("part:1", start, end, "[x]")], (), None)
    assert text_at(new, "part:1") == text[:start] + "[x]" + text[end:]
    assert new.startswith(head.encode())


@settings(max_examples=300, deadline=None)
@given(
    words=st.lists(
        st.tuples(
            st.sampled_from("bqr"),
            st.sampled_from(["utf-8", "iso-8859-1", "gb18030"]),
            st.text("Müa张 伟€_?=", max_size=20),
        ),
        min_size=1,
        max_size=6,
    ),
    fold=st.sampled_from([b" ", b"\r\n ", b"\r\n\t"]),
    data=st.data(),
)
def test_headers(words: list[tuple[str, str, str]], fold: bytes, data: st.DataObject) -> None:
    parts = []
    for how, name, text in words:
        plain = text.encode(name, "ignore")
        if how == "b":
            parts.append(b"=?%s?B?%s?=" % (name.encode(), base64.b64encode(plain)))
        elif how == "q":
            parts.append(b"=?%s?Q?%s?=" % (name.encode(), b"".join(b"=%02X" % byte for byte in plain)))
        else:
            parts.append(text.encode("ascii", "ignore") + b".")
    raw = b"X-First: a\r\nSubject: " + fold.join(parts) + b"\r\nX-Last: b\r\n\r\nbody"
    text = text_at(raw, "header:1")
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    new = redact(raw, [Mask("header:1", start, end, "QZQ")], (), None)
    assert text_at(new, "header:0") == "a"
    assert text_at(new, "header:2") == "b"
    after = text_at(new, "header:1")
    wanted = text[:start] + "QZQ" + text[end:]
    assert "".join(after.split()) == "".join(wanted.split())


@settings(max_examples=300, deadline=None)
@given(
    runs=st.lists(
        st.tuples(
            st.sampled_from(["plain", "entity", "number", "bold"]), st.text("Aüß张<>&\"' -", min_size=1, max_size=12)
        ),
        min_size=1,
        max_size=8,
    ),
    data=st.data(),
)
def test_markup(runs: list[tuple[str, str]], data: st.DataObject) -> None:
    page = ""
    for how, text in runs:
        if how == "number":
            page += "".join(f"&#{ord(char)};" for char in text)
        else:
            safe = html.escape(text)
            safe = safe.replace("ü", "&uuml;") if how == "entity" else safe
            page += f"<b title='{safe}'>{safe}</b>" if how == "bold" else safe
    raw = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + page.encode()
    seen = "".join(text for _, text in runs)
    text = text_at(raw, "part:1")
    assert text.startswith(seen) or not seen.strip()
    if not text:
        return
    start = data.draw(st.integers(0, len(seen) - 1))
    end = data.draw(st.integers(start + 1, len(seen)))
    new = redact(raw, [Mask("part:1", start, end, "<x&>")], (), None)
    assert text_at(new, "part:1") == text[:start] + "<x&>" + text[end:]


@given(body=st.text("From >\n\r:a", max_size=60).map(str.encode))
def test_quoting(body: bytes) -> None:
    ended = body if body.endswith(b"\n") else body + b"\n"
    assert unquoted(quoted(body)) == ended
