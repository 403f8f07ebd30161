"""Identifiers in normal form, and what cannot be one."""

from __future__ import annotations

import pytest

from discovery.identifiers import BadIdentifier, Kind, normalise


@pytest.mark.parametrize(
    ("kind", "typed", "normal"),
    [
        (Kind.EMAIL, " <Anna.Schmidt@Example.COM> ", "anna.schmidt@example.com"),
        (Kind.EMAIL, "anna\u200b@example.com", "anna@example.com"),
        (Kind.EMAIL, "ａｎｎａ@example.com", "anna@example.com"),
        (Kind.EMAIL, "anna+shop@example.com", "anna+shop@example.com"),
        (Kind.PHONE, "030 23125-111", "+493023125111"),
        (Kind.PHONE, "+49 (0)30 23125 111", "+493023125111"),
        (Kind.PHONE, "0049 30 23125111", "+493023125111"),
        (Kind.PHONE, "０３０ ２３１２５ １１１", "+493023125111"),
        (Kind.PHONE, "+86 138 1234 5678", "+8613812345678"),
        (Kind.NAME, "  Anna   Schmidt ", "Anna Schmidt"),
        (Kind.NAME, "张 伟", "张 伟"),
        (Kind.CUSTOMER_ID, "K-100009", "K-100009"),
    ],
)
def test_it_works(kind: Kind, typed: str, normal: str) -> None:
    assert normalise(kind, typed, "DE").value == normal


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.EMAIL, "anna"),
        (Kind.EMAIL, "anna@localhost"),
        (Kind.EMAIL, "anna@example..com"),
        (Kind.EMAIL, "anna@example.com, boris@example.com"),
        (Kind.EMAIL, "anna@example.com\nBcc: x@example.com"),
        (Kind.PHONE, "12"),
        (Kind.PHONE, "call me"),
        (Kind.PHONE, "+49 " + "1" * 20),
        (Kind.NAME, "7"),
        (Kind.NAME, "a" * 201),
        (Kind.CUSTOMER_ID, "x y"),
        (Kind.CUSTOMER_ID, "1" * 65),
    ],
)
def test_what_cannot_be_one_is_refused_without_being_repeated(kind: Kind, typed: str) -> None:
    with pytest.raises(BadIdentifier) as error:
        normalise(kind, typed, "DE")
    assert typed not in str(error.value)


def test_a_country_reads_its_own_numbers() -> None:
    assert normalise(Kind.PHONE, "138 1234 5678", "CN").value == "+8613812345678"
