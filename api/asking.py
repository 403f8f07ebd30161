"""A privacy request as somebody typed it: checked field by field, then recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from cases.errors import Invalid
from cases.intake import Asked, Received, receive
from discovery.identifiers import BadIdentifier, Kind, normalise
from law.regimes import Regime, Resolution, rights
from law.residence import regime_for, subdivisions
from office import Office

_PLACE = re.compile(r"[A-Z]{2}")
LONGEST = {"email": 320, "phone": 40, "name": 200, "customer_id": 64}
"""Longest values of the fields, in characters."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The fields of the form, as typed. `residence` decides the statute and how a phone number is read."""

    right: str
    residence: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    customer_id: str = field(default="", repr=False)
    language: str = "en"

    @property
    def typed(self) -> Mapping[Kind, str]:
        """The identifiers that were filled in."""
        values = {Kind.EMAIL: self.email, Kind.PHONE: self.phone, Kind.NAME: self.name}
        values[Kind.CUSTOMER_ID] = self.customer_id
        return {kind: value.strip() for kind, value in values.items() if value.strip()}


def regime_of(office: Office, residence: str) -> Regime:
    """The statute for somebody who lives there; nowhere: the controller's country."""
    home = office.settings.controller.country
    return regime_for(residence or home, home)


def offered(office: Office, residence: str) -> tuple[Resolution, ...]:
    """The rights somebody who lives there can choose from."""
    today = office.clock().astimezone(office.settings.zone).date()
    return rights(regime_of(office, residence), today)


def faults(office: Office, wish: Wish) -> dict[str, str]:
    """What is wrong, by field: `unknown`, `missing`, `long` or `form`. Empty when it can be recorded."""
    found: dict[str, str] = {}
    if not is_place(wish.residence):
        return {"residence": "unknown"}
    if wish.right not in {kind.right.value for kind in offered(office, wish.residence)}:
        found["right"] = "unknown" if wish.right else "missing"
    typed = wish.typed
    for kind, value in typed.items():
        if len(value) > LONGEST[kind.value]:
            found[kind.value] = "long"
            continue
        try:
            normalise(kind, value, _region(office, wish))
        except BadIdentifier:
            found[kind.value] = "form"
    if not typed.keys() & {Kind.EMAIL, Kind.PHONE}:
        found["email"] = "missing"
    return found


def is_place(residence: str) -> bool:
    """Whether it is empty, two letters, or California."""
    return residence in {"", *subdivisions()} or _PLACE.fullmatch(residence) is not None


def submit(office: Office, wish: Wish, channel: str, key: str | None) -> Received:
    """Record a request. Raises `Invalid`, without saying what was typed."""
    if faults(office, wish):
        raise Invalid("Some of what was given cannot be used.")
    region = _region(office, wish)
    identifiers = tuple((kind, normalise(kind, value, region).value) for kind, value in wish.typed.items())
    asked = Asked(
        regime=regime_of(office, wish.residence),
        right=wish.right,
        country=office.settings.controller.country,  # days off are those of the place where the controller acts
        identifiers=identifiers,
        language=wish.language,
        channel=channel,
        idempotency_key=key,
    )
    try:
        return receive(office, asked, by="person")
    except IntegrityError:  # the same key at the same time: the other one is there now, and this is its repeat
        return receive(office, asked, by="person")


def _region(office: Office, wish: Wish) -> str:
    return wish.residence[:2] or office.settings.pii.region
