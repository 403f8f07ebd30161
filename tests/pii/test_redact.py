"""Masking, labels and the never-disclose set."""

import base64
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pii.errors import PiiError
from pii.labels import LABELS, NEVER_DISCLOSE, grouped
from pii.redact import DEFAULT, Span, is_stand_in, label, partial, pseudonym, redact, remove, spans
from pii.redact.recurrence import Recurrence
from pii.redact.residue import residue


@dataclass
class Hit:
    entity_type: str
    start: int
    end: int
    score: float = 0.5


TEXT = "Anna Example <anna@example.com>"
HITS = [Hit("PERSON", 0, 12), Hit("EMAIL_ADDRESS", 14, 30, 1.0)]


def test_it_works() -> None:
    assert redact(TEXT, HITS) == "[PERSON] <[EMAIL_ADDRESS]>"


def test_overlaps_become_one_of_the_best_type() -> None:
    hits = [Hit("URL", 4, 9, 0.5), Hit("EMAIL_ADDRESS", 0, 6, 1.0), Hit("PERSON", 9, 12, 0.8), Hit("PERSON", 20, 21)]
    assert spans(hits) == [
        Span("EMAIL_ADDRESS", 0, 9, 1.0),
        Span("PERSON", 9, 12, 0.8),
        Span("PERSON", 20, 21, 0.5),
    ]


def test_the_longer_wins_on_a_tie() -> None:
    assert spans([Hit("URL", 0, 4), Hit("PERSON", 0, 8)])[0].entity_type == "PERSON"


def test_operators_by_type() -> None:
    operators = {"PERSON": remove, DEFAULT: partial}
    assert redact(TEXT, HITS, operators) == " <****@*******.com>"


def test_partial_shows_nothing_of_what_is_never_disclosed() -> None:
    assert partial("US_SSN", "536-90-4399") == "[US_SSN]"
    assert partial("PHONE_NUMBER", "+49 30 23125 123") == "+** ** ***** 123"
    assert partial("PERSON", "Li") == "**"


def test_pseudonyms_are_stable_under_one_key_only() -> None:
    one, other = pseudonym(b"k" * 16), pseudonym(b"l" * 16)
    assert one("PERSON", "Anna  Example") == one("PERSON", "ANNA EXAMPLE") != one("PERSON", "Anna")
    assert one("PERSON", "Anna") != other("PERSON", "Anna")
    assert one("PERSON", "Anna") != one("USER", "Anna").replace("USER", "PERSON")
    assert one("PERSON", "Anna").startswith("PERSON_")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(PiiError, match="16 random bytes"):
        pseudonym(b"short")


def test_spans_of_another_text_are_refused() -> None:
    with pytest.raises(PiiError, match="same text"):
        redact("short", HITS)


def test_never_disclose_holds_what_the_regulation_names() -> None:
    assert {"US_SSN", "US_DRIVER_LICENSE", "CREDIT_CARD", "IBAN_CODE", "US_BANK_NUMBER", "PASSWORD"} <= NEVER_DISCLOSE
    assert not {"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"} & NEVER_DISCLOSE


def test_every_label_is_in_one_group_and_says_what_it_means() -> None:
    assert sorted(one.name for labels in grouped().values() for one in labels) == sorted(LABELS)
    assert all(one.meaning.endswith(".") for one in LABELS.values())


HIT = st.builds(
    lambda start, length, score: Hit("X", start, start + length, score),
    st.integers(0, 40),
    st.integers(1, 10),
    st.sampled_from([0.4, 0.8, 1.0]),
)


@settings(deadline=None)
@given(st.lists(HIT), st.text(min_size=50, max_size=60))
def test_only_the_spans_change(hits: list[Hit], text: str) -> None:
    merged = spans(hits)
    assert all(a.end <= b.start for a, b in pairwise(merged))
    covered = {i for hit in hits for i in range(hit.start, hit.end)}
    assert covered == {i for span in merged for i in range(span.start, span.end)}
    kept = "".join(char for i, char in enumerate(text) if i not in covered)
    assert redact(text, hits, {DEFAULT: remove}) == kept
    assert redact(text, hits, {DEFAULT: lambda kind, value: value}) == text
    assert redact(text, hits).count(label("X", "")) >= len(merged)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Boris Petrov and PETROV,  boris", ["Boris Petrov"]),
        ("boris petrov", ["boris petrov"]),
        ("Boris\nPetrov", ["Boris\nPetrov"]),
        ("Boris ...... Petrov", []),
        ("Borisov Petrov", []),
        ("Ｂoris Petrov", ["Ｂoris Petrov"]),
        ("Mark, mark my MARK", ["Mark", "MARK"]),
        ("王小明说小明", ["王小明"]),
        ("030/23125-222 is 030 23125 222", ["030/23125-222", "030 23125 222"]),
        ("Li", []),
    ],
)
def test_values_that_stand_a_second_time(text: str, found: list[str]) -> None:
    search = Recurrence(["Boris Petrov", "Mark", "王小明", "030 23125222", "030 23125 222", "Li", ""])
    assert [text[start:end] for start, end in search.find(text)] == found


@pytest.mark.parametrize(
    "data",
    [
        "Zoë Müller", "Zo&#235; M&#252;ller", "Zo\\u00eb M\\u00fcller", "Zo%C3%AB%20M%C3%BCller", "=?Zo=C3=AB M=C3=BCller?=",
    ],
)  # fmt: skip
def test_residue_sees_through_notation(data: str) -> None:
    assert residue(f"<{data}>".encode(), ["Zoë Müller", "Boris Petrov"]) == {"Zoë Müller"}


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16-be", "cp1252", "gb18030"])
def test_residue_sees_through_charsets(charset: str) -> None:
    assert residue(b"\1\2" + "Zoé Muster".encode(charset), ["Zoé Muster"])


@given(st.binary(max_size=9), st.binary(max_size=9))
def test_residue_sees_through_base64(before: bytes, after: bytes) -> None:
    coded = base64.b64encode(before + b"boris.petrov@example.org" + after)
    assert residue(coded, ["boris.petrov@example.org"])
    assert not residue(coded, ["clara.weiss@example.net"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("[PERSON]", True), ("PERSON", True), ("PERSON_0123456789ab", True), ("[another person]", True), ("+** ** ***** 123", True),
     ("PETROV", False), ("[PETROV]", False), ("[PERSON] Petrov", False), ("a*b", False)],
)  # fmt: skip
def test_what_stands_in(text: str, wanted: bool) -> None:
    assert is_stand_in(f"x {text} y", 2, 2 + len(text)) is wanted


def test_a_word_inside_a_label_is_part_of_it() -> None:
    assert is_stand_in("[PERSON]", 1, 7)
