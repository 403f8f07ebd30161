from __future__ import annotations

import re
from collections import Counter

from cli.demo.truth import Company
from tests.demo import reading


def test_it_works(company: Company) -> None:
    for mail in reading.mails(company.mail):
        message = mail.message
        assert message["From"]
        assert message["Message-ID"]
        assert message["Date"].datetime is not None
        assert mail.bodies.strip()
        assert [type(defect).__name__ for part in message.walk() for defect in part.defects] == []


def test_folders_are_maildir_plus_plus(company: Company) -> None:
    folders = {mail.folder for mail in reading.mails(company.mail)}
    assert {"sales", "support", "office", "sales/.Sent", "sales/.Kunden.&Ti1W,Q-", "office/.Entw&APw-rfe"} <= folders
    for folder in folders:
        assert {entry.name for entry in (company.mail / folder).iterdir()} >= {"cur", "new", "tmp"}
    for mail in reading.mails(company.mail):
        assert f",S={mail.path.stat().st_size}:2," in mail.path.name


def test_charsets_and_encodings_are_all_there(full_company: Company) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for mail in reading.mails(full_company.mail):
        for part in mail.message.walk():
            if part.get_content_maintype() == "text":
                seen[str(part.get_content_charset()), str(part["Content-Transfer-Encoding"])] += 1
    assert set(seen) >= {
        ("us-ascii", "7bit"),
        ("utf-8", "8bit"),
        ("utf-8", "base64"),
        ("utf-8", "quoted-printable"),
        ("iso-8859-1", "quoted-printable"),
        ("iso-8859-15", "8bit"),
        ("gb18030", "8bit"),
        ("gb18030", "base64"),
        ("gb2312", "base64"),
    }


def test_threads_quote_and_refer(full_company: Company) -> None:
    known, deep, attributions = set(), 0, Counter[str]()
    for mail in reading.mails(full_company.mail):
        message = mail.message
        known.add(message["Message-ID"])
        text = mail.bodies
        deep += bool(re.search(r"^>>> ", text, re.MULTILINE))
        for language, pattern in {"en": r"wrote:$", "de": r"^Am .* schrieb ", "zh": r"写道："}.items():
            attributions[language] += bool(re.search(pattern, text, re.MULTILINE))
    assert deep > 100
    assert min(attributions.values()) > 100
    for mail in reading.mails(full_company.mail):
        answered = mail.message["In-Reply-To"]
        assert answered is None or answered in known


def test_words_and_file_names_beyond_ascii_are_read_back(full_company: Company) -> None:
    raw = Counter[str]()
    for mail in reading.mails(full_company.mail):
        data = mail.path.read_bytes()
        head = data.partition(b"\n\n")[0] if b"\r\n\r\n" not in data else data.partition(b"\r\n\r\n")[0]
        assert head.isascii()
        assert max(map(len, head.splitlines())) < 998
        for mark in (
            b"=?gb18030?B?",
            b"=?utf-8?B?",
            b"=?iso-8859-1?Q?",
            b"filename*=",
            b"filename*0*=",
            b'filename="=?',
        ):
            raw[mark.decode()] += mark in data
        for name, text in mail.files:
            assert not re.search(r"[=*%?]", name)
            assert text.strip()
    assert min(raw.values()) > 3


def test_html_hides_names_behind_tags_and_entities(full_company: Company) -> None:
    pages = [
        part.get_content()
        for mail in reading.mails(full_company.mail)
        for part in mail.message.walk()
        if part.get_content_type() == "text/html"
    ]
    assert len(pages) > 500
    assert sum(bool(re.search(r"\w<b>\w", page)) for page in pages) > 100
    assert sum("&uuml;" in page for page in pages) > 50


def test_kinds_of_mail(full_company: Company) -> None:
    kinds = Counter[str]()
    for mail in reading.mails(full_company.mail):
        message = mail.message
        kinds["newsletter"] += "List-Unsubscribe" in message
        kinds["invite"] += any(part.get_content_type() == "text/calendar" for part in message.walk())
        kinds["crlf"] += b"\r\n" in mail.path.read_bytes()
        for name, _ in mail.files:
            kinds[name.rpartition(".")[2]] += 1
    assert set(kinds) == {"newsletter", "invite", "crlf", "pdf", "docx", "xlsx"}
    assert min(kinds.values()) > 50
