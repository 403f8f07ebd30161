"""Access to a mailbox full of foreign mail and a CRM: everything of the person, nothing of anybody else."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from cases import answering
from cases.package.verify import verify
from cases.states import State
from office import Office
from tests.journey import driving, judging
from tests.journey.company import Company
from tests.journey.people import PEOPLE, ROSALIND, Person

pytestmark = [pytest.mark.dovecot, pytest.mark.postgres]


QUICK = {"de", "zh", "ie"}


@pytest.mark.parametrize(
    "person", [pytest.param(one, id=one.key, marks=() if one.key in QUICK else pytest.mark.faults) for one in PEOPLE]
)
@pytest.mark.slow
def test_everything_of_the_person_and_nothing_of_anybody_else(company: Company, office: Office, person: Person) -> None:
    case = driving.ask(office, person, "access")
    shown = driving.locate(office, case)
    assert {row["status"] for row in shown["coverage"]} == {"searched"}
    assert judging.missed(company, person, shown) == []
    assert judging.overreached(company, person, shown) == []

    assert driving.carry_out(office, case) is State.COMPLETE
    package = b"".join(answering.read(office, answering.finished(office, case.reference, "answer")))
    verdict = verify(io.BytesIO(package), office.vault.public_key("package"))
    assert verdict.ok, verdict.problems
    assert judging.leaks(person, package) == set()
    exported = [line for line in shown["lines"] if line["action"] == "export"]
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        answer = json.loads(archive.read("answer.json"))
    counts = {(one["store"], one["collection"]): one["records"] for one in answer["collections"]}
    assert sum(counts.values()) == len(exported)
    assert counts == {key: sum((x["store"], x["collection"]) == key for x in exported) for key in counts}


@pytest.mark.faults
def test_a_second_request_gives_the_same_plan_and_its_own_answer(company: Company, office: Office) -> None:
    plans = []
    for _ in range(2):
        case = driving.ask(office, ROSALIND, "access")
        shown = driving.locate(office, case)
        plans.append({(x["store"], x["collection"], x["record"], x["action"]) for x in shown["lines"]})
        assert driving.carry_out(office, case) is State.COMPLETE
    assert plans[0] == plans[1]
