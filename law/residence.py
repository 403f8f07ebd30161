"""Which statute a request is answered under, by where the person lives and where the controller is established.

The law of the person's home, where it is known: GDPR Art. 3(2)(a), UK GDPR Art. 3(2), Cal. Civ. Code 1798.140(i), PIPL Art. 3.
Elsewhere the controller's own: GDPR Art. 3(1) protects everybody whose data an establishment in the Union processes. Which places a
statute holds for is said in its file.
"""

from __future__ import annotations

from law.book import Book, shipped
from law.regimes import Regime
from law.rule import LawError


def regime_for(residence: str, controller: str, *, book: Book | None = None) -> Regime:
    """The statute for a person who lives in `residence` (ISO 3166-1 alpha-2, or ISO 3166-2) and a controller there.

    Raises LawError when no statute fits and none is the fallback.
    """
    laws = (book or shipped()).statutes.values()
    for place in _wider(residence):
        for law in laws:
            if place in law.places.residents:
                return law.regime
    for place in _wider(controller):
        for law in laws:
            if place in (*law.places.residents, *law.places.controllers):
                return law.regime
    for law in laws:
        if law.places.fallback:
            return law.regime
    raise LawError("No statute that is loaded holds for these places. Say which one the request is made under.")


def subdivisions(*, book: Book | None = None) -> tuple[str, ...]:
    """Places smaller than a country that have a statute of their own, such as US-CA."""
    places = {place for law in (book or shipped()).statutes.values() for place in law.places.residents}
    return tuple(sorted(place for place in places if "-" in place))


def _wider(place: str) -> tuple[str, ...]:
    """The place, and the country it lies in."""
    place = place.upper()
    return (place, place.partition("-")[0]) if "-" in place else (place,)
