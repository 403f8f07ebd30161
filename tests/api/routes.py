"""Every route of the application, for tests that walk them all."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route


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
    found = []
    for route in flat(app.routes):
        for method in sorted((route.methods or set()) - {"HEAD"}):
            found.append(Door(method, route.path, route.name))
    return found


def flat(routes: list[object]) -> list[Route]:
    found: list[Route] = []
    for route in routes:
        if isinstance(route, (APIRoute, Route)):
            found.append(route)
        else:
            raise TypeError(f"A route of another kind: {type(route).__name__}")
    return found
