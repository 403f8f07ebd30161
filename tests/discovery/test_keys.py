"""What a person is found by: each way to write it meets the key of the request; and no match that the index would miss."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.matching import Matcher
from cases.subject import Subject
from connectors.contract import Field, FieldType, Participant, Record, Ref, Text, TextKind
from discovery.fold import fold
from discovery.identifiers import BadIdentifier, Kind, Normal, normalise
from discovery.keys import email_keys, extract, indexable, name_keys, person_names, record_keys


def found(text: str) -> set[bytes]:
    return {key.value for key in extract(fold(text))}


@pytest.mark.parametrize(
    "text",
    [
        "anna@example.com",
        "<ANNA@EXAMPLE.COM>",
        "mailto:anna@example.com?subject=x",
        "anna+news@example.com",
        "bounce-anna=example.com@lists.example",
        "bounces+12-anna=example.com@lists.example",
        "https://shop.example/?mail=anna%40example.com",
        "请写信给anna@example.com谢谢",
        "anna@example.com.",
        "'anna@example.com'",
        "x=anna@example.com",
    ],
)
def test_an_address_is_found_however_it_is_wrapped(text: str) -> None:
    assert email_keys("anna@example.com") & found(text)


@pytest.mark.parametrize("text", ["joanna@example.com", "anna@example.com.evil.example", "anna@example.org"])
def test_another_address_is_another(text: str) -> None:
    assert not email_keys("anna@example.com") & found(text)


def test_who_wraps_an_address_does_not_become_its_owner() -> None:
    assert not email_keys("bounce-anna=example.com@evil.example") & email_keys("anna@example.com")
    assert not email_keys("x/anna@example.com") & email_keys("anna@example.com")


NUMBER = normalise(Kind.PHONE, "030 23125111", "DE")


@pytest.mark.parametrize(
    "text",
    [
        "030 23125111",
        "030/23125-111",
        "+49 30 23125 111",
        "+49 (0)30 23125111",
        "0049.30.23125.111",
        "(030) 231 25 111",
        "030\u00a023125\u2011111",
        "23125111 ist falsch, 03023125111 stimmt",
        "030 23125111-12",
        "Tel 030 23125111 030 23125222",
        "Tel 030 23125222 030 23125111",
        "+49 30 23125222 +49 30 23125111",
        "49 30 23125222 49 30 23125111 49 30 23125333",
        "０３０ ２３１２５１１１",
        "1 2 3 4 5 6 7 8 9 030 23125111",
    ],
)
def test_a_number_is_found_in_every_form(text: str) -> None:
    record = Record(Ref("c", "1"), "1", texts=(Text("body", text, TextKind.BODY),))
    matcher = Matcher(Subject((NUMBER,)))
    match = matcher.match(record)
    assert match is not None
    assert NUMBER.keys() & record_keys(record)
    for item in match.evidence:
        assert "23125111" in "".join(c for c in fold(text[item.start : item.end]) if c.isdigit())


@pytest.mark.parametrize("text", ["030 231251110", "930 23125222", "4711 0815", "99923125111", "130 23125112"])
def test_another_number_is_another(text: str) -> None:
    record = Record(Ref("c", "1"), "1", texts=(Text("body", text, TextKind.BODY),))
    assert Matcher(Subject((NUMBER,))).match(record) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Anna Schmidt", "Gruß, Anna Schmidt"),
        ("Anna Schmidt", "SCHMIDT, Anna"),
        ("Anna Maria Schmidt", "anna.schmidt war da: Maria Schmidt"),
        ("Jörg Müller", "Joerg Mueller"),
        ("Joerg Mueller", "JÖRG MÜLLER"),
        ("Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("Seán O'Neill", "Sean O\u2019Neill"),
        ("张伟", "请联系张伟先生"),
        ("张伟", "张 伟"),
        ("张伟", "Zhang Wei"),
        ("張偉", "张伟"),
        ("欧阳娜娜", "欧阳娜娜的电话"),
        ("欧阳", "找欧阳"),
    ],
)
def test_a_name_is_found(name: str, text: str) -> None:
    extra = Matcher(Subject((Normal(Kind.NAME, name),)))
    record = Record(Ref("c", "1"), "1", texts=(Text("body", text, TextKind.BODY),))
    assert extra.match(record) is not None
    if indexable(name):
        assert name_keys(name) & found(text)


@pytest.mark.parametrize(
    "name", ["Will Smith", "Bin Zhang", "Al Gore", "爨宝子", "陈方安生", "May Li", "Nguyễn Văn An"]
)
def test_an_unusual_name_is_found_by_reading_everything(name: str) -> None:
    assert not indexable(name)
    record = Record(Ref("c", "1"), "1", texts=(Text("body", f"gestern traf ich {name} dort", TextKind.BODY),))
    assert Matcher(Subject((Normal(Kind.NAME, name),))).match(record) is not None


@pytest.mark.parametrize("name", ["Will Smith", "Bin Zhang", "Al Gore"])
def test_in_a_name_field_every_word_is_name(name: str) -> None:
    first, last = name.split()
    row = Record(Ref("c", "1"), "1", (Field("first", first, FieldType.NAME), Field("last", last, FieldType.NAME)))
    assert name_keys(name) & person_names(row)
    assert name_keys(name) <= record_keys(row)


def test_ordinary_words_are_no_names() -> None:
    assert not [key for key in found("this is what you will have to do") if key.startswith(b"n:")]


WORDS = st.sampled_from(
    [
        "Anna",
        "Schmidt",
        "Müller",
        "MUELLER",
        "von",
        "der",
        "will",
        "张伟",
        "张",
        "伟",
        "欧阳娜娜",
        "爨宝子",
        "and",
        "Li",
        "O",
    ]
)
GLUE = st.sampled_from([" ", ", ", "\n", " - ", "", "\u200b", "\u3000"])
NUMBERS = st.sampled_from(["030 23125111", "+49 30 23125-111", "030 23125222", "2026-03-02", "4711", "-12"])
ADDRESSES = st.sampled_from(
    ["anna@example.com", "ANNA+x@example.com", "b-anna=example.com@l.example", "boris@example.com", "info@example.com"]
)
TEXTS = st.lists(st.tuples(st.one_of(WORDS, NUMBERS, ADDRESSES, st.text(max_size=5)), GLUE), max_size=12).map(
    lambda parts: "".join(word + glue for word, glue in parts)
)
SUBJECTS = st.lists(
    st.one_of(
        st.tuples(st.just(Kind.NAME), st.lists(WORDS, min_size=1, max_size=3).map(" ".join)),
        st.tuples(st.just(Kind.EMAIL), ADDRESSES),
        st.tuples(st.just(Kind.PHONE), NUMBERS),
    ),
    min_size=1,
    max_size=3,
)
RECORDS = st.builds(
    lambda body, cells, people: Record(
        Ref("c", "1"), "1",
        tuple(Field(f"f{n}", value, kind) for n, (value, kind) in enumerate(cells)),
        (Text("body", body, TextKind.BODY),),
        tuple(Participant(role, address, name) for role, address, name in people),
    ),
    TEXTS,
    st.lists(st.tuples(TEXTS, st.sampled_from(list(FieldType))), max_size=4),
    st.lists(st.tuples(st.sampled_from(["from", "to", "owner"]), ADDRESSES, TEXTS), max_size=2),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(SUBJECTS, RECORDS)
def test_what_matching_accepts_the_index_returns(given_: list[tuple[Kind, str]], record: Record) -> None:
    known = []
    for kind, value in given_:
        try:
            known.append(normalise(kind, value, "DE"))
        except BadIdentifier:
            continue
    subject = Subject(tuple(known))
    if Matcher(subject).match(record) is None or not all(indexable(name) for name in subject.values(Kind.NAME)):
        return
    assert subject.keys() & record_keys(record)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_spans_lie_in_the_text(text: str) -> None:
    folded = fold(text)
    for key in extract(folded):
        assert 0 <= key.start < key.end <= len(folded)
