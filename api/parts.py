"""What the routes are handed."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Path, Request

from office import Office


def office_of(request: Request) -> Office:
    """The installation this application serves."""
    return cast(Office, request.app.state.office)


Reference = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,40}$", description="For example `R-7K2M-9XQ4`.")]
InOffice = Annotated[Office, Depends(office_of)]
