"""From options to a store: hosts, limits, signing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from connectors.contract import Ability
from connectors.crm import CrmStore
from connectors.declared import answers, conform
from connectors.declared.model import Description
from connectors.declared.options import DeclaredOptions, host_of
from connectors.declared.service import DeclaredService
from connectors.declared.templates import Values
from connectors.http import Auth, Budget, Client, Hosts, Limiter, Pace, Transport
from connectors.http.assumptions import Assumption
from connectors.limits import DEFAULTS, Limits


class DeclaredStore(CrmStore):
    """A described service that can be asked whether it keeps to its description."""

    def __init__(self, service: DeclaredService, limits: Limits, whole_every: float) -> None:
        abilities = frozenset(_abilities(service.described))
        super().__init__("declared", service, limits, abilities=abilities, whole_every=whole_every)
        self._described = service

    def assumptions(self) -> Iterator[Assumption]:
        """See `connectors.http.assumptions.Probing`: every reading probe of `redress store conform`."""
        for found in conform.examine(self._described, self):
            yield Assumption(f"{found.where} {found.probe}", conform.MEANING[found.probe], found.ok, found.words)


def opened(options: DeclaredOptions, limits: Limits = DEFAULTS) -> DeclaredStore:
    """A store of the described service. Raises `BadSettings`."""
    return store_of(options, service_of(options), limits)


def store_of(options: DeclaredOptions, service: DeclaredService, limits: Limits = DEFAULTS) -> DeclaredStore:
    """The store of a service."""
    return DeclaredStore(service, limits, options.whole_hours * 3600)


def _abilities(described: Description) -> Iterator[Ability]:
    """What the collections can do taken together; one that cannot says so when it is asked."""
    for spec in described.collections.values():
        yield from ([Ability.SEARCH] if spec.search else [])
        yield from ([Ability.CHANGES] if spec.changes else [])
        yield from ([Ability.ATTACHMENTS] if spec.files else [])
        yield from ([Ability.RELATED] if spec.related else [])
        yield from ([Ability.UPDATE, Ability.REDACT] if spec.update else [])
        yield from ([Ability.DELETE] if spec.delete or spec.purge else [])
        yield from ([Ability.PURGE] if spec.purge else [])


def service_of(options: DeclaredOptions) -> DeclaredService:
    """The service alone."""
    described = options.description()
    values = options.values(described)
    plain = {name: values[name] for name, setting in described.settings.items() if not setting.secret}
    base = options.base or str(Values(plain, {}).value(described.base))
    token = described.auth.oauth.token if described.auth.oauth else ""
    token = base.rstrip("/") + token if token.startswith("/") else token
    hosts = Hosts(
        allowed=(host_of(base), *described.hosts, *([host_of(token)] if token else [])),
        inner=(host_of(options.base),) if options.base else (),
    )
    account = hashlib.sha256(json.dumps([described.name, base, values], sort_keys=True).encode()).hexdigest()
    paces = {name: Pace(limit.calls, limit.seconds, limit.together) for name, limit in described.limits.items()}
    limiter, budget = Limiter(account, paces), Budget(options.budget)
    judge = answers.judge(described.errors)

    def client(auth: Auth | None) -> Client:
        transport = Transport(hosts, options.ca_file)
        return Client(transport, limiter, budget, judge, auth, seconds=options.timeout)

    plain_client = client(None)
    auth = answers.static(described.auth, values)
    if described.auth.oauth is not None:
        auth = answers.OAuthSignature(described.auth.oauth, values, token, plain_client, account)
    return DeclaredService(described, values, base, client(auth), plain_client)
