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
