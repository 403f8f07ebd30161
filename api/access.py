"""Who may do what in the staff API: one table, and everything that is not in it is refused."""

from __future__ import annotations

import logging

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.parts import office_of
from cases import tokens
from cases.errors import Forbidden
from cases.tables import StaffToken

_log = logging.getLogger("redress.api")
_DPO = frozenset({"dpo"})
_ALL = frozenset(tokens.ROLES)

ROLES: dict[str, frozenset[str]] = {
    "list_requests": _ALL,
    "show_request": _ALL,
    "show_plan": _DPO,
    "change_line": _DPO,
    "approve": _DPO,
    "refuse": _DPO,
    "extend": _DPO,
    "note_clock_event": _DPO,
    "answer": _DPO,
    "search_again": frozenset({"dpo", "operator"}),
    "attest": _DPO,
    "withdraw_on_behalf": _DPO,
    "list_stores": _ALL,
    "start_scan": frozenset({"dpo", "operator"}),
    "start_all_scans": frozenset({"dpo", "operator"}),
}
"""Roles by name of the route."""

bearer = HTTPBearer(auto_error=False, scheme_name="staff", description="A token of `redress token make`.")


class NoToken(Exception):
    """No token, or none that is valid: 401."""


def staff(request: Request, sent: HTTPAuthorizationCredentials | None = Depends(bearer)) -> StaffToken:
    """The member of staff who asks. Raises `NoToken`, or `Forbidden` when their role may not use this route."""
    name = str(getattr(request.scope.get("route"), "name", ""))
    try:
        holder = tokens.who(office_of(request), sent.credentials if sent else "")
    except Forbidden:
        _log.warning("staff access without a valid token: %s", name)
        raise NoToken from None
    if holder.role not in ROLES.get(name, frozenset()):
        _log.warning("staff access refused: %s to %s", name, holder.role)
        raise Forbidden("Your role may not do this. Ask a data-protection officer.")
    return holder
