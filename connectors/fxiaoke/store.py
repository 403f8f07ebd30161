"""From options to a store: hosts, limits, signing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.contract import Ability
from connectors.crm import CrmStore
from connectors.fxiaoke import live
from connectors.fxiaoke.client import judge, signer
from connectors.fxiaoke.options import FxiaokeOptions
from connectors.fxiaoke.service import FxiaokeService
from connectors.http import Budget, Client, Hosts, Limiter, Pace, Transport
from connectors.http.assumptions import Assumption
from connectors.limits import DEFAULTS, Limits

ABILITIES = frozenset(
    {
        Ability.SEARCH,
        Ability.CHANGES,
        Ability.RELATED,
        Ability.UPDATE,
        Ability.REDACT,
        Ability.DELETE,
        Ability.PURGE,
    }
)
PACES = {"": Pace(90, 20, 4), "token": Pace(9, 60, 1)}
"""The service takes 100 calls in 20 s per interface, ten tokens a minute and never two tokens at once."""


class FxiaokeStore(CrmStore):
    """A tenant that can be asked whether our assumptions hold there."""

    def __init__(self, service: FxiaokeService, limits: Limits, whole_every: float) -> None:
        super().__init__("fxiaoke", service, limits, abilities=ABILITIES, whole_every=whole_every)
        self._tenant = service

    def assumptions(self) -> Iterator[Assumption]:
        """See `connectors.http.assumptions.Probing`."""
        return live.probes(self._tenant)


def opened(options: FxiaokeOptions, limits: Limits = DEFAULTS) -> FxiaokeStore:
    """A store of the tenant."""
    host = urlsplit(options.url).hostname or ""
    hosts = Hosts(allowed=(host,), inner=(host,) if options.base else ())
    account = hashlib.sha256(f"{options.url}\0{options.app_id}".encode()).hexdigest()
    limiter, budget = Limiter(account, PACES), Budget(options.budget)
    plain = Client(Transport(hosts, options.ca_file), limiter, budget, judge, seconds=options.timeout)
    auth = signer(options, plain, account)
    client = Client(Transport(hosts, options.ca_file), limiter, budget, judge, auth, seconds=options.timeout)
    return FxiaokeStore(FxiaokeService(options, client, plain), limits, options.whole_hours * 3600)
