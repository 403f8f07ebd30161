"""Masking whole files: one table per format, real files, and what stays byte for byte."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import zipfile
from collections.abc import Callable
from email.message import EmailMessage

import docx
import openpyxl
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName

from cases.keeping import Keep, Verdict, subject_of
from cases.matching import Matcher
from cases.redaction import Redacted, again, detection, redact_file
from connectors.files import Passage
from pii.analyzer import Analyzer
from pii.redact import Span

OWN = ("Anna Example", "anna@example.com", "+49 30 23125111")
OTHERS = ("boris.petrov@example.org", "Boris Petrov", "23125 222", "23125222")


@pytest.fixture(scope="session")
def mask(analyzer: Analyzer) -> Callable[..., Redacted]:
    keep = Keep(Matcher(subject_of(OWN, "DE")), ("info",))
    find = detection(analyzer)

    def run(data: bytes, name: str = "", media_type: str = "", **more: object) -> Redacted:
        return redact_file(data, name, media_type, find, keep, **more)  # type: ignore[arg-type]

    return run


Mask = Callable[..., Redacted]


def done(result: Redacted) -> bytes:
    assert result.withheld == ""
    assert result.data is not None
    return result.data


TEXTS = {
    "plain": (
        "Dear Anna Example,\r\nMr Boris Petrov (boris.petrov@example.org) knows. Not Boris.\r\n",
        "Dear Anna Example,\r\nMr [PERSON] ([EMAIL_ADDRESS]) knows. Not [PERSON].\r\n",
    ),
    "numbers in any form": (
        "Hers: (030) 23125-111, 0049 30 23125111. His: 030/23125 222.",
        "Hers: (030) 23125-111, 0049 30 23125111. His: [PHONE_NUMBER].",
    ),
    "name in either order": ("Example, Anna and Dr. Boris Petrov", "Example, Anna and Dr. [PERSON]"),
    "a function is nobody": ("Ask info@company.example.", "Ask info@company.example."),
    "nothing": ("\n", "\n"),
    "markup": (
        "<p title='Boris Petrov'>Mr B<b>or</b>is&nbsp;Petrov, anna&#64;example.com</p>",
        None,
    ),
}


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "gb18030"])
@pytest.mark.parametrize("name", [name for name, (_, wanted) in TEXTS.items() if wanted is not None])
def test_text(mask: Mask, name: str, codec: str) -> None:
    text, wanted = TEXTS[name]
    assert wanted is not None
    assert done(mask(text.encode(codec), "a.txt")) == wanted.encode(codec)


def test_chinese_text_in_its_own_charset(mask: Mask) -> None:
    text = "您好，王小明先生的邮箱是 wang@example.org，电话 13912345678。"
    for codec in ("utf-8", "gb18030"):
        found = done(mask(text.encode(codec), "a.txt")).decode(codec)
        assert "wang@" not in found
        assert "13912345678" not in found
        assert found.startswith("您好，")


MARKUP = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Call with Boris Petrov</title>
<meta name="author" content="Mr Boris Petrov"><style>p { color: red }</style>
<script>var x = "boris.petrov@example.org";</script></head>
<body class='a  b'><!-- ask boris.petrov@example.org -->
<p>Dear Anna Example, Mr Bo<b>ris</b> Petr&#111;v <a href="mailto:boris.petrov%40example.org?x=1">writes</a></P>
<img alt="Mr Boris Petrov" src="cid:1"><input value="+49 30 23125222" placeholder='boris.petrov@example.org'>
<A HREF="mailto:anna@example.com">anna&commat;example.com</A>&nbsp;&euro; &copy 2026
</body></html>
"""


def test_html(mask: Mask) -> None:
    found = done(mask(MARKUP.encode(), "a.html")).decode()
    assert not any(word in found for word in (*OTHERS, "Petr", "boris"))
    for kept in (
        "<body class='a  b'>", "</P>", "<style>p { color: red }</style>", '<A HREF="mailto:anna@example.com">', "?x=1",
        "anna&commat;example.com</A>&nbsp;&euro; &copy 2026", "Dear Anna Example",
    ):  # fmt: skip
        assert kept in found
    assert found.count("<") == MARKUP.count("<")
    assert found.count('"') == MARKUP.count('"')


def test_html_outside_the_spans_is_untouched(mask: Mask) -> None:
    page = b"<html><p  id=x >Call boris.petrov@example.org \xc3\xa9&eacute;<br/>now</html\n>"
    assert done(mask(page)) == page.replace(b"boris.petrov@example.org", b"[EMAIL_ADDRESS]")


JSON = """{ "name" : "Boris Petrov",  "email":"boris.petrov@example.org",
\t"phone": 493023125222, "n": 1.50, "note": "caf\\u00e9 \\/ anna@example.com",
 "list": ["M\\u0072 Boris Petrov", null, true]}
"""


def test_json(mask: Mask) -> None:
    found = done(mask(JSON.encode(), "a.json")).decode()
    assert json.loads(found) == {
        "name": "[PERSON]", "email": "[EMAIL_ADDRESS]", "phone": "[PHONE_NUMBER]", "n": 1.5,
        "note": "café / anna@example.com", "list": ["Mr [PERSON]", None, True],
    }  # fmt: skip
    assert found.startswith(
        '{ "name" : "[PERSON]",  "email":"[EMAIL_ADDRESS]",\n\t"phone": "[PHONE_NUMBER]", "n": 1.50,'
    )
    assert '"note": "caf\\u00e9 \\/ anna@example.com"' in found


def test_keys_of_json_are_masked_when_asked_and_hold_the_file_back_when_not(mask: Mask) -> None:
    data = b'{"boris.petrov@example.org": {"n": 1}}'
    assert mask(data, "a.json").withheld == "fixed-place"
    assert done(mask(data, "a.json", keys=True)) == b'{"[EMAIL_ADDRESS]": {"n": 1}}'


def test_lines_of_json(mask: Mask) -> None:
    data = b'{"email": "boris.petrov@example.org"}\n{"email": "anna@example.com"}\n'
    assert done(mask(data)) == b'{"email": "[EMAIL_ADDRESS]"}\n{"email": "anna@example.com"}\n'


CSV = (
    "first_name;last_name;email;phone;note\r\n"
    'Anna;Example;anna@example.com;030 23125111;"likes ""tea"""\r\n'
    'Boris;Petrov;boris.petrov@example.org;030 23125222;"knows ""Mr Boris Petrov"" well;\r\nreally"\r\n'
    "Anna;Weiss;;;x\r\n"
)


def test_csv(mask: Mask) -> None:
    found = done(mask(CSV.encode(), "a.csv")).decode()
    lines = list(csv.reader(io.StringIO(found), delimiter=";"))
    assert lines[1] == ["Anna", "Example", "anna@example.com", "030 23125111", 'likes "tea"']
    assert lines[2] == [
        "[PERSON]",
        "[PERSON]",
        "[EMAIL_ADDRESS]",
        "[PHONE_NUMBER]",
        'knows "Mr [PERSON]" well;\r\nreally',
    ]
    assert lines[3][:2] == ["[PERSON]", "[PERSON]"]
    assert found.splitlines()[:2] == CSV.splitlines()[:2]


def test_a_table_is_known_without_its_name(mask: Mask) -> None:
    assert done(mask(CSV.encode())) == done(mask(CSV.encode(), "a.csv"))


def letter(charset: str = "utf-8", cte: str = "quoted-printable", name: str = "Boris Petrov") -> bytes:
    message = EmailMessage(email.policy.SMTP)
    message["From"] = f"{name} <boris.petrov@example.org>"
    message["To"] = "Anna Example <anna@example.com>"
    message["Subject"] = f"Grüße von {name}" if charset != "gb2312" else "你好"
    message["Message-ID"] = "<17@mail.example>"
    message.set_content(f"Liebe Anna Example,\n\nMr {name} ruft an: 030 23125222.\n", charset=charset, cte=cte)
    message.add_alternative(f"<p>Mr <b>{name}</b></p>", subtype="html")
    message.add_attachment(CSV.encode(), maintype="text", subtype="csv", filename="list.csv")
    message.add_attachment(word(), maintype="application", subtype="octet-stream", filename="a.docx")
    message.add_attachment(b"\x89PNG\r\n\x1a\n123", maintype="image", subtype="png", filename="a.png")
    message.add_attachment(b"\x00\x01\x02" * 99, maintype="application", subtype="octet-stream", filename="a.bin")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("charset", "cte"),
    [("utf-8", "quoted-printable"), ("utf-8", "base64"), ("utf-8", "8bit"), ("iso-8859-1", "quoted-printable"),
     ("gb18030", "base64"), ("iso-2022-jp", "7bit"), ("big5", "8bit")],
)  # fmt: skip
def test_mail(mask: Mask, charset: str, cte: str) -> None:
    raw = letter(charset, cte)
    result = mask(raw, "a.eml")
    data = done(result)
    found = email.message_from_bytes(data, policy=email.policy.default)
    parts = {part.get_filename() or part.get_content_type(): part for part in found.walk() if not part.is_multipart()}
    assert "Liebe Anna Example" in parts["text/plain"].get_content()
    assert parts["text/plain"]["Content-Transfer-Encoding"] == cte
    assert "[PERSON] ruft an: [PHONE_NUMBER]." in parts["text/plain"].get_content()
    assert parts["text/html"].get_content().strip() == "<p>Mr <b>[PERSON]</b></p>"
    assert parts["list.csv"].get_content().encode() == done(mask(CSV.encode(), "a.csv"))
    assert words(parts["a.docx"].get_content()) == words(done(mask(word(), "a.docx")))
    assert parts["a.png"].get_content() == b"\x89PNG\r\n\x1a\n123"
    assert found["To"] == "Anna Example <anna@example.com>"
    assert found["Message-ID"] == "<17@mail.example>"
    assert not any(word in str(found["From"]) + str(found["Subject"]) for word in ("Boris", "Petrov", "boris"))
    assert "removed.txt" in parts
    assert [one.reason for one in result.unread] == ["picture"]
    assert [one.reason for one in result.removed] == ["unsupported"]


def word() -> bytes:
    document = docx.Document()
    document.core_properties.author = "Boris Petrov"
    document.core_properties.last_modified_by = "Anna Example"
    paragraph = document.add_paragraph("Dear Anna Example, Mr Bor")
    paragraph.add_run("is Pet").bold = True
    paragraph.add_run("rov writes.")
    document.add_table(1, 2).cell(0, 1).text = "boris.petrov@example.org"
    document.sections[0].header.paragraphs[0].text = "Mr Boris Petrov"
    document.sections[0].footer.paragraphs[0].text = "030 23125 222"
    document.part.relate_to("mailto:boris.petrov@example.org", RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    document.add_comment(paragraph.runs, "He is boris.petrov@example.org", author="Boris Petrov", initials="BP")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


def test_word(mask: Mask) -> None:
    data = done(mask(word(), "a.docx"))
    document = docx.Document(io.BytesIO(data))
    assert words(data)[0] == "Dear Anna Example, Mr [PERSON] writes."
    assert document.tables[0].cell(0, 1).text == "[EMAIL_ADDRESS]"
    assert document.sections[0].header.paragraphs[0].text == "Mr [PERSON]"
    assert document.sections[0].footer.paragraphs[0].text == "[PHONE_NUMBER]"
    assert (document.core_properties.author, document.core_properties.last_modified_by) == ("[PERSON]", "Anna Example")
    (comment,) = document.comments
    assert (comment.text, comment.author, comment.initials) == ("He is [EMAIL_ADDRESS]", "[PERSON]", "")
    assert not any(word.encode() in content for content in members(data).values() for word in OTHERS)
    assert b"thumbnail" not in members(data)["_rels/.rels"]
    before = members(word())
    assert {name for name, content in members(data).items() if content != before[name]} == {
        "word/document.xml", "word/header1.xml", "word/footer1.xml", "word/comments.xml", "docProps/core.xml", "_rels/.rels",
        "word/_rels/document.xml.rels",
    }  # fmt: skip


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["first_name", "last_name", "email", "mobile", "n"],
        ["Anna", "Example", "anna@example.com", 493023125111, 5],
        ["Boris", "Petrov", "boris.petrov@example.org", 493023125222, 7],
        ["Anna", "Weiss", None, None, 9],
    ):
        sheet.append(row)
    sheet["A5"] = '=HYPERLINK("mailto:boris.petrov@example.org")'
    sheet["B2"].comment = Comment("Mr Boris Petrov said so", "Boris Petrov")
    sheet["C3"].hyperlink = "mailto:boris.petrov@example.org"
    hidden = book.create_sheet("more")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "boris.petrov@example.org"
    book.defined_names["rate"] = DefinedName("rate", attr_text='"boris.petrov@example.org"')
    book.properties.creator = "Boris Petrov"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_workbook(mask: Mask) -> None:
    data = done(mask(workbook(), "a.xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    rows = [[cell.value for cell in row] for row in book["Sheet"].iter_rows(max_row=4)]
    assert rows[1] == ["Anna", "Example", "anna@example.com", 493023125111, 5]
    assert rows[2] == ["[PERSON]", "[PERSON]", "[EMAIL_ADDRESS]", "[PHONE_NUMBER]", 7]
    assert rows[3][1:] == ["[PERSON]", None, None, 9]
    assert book["Sheet"]["A5"].value == '=HYPERLINK("mailto:[EMAIL_ADDRESS]")'
    assert book["more"]["A1"].value == "[EMAIL_ADDRESS]"
    assert not any(word.encode() in content for content in members(data).values() for word in OTHERS)


def opendocument() -> bytes:
    target = io.BytesIO()
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="o" xmlns:text="t" xmlns:xlink="x" '
        'xmlns:dc="d"><text:p>Dear Anna Example, Mr Bo<text:span>ris</text:span> <text:span/>Petrov</text:p>'
        '<text:tracked-changes><dc:creator>Boris Petrov</dc:creator></text:tracked-changes>'
        '<text:a xlink:href="mailto:boris.petrov%40example.org">here</text:a></office:document-content>'
    )  # fmt: skip
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", text, zipfile.ZIP_DEFLATED)
        archive.writestr("Thumbnails/thumbnail.png", b"\x89PNG")
        archive.writestr("Pictures/1.png", b"\x89PNG\r\n\x1a\n")
        archive.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="m"><m:file-entry m:full-path="Thumbnails/thumbnail.png" m:media-type="image/png"/>'
            '<m:file-entry m:full-path="content.xml"/></m:manifest>',
        )
    return target.getvalue()


def test_opendocument(mask: Mask) -> None:
    result = mask(opendocument(), "a.odt")
    found = members(done(result))
    assert list(found) == ["mimetype", "content.xml", "Pictures/1.png", "META-INF/manifest.xml"]
    assert "Dear Anna Example, Mr [PERSON]<text:span></text:span><text:span/></text:p>" in found["content.xml"].decode()
    assert "mailto:%5BEMAIL_ADDRESS%5D" in found["content.xml"].decode()
    assert b"thumbnail" not in found["META-INF/manifest.xml"]
    assert [one.reason for one in result.unread] == ["picture"]


CONTENT = {
    "a.txt": TEXTS["plain"][0].encode(),
    "a.html": MARKUP.encode(),
    "a.json": JSON.encode(),
    "a.csv": CSV.encode(),
    "a.eml": letter(),
    "a.docx": word(),
    "a.xlsx": workbook(),
    "a.odt": opendocument(),
}


@pytest.mark.parametrize("name", CONTENT)
def test_twice_is_once(mask: Mask, name: str) -> None:
    once = done(mask(CONTENT[name], name))
    assert done(mask(once, name)) == once


@pytest.mark.parametrize("name", CONTENT)
def test_the_type_is_told_by_the_content(mask: Mask, name: str) -> None:
    assert contents(done(mask(CONTENT[name]))) == contents(done(mask(CONTENT[name], name)))


@pytest.mark.parametrize("name", CONTENT)
def test_the_steps_make_the_same_file_again(mask: Mask, name: str) -> None:
    result = mask(CONTENT[name], name)
    assert again(CONTENT[name], name, "", result.recipe) == result.data


def contents(data: bytes) -> object:
    return members(data) if data.startswith(b"PK") else data


@pytest.mark.parametrize(
    ("text", "entity", "wanted", "reason"),
    [
        ("Anna Example", "PERSON", Verdict.OWN, "identifier"),
        ("EXAMPLE, Anna", "PERSON", Verdict.OWN, "identifier"),
        ("Dr. Anna Example", "PERSON", Verdict.OWN, "identifier"),
        ("Anna Example-Petrov", "PERSON", Verdict.UNSURE, "joined"),
        ("Anna", "PERSON", Verdict.UNSURE, "part-of-name"),
        ("Ms Example", "PERSON", Verdict.UNSURE, "part-of-name"),
        ("A. Example", "PERSON", Verdict.UNSURE, "initials"),
        ("Anna Maria Example", "PERSON", Verdict.UNSURE, "longer-name"),
        ("Boris Example", "PERSON", Verdict.OTHER, "not-theirs"),
        ("anna@example.org", "EMAIL_ADDRESS", Verdict.OTHER, "not-theirs"),
        ("ANNA@example.com", "EMAIL_ADDRESS", Verdict.OWN, "identifier"),
        ("0049 (0)30 23125-111", "PHONE_NUMBER", Verdict.OWN, "identifier"),
        ("2026-01-05", "PHONE_NUMBER", Verdict.NOBODY, "day"),
        ("info@company.example", "EMAIL_ADDRESS", Verdict.NOBODY, "function"),
        ("1984-02-03", "DATE_OF_BIRTH", Verdict.UNSURE, "nobody-named"),
    ],
)
def test_whose_it_is(text: str, entity: str, wanted: Verdict, reason: str) -> None:
    keep = Keep(Matcher(subject_of(OWN, "DE")), ("info",))
    passages = [Passage("1", f"({text})")]
    span = Span(entity, 1, 1 + len(text), 0.9)
    found = keep.judge(passages, [[span]], keep.evidence(passages))
    assert {(one.verdict, one.reason) for one in found} == {(wanted, reason)}


def test_a_chinese_name_in_part() -> None:
    keep = Keep(Matcher(subject_of(["王小明"], "CN")))
    passages = [Passage("1", "小明和王小明和李小明")]
    spans = [Span("PERSON", 0, 2, 1), Span("PERSON", 3, 6, 1), Span("PERSON", 7, 10, 1)]
    found = keep.judge(passages, [spans], keep.evidence(passages))
    assert [one.verdict for one in found] == [Verdict.UNSURE, Verdict.OWN, Verdict.OTHER]
