"""The Delete Request and Opt-out Platform: the vectors that CalPrivacy and DataGrail have published, and the file contract."""

from datetime import date

import pytest

from law import drop
from law.drop import Status
from law.rule import LawError

PUBLISHED = [
    (drop.name, "Juan Pablo", "juanpablo", "91hIbrbzNeqHs3o81O5yNrXUj7wDd2shvZ6THKi9qz8="),
    (drop.name, "Martinez", "martinez", "2wRPGbwBNxhShjRczx8GfS2c4cjvs4NJskeWloUNtp8="),
    (drop.born, date(1776, 7, 4), "17760704", "skXYXxBER6HQTZ3rXSZH1wVGLQ054mS5rbR/bwvzy4I="),
    (drop.postcode, "91790-3771", "91790", "2FPZucR4x7U8KlM+SFAX4LPGhwNz/PIZUCSUdDh0o/s="),
    (drop.postcode, "M1B 1A1", "m1b1a", "n8L9q8mVeT6Xt9/EeUNiTukGDrkbPJ3DvOEx14uElxk="),
    (drop.postcode, "00712345", "71234", "aeNUYKh7Xw5sqpxSbSP9eOHsj6iXewbUyavv89DIuhQ="),
    (drop.email, "Anna.Smith@ Domain.com ", "anna.smith@domain.com", "KA18MT/ph6IHYjzT9zwETySDQyvSh87YuoSBpOQtkhE="),
    (drop.phone, "+1(415)555-9317", "4155559317", "vGM7y5n+hBXRSEAklhHDPCbysyNgYTmXdMcagGUOY8E="),
    (drop.phone, "+84(90)123 4567", "4901234567", "ptzVkgbv9DonwvPCHmXmJ2SEOaolSh37z3ZzY/Gmm+U="),
    (drop.vin, "1HGCM82633A004352", "1hgcm82633a004352", "iNswy1m+0VSt8jAfFrvaiQ1R/0HAbgSwNGkwqo6QBss="),
    (drop.maid, "A3F1C2D4-5678-90AB-CDEF-1234567890AB", "a3f1c2d4567890abcdef1234567890ab",
     "250KY6lOgzYUB3EHrkbDCE2kMEZQE69SF38muhoDudI="),
    (drop.ctvid, "SmartTV-9f8e7d6c", "smarttv9f8e7d6c", "d9fxuTIrKksBXYDlaWsvQbcyUUfCbUx7v78gd+KP+tc="),
]  # fmt: skip


@pytest.mark.parametrize(("standardise", "raw", "standard", "digest"), PUBLISHED)
def test_published_vectors(standardise: object, raw: object, standard: str, digest: str) -> None:
    assert standardise(raw) == standard  # type: ignore[operator]
    assert drop.hashed(standard) == digest


def test_published_composites() -> None:
    assert drop.ndz("Danielle", "Johnson", date(1985, 7, 4), "91790") == "PQOfn1RffEKmqMmNAzDKKaoZCwxWbQZkQzPWmQo9REA="
    assert drop.name_vin("Eve", "Genesis", "1HGCM82633A004352") == "rtnDuXIe63jXYQQXW5r07GJ7lSsrib8+46QuKFwkOmk="


@pytest.mark.parametrize(
    ("raw", "standard"),
    [
        ("José", "jose"),
        ("O'Brien-Smith", "obriensmith"),
        ("Straße", "strasse"),
        ("Łukasz Æther", "lukaszaether"),
        ("İzmir", "izmir"),
        ("Иван", "ivan"),
        ("Ёлкина", "yolkina"),
        ("Щербакова", "shcherbakova"),
        ("Ъй", "y"),
        ("Θεοδώρου", "theodoroy"),
        ("田中", "田中"),
        ("ガ", "ガ"),
        ("김", "김"),
        ("محمد", "محمد"),
    ],
)
def test_names(raw: str, standard: str) -> None:
    assert drop.name(raw) == standard


def test_a_zip_of_new_england_loses_its_zero() -> None:
    assert drop.postcode("02139") == "2139"


@pytest.mark.parametrize(
    ("standardise", "value"),
    [(drop.vin, "1HGCM8"), (drop.maid, "abc"), (drop.ctvid, "tv"), (drop.ctvid, "x" * 33)],
)
def test_an_identifier_of_another_length_is_refused(standardise: object, value: str) -> None:
    with pytest.raises(LawError, match="characters after it was standardised"):
        standardise(value)  # type: ignore[operator]


def test_nothing_is_not_hashed() -> None:
    with pytest.raises(LawError, match="Nothing is left"):
        drop.hashed(drop.name("-"))


@pytest.mark.parametrize(
    ("matches", "exempt", "status", "delete", "opt_out"),
    [
        (3, False, Status.OPTED_OUT, False, True),  # N21: shared by three people
        (0, False, Status.NOT_FOUND, False, False),  # N22
        (1, False, Status.DELETED, True, True),
        (1, True, Status.EXEMPTED, False, False),
    ],
)
def test_answers(matches: int, exempt: bool, status: Status, delete: bool, opt_out: bool) -> None:
    found = drop.answer(matches, exempt=exempt)
    assert (found.status, found.delete, found.opt_out) == (status, delete, opt_out)
    assert found.keep_hash  # N22: screened before later data is sold


ID, OTHER = "aB3dE5gH7jK9", "zzzzzzzzzzzz"
HASH = PUBLISHED[0][3]
NAME = "20260801_1234_Email_U1.csv"


def test_a_list_is_read() -> None:
    assert drop.rows(f"ID,Hash\n{ID},{HASH}\n") == [drop.Row(ID, str(HASH))]
    assert drop.rows("ID,Hash\n") == []


@pytest.mark.parametrize(
    "text", ["", "Id,Hash\n", f"ID,Hash\nshort,{HASH}\n", f"ID,Hash\n{ID},hash\n", f"ID,Hash\n{ID}\n"]
)
def test_a_list_that_is_none(text: str) -> None:
    with pytest.raises(LawError, match="list"):
        drop.rows(text)


def test_a_response_is_taken() -> None:
    text = drop.response([(ID, Status.DELETED), (OTHER, Status.NOT_FOUND)])
    assert text == f"Id,Status\n{ID},3\n{OTHER},5\n"
    assert drop.check_response(NAME, text, [ID, OTHER]) == []


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        (NAME, f"ID,Status\n{ID},3\n", "the header is not Id,Status"),  # N23
        (NAME, "", "the header is not Id,Status"),
        ("20260801_1234_Removed.csv", f"Id,Status\n{ID},3\n", "not named for a downloaded list"),
        ("20260801_1234_Email_elevenchars1.csv", f"Id,Status\n{ID},3\n", "not named for a downloaded list"),
        (NAME, f"Id,Status\n{ID},1\n", "a status is none of 2, 3, 4, 5"),
        (NAME, f"Id,Status\n{ID}\n", "a status is none of"),
        (NAME, f"Id,Status\n{ID},3\n{ID},5\n", "answered twice"),
        (NAME, "Id,Status\n", "1 work items have no status"),
        (NAME, f"Id,Status\n{ID},3\n{OTHER},3\n", "1 work items were never asked about"),
    ],
)
def test_a_response_that_would_be_rejected(name: str, text: str, wrong: str) -> None:
    assert wrong in " ".join(drop.check_response(name, text, [ID]))
