"""One company with a database, a mailbox and three CRMs: access, then erasure, with one store throttling and one failing."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cases import answering, decisions, fulfilling, plan
from cases.errors import NotNow
from cases.package.verify import verify
from cases.states import State
from cases.tables import Case
from connectors.declared import opening
from connectors.errors import Transient
from connectors.fxiaoke import store as fxiaoke_store
from connectors.http import Pace, client
from discovery import stores
from office import Office
from tests.connectors.zoho_seed import company as zoho_company
from tests.journey import driving
from tests.journey.mails import mail
from tests.journey.people import Person
from tests.servers.dovecot import PASSWORD, Dovecot, Mailbox
from tests.servers.fxiaoke import Fxiaoke
from tests.servers.hubspot import TOKEN, HubSpot
from tests.servers.rest import Reply
from tests.servers.zoho_http import CLIENT, Asked, ZohoServer
from tests.servers.zoho_http import Reply as ZohoReply

pytestmark = [pytest.mark.dovecot, pytest.mark.slow]

LENA = Person("lena", "Lena", "Novak", "lena.novak@example.com", "+49301234567", "0301234567")
STORES = {"db", "mail", "zoho", "fxiaoke", "hubspot"}
CANARY = "KANARIE"  # stands in every record of somebody else


class House(NamedTuple):
    """Redress and everything beside it."""

    office: Office
    db: Path
    box: Mailbox
    zoho: ZohoServer
    ids: dict[str, str]
    fxiaoke: Fxiaoke
    hubspot: HubSpot

    def everything(self) -> str:
        """All that any store holds, as one text."""
        with closing(sqlite3.connect(self.db)) as db:
            rows = "\n".join(db.iterdump())
        mails = [raw.decode("utf-8", "replace") for raw, _, _ in self.box.messages().values()]
        return "\n".join([rows, *mails, *(data.decode() for data in self.zoho.org.dump().values()), self._declared()])

    def _declared(self) -> str:
        things = [thing.values for found in self.hubspot.things.values() for thing in found.values()]
        rows = [row for found in self.fxiaoke.objects.values() for row in found.rows.values()]
        files = [stored.data.decode() for stored in self.hubspot.files.values()]
        return json.dumps([things, rows, files], ensure_ascii=False)

    def canaries(self) -> int:
        return self.everything().count(CANARY)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dovecot_server: Dovecot) -> Iterator[House]:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setattr(opening, "Pace", lambda *limits: Pace())
    monkeypatch.setattr(fxiaoke_store, "PACES", {"": Pace()})
    monkeypatch.setattr(client, "FIRST_PAUSE", 0.001)
    office = driving.install(tmp_path / "home")
    box = dovecot_server.mailbox()
    with ZohoServer() as zoho, HubSpot() as hubspot, Fxiaoke() as fxiaoke:
        fxiaoke.burst = 100_000
        house = House(office, tmp_path / "crm.db", box, zoho, zoho_company(zoho.org), fxiaoke, hubspot)
        fill(house)
        connect(house)
        yield house
    office.close()


def fill(house: House) -> None:
    """Lena in all five, and somebody else beside her."""
    with closing(sqlite3.connect(house.db)) as db:
        db.executescript(f"""
            CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT);
            CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), remark TEXT);
            INSERT INTO customers VALUES (1, 'Lena Novak', '{LENA.email}', '{LENA.phone}');
            INSERT INTO customers VALUES (2, '{CANARY}', 'tom@example.org', NULL);
            INSERT INTO orders VALUES (1, 1, 'Leave it with the neighbour'), (2, 2, '{CANARY}');
        """)
    house.box.append(_letter("to-lena", f"Dear Lena, your bike. {LENA.email}", LENA.email))
    house.box.append(_letter("other", f"{CANARY} writes", "tom@example.org"))
    org, ids = house.zoho.org, house.ids
    org.edit("Contacts", ids["other"], Description=CANARY)
    org.edit("Notes", ids["others_note"], Note_Content=CANARY)
    lena = house.hubspot.put("contacts", {"email": LENA.email, "firstname": "Lena", "lastname": "Novak"})
    tom = house.hubspot.put("contacts", {"email": "tom@example.org", "lastname": CANARY})
    house.hubspot.put("notes", {"hs_note_body": "<p>Wants chairs.</p>"}, {"contacts": [lena]})
    house.hubspot.put("notes", {"hs_note_body": f"<p>{CANARY}</p>"}, {"contacts": [tom]})
    contact = house.fxiaoke.put("ContactObj", name="Lena Novak", email=LENA.email, mobile=LENA.phone)
    house.fxiaoke.put("ActiveRecordObj", active_record_content="Called her", contact_id=contact)
    house.fxiaoke.put("ContactObj", name=CANARY, email="tom@example.org")


def _letter(id: str, text: str, to: str) -> bytes:
    return mail(id, f"To: <{to}>\r\nContent-Type: text/plain\r\n\r\n{text}\r\n".encode())


def connect(house: House) -> None:
    box = {
        "host": "localhost",
        "port": str(house.box.server.tls_port),
        "user": house.box.user,
        "ca_file": str(house.box.server.ca),
    }
    for kind, name, options in (
        ("sql", "db", {"url": f"sqlite:///{house.db}"}),
        ("imap", "mail", box | {"password": PASSWORD}),
        ("zoho", "zoho", {**CLIENT, "accounts": house.zoho.url, "per_second": "100"}),
        ("fxiaoke", "fxiaoke", house.fxiaoke.options()),
        ("declared", "hubspot", {"file": "hubspot", "secrets": TOKEN, "base": house.hubspot.url}),
    ):
        stores.add(house.office, kind, name, options, {}, "operator")


def throttled(house: House, times: int) -> list[str]:
    """Zoho asks for fewer calls now and then; gives what was asked meanwhile."""
    turned_away: list[str] = []

    def turn(asked: Asked) -> ZohoReply | None:
        if len(turned_away) >= times or "/crm/" not in asked.path or house.zoho.calls.total() % 3:
            return None
        turned_away.append(asked.path)
        return ZohoReply(429, {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "", "status": "error"})

    house.zoho.filter = turn
    return turned_away


def broken(_: object) -> Reply:
    return Reply(503, {"status": "error", "message": "down"})


def statuses(shown: dict[str, Any]) -> dict[str, str]:
    return {row["store"]: row["status"] for row in shown["coverage"]}


def test_access_and_then_erasure(house: House) -> None:
    turned_away = throttled(house, 20)
    _access(house)
    assert turned_away
    before = house.canaries()
    _erasure(house)
    assert house.canaries() == before
    left = house.everything()
    assert not [text for text in ("Lena", "lena.novak", "1234567") if text in left]
    assert house.zoho.org.alarms == []


def _access(house: House) -> None:
    """HubSpot is down while the stores are searched: nothing ends before it was."""
    house.hubspot.before = broken
    case = driving.ask(house.office, LENA, "access")
    shown = driving.locate(house.office, case)
    assert statuses(shown) == {**dict.fromkeys(STORES, "searched"), "hubspot": "failed"}
    with pytest.raises(NotNow, match="hubspot"):
        decisions.approve(house.office, case.reference, "dpo@firma.example", shown["hash"])
    house.hubspot.before = lambda asked: None
    decisions.search_again(house.office, case.reference, "dpo@firma.example")
    shown = driving.locate(house.office, case)
    assert statuses(shown) == dict.fromkeys(STORES, "searched")
    assert driving.carry_out(house.office, case) is State.COMPLETE
    package = b"".join(answering.read(house.office, answering.finished(house.office, case.reference, "answer")))
    assert verify(io.BytesIO(package), house.office.vault.public_key("package")).ok
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        counts = {(one["store"], one["collection"]) for one in json.loads(archive.read("answer.json"))["collections"]}
        texts = " ".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    assert {store for store, _ in counts} == STORES
    assert {kind for store, kind in counts if store == "zoho"} >= {"Contacts", "Deals", "Tasks", "Notes", "Emails"}
    assert CANARY not in texts


def _erasure(house: House) -> None:
    """Fxiaoke stops half-way through: the request waits, and goes on where it stood."""
    case = driving.ask(house.office, LENA, "erasure")
    shown = driving.locate(house.office, case)
    assert statuses(shown) == dict.fromkeys(STORES, "searched")
    open_lines = [line for line in shown["lines"] if line["ground"] == "cannot-redact"]
    assert [(line["store"], line["collection"]) for line in open_lines] == [("zoho", "Emails")]
    for line in open_lines:  # a mail that Zoho only shows: it is erased where it lives
        choice = ("keep", "dpo", "shown by Zoho only", "GDPR 17(1)")
        plan.change(house.office, case.reference, line["id"], *choice)
    known = plan.describe(house.office, case.reference)["hash"]
    decisions.approve(house.office, case.reference, "dpo@firma.example", known)
    house.fxiaoke.before = lambda asked: Reply(200, {"errorCode": 30002}) if asked.path.endswith("/delete") else None
    with pytest.raises(Transient):
        fulfilling.fulfil(house.office, case.id)
    assert driving.state(house.office, case) is State.FULFILLING
    house.fxiaoke.before = lambda asked: None
    fulfilling.fulfil(house.office, case.id)
    assert driving.state(house.office, case) is State.CONFIRMING
    assert _confirmed(house, case) is State.COMPLETE
    signed = json.loads(
        b"".join(answering.read(house.office, answering.finished(house.office, case.reference, "certificate")))
    )
    statement = json.loads(signed["statement"])
    assert {row["store"] for row in statement["actions"]} == STORES
    assert {"zoho.audit-log", "zoho.backups", "zoho.mail-copies"} <= set(statement["residue"])


def _confirmed(house: House, case: Case) -> State:
    from cases import confirming

    if confirming.wants_search(house.office, case.id):
        driving.search(house.office, case)
    confirming.conclude(house.office, case.id)
    if (state := driving.state(house.office, case)) is State.AWAITING_DECISION:
        pytest.fail(str(plan.describe(house.office, case.reference)["lines"]))
    return state
