"""Rights, grounds and contents: what the files say, and that a wrong file is refused."""

from datetime import date

import pytest
from pydantic import ValidationError

from law.book import shipped
from law.contents import missing, required
from law.grounds import closes, ground, grounds
from law.period import Clock
from law.regimes import LawError, Right, regime_named, regimes, resolve, rights
from law.statute import Statute

ASKED = regimes(granting=True)


def test_it_works() -> None:
    found = resolve("gdpr", "access")
    assert (found.title, found.cite, found.handling, found.proof) == (
        "Right of access",
        "GDPR 15",
        "automatic",
        "required",
    )


@pytest.mark.parametrize("regime", ASKED)
def test_access_and_erasure_are_automatic_and_nothing_else_is(regime: str) -> None:
    automatic = {r.right for r in rights(regime) if r.handling == "automatic"}
    assert automatic == {Right.ACCESS, Right.ERASURE}


@pytest.mark.parametrize(
    ("regime", "name", "right"),
    [
        ("ccpa", "know", Right.ACCESS),
        ("ccpa", "delete", Right.ERASURE),
        ("CCPA", "objection", Right.OPT_OUT),
        ("ccpa", "restriction", Right.LIMIT),
        ("pipl", "correct", Right.RECTIFICATION),
        ("gdpr", Right.PORTABILITY, Right.PORTABILITY),
    ],
)
def test_rights_answer_to_the_words_of_the_statute(regime: str, name: str, right: Right) -> None:
    assert resolve(regime, name).right is right


@pytest.mark.parametrize("right", ["opt_out", "limit", "admt_opt_out"])
def test_opt_outs_must_not_be_verified(right: str) -> None:
    assert resolve("ccpa", right).proof == "forbidden"


def test_an_unknown_right_lists_what_there_is_and_repeats_nothing() -> None:
    with pytest.raises(LawError, match="It grants: access, erasure") as caught:
        resolve("gdpr", "anna@example.com")
    assert "anna" not in str(caught.value)


def test_an_unknown_regime_lists_what_there_is() -> None:
    with pytest.raises(LawError, match="gdpr, ca_drop, ccpa, pipl, uk_gdpr"):
        regime_named("hipaa")


def test_grounds_are_those_of_the_right() -> None:
    ids = {g.id for g in grounds("gdpr", "erasure")}
    assert {"gdpr.12_5", "gdpr.17_3_b", "gdpr.17_3_e", "gdpr.23"} <= ids
    assert "gdpr.15_4" not in ids
    assert "gdpr.17_3_b" not in {g.id for g in grounds("gdpr", "access")}


def test_retention_by_law_demands_the_statute() -> None:
    assert ground("gdpr", "gdpr.17_3_b").needs == ("statute",)


def test_rights_of_others_never_close_a_request() -> None:
    assert "gdpr.15_4" not in {g.id for g in closes("gdpr")}
    assert "gdpr.12_5" in {g.id for g in closes("gdpr")}


def test_an_unknown_ground_lists_what_there_is() -> None:
    with pytest.raises(LawError, match=r"ccpa\.105_d_8"):
        ground("ccpa", "gdpr.12_5")


def test_no_ground_stands_against_an_objection_to_marketing_but_the_general_ones() -> None:
    assert {g.id for g in grounds("gdpr", "objection_marketing")} == {"gdpr.12_5", "gdpr.23"}


@pytest.mark.parametrize("regime", ASKED)
def test_everything_given_is_complete(regime: str) -> None:
    for kind in ("access", "refusal", "extension", "ack"):
        assert missing(kind, regime, {c.key for c in required(kind, regime)}) == []


def test_access_answer_of_the_gdpr() -> None:
    given = {"confirmation", "purposes", "categories", "recipients", "storage_period", "rights", "authority", "copy"}
    assert missing("access", "gdpr", given) == ["sources", "automated_decisions", "transfers"]


def test_refusal_letters() -> None:
    assert missing("refusal", "gdpr", {"reasons", "authority"}) == ["court"]
    assert missing("refusal", "pipl", {"court", "dispute_route"}) == ["reasons"]
    given = {"reasons", "authority", "court"}
    assert missing("refusal", "uk_gdpr", given, on=date(2026, 6, 18)) == []
    assert missing("refusal", "uk_gdpr", given, on=date(2026, 7, 1)) == ["controller_complaint"]


READING = {"id": "r", "title": "R", "cite": "X 2", "confidence": "K", "n": 2}
CLOCK = {
    "id": "x.y",
    "version": "1",
    "events": ["respond"],
    "unit": "day",
    "n": 3,
    "period": "3 days",
    "cite": ["X 1"],
    "confidence": "T",
}


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "month"},
        {"unit": "business_day"},
        {"roll": "next_working_day"},
        {"n": 0},
        {"cite": []},
        {"confidence": "sure"},
        {"id": "x"},
        {"readings": [READING, READING]},
        {"colour": "red"},
    ],
)
def test_a_wrong_rule_is_refused(change: dict[str, object]) -> None:
    Clock.model_validate(CLOCK)
    with pytest.raises(ValidationError):
        Clock.model_validate(CLOCK | change)


def test_two_rules_for_one_question_are_refused() -> None:
    data = shipped().statute("gdpr").model_dump(mode="json")
    data["clocks"] = [CLOCK, CLOCK | {"id": "x.z", "valid_from": "2026-01-01"}]
    with pytest.raises(ValidationError, match=r"x\.y and x\.z decide the same question"):
        Statute.model_validate(data)
