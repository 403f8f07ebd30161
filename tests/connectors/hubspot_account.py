"""A HubSpot account for tests: the contract server, people planted in it, and a store that aims at it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from connectors.contract import Store
from connectors.declared import KIND
from connectors.declared.options import DeclaredOptions
from tests.connectors.people import Letter
from tests.servers.hubspot import TOKEN, HubSpot


class HubSpotSeed:
    """Letters are contacts; one with a file is a note with an attachment."""

    def __init__(self, server: HubSpot) -> None:
        self.server = server
        self.whole_hours = 24.0

    def open(self) -> Store:
        options = DeclaredOptions(
            file="hubspot", secrets=TOKEN, base=self.server.url, timeout=10, whole_hours=self.whole_hours
        )
        return KIND.open(options)

    def plant(self, letter: Letter) -> None:
        if letter.file:
            id = self.server.store("notes.txt", letter.file.encode())
            body = f"<p>{letter.title}</p>"
            self.server.put(
                "notes", {"hs_note_body": body, "hs_attachment_ids": id, "hs_timestamp": "2026-01-05T08:30:00Z"}
            )
            return
        values = {"jobtitle": letter.title, "lastname": letter.name, "email": letter.address, "about": letter.text}
        self.server.put("contacts", values | ({"about_html": letter.html} if letter.html else {}))

    def remove(self, letter: Letter) -> None:
        for kind, things in self.server.things.items():
            for thing in list(things.values()):
                if letter.title in thing.values.get("jobtitle", "") + thing.values.get("hs_note_body", ""):
                    self.server.drop(kind, thing.id)

    def contents(self) -> Mapping[str, bytes]:
        return {
            f"{kind}/{thing.id}": json.dumps([thing.values, bool(thing.archived)], sort_keys=True).encode()
            for kind, things in self.server.things.items()
            for thing in things.values()
        }

    def small_pages(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(self.server, "most", 2)

    def cut(self) -> None:
        self.server.close()
