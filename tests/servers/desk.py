"""Deskly, an invented help desk: what `docs/connectors.md` describes, with everything a simple REST service may do.

OAuth client credentials, offset paging, 204 on empty, a query language with quotes, a trash that keeps showing what is in it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.servers.rest import Asked, Reply, Rest

CLIENT, SECRET = "desk-example", "desk-example-secret"
_QUERY = re.compile(r"(mail|name) = '((?:[^'\\]|\\.)*)'")


class Desk(Rest):
    """The help desk. `tokens` lists those it gave; only the last one is taken."""

    def __init__(self) -> None:
        self.customers: dict[str, dict[str, Any]] = {}
        self.trash: dict[str, dict[str, Any]] = {}
        self.tokens: list[str] = []
        self._number = 0
        super().__init__()

    def put(self, **values: Any) -> str:
        """Create a customer. Returns the id."""
        self._number += 1
        id = f"c{self._number:04}"
        self.customers[id] = {"id": id, "changed": 1_700_000_000 + self._number, **values}
        return id

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/oauth/token":
            form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
            if form != {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}:
                return Reply(400, {"error": "invalid_client"})
            self.tokens.append(f"desk-token-{len(self.tokens)}-{self.port}")
            return Reply(200, {"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": 600})
        if not self.tokens or asked.headers.get("authorization") != f"Bearer {self.tokens[-1]}":
            return Reply(401, {"problem": "token"})
        return self._route(asked)

    def _route(self, asked: Asked) -> Reply:
        match (asked.method, *[unquote(part) for part in asked.path.strip("/").split("/")]):
            case ("GET", "api", "customers"):
                return self._list(asked)
            case ("GET", "api", "customers", id) if id in self.customers:
                return Reply(200, {"customer": self.customers[id]})
            case ("PATCH", "api", "customers", id) if id in self.customers:
                self.customers[id] |= asked.json()
                return Reply(200, {"customer": self.customers[id]})
            case ("DELETE", "api", "customers", id) if id in self.customers:
                self.trash[id] = self.customers.pop(id)
                return Reply(204)
            case ("GET", "api", "trash", id) if id in self.trash:
                return Reply(200, {"customer": self.trash[id]})
            case ("DELETE", "api", "trash", id) if id in self.trash:
                del self.trash[id]
                return Reply(204)
        return Reply(404, {"problem": "missing"})

    def _list(self, asked: Asked) -> Reply:
        rows = [self.customers[id] for id in sorted(self.customers)]
        if "q" in asked.query:
            found = _QUERY.fullmatch(asked.query["q"])
            if found is None:
                return Reply(400, {"problem": "syntax"})
            value = re.sub(r"\\(.)", r"\1", found[2])
            rows = [row for row in rows if row.get(found[1]) == value]
        if "since" in asked.query:
            rows = [row for row in rows if row["changed"] >= int(asked.query["since"])]
        offset, limit = int(asked.query.get("offset", 0)), int(asked.query.get("limit", 50))
        page = rows[offset : offset + limit]
        return Reply(200, {"items": page, "total": len(rows)}) if page else Reply(204)
