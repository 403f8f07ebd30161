"""A store that cannot be searched is named, and the request does not end without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import confirming, decisions, fulfilling, locating, plan
from cases.errors import NotNow
from cases.states import State
from cases.tables import Case
from connectors.errors import StoreError
from discovery import stores
from discovery.tables import StoreRow
from office import Office
from tests.journey import driving
from tests.journey.conftest import Open
from tests.journey.mails import mail
from tests.journey.people import ROSALIND
from tests.servers.certificates import issue
from tests.servers.dovecot import PASSWORD, Dovecot, Mailbox

pytestmark = pytest.mark.dovecot


@pytest.fixture
def box(dovecot_server: Dovecot) -> Mailbox:
    box = dovecot_server.mailbox()
    for number in range(3):
        entity = f"Content-Type: text/plain\r\n\r\nNumber {number} about {ROSALIND.email}\r\n".encode()
        box.append(mail(f"outage-{number}", entity))
    return box


@pytest.fixture
def office(opened: Open, box: Mailbox) -> Office:
    made = opened()
    stores.add(made, "imap", "mail", options(box), {}, "operator")
    return made


def options(box: Mailbox) -> dict[str, str]:
    server = box.server
    return {
        "host": "localhost", "port": str(server.tls_port), "user": box.user, "ca_file": str(server.ca), "password": PASSWORD,
    }  # fmt: skip


def alter(office: Office, **changes: object) -> None:
    """The store as it is after somebody changed it behind our back."""
    with office.unit() as unit:
        row = unit.session.get_one(StoreRow, "mail")
        assert row.options is not None
        values = office.vault.open_json(stores.scope("mail"), "options", row.options) | changes
        row.options = office.vault.seal_json(stores.scope("mail"), "options", values)
        unit.commit()


def the_gap(office: Office, case: Case) -> str:
    """Search; gives the one sentence on the store that failed."""
    (row,) = driving.locate(office, case)["coverage"]
    assert (row["store"], row["status"], row["found"]) == ("mail", "failed", 0)
    assert ROSALIND.email not in row["reason"]
    assert "rosalind" not in row["reason"].lower()
    assert PASSWORD not in row["reason"]
    return str(row["reason"])


def refuses_to_end(office: Office, case: Case) -> None:
    known = plan.describe(office, case.reference)["hash"]
    with pytest.raises(NotNow, match="mail"):
        decisions.approve(office, case.reference, "dpo@firma.example", known)
    assert driving.state(office, case) is State.AWAITING_DECISION


def test_it_works(office: Office) -> None:
    case = driving.ask(office, ROSALIND, "erasure")
    driving.locate(office, case)
    assert driving.carry_out(office, case) is State.COMPLETE


@pytest.mark.slow
def test_a_wrong_password(office: Office) -> None:
    alter(office, password="not-the-password")
    case = driving.ask(office, ROSALIND, "access")
    assert "password" in the_gap(office, case).lower()
    refuses_to_end(office, case)


@pytest.mark.slow
def test_a_certificate_nobody_vouches_for(office: Office, tmp_path: Path) -> None:
    alter(office, ca_file=str(issue(tmp_path)[0]))
    case = driving.ask(office, ROSALIND, "erasure")
    assert "certificate" in the_gap(office, case).lower()
    refuses_to_end(office, case)


@pytest.mark.slow
def test_a_server_that_is_gone_and_comes_back(office: Office, box: Mailbox) -> None:
    alter(office, port=1)
    case = driving.ask(office, ROSALIND, "erasure")
    assert the_gap(office, case)
    refuses_to_end(office, case)
    alter(office, port=box.server.tls_port)
    decisions.search_again(office, case.reference, "dpo@firma.example")
    driving.locate(office, case)
    assert driving.carry_out(office, case) is State.COMPLETE
    assert not any(ROSALIND.email.encode() in raw for raw, _, _ in box.messages().values())


@pytest.mark.slow
def test_a_server_that_goes_while_the_erasure_is_carried_out(office: Office, box: Mailbox) -> None:
    case = driving.ask(office, ROSALIND, "erasure")
    known = driving.locate(office, case)["hash"]
    decisions.approve(office, case.reference, "dpo@firma.example", known)
    alter(office, port=1)
    with pytest.raises(StoreError):
        fulfilling.fulfil(office, case.id)
    assert driving.state(office, case) is State.FULFILLING
    alter(office, port=box.server.tls_port)
    fulfilling.fulfil(office, case.id)
    assert driving.state(office, case) is State.CONFIRMING
    alter(office, port=1)
    for name in confirming.wants_search(office, case.id):
        with pytest.raises(StoreError) as error:
            locating.search_store(office, case.id, name)
        locating.store_failed(office, case.id, name, str(error.value))
    confirming.conclude(office, case.id)
    assert driving.state(office, case) is State.NEEDS_ATTENTION
