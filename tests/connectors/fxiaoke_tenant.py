"""A Fxiaoke tenant for tests: the contract server, people planted in it, and a store that aims at it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.contract import Store
from connectors.fxiaoke import KIND, service
from connectors.fxiaoke.options import FxiaokeOptions
from tests.connectors.people import Letter
from tests.servers.fxiaoke import Fxiaoke


class FxiaokeSeed:
    """Letters are contacts. The service's files cannot be read through its API: a file is planted as a remark."""

    def __init__(self, server: Fxiaoke, **options: Any) -> None:
        self.server = server
        self.options: dict[str, Any] = {"timeout": 10, **options}

    def open(self) -> Store:
        return KIND.open(FxiaokeOptions(**self.server.options(**self.options)))

    def plant(self, letter: Letter) -> None:
        self.server.put(
            "ContactObj",
            name=f"{letter.title} {letter.name}",
            email=letter.address,
            remark=letter.file or letter.text,
            profile__c=letter.html or None,
        )

    def remove(self, letter: Letter) -> None:
        rows = self.server.objects["ContactObj"].rows
        for id in [id for id, row in rows.items() if row["name"].startswith(f"{letter.title} ")]:
            del rows[id]

    def contents(self) -> Mapping[str, bytes]:
        moving = ("last_modified_time", "version")
        return {
            f"{name}/{id}": json.dumps({k: v for k, v in row.items() if k not in moving}, sort_keys=True).encode()
            for name, found in self.server.objects.items()
            for id, row in found.rows.items()
        }

    def small_pages(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(service, "PAGE", 2)

    def cut(self) -> None:
        self.server.close()
