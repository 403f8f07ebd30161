"""Files made to hurt: bounded work, no exception, and never a file in which something that was found is left."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.keeping import Keep, subject_of
from cases.matching import Matcher
from cases.redaction import Redacted, redact_file
from connectors.contract import Mask
from connectors.errors import Unsupported
from connectors.files import Passage, open_file
from connectors.limits import Limits
from pii.redact import Span

SECRET = "secret.person@example.org"
KEEP = Keep(Matcher(subject_of(["Anna Example", "anna@example.com"], "DE")))


def find(passages: Sequence[Passage]) -> list[list[Span]]:
    """A detection that finds one address: these tests are about files."""
    return [[Span("EMAIL_ADDRESS", m.start(), m.end(), 1.0) for m in re.finditer(SECRET, p.text)] for p in passages]


def mask(data: bytes, name: str = "", limits: Limits | None = None) -> Redacted:
    return redact_file(data, name, "", find, KEEP, limits=limits or Limits())


def zipped(**members: bytes | str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return target.getvalue()


def document(xml: str) -> bytes:
    return zipped(word__document_xml=xml)


def twice(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(name, "<w>harmless</w>")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(name, f"<w>{SECRET}</w>")
    return target.getvalue()


MASKED: dict[str, Callable[[], bytes]] = {
    "deep markup": lambda: b"<html>" + b"<div>" * 50_000 + SECRET.encode(),
    "an attribute of a megabyte": lambda: b"<html><p title='" + b"a " * 500_000 + SECRET.encode() + b"'>",
    "quotes without end": lambda: b"<html><a b='" * 20_001 + SECRET.encode(),
    "comments without end": lambda: b"<html>" + b"<!--" * 50_000 + SECRET.encode(),
    "deep JSON": lambda: b"[" * 50_000 + f'"{SECRET}"'.encode() + b"]" * 50_000,
    "JSON without end": lambda: b'{"a":"' + b'\\"' * 100_000 + SECRET.encode(),
    "escapes of halves": lambda: b'["\\ud800 \\udfff\\u0000 ' + SECRET.encode() + b'"]',
    "quotes in a table": lambda: b"a,b,c\n" + b'"a,' * 50_000 + SECRET.encode(),
    "a word of a megabyte": lambda: b"a" * 1_000_000 + b" " + SECRET.encode(),
    "surrogates": lambda: f"{SECRET} \ud800".encode("utf-8", "surrogatepass"),
    "NUL": lambda: SECRET.encode() + b" \0 " + b"a" * 1000,
    "right to left": f"\u202e{SECRET}\u202c\u200b".encode,
    "many runs": lambda: document("<w>" + "<p><r><t>x</t></r></p>" * 20_000 + f"<p><t>{SECRET}</t></p></w>"),
    "an attribute of XML": lambda: document(f"<w title='{'a' * 900_000} {SECRET}'/>"),
    "signs in quotes": lambda: document(f"<w a='>' b=\">\"><t>{SECRET}</t></w>"),
    "references": lambda: document(f"<w><t>{''.join(f'&#{ord(c)};' for c in SECRET)}</t></w>"),
    "CDATA": lambda: document(f"<w><t><![CDATA[<{SECRET}>]]></t></w>"),
    "UTF-16": lambda: zipped(word__document_xml=f'<?xml version="1.0" encoding="UTF-16"?><w><t>{SECRET}</t></w>'.encode("utf-16")),
}  # fmt: skip


@pytest.mark.parametrize("name", MASKED)
def test_is_masked(name: str) -> None:
    result = mask(MASKED[name]())
    assert result.withheld == ""
    assert result.data is not None
    for part in [result.data, *members(result.data)]:
        assert SECRET.encode() not in part
        assert SECRET.encode("utf-16-le") not in part


def members(data: bytes) -> list[bytes]:
    if not data.startswith(b"PK"):
        return []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist()]


BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
WITHHELD: dict[str, Callable[[], bytes]] = {
    "a mail of mails": lambda: b"From: a@b.example\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(300)
    ) + b"\n" + SECRET.encode(),
    "a bomb": lambda: document(f"<w>{' ' * 30_000_000}</w>"),
    "a member that is there twice": lambda: twice("word/document.xml"),
    "entities of its own": lambda: document(f"{BOMB}<w>&b; {SECRET}</w>"),
    "an entity that hides": lambda: document(f'<!DOCTYPE w [<!ENTITY s "{SECRET}">]><w>&s;</w>'),
    "deep XML": lambda: document("<w>" * 10_000 + SECRET + "</w>" * 10_000),
    "broken XML": lambda: document(f"<w><t>{SECRET}</w>"),
    "a macro": lambda: zipped(word__document_xml="<w/>", word__vbaProject_bin=b"\0\1" + SECRET.encode()),
    "a cut archive": lambda: document(f"<w>{SECRET}</w>")[:-40],
    "a plain archive": lambda: zipped().replace(b"[Content_Types].xml", b"some_other_name.txt"),
    "binary": lambda: bytes(range(256)) * 100 + SECRET.encode(),
    "rich text": lambda: b"{\\rtf1 " + SECRET.encode() + b"}",
    "an encrypted message": lambda: b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n",
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + SECRET.encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHHELD)
def test_is_withheld(name: str) -> None:
    result = mask(WITHHELD[name]())
    assert (result.data, result.withheld) == (None, "unread")


@pytest.mark.parametrize(
    "limits", [Limits(attachment_bytes=10), Limits(archive_entries=1), Limits(unpacked_bytes=10)], ids=str
)  # fmt: skip
def test_bounds(limits: Limits) -> None:
    assert mask(document(f"<w>{SECRET}</w>"), limits=limits).withheld == "unread"


def test_files_in_files_have_a_bound() -> None:
    data = document(f"<w><t>{SECRET}</t></w>")
    for depth in range(5):
        result = mask(data)
        assert (result.withheld == "unread") == (depth > 3)
        data = zipped(word__document_xml="<w/>", word__embeddings__a_docx=data)


@pytest.mark.parametrize("path", ["", "1", "9:0", "0!0", "x", "999999999:0"])
@pytest.mark.parametrize("data", [b"text", document("<w><t>text</t></w>"), b"From: a\nTo: b\n\ntext"])
def test_a_mask_that_points_nowhere_is_refused(data: bytes, path: str) -> None:
    file = open_file(data)
    if path not in {passage.path for passage in file.passages}:
        with pytest.raises(Unsupported):
            file.masked([Mask(path, 0, 1, "x")])
    else:
        with pytest.raises(Unsupported):
            file.masked([Mask(path, 3, 99, "x")])


WORDS = st.lists(
    st.sampled_from([SECRET, " ", "\n", "ä", "张", "<b>", "</b>", "&amp;", "&#115;", '"', "'", ",", ";", "\\", "{", "}", "[", "]",
                     ":", "=", "<!--", "-->", "<p title='", "Subject: ", "anna@example.com", "\r\n\r\n", "=?utf-8?q?a?=", "%40"])
    | st.text(max_size=3),
    max_size=30,
).map("".join)  # fmt: skip
WRAPPED = st.sampled_from(
    ["{}", "<html><body>{}", "From: a@b.example\nSubject: {}\n\n{}", '{{"a": "{}"}}', "a,b,c\n1,2,{}\n", "<?xml ?>\n<a>{}</a>"]
)  # fmt: skip


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(WORDS, WRAPPED, st.sampled_from(["", "a.csv", "a.json", "a.html", "a.eml", "a.txt"]))
def test_what_was_found_never_survives(words: str, wrapped: str, name: str) -> None:
    data = wrapped.format(words, words).encode("utf-8", "surrogatepass")
    result = mask(data, name)
    if result.data is not None:
        assert not any(find(open_file(result.data, name).passages))
        assert mask(result.data, name).data == result.data


PLAIN = st.lists(
    st.sampled_from([SECRET, " ", "\n", "ä", "张", "<b>", "</b>", "&amp;", ",", ";", "x"]), max_size=20
).map("".join)
PLACES = st.sampled_from(
    [
        "{}",
        "<html><body>{}</body>",
        "From: a@b.example\nSubject: s\n\n{}\n",
        '[1.50,  "{}"\t]\n',
        "a,b,c\n1,2,{}\n3,4,5\n",
    ]
)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(PLAIN, PLACES)
def test_outside_the_masks_every_byte_stays(words: str, place: str) -> None:
    data = place.format(words).encode()
    result = mask(data)
    assert result.data == data.replace(SECRET.encode(), b"[EMAIL_ADDRESS]")
