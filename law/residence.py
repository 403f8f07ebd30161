"""Which statute a request is answered under, by where the person lives and where the controller is established.

The law of the person's home, where Redress knows it: GDPR Art. 3(2)(a), UK GDPR Art. 3(2), Cal. Civ. Code 1798.140(i), PIPL Art. 3.
Elsewhere the controller's own: GDPR Art. 3(1) protects everybody whose data an establishment in the Union processes.
"""

from __future__ import annotations

from law.statute import Regime

CALIFORNIA = "US-CA"
EEA = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split())


def regime_for(residence: str, controller: str) -> Regime:
    """The statute for a person who lives in `residence` (ISO 3166-1 alpha-2, or US-CA) and a controller in that country.

    Hong Kong, Macao and Taiwan have laws of their own; PIPL is for the mainland.
    """
    home = _known(residence.upper())
    if home is not None:
        return home
    return Regime.CCPA if controller.upper() == "US" else _known(controller.upper()) or Regime.GDPR


def _known(place: str) -> Regime | None:
    if place in EEA:
        return Regime.GDPR
    return {"GB": Regime.UK_GDPR, CALIFORNIA: Regime.CCPA, "CN": Regime.PIPL}.get(place)
