"""What the judge has found once: one small test for each."""

from __future__ import annotations

import pytest

from cases.masking import MARK, Masker
from cases.matching import Matcher, Role, Strength, masks
from cases.package.content import Item
from cases.package.view import show
from cases.subject import Subject
from connectors import documents, mail
from connectors.contract import Record, Ref, Text, TextKind
from connectors.limits import DEFAULTS
from discovery.fold import fold
from discovery.identifiers import Kind, normalise
from discovery.keys import email_keys, extract, name_keys, phone_key, record_keys
from pii.analyzer import Analyzer
from tests.journey import files
from tests.journey.conftest import Open

ANNA = "anna.quitte@obst.example"


def keys(text: str) -> set[bytes]:
    return {key.value for key in extract(fold(text))}


def parsed(raw: str) -> Record:
    return mail.parse(raw.replace("\n", "\r\n").encode(), Ref("INBOX", "1"), "1", DEFAULTS)


def matcher(**known: str) -> Matcher:
    return Matcher(Subject(tuple(normalise(Kind(kind), value, "DE") for kind, value in known.items())))


@pytest.mark.parametrize(
    "text",
    [
        f"*{ANNA}* and more",
        f"_{ANNA}_",
        f"--{ANNA}--",
        f"#{ANNA}",
        f"我的邮箱是{ANNA}请联系",
        f"Scan {ANNA}.pdf",
        f"<a who='{ANNA}'/>",
        "https://shop.example/u?m=anna.quitte%40obst.example&t=1",
    ],
)
def test_an_address_among_marks_words_and_endings(text: str) -> None:
    assert keys(text) & email_keys(ANNA)


def test_an_address_in_a_link_with_every_sign_escaped() -> None:
    assert keys("mailto:x?to=sean.o%27neil%2Bnews%40bally.example") & email_keys("sean.o'neil+news@bally.example")


def test_an_address_with_a_hyphen_wrapped_in_a_bounce() -> None:
    assert keys("bounce-77-m.iniguez-pena=correo.example@lists.example") & email_keys("m.iniguez-pena@correo.example")


def test_a_domain_is_not_cut_where_another_one_would_begin() -> None:
    assert not keys("anna@obst.co.uk") & email_keys("anna@obst.co")


def test_only_the_address_between_chinese_words_is_masked() -> None:
    record = Record(Ref("t", "1"), "1", texts=(Text("part:1", f"邮箱{ANNA}请联系", TextKind.BODY),))
    assert {(one.start, one.end) for one in masks([*matcher(email=ANNA).evidence(record)], "x")} == {(2, 2 + len(ANNA))}


def test_a_number_with_minus_signs() -> None:
    assert phone_key("493023125042") in keys("030\u2212231\u221225042")


def test_the_traditional_spelling_of_a_common_name() -> None:
    assert keys("請聯絡\u5f35\u5049先生") & name_keys("\u5f20\u4f1f")


@pytest.mark.parametrize(
    ("name", "latin"), [("单伟", "Shan Wei"), ("仇小明", "Qiu Xiaoming"), ("吕伟", "Lü Wei"), ("吕伟", "Lyu Wei")]
)
def test_a_surname_that_sounds_otherwise_than_the_word(name: str, latin: str) -> None:
    assert keys(latin) & name_keys(name)


CARD = """From: robot@machine.example
Content-Type: text/x-vcard

BEGIN:VCARD
VERSION:2.1
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen =C3=96sterr=
eicher
TEL:1
END:VCARD
"""


def test_a_card_as_old_telephones_write_it_is_read_and_masked() -> None:
    jurgen = matcher(name="Jürgen Österreicher", email=ANNA)
    record = parsed(CARD)
    found = jurgen.match(record)
    assert found is not None
    assert found.strength is Strength.POSSIBLE
    assert record.native is not None
    clean = mail.redact(record.native, masks(found.evidence, "[redacted]"), (), None)
    assert b"=C3" not in clean
    assert b"\r\nTEL:1\r\nEND:VCARD" in clean


def test_json_with_escaped_letters_is_read_and_stays_json() -> None:
    data = '{"a": "J\\u00fcrgen \\u00d6sterreicher", "b": "\\ud83d\\ude00"}'
    raw = f"From: robot@machine.example\nContent-Type: application/json\n\n{data}\n"
    record = parsed(raw)
    found = matcher(name="Jürgen Österreicher", email=ANNA).match(record)
    assert found is not None
    assert record.native is not None
    clean = mail.redact(record.native, masks(found.evidence, '"x"'), (), None)
    assert clean.endswith(b'{"a": "\\"x\\"", "b": "\\ud83d\\ude00"}\r\n')


def test_xml_entities_are_read() -> None:
    record = parsed(
        "From: a@machine.example\nContent-Type: application/xml\n\n<a who='sean.o&apos;neil@bally.example'/>\n"
    )
    assert record_keys(record) & email_keys("sean.o'neil@bally.example")


@pytest.mark.parametrize("ending", ["ics", "json"])
def test_a_file_in_a_notation_is_read_as_what_it_says(ending: str) -> None:
    data = files.appointment(f"x{'y' * 24} {ANNA}") if ending == "ics" else b'{"a": "anna.quitte\\u0040obst.example"}'
    found = documents.read(data, f"a.{ending}", "", DEFAULTS)
    assert any(ANNA in text for _, text in found.texts)


def test_json_in_a_column_without_a_name_is_read_as_json() -> None:
    found = documents.read(b'{"who": "\\u5f20\\u4f1f"}', "loose", "application/octet-stream", DEFAULTS)
    assert [text for _, text in found.texts] == ['{"who": "张伟"}']


def test_a_stranger_in_a_file_inside_the_letter_does_not_leave(opened: Open) -> None:
    """Uuencoded files are no attachments: nothing of them could be held back, and they went out as they were."""
    import binascii

    office = opened()
    line = binascii.b2a_uu(b"Leocadia leocadia@brombeer.example").decode()
    record = parsed(f"From: robot@machine.example\nTo: {ANNA}\n\nHi\n\nbegin 644 list.txt\n{line}`\nend\n")
    foreign = Masker(office, Analyzer(("en",), "DE"), matcher(email=ANNA), "en").foreign(
        record, Role.PARTICIPANT, lambda path: b"", wrote=False
    )
    assert any(one.path == "part:1" and one.replacement == MARK["en"] for one in foreign.masks)
    shown = show(Item("mail", "INBOX", record, foreign.masks), 1)
    assert "leocadia" not in repr(shown).lower()
