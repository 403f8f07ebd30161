"""The engine's other questions: who may ask, what proof, which ground, what an answer must and must not say. The numbers N1 … are
those of the check vectors in the research behind the rule files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from law import breach, disclosure, duties, grounds
from law.clock import Facts
from law.contents import document, missing
from law.grounds import judge as rule_on
from law.identity import Shown, judge, may_ask, proof, requester
from law.limits import Earlier, frequency, lookback
from law.metrics import Handled, metrics
from law.regimes import LawError, Right, conditions, regimes, resolve, rights
from law.residence import regime_for, subdivisions
from pii.labels import NEVER_DISCLOSE
from tests.law.books import shipped_with

BERLIN = ZoneInfo("Europe/Berlin")


def test_n1_an_opt_out_is_never_verified() -> None:
    found = may_ask("ccpa", "opt_out", "government_id")
    assert not found.allowed
    assert found.cite == "11 CCR 7060(b)"
    assert judge("ccpa", "opt_out", Shown()).proven


def test_what_an_opt_out_needs_to_be_carried_out_may_be_asked() -> None:
    assert may_ask("ccpa", "opt_out", "device_id", {"needed_to_execute"}).allowed


def test_n2_too_little_proof_for_specific_pieces_leaves_the_categories() -> None:
    found = judge("ccpa", "know_specific", Shown(points=2))
    assert not found.proven
    assert found.fallback is Right.ACCESS_CATEGORIES
    assert found.missing == ("1 more matching data points", "a signed declaration under penalty of perjury")
    assert judge("ccpa", found.fallback, Shown(points=2)).proven


def test_three_points_and_a_declaration_are_enough() -> None:
    assert judge("ccpa", "know", Shown(points=3, declaration=True)).proven
    assert judge("ccpa", "know", Shown(signed_in=True, declaration=True)).proven
    assert not judge("ccpa", "know", Shown(signed_in=True, doubt=True, declaration=True)).proven


def test_identity_is_verified_under_the_pipl_before_anything_is_done() -> None:
    assert not judge("pipl", "access", Shown()).proven
    assert judge("pipl", "access", Shown(signed_in=True)).proven


def test_risk_decides_the_degree_of_a_deletion() -> None:
    assert proof("ccpa", "delete", "low").degree == "reasonable"
    assert proof("ccpa", "delete", "high").degree == "reasonably_high"


def test_doubt_is_what_makes_proof_due_under_the_gdpr() -> None:
    assert judge("gdpr", "access", Shown()).proven
    assert not judge("gdpr", "access", Shown(doubt=True)).proven
    assert judge("gdpr", "access", Shown(doubt=True, points=1)).proven


def test_a_regime_that_says_nothing_about_proof_says_so() -> None:
    with pytest.raises(LawError, match="says nothing about proof"):
        proof(
            "lgpd",
            "access",
            book=shipped_with(
                "lgpd", "rights: [{id: lgpd.a, right: access, title: A, cite: X, confidence: K, handling: decision}]"
            ),
        )


def test_n3_never_to_be_disclosed() -> None:
    (found,) = disclosure.withheld("ccpa", "know_specific", ["US_SSN", "PERSON", "US_SSN"])
    assert (found.entity, found.sentence, found.cite) == (
        "US_SSN",
        "Social Security number collected",
        "11 CCR 7024(d)",
    )
    assert disclosure.withheld("ccpa", "know", ["US_SSN"], "zh")[0].sentence == "已收集社会安全号码"
    assert disclosure.withheld("ccpa", "know", ["US_SSN"], "fr")[0].sentence == found.sentence


def test_only_where_the_statute_says_so() -> None:
    assert disclosure.withheld("gdpr", "access", ["US_SSN"]) == ()
    assert disclosure.withheld("ccpa", "delete", ["US_SSN"]) == ()


def test_every_type_that_detection_marks_has_its_sentence() -> None:
    assert disclosure.never("ccpa", "access") >= NEVER_DISCLOSE


KNOW = [Earlier("know", date(2026, 2, 1), answered=True), Earlier("know_categories", date(2026, 5, 1), answered=True)]


def test_n4_a_third_request_to_know_may_be_refused() -> None:
    found = frequency("ccpa", "know", date(2026, 11, 1), KNOW)
    assert (found.may_refuse, found.counted, found.cite) == (True, 2, "Civ. Code 1798.130(b)")


def test_n5_a_third_deletion_may_not() -> None:
    earlier = [Earlier("delete", date(2026, month, 1), answered=True) for month in (2, 5)]
    assert not frequency("ccpa", "delete", date(2026, 11, 1), earlier).may_refuse


@pytest.mark.parametrize(
    ("received", "earlier", "counted"),
    [
        (date(2027, 2, 1), KNOW, 1),  # the first is twelve months old
        (date(2027, 1, 31), KNOW, 2),
        (date(2026, 11, 1), [Earlier("know", date(2026, 2, 1))], 0),  # was not answered
        (date(2026, 11, 1), [Earlier("delete", date(2026, 2, 1), answered=True)], 0),
    ],
)
def test_twelve_months_roll_back(received: date, earlier: list[Earlier], counted: int) -> None:
    assert frequency("ccpa", "know", received, earlier).counted == counted


def test_the_same_correction_denied_within_six_months() -> None:
    denied = Earlier("correct", date(2026, 6, 1), denied=True, identical=True)
    assert frequency("ccpa", "correct", date(2026, 11, 30), [denied]).may_refuse
    assert not frequency("ccpa", "correct", date(2026, 12, 1), [denied]).may_refuse
    assert not frequency(
        "ccpa", "correct", date(2026, 7, 1), [Earlier("correct", date(2026, 6, 1), denied=True)]
    ).may_refuse


def test_the_gdpr_counts_nothing() -> None:
    assert not frequency(
        "gdpr", "access", date(2026, 1, 1), [Earlier("access", date(2026, 1, 1), answered=True)] * 50
    ).may_refuse


def test_lookback() -> None:
    found = lookback("ccpa", "know", date(2026, 11, 1))
    assert (found.since, found.all_since) == (date(2025, 11, 1), date(2022, 1, 1))
    assert lookback("gdpr", "access", date(2026, 11, 1)).since is None
    assert lookback("ccpa", "delete", date(2026, 11, 1)).since is None


def test_n6_a_power_of_attorney_makes_permission_needless() -> None:
    found = requester("ccpa", "agent_with_power", "know")
    assert found.needs == ("power_of_attorney",)
    assert "signed_permission" in found.never
    assert "signed_permission" in requester("ccpa", "agent", "know").needs
    assert requester("ccpa", "agent", "opt_out").needs == ("signed_permission",)


def test_n7_a_household_cannot_ask() -> None:
    found = requester("ccpa", "household", "delete")
    assert not found.may_ask
    assert found.source == "Civ. Code 1798.145(p)"


def test_an_unknown_kind_of_requester_is_refused() -> None:
    with pytest.raises(LawError, match="It knows: subject"):
        requester("gdpr", "neighbour")
    assert requester("gdpr", "parent").needs == ("parental_responsibility",)


def test_n9_a_record_without_the_manner_is_incomplete() -> None:
    given = {"date", "nature", "response_date", "response_nature", "basis_of_denial"}
    assert missing("record", "ccpa", given) == ["manner"]


def test_n10_retention_turns_erasure_into_restriction() -> None:
    found = rule_on("gdpr", "erasure", "gdpr.17_3_b", {"statute": "§ 147 AO"})
    assert (found.stands, found.whole, found.restrict) == (True, False, True)
    assert "block_other_use" in found.also
    assert missing("partial_refusal", "gdpr", {"reasons", "authority"}) == ["court"]


def test_a_ground_that_lacks_what_it_needs_does_not_stand() -> None:
    found = rule_on("gdpr", "erasure", "gdpr.17_3_b", {"statute": " "})
    assert (found.stands, found.missing) == (False, ("statute",))
    assert "must also state: statute" in found.why


def test_n11_marketing_stops_whatever_is_claimed() -> None:
    found = rule_on("gdpr", "objection_marketing", "gdpr.21_1", {"facts": "Compelling."})
    assert not found.stands
    assert "cannot be held against this right" in found.why


def test_a_ground_of_another_day_does_not_stand() -> None:
    book = shipped_with(
        "lgpd", RIGHT + "grounds: [{id: lgpd.g, title: G, cite: X, confidence: K, whole: true, valid_to: 2020-01-01}]"
    )
    assert not rule_on("lgpd", "access", "lgpd.g", {}, date(2026, 1, 1), book=book).stands
    assert rule_on("lgpd", "access", "lgpd.g", {}, date(2019, 1, 1), book=book).stands


def test_n12_portability_needs_consent_or_contract() -> None:
    (found,) = conditions("gdpr", "portability", {"legal_basis": "6(1)(f)", "automated": "yes"})
    assert (found.cite, found.offer) == (("GDPR 20(1)(a)",), Right.ACCESS)
    assert conditions("gdpr", "portability", {"legal_basis": "6(1)(b)", "automated": "yes"}) == ()


def test_n13_categories_of_recipients_need_a_reason() -> None:
    given = {i.key for i in document("access", "gdpr").items} - {"recipients"}  # type: ignore[union-attr]
    assert missing("access", "gdpr", given | {"recipient_categories"}) == ["recipients"]
    assert missing("access", "gdpr", given | {"recipient_categories", "recipients_reason"}) == []


def test_n14_a_restriction_is_not_lifted_before_the_person_is_told() -> None:
    (found,) = duties.neglected("gdpr", "restriction", "lifted", set())
    assert (found.before, found.cite) == (True, ("GDPR 18(3)",))
    assert duties.neglected("gdpr", "restriction", "lifted", {"tell_subject"}) == ()


@pytest.mark.parametrize(
    ("regime", "given", "lacking"),
    [
        ("gdpr", {"reasons", "authority"}, ["court"]),  # N15
        ("uk_gdpr", {"reasons", "authority", "court"}, ["controller_complaint"]),  # N16
        ("pipl", {"court", "dispute_route"}, ["reasons"]),  # N19
    ],
)
def test_refusal_letters_that_lack_something(regime: str, given: set[str], lacking: list[str]) -> None:
    assert missing("refusal", regime, given, date(2026, 7, 10)) == lacking


def test_n17_no_copy_of_an_identity_document_without_doubt() -> None:
    assert not may_ask("gdpr", "access", "id_copy").allowed
    found = may_ask("gdpr", "access", "id_copy", {"doubt"})
    assert (found.allowed, "no_other_means" in found.why) == (False, True)
    assert may_ask("gdpr", "access", "id_copy", {"doubt", "no_other_means"}).allowed
    assert may_ask("gdpr", "access", "order_number").allowed
    assert may_ask("ccpa", "know", "contested_data").allowed
    assert not may_ask("ccpa", "correct", "contested_data").allowed


def test_n18_retention_under_the_pipl_is_storage_only() -> None:
    found = rule_on("pipl", "delete", "pipl.47_2", {"facts": "Bookkeeping, ten years."})
    assert (found.stands, found.restrict, found.also) == (True, True, ("store_only", "secure"))


def test_n20_a_breach_notice_may_be_completed_in_phases() -> None:
    given = {"nature", "categories", "number_of_people", "contact", "consequences", "measures"}
    found = breach.check("gdpr", "authority", given)
    assert (found.missing, found.may_be_sent) == (("number_of_records",), True)
    found = breach.check("gdpr", "individuals", {"nature"})
    assert not found.may_be_sent
    assert breach.check("pipl", "authority", {"categories", "measures", "contact"}).may_be_sent


def test_a_breach_notice_no_statute_prescribes() -> None:
    with pytest.raises(LawError, match="does not prescribe"):
        breach.check("ccpa", "authority", set())


@pytest.mark.parametrize(
    ("regime", "facts", "audiences"),
    [
        ("gdpr", Facts(), {"authority": "gdpr.breach_authority", "individuals": None}),
        (
            "ccpa",
            Facts(),
            {"individuals": "ccpa.breach_individuals", "attorney_general": "ccpa.breach_attorney_general"},
        ),
        ("pipl", Facts(), {"authority": None, "individuals": None}),
        (
            "pipl",
            Facts(severity="major", operator="cii"),
            {"authority": "pipl.breach_authority.cii", "individuals": None},
        ),
    ],
)
def test_who_has_to_be_told_of_a_breach(regime: str, facts: Facts, audiences: dict[str, str | None]) -> None:
    found = breach.tellings(regime, "DE", datetime(2026, 9, 1, tzinfo=UTC), BERLIN, facts)
    assert {one.rule.audience: one.due.rule if one.due else None for one in found} == audiences


def test_a_breach_before_the_rule_was_in_force() -> None:
    assert breach.tellings("ccpa", "US", datetime(2025, 9, 1, tzinfo=UTC), BERLIN) == ()


def test_metrics_of_a_year() -> None:
    handled = [
        Handled("know", date(2026, 1, 5), "complied", date(2026, 1, 25)),
        Handled("know_categories", date(2026, 2, 1), "denied", date(2026, 2, 11)),
        Handled("delete", date(2026, 3, 1), "complied_in_part", date(2026, 4, 1)),
        Handled("delete", date(2026, 12, 31), "open"),
        Handled("limit", date(2025, 12, 31), "complied", date(2026, 1, 2)),
    ]
    found = metrics("ccpa", handled, 2026, people=12_000_000)
    rows = {row.kind: row for row in found.rows}
    assert set(rows) == {"delete", "correct", "know", "opt_out", "limit"}
    know, delete = rows["know"], rows["delete"]
    assert (know.received, know.complied, know.denied, know.median_days, know.mean_days) == (2, 1, 1, 15.0, 15.0)
    assert (delete.received, delete.complied_in_part, delete.median_days) == (2, 1, 31.0)
    assert (rows["limit"].received, rows["limit"].mean_days) == (0, None)
    assert (found.publish_by, found.obliged) == (date(2027, 7, 1), True)
    assert metrics("ccpa", [], 2026, people=9_999_999).obliged is False
    assert metrics("ccpa", [], 2026).obliged is None


def test_a_regime_without_metrics_says_so() -> None:
    with pytest.raises(LawError, match="asks for no published figures"):
        metrics("gdpr", [], 2026)


def test_keeping_of_records() -> None:
    kept = duties.keeping("ccpa")
    assert kept is not None
    assert (kept.months, kept.statutory) == (24, True)
    assert duties.keeping("ca_drop") is None
    book = shipped_with("lgpd", KEEP)
    assert duties.keeping("lgpd", date(2026, 1, 1), book=book) is None


def test_a_right_of_a_later_day_is_not_granted_before() -> None:
    assert resolve("ccpa", "admt_access", date(2027, 1, 1)).right is Right.ADMT_ACCESS
    with pytest.raises(LawError, match="to a request of that day"):
        resolve("ccpa", "admt_access", date(2026, 12, 31))
    assert Right.ADMT_ACCESS not in {r.right for r in rights("ccpa", date(2026, 12, 31))}


def test_the_delete_act_is_asked_of_the_state() -> None:
    assert "ca_drop" not in regimes(granting=True)
    with pytest.raises(LawError, match="none to be asked for here"):
        resolve("ca_drop", "delete")


@pytest.mark.parametrize(
    ("residence", "controller", "regime"),
    [
        ("DE", "US", "gdpr"),
        ("us-ca", "DE", "ccpa"),
        ("US", "US", "ccpa"),
        ("US", "DE", "gdpr"),
        ("CN", "DE", "pipl"),
        ("HK", "CN", "pipl"),
        ("GB-SCT", "DE", "uk_gdpr"),
        ("BR", "JP", "gdpr"),
        ("BR", "GB-SCT", "uk_gdpr"),
    ],
)
def test_residence_decides(residence: str, controller: str, regime: str) -> None:
    assert regime_for(residence, controller) == regime


def test_places_smaller_than_a_country() -> None:
    assert subdivisions() == ("US-CA",)


KEEP = "keeping: [{id: lgpd.keep, cite: X, confidence: K, months: 1, statutory: true, valid_to: 2020-01-01}]"
RIGHT = "rights: [{id: lgpd.access, right: access, title: A, cite: X, confidence: K, handling: decision}]\n"


def test_without_a_fallback_a_strange_place_has_no_statute() -> None:
    book = shipped_with("lgpd", RIGHT, alone=True)
    with pytest.raises(LawError, match="No statute that is loaded"):
        regime_for("BR", "JP", book=book)


@pytest.mark.parametrize(
    ("regime", "text", "found"),
    [
        ("gdpr", "GDPR 17(3)(b), § 147 AO", ("gdpr.17_3_b", "§ 147 AO")),
        ("gdpr", "gdpr.12_5", ("gdpr.12_5", "")),
        ("gdpr", "GDPR 15(4), 20(4)", ("gdpr.15_4", "")),
        ("ccpa", "Civ. Code 1798.105(d)(8): IRC 6001", ("ccpa.105_d_8", "IRC 6001")),
    ],
)
def test_a_ground_is_known_by_its_citation(regime: str, text: str, found: tuple[str, str]) -> None:
    named = grounds.named(regime, text)
    assert named is not None
    assert (named[0].id, named[1]) == found


@pytest.mark.parametrize("text", ["GDPR 17(3)(bb)", "GDPR 17", "because", ""])
def test_what_names_no_ground(text: str) -> None:
    assert grounds.named("gdpr", text) is None


def test_every_regime_has_its_ground_for_statutory_retention() -> None:
    found = {regime: grounds.retention(regime) for regime in regimes()}
    assert {regime: g.id for regime, g in found.items() if g} == {
        "gdpr": "gdpr.17_3_b",
        "uk_gdpr": "uk.17_3_b",
        "ccpa": "ccpa.105_d_8",
        "pipl": "pipl.47_2",
    }
    assert all(g.effect == "restrict" for g in found.values() if g)
