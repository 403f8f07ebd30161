"""What a Californian answer never shows, even to the verified person (N3), and what it says instead."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from cases import answering, decisions, identity, intake
from cases.disclosing import _with
from connectors.contract import Mask
from office import Office
from tests.cases.conftest import Company, asked, drive, hash_of

SECRETS = "UPDATE contacts SET remarks = 'Her SSN is 536-90-4399, card 4111 1111 1111 1111. Prefers tea.' WHERE id = 1;"


def package(
    office: Office, company: Company, regime: str, right: str, country: str, language: str = "en"
) -> dict[str, bytes]:
    company.sql(SECRETS)
    company.post(
        "anna.schmidt@example.com", "info@company.example", "Form", "My social security number: 536-90-4399", "form"
    )
    case = intake.receive(office, asked(right, regime=regime, country=country, language=language), "operator").case
    identity.attest(office, case.reference, "service", "Signed in.")
    drive(office)
    decisions.approve(office, case.reference, "dpo", hash_of(office, case))
    drive(office)
    data = b"".join(answering.read(office, answering.finished(office, case.reference, "answer")))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Social Security number collected"), ("zh", "已收集社会安全号码")]
)
def test_california(at_work: Office, company: Company, language: str, sentence: str) -> None:
    files = package(at_work, company, "ccpa", "know", "US", language)
    everything = b"\n".join(files.values())
    assert b"536-90-4399" not in everything
    assert b"4111 1111" not in everything
    assert f"[{sentence}]".encode() in everything
    assert b"Prefers tea" in everything
    told = json.loads(files["withheld.json"])
    assert {"ccpa.7024_d.ssn", "ccpa.7024_d.account"} <= {entry["ground"] for entry in told}
    assert {entry["cite"] for entry in told if entry["ground"].startswith("ccpa.7024")} == {"11 CCR 7024(d)"}


def test_the_union_hands_out_what_is_the_persons_own(at_work: Office, company: Company) -> None:
    files = package(at_work, company, "gdpr", "access", "DE")
    assert b"536-90-4399" in b"\n".join(files.values())


def test_masks_that_touch_become_one() -> None:
    masks = [Mask("a", 0, 3, "x"), Mask("a", 8, 12, "x"), Mask("b", 0, 9, "x")]
    assert _with(masks, Mask("a", 2, 9, "s")) == [Mask("b", 0, 9, "x"), Mask("a", 0, 12, "s")]
    assert _with([Mask("a", 0, 3, "x")], Mask("a", 3, 5, "s")) == [Mask("a", 0, 3, "x"), Mask("a", 3, 5, "s")]
