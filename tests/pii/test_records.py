"""Records: fields, letters, participants, regions, and spans with paths."""

from __future__ import annotations

import pytest

from pii.analyzer import Analyzer
from pii.fields import asks_model, context_of
from pii.records import Content, Part, Place, inspect, layout, participant, region_of, typed

LETTER = """Dear Ms Example,

call me on 030 23125 123.

Kind regards,
Max Muster

On 3 March 2026, Zora Lindqvist wrote:
> my number is 030 23125 999
"""


def test_it_works(analyzer: Analyzer) -> None:
    mail = Content((Part("header:1", "Offer for Ms Example", Place.SUBJECT), Part("part:1", LETTER, Place.BODY)))
    row = Content(
        (
            Part("field:mobile", "020 7946 0123", Place.FIELD, "mobile"),
            Part("field:last_name", "Beispiel", Place.FIELD, "last_name"),
            *participant(0, "Anna Example", "anna@example.com"),
        ),
        region="GB",
    )
    first, second = inspect(analyzer, [mail, row])
    said = {(spot.path, spot.place, spot.entity) for spot in first.spots}
    assert {
        ("header:1", "subject", "PERSON"),
        ("part:1", "body", "PHONE_NUMBER"),
        ("part:1", "signature", "PERSON"),
        ("part:1", "quote", "PHONE_NUMBER"),
    } <= said
    assert {(spot.path, spot.entity) for spot in second.spots} >= {
        ("field:mobile", "PHONE_NUMBER"),
        ("field:last_name", "PERSON"),
        ("participant:0/name", "PERSON"),
        ("participant:0/address", "EMAIL_ADDRESS"),
    }


def test_what_was_not_read_is_named() -> None:
    looks = iter(range(1000))
    analyzer = Analyzer(seconds=2, clock=lambda: float(next(looks)))
    content = Content((Part("part:1", "short", Place.BODY), Part("part:2", "word " * 50_000, Place.ATTACHMENT)))
    (inspected,) = inspect(analyzer, [content])
    assert {part.path for part, _, _ in inspected.unread} == {"part:2"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello\n\nBest regards,\nAnna", [(Place.SIGNATURE, "\nAnna")]),
        ("Hello\n-- \nAnna\nSales\n", [(Place.SIGNATURE, "\nAnna\nSales\n")]),
        ("> old\nnew\n", [(Place.QUOTE, "> old\n")]),
        ("new\n-----Original Message-----\nold", [(Place.QUOTE, "-----Original Message-----\nold")]),
        ("new\nVon: Anna\nGesendet: heute\nold", [(Place.QUOTE, "Von: Anna\nGesendet: heute\nold")]),
        ("你好\n此致\n敬礼\n张伟", [(Place.SIGNATURE, "\n敬礼\n张伟")]),
        ("nothing of the kind", []),
    ],
)
def test_layout(text: str, wanted: list[tuple[Place, str]]) -> None:
    assert [(place, text[start:end]) for start, end, place in layout(text)] == wanted


@pytest.mark.parametrize(
    ("fields", "region"),
    [
        ({"country": "DE"}, "DE"),
        ({"Country_Code": "gb"}, "GB"),
        ({"Land": "Frankreich"}, "FR"),
        ({"mailing_country": "United Kingdom", "country": "UK"}, "GB"),
        ({"国家": "中国"}, "CN"),
        ({"country": "DE", "billing_country": "FR"}, None),
        ({"country": "Atlantis"}, None),
        ({"county": "DE"}, None),
        ({"country": 49}, None),
    ],
)
def test_region_of(fields: dict[str, object], region: str | None) -> None:
    assert region_of(fields) == region


@pytest.mark.parametrize(
    ("field", "value", "asked"),
    [
        (None, "Anna", True),
        ("remarks", "Anna", True),
        ("mobile", "030 23125 123", False),
        ("contact.homePhone", "030 23125 123", False),
        ("created_at", "2026-03-01", False),
        ("order_id", "A-1", False),
        ("is_active", "yes", False),
        ("手机", "13800138000", False),
        ("mobile", "ask Anna Example first", True),
        ("手机", "请先问张伟", True),
        ("status", "\n", True),
        ("title", "Deal with Anna", True),
    ],
)
def test_typed_fields_need_no_model(field: str | None, value: str, asked: bool) -> None:
    assert asks_model(field, value) is asked


@pytest.mark.parametrize(
    ("field", "context"),
    [
        (None, ()),
        ("dateOfBirth", ("dateofbirth", "date", "of", "birth")),
        ("Billing_Last_Name__c", ("billing_last_name", "billing", "last", "name")),
        ("contact.mobile", ("mobile", "mobile")),
        (typed("handy_1", "phone"), ("handy_1_phone", "handy", "phone")),
    ],
)
def test_the_name_of_a_field_in_words(field: str | None, context: tuple[str, ...]) -> None:
    assert context_of(field) == context
