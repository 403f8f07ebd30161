"""Every route of the application, for tests that walk them all."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    method: str
    path: str
    name: str

    @property
    def url(self) -> str:
        """An address that leads there."""
        return self.path.format(reference="R-2222-2222", line="ab", name="crm")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def doors(app: FastAPI) -> list[Door]:
    """Every door there is, those without a place in the OpenAPI document too."""
    return [
        Door(method, str(context.path), str(context.name))
        for context in iter_route_contexts(app.routes)
        for method in sorted(set(context.methods or ()) - {"HEAD"})
    ]
