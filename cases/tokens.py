"""Tokens of staff for the API. `redress_staff_` and 32 random bytes; only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlmodel import col, update

from cases.errors import Forbidden, Invalid
from cases.tables import StaffToken
from ledger.actors import actor
from ledger.events import Event
from ledger.log import append
from office import Office

ROLES = ("dpo", "operator", "auditor")
PREFIX = "redress_staff_"


def make(office: Office, user: str, role: str, days: int, by: str = "operator") -> str:
    """Make a token for a member of staff; it is shown this once."""
    if role not in ROLES:
        raise Invalid(f"The role must be one of: {', '.join(ROLES)}.")
    if not user.strip() or not 1 <= days <= 366:
        raise Invalid("A token needs a user and a life of 1 to 366 days.")
    token = PREFIX + secrets.token_urlsafe(32)
    now = office.clock()
    with office.unit() as unit:
        digest = hashlib.sha256(token.encode()).digest()
        unit.session.add(
            StaffToken(digest=digest, user=user.strip(), role=role, made_at=now, expires_at=now + timedelta(days=days))
        )
        append(
            unit.session,
            office.vault,
            at=now,
            actor=actor(office.vault, by),
            event=Event.STAFF_TOKEN_MADE,
            object=actor(office.vault, user),
            payload={"by": by, "user": user, "role": role},
        )
        unit.commit()
    return token


def who(office: Office, token: str) -> StaffToken:
    """The holder of a token. Raises `Forbidden` alike for unknown, expired and revoked ones."""
    with office.unit() as unit:
        row = unit.session.get(StaffToken, hashlib.sha256(token.encode()).digest())
    expired = row is not None and row.expires_at is not None and row.expires_at < office.clock()
    if row is None or row.revoked_at is not None or expired:
        raise Forbidden("This token is not valid. Make a new one with `redress token make`.")
    return row


def revoke(office: Office, user: str) -> int:
    """End every token of a user at once."""
    with office.unit() as unit:
        result = unit.session.execute(
            update(StaffToken)
            .where(col(StaffToken.user) == user, col(StaffToken.revoked_at).is_(None))
            .values(revoked_at=office.clock())
        )
        unit.commit()
        return int(result.rowcount)  # type: ignore[attr-defined]
