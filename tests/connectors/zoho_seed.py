"""A Zoho organisation that is filled and looked at without the connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.contract import Store
from connectors.http import client
from connectors.zoho import KIND, reading
from connectors.zoho.store import ZohoStore
from tests.connectors.people import Letter
from tests.servers.zoho import ZohoOrg
from tests.servers.zoho_http import ZohoServer


def opened(server: ZohoServer, **more: Any) -> ZohoStore:
    """A store that aims at the server and does not sleep when it is told to wait."""
    return ZohoStore(
        KIND.options.model_validate(server.options(**{"per_second": 100, **more})), sleep=lambda seconds: None
    )


class ZohoSeed:
    """Contacts, one for each letter."""

    def __init__(self, server: ZohoServer) -> None:
        self.server = server
        self.org = server.org

    def open(self) -> Store:
        return opened(self.server)

    def plant(self, letter: Letter) -> None:
        text = letter.html or letter.text
        id = self.org.plant(
            "Contacts",
            Last_Name=letter.name,
            Full_Name=letter.name,
            Email=letter.address,
            Mailing_Street=letter.title,
            Description=text,
        )
        if letter.file:
            self.org.attach("Contacts", id, "notes.txt", letter.file.encode())

    def remove(self, letter: Letter) -> None:
        for id, row in list(self.org.rows["Contacts"].items()):
            if row["Mailing_Street"] == letter.title:
                self.org.delete("Contacts", id)

    def contents(self) -> Mapping[str, bytes]:
        return self.org.dump()

    def small_pages(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(reading, "PAGE_ROWS", 2)
        patch.setattr(client, "TRIES", 2)

    def cut(self) -> None:
        self.server.close()


def company(org: ZohoOrg) -> dict[str, str]:
    """Lena in every type of field, and people who must not be touched. Gives the ids by a short name."""
    account = org.plant("Accounts", Account_Name="Example Bikes", Phone="+49 30 555000")
    lena = org.plant(
        "Contacts",
        First_Name="Lena",
        Last_Name="Novak",
        Full_Name="Lena Novak",
        Email="lena.novak@example.com",
        Secondary_Email="lena@example.net",
        Phone="+49 30 1234567",
        Description="Lena Novak wants a blue bike. Ask Tom Baker.",
        Website="https://lena.example.net",
        Date_of_Birth="1990-02-03",
        Mailing_Street="Hauptstraße 1",
        Passport_Number="C01X00T47",
        Customer_Number="K-100042",
        Email_Opt_Out=False,
        Interests=["Bikes"],
        Annual_Income=1234.5,
        Lead_Source="Referral",
        Account_Name={"id": account, "name": "Example Bikes"},
        Contract=[{"id": "77001", "File_Name__s": "contract.txt", "Size__s": "12"}],
        Record_Image="photo-1",
        Relatives=[{"Relative_Name": "Tom Novak", "Relative_Email": "tom.novak@example.org"}],
    )
    other = org.plant(
        "Contacts", First_Name="Tom", Last_Name="Baker", Full_Name="Tom Baker", Email="tom.baker@example.net"
    )
    deal = org.plant(
        "Deals",
        Deal_Name="A bike for Lena Novak",
        Contact_Name={"id": lena, "name": "Lena Novak"},
        Amount=900.0,
        Stage="Closed Won",
    )
    task = org.plant("Tasks", Subject="Call Lena", Who_Id={"id": lena, "name": "Lena Novak"})
    note = org.note("Contacts", lena, "Phone call", "Lena Novak asked for lena.novak@example.com to be removed")
    others_note = org.note("Contacts", other, "Visit", "Tom Baker was here")
    org.attach("Contacts", lena, "offer.txt", b"Offer for Lena Novak\n")
    org.attach("Contacts", other, "offer.txt", b"Offer for Tom Baker\n")
    org.photos[("Contacts", lena)] = b"\x89PNG\r\n\x1a\n"
    org.uploads["77001"] = b"Signed: Lena Novak\n"
    org.mails[lena] = [
        {
            "message_id": "m1/a b",
            "subject": "Your bike",
            "from": {"user_name": "Sales", "email": "sales@example.com"},
            "to": [{"user_name": "Lena Novak", "email": "lena.novak@example.com"}],
            "sent_time": "2026-01-05T09:30:00+01:00",
            "content": "<p>Dear Lena</p>",
        }
    ]
    return {
        "account": account,
        "lena": lena,
        "other": other,
        "deal": deal,
        "task": task,
        "note": note,
        "others_note": others_note,
    }
