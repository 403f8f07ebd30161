"""How a listing goes from page to page."""

from __future__ import annotations

from typing import Any

from connectors.declared.model import Listing
from connectors.declared.paths import Malformed, one

_FIRST = {"offset": "0", "page": "1"}


def first(listing: Listing) -> str | None:
    """{cursor} of the first page."""
    return listing.first or _FIRST.get(listing.by)


def rows_of(body: Any, path: str) -> list[Any]:
    """The list of rows in an answer. Raises `Malformed`."""
    rows = one(body, path)
    if not isinstance(rows, list):
        raise Malformed(path or "rows")
    return rows


def following(listing: Listing, body: Any, count: int, cursor: str | None) -> str | None:
    """{cursor} of the next page, None behind the last. Raises `Malformed` for one that leads nowhere.

    Where keys count, the caller knows the last one.
    """
    if listing.next:
        return _token(listing, body, cursor)
    if listing.by in _FIRST and count >= listing.size:
        return str(int(cursor or 0) + (listing.size if listing.by == "offset" else 1))
    return None


def _token(listing: Listing, body: Any, cursor: str | None) -> str | None:
    token = one(body, listing.next)
    if listing.more:
        more = one(body, listing.more)
        if not isinstance(more, bool) or (more and token is None):
            raise Malformed(listing.next)
        if not more:
            return None
    if token is None:
        return None
    if not isinstance(token, str | int) or isinstance(token, bool) or str(token) in ("", cursor):
        raise Malformed(listing.next)
    return str(token)
