"""What an answer means, by the rules of the description; and how calls are signed."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from connectors.declared.model import Auth as AuthSpec
from connectors.declared.model import ErrorRule, OAuth
from connectors.declared.paths import Malformed, one
from connectors.errors import (
    BadCredentials,
    Conflict,
    MissingRights,
    Refused,
    StoreError,
    Throttled,
    Unreachable,
    Vanished,
)
from connectors.http import Answer, Auth, Call, Client, Expired, Token, Tokens, by_status, retry_after

QUOTA_PAUSE = 3600.0  # seconds; longer than a run waits, so that the run ends and says so

_MEANING: Mapping[str, Callable[[float | None], StoreError]] = {
    "slow-down": lambda after: Throttled("The service asks for fewer calls.", advice="Try later.", retry_after=after),
    "again": lambda after: Unreachable("The service has a fault of its own.", advice="Try later.", retry_after=after),
    "stop": lambda after: Throttled(
        "The quota of calls at the service is used up.",
        advice="Wait until it is renewed, or buy more.",
        retry_after=max(after or 0.0, QUOTA_PAUSE),
    ),
    "expired": lambda _: Expired("The service does not take the token.", advice="Renew the secrets of the store."),
    "credentials": lambda _: BadCredentials("The service does not take the credentials.", advice="Renew them."),
    "rights": lambda _: MissingRights("The account may not do this.", advice="Give it the right, or the scope."),
    "absent": lambda _: Vanished("What was asked for is not there.", advice="Search the store again."),
    "conflict": lambda _: Conflict("The service reports a conflict.", advice="Plan again."),
    "refused": lambda _: Refused("The service refused the call.", advice="See its own log."),
}


def judge(rules: tuple[ErrorRule, ...]) -> Callable[[Answer], StoreError | None]:
    """The first rule that fits, else what the status says."""

    def judged(answer: Answer) -> StoreError | None:
        for rule in rules:
            if _fits(rule, answer):
                return None if rule.means == "ok" else _MEANING[rule.means](retry_after(answer))
        return by_status(answer)

    return judged


def _fits(rule: ErrorRule, answer: Answer) -> bool:
    if rule.status and answer.status not in rule.status:
        return False
    if not rule.where:
        return bool(rule.status)
    try:
        body = answer.json()
        return all(_equal(one(body, path), value) for path, value in rule.where.items())
    except (Malformed, Unreachable):
        return False


def _equal(found: object, wanted: object) -> bool:
    return type(found) is type(wanted) and found == wanted


class Signature:
    """Credentials that do not change: they stand in one header."""

    def __init__(self, name: str, value: str) -> None:
        self._headers = {name: value}

    def sign(self, call: Call, stale: str | None) -> tuple[Call, str]:
        if stale is not None:
            raise BadCredentials("The service does not take the credentials.", advice="Renew the secrets of the store.")
        return replace(call, headers={**call.headers, **self._headers}), "static"


class OAuthSignature:
    """An access token from a token endpoint (RFC 6749), shared by all processes."""

    def __init__(self, spec: OAuth, values: Mapping[str, str], url: str, client: Client, account: str) -> None:
        self._spec, self._values, self._url, self._client = spec, values, url, client
        self._tokens = Tokens(account, values[spec.client_secret] + values.get(spec.refresh_token, ""), self._fetch)

    def sign(self, call: Call, stale: str | None) -> tuple[Call, str]:
        token = self._tokens.get(stale)
        header = {"authorization": f"{self._spec.scheme} {token.value}"}
        return replace(call, headers={**call.headers, **header}), token.value

    def _fetch(self) -> Token:
        spec, values = self._spec, self._values
        form = {
            "grant_type": spec.grant,
            "client_id": values[spec.client_id],
            "client_secret": values[spec.client_secret],
        }
        if spec.grant == "refresh_token":
            form["refresh_token"] = values[spec.refresh_token]
        if spec.scope:
            form["scope"] = spec.scope
        found = self._client.call(Call("POST", "", form=form, base=self._url, kind="token")).json()
        value, seconds = one(found, "access_token"), one(found, "expires_in")
        if not isinstance(value, str) or not value:
            raise Malformed("access_token")
        return Token(value, time.time() + (float(seconds) if isinstance(seconds, int | float) else 3600.0))


def static(spec: AuthSpec, values: Mapping[str, str]) -> Auth | None:
    """The signature, where it needs no token endpoint."""
    if spec.bearer:
        return Signature("authorization", f"Bearer {values[spec.bearer]}")
    if spec.basic:
        pair = f"{values[spec.basic.user]}:{values[spec.basic.password]}".encode()
        return Signature("authorization", f"Basic {base64.b64encode(pair).decode()}")
    if spec.header:
        return Signature(spec.header.name.lower(), values[spec.header.value])
    return None
