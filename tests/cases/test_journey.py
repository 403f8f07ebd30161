"""From receipt to closure, on SQLite and on PostgreSQL: what is found, handed out, erased, kept, and proven afterwards."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlmodel import select

from cases import answering, decisions, view
from cases.states import State
from ledger import checkpoint, verify_database
from notices.tables import Notice
from office import Office
from tests.cases.conftest import (
    EMAIL,
    Company,
    Make,
    approved,
    connect,
    drive,
    hash_of,
    lines,
    now,
    planned,
    postgres_office,
    postgres_server,
)
from tests.servers.postgres import Postgres

RETENTION = """
[policy]
erasure_approvals = 2
[[policy.retention]]
id = "won-deals"
store = "crm"
collection = "deals"
field = "stage"
values = ["won"]
since_field = "closed_on"
years = 8
ground = "GDPR 17(3)(b)"
statute = "§ 147 AO"
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, make_office: Make, company: Company) -> Office:
    if request.param == "sqlite":
        return connect(make_office(RETENTION), company)
    server: Postgres = request.getfixturevalue("postgres_server")
    return connect(postgres_office(make_office, server, RETENTION), company)


def whole(office: Office) -> None:
    with office.unit() as unit:
        checkpoint(unit.session, office.vault, office.clock())
        unit.commit()
    with office.unit() as unit:
        result = verify_database(unit.session, office.vault)
    assert result.ok, result.reason


def test_access(house: Office, company: Company) -> None:
    before = company.mails(), company.rows("SELECT * FROM contacts")
    case = approved(house)
    drive(house)
    case = now(house, case)
    assert State(case.state) is State.COMPLETE
    package = answering.finished(house, case.reference, "answer")
    data = b"".join(answering.read(house, package))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        everything = b"\n".join(archive.read(name) for name in archive.namelist())
    for own in (EMAIL, "Garden shed", "Hedge trimming", "by June", "two hedges", "Prefers tea"):
        assert own.encode() in everything, own
    for foreign in (
        "KANARIE-BORIS",
        "KANARIE-MAIL",
        "KANARIE note",
        "boris@example.com",
        "karl.schmidt",
        "Graz",
        "cake",
    ):
        assert foreign.encode() not in everything, foreign
    assert (company.mails(), company.rows("SELECT * FROM contacts")) == before
    whole(house)


def test_erasure(house: Office, company: Company) -> None:
    untouched = {key: company.mails()[key] for key in ("nameonly", "boris")}
    case = planned(house, "erasure")
    assert {key: line["action"] for key, line in lines(house, case).items()} == {
        ("contacts", "1"): "anonymise",
        ("contacts", "2"): "leave",
        ("contacts", "3"): "leave",
        ("deals", "1"): "keep",
        ("deals", "2"): "anonymise",
        ("notes", "1"): "delete",
        ("INBOX", "sent"): "delete",
        ("INBOX", "group"): "redact",
        ("INBOX", "mention"): "redact",
        ("INBOX", "nameonly"): "leave",
    }
    decisions.approve(house, case.reference, "dpo", hash_of(house, case))
    decisions.approve(house, case.reference, "legal", hash_of(house, case))
    drive(house)
    case = now(house, case)
    assert (case.state, case.note) == (State.COMPLETE, "")
    mails = company.mails()
    assert {key: mails[key] for key in untouched} == untouched
    rest = b"\n".join(mail for key, mail in mails.items() if key not in untouched)
    assert EMAIL.encode() not in rest
    assert b"23125" not in rest
    assert b"KANARIE-QUOTE" in rest
    assert b"Regards" in rest
    ours = company.rows("SELECT first_name, last_name, email, phone FROM contacts WHERE id = 1")
    assert not {"Anna", "Schmidt", EMAIL, "030 23125-111"} & set(ours[0])
    assert company.rows("SELECT remarks FROM contacts WHERE id = 3") == [("KANARIE-BORIS-ROW",)]
    assert company.rows("SELECT title FROM deals WHERE id = 1") == [("Garden shed",)]
    assert company.rows("SELECT id FROM notes") == [(2,)]
    certified(house, case.reference)
    whole(house)


def certified(office: Office, reference: str) -> None:
    package = answering.finished(office, reference, "certificate")
    signed = json.loads(b"".join(answering.read(office, package)))
    body = signed["statement"].encode()
    key = Ed25519PublicKey.from_public_bytes(office.vault.public_key("package"))
    key.verify(bytes.fromhex(signed["signature"]), b"redress certificate\n" + body)
    statement = json.loads(body)
    assert statement["kept"] == [
        {"store": "crm", "collection": "deals", "ground": "GDPR 17(3)(b), § 147 AO until 2033-05-01", "records": 1}
    ]
    assert {row["store"]: row["status"] for row in statement["searched_again"]} == {
        "crm": "searched",
        "mail": "searched",
    }
    for identifying in ("anna", "schmidt", "23125"):
        assert identifying not in signed["statement"].lower()


def test_letters_go_to_the_address_on_file(house: Office) -> None:
    case = approved(house)
    drive(house)
    with house.unit() as unit:
        sent = unit.session.exec(select(Notice).where(Notice.case_id == case.id).order_by(Notice.queued_at)).all()
        kinds = sorted(letter.kind for letter in sent)
        to = {house.vault.open_text(f"case:{case.id}", f"notice.recipient:{n.id}", n.recipient) for n in sent}
    assert kinds == ["access_ready", "receipt"]
    assert to == {EMAIL}
    assert {letter.state for letter in sent} == {"sent"}


def test_what_staff_see_names_nobody(house: Office) -> None:
    case = approved(house)
    drive(house)
    shown = json.dumps(view.show(house, case.reference)).lower()
    for identifying in ("anna", "schmidt", "23125"):
        assert identifying not in shown


__all__ = ["postgres_server"]
