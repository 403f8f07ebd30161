"""What the routes are handed."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from office import Office


def office_of(request: Request) -> Office:
    """The installation this application serves."""
    return cast(Office, request.app.state.office)


InOffice = Annotated[Office, Depends(office_of)]
