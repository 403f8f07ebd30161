from __future__ import annotations

import shutil
import string
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import pytest
from selectolax.lexbor import LexborHTMLParser

from cases.package import Controller, Item, Statement
from cases.package.names import file_name, folder_name, openable
from cases.package.words import WORDS
from connectors.contract import Attachment, Field, Mask, Participant, Record, Ref, Text, TextKind
from tests.package.conftest import FACTS, Built, items, mail_item, package

POLYGLOTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>"
    "\\x3csVg/<sVg/oNloAd=alert()//>\\x3e",
    "'\" autofocus onfocus=alert(1) x='",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "</style><style>@import url(//evil.example)</style><base href=//evil.example>",
)
VOID = {"br", "meta"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "h1", "h2", "h3", "h4", "p", "dl",
    "dt", "dd", "ul", "li", "a", "bdi", "span", "div", "section", "table", "thead", "tbody", "tr", "th", "td", "br",
    "details", "summary",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "rel", "scope", "dir", "role", "tabindex",
    "aria-label", "aria-labelledby",
}  # fmt: skip


def pages(built: Built) -> Iterator[tuple[str, LexborHTMLParser]]:
    for name, content in built.files.items():
        if name.endswith(".html") and not name.startswith("attachments/"):
            yield name, LexborHTMLParser(content.decode())


def check(built: Built) -> None:
    """No script, nothing from elsewhere, no link that leads nowhere, one id only once."""
    for name, page in pages(built):
        for node in page.css("*"):
            assert node.tag in ALLOWED, (name, node.tag)
            assert set(node.attributes) <= ATTRIBUTES, (name, node.attributes)
        ids = [node.attributes["id"] for node in page.css("[id]")]
        assert len(ids) == len(set(ids)), name
        for link in page.css("[href]"):
            target, _, anchor = (link.attributes["href"] or "").partition("#")
            path = name if not target else _resolve(PurePosixPath(name).parent / unquote(target))
            assert path in built.files, (name, target)
            if anchor:
                assert LexborHTMLParser(built.files[path].decode()).css_first(f"[id='{anchor}']"), anchor


def _resolve(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def hostile(text: str) -> list[Item]:
    """The text in every place that a store or a sender can fill."""
    record = Record(
        Ref("notes", text),
        "1",
        (Field(text, text), Field("note", text), Field("third", "x")),
        (Text("part:1", text, TextKind.BODY, text),),
        (Participant("from", text, text),),
        (Attachment("f:1", f"{text}.html", text, 1), Attachment("f:2", f"{text}.pdf", text, 1)),
    )
    masks = (Mask("field:third", 0, 1, text),)
    card = Item("crm", text, record, masks, ("email",), record.attachments)
    table = Item("crm", f"t{text}", replace(record, texts=(), attachments=()), masks, (text,))
    raw = f"From: {text}\r\nTo: {text}\r\nSubject: {text}\r\nDate: {text}\r\n\r\n{text}\r\n".encode()
    return [card, table, replace(mail_item(raw, "1", ()), store="mail", collection=text)]


@pytest.mark.parametrize("language", WORDS)
def test_it_works(language: str) -> None:
    built = package(items(), language=language)
    check(built)
    page = LexborHTMLParser(built.files["index.html"].decode())
    html = page.css_first("html")
    assert html is not None
    assert html.attributes["lang"] == {"en": "en", "de": "de", "zh": "zh-Hans"}[language]
    assert [node.text() for node in page.css("h1")] == [WORDS[language]["title"]]
    text = page.text()
    for part in ("R-2026-0042", "Mira", "GDPR Art. 15(1)(c)", "[another person]", "Parcel Carrier Example AG"):
        assert part in text
    assert built.files["README.txt"].startswith(b"\xef\xbb\xbf" + WORDS[language]["title"].encode() + b"\r\n")


def test_languages_have_the_same_words() -> None:
    fields = [
        {key: sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for key, text in words.items()}
        for words in WORDS.values()
    ]
    assert fields[0] == fields[1] == fields[2]


@pytest.mark.parametrize("text", POLYGLOTS)
def test_hostile_text_stays_text(text: str) -> None:
    built = package(
        hostile(text),
        subject=text,
        reference=text,
        right=text,
        regime=text,
        controller=Controller(text, text, text),
        checklist={text: Statement(text, text, text), "purposes": Statement(text, text)},
    )
    check(built)
    shown = LexborHTMLParser(built.files["index.html"].decode()).text()
    assert text.partition("\r")[0] in shown


def test_pages_forbid_everything_but_their_own_style(built: Built) -> None:
    for _, page in pages(built):
        policy = page.css_first("meta[http-equiv='Content-Security-Policy']")
        assert policy is not None
        assert (policy.attributes["content"] or "").startswith("default-src 'none'; style-src 'sha256-")
        assert len(page.css("style")) == 1


def test_long_collections_are_paged(built: Built) -> None:
    first, second = (LexborHTMLParser(built.files[f"data/crm/orders{end}.html"].decode()) for end in ("", ".page2"))
    assert (len(first.css("tbody tr")), len(second.css("tbody tr"))) == (100, 50)
    assert first.css_first("a[rel=next]") is not None
    assert first.css_first("a[rel=prev]") is None
    assert second.css_first("a[rel=prev]") is not None
    assert "Tea no. 7" not in built.files["index.html"].decode()


def test_tables_have_headings(built: Built) -> None:
    for name, page in pages(built):
        assert all(table.css("th[scope]") for table in page.css("table")), name
        levels = [int(node.tag[1]) for node in page.css("h1, h2, h3, h4")]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), name


def test_files_that_could_run_are_not_linked() -> None:
    built = package(hostile("x"))
    page = LexborHTMLParser(built.files["data/crm/x.html"].decode())
    assert [link.text() for link in page.css("li a")] == ["x.pdf"]


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\Windows\\system.ini", "C _Windows_system.ini"),
        ("\u202egnp.exe", "gnp.exe"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("", "file"),
        ("...", "file"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("合同 2026.pdf", "合同_2026.pdf"),
        ("x" * 300 + ".pdf", "x" * 60 + ".pdf"),
        ("file.txt::$DATA", None),
        ("trailing. . ", None),
    ],
)
def test_names_of_files_are_harmless(given: str, safe: str | None) -> None:
    name = file_name(given)
    assert safe is None or name.replace("_", " ").split() == safe.replace("_", " ").split()
    assert not set(name) & set('/\\:*?"<>|\x00\u202e')
    assert name == name.rstrip(". ")


def test_names_of_folders_hold_no_dots() -> None:
    assert folder_name("../x.page2") == "x-page2"
    assert folder_name("..") == "data"


def test_only_known_endings_open() -> None:
    assert openable("a/b.PDF")
    assert not any(openable(name) for name in ("a.html", "a.svg", "a.exe", "a.pdf.js", "a.docm", "pdf", "a."))


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_chromium_runs_nothing_and_reports_nothing(tmp_path: Path) -> None:
    built = package(
        [one for text in POLYGLOTS[:1] for one in hostile(text)], subject=POLYGLOTS[1], reference=POLYGLOTS[2]
    )
    for name, content in built.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    shot = tmp_path / "shot.png"
    command = [
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={tmp_path}/c",
    ]
    done = subprocess.run(
        [*command, f"--screenshot={shot}", (tmp_path / "index.html").as_uri()],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert shot.stat().st_size > 10_000
    assert b"Content Security Policy" not in done.stderr
    assert b"CONSOLE" not in done.stderr


def test_facts_of_the_tests_are_invented() -> None:
    assert FACTS.controller.contact.endswith("example.com")
