"""Calls to the open platform: both ways to sign them, and what its codes mean. Every answer is HTTP 200."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol
from uuid import uuid4

from connectors.errors import (
    BadCredentials,
    BadSettings,
    MissingRights,
    Refused,
    StoreError,
    Throttled,
    Unreachable,
)
from connectors.fxiaoke.options import FxiaokeOptions
from connectors.http import Answer, Call, Client, Expired, Token, Tokens, by_status

TOKEN_PATH = "/oauth2.0/token"  # noqa: S105 - a path
LEGACY_TOKEN_PATH = "/cgi/corpAccessToken/get/V2"  # noqa: S105 - a path
USER_PATH = "/cgi/user/getByMobile"
TOKEN_LIFE = 6600.0  # seconds in which the service gives the same token again
_BEIJING = timezone(timedelta(hours=8))
_PAUSE = 20.0  # seconds of the service's window of calls
_AGAIN = frozenset({-1, 50009, 14001})
_BARRED = frozenset({20021, 20022})


class Answered(Refused):
    """The service refused with a code that has no meaning of its own for us."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Fxiaoke refused the call (code {code}).", advice="Look the code up in its documentation.")
        self.code = code


def judge(answer: Answer) -> StoreError | None:
    """By `errorCode` alone: its words may change. Something that is no envelope came from another host."""
    if answer.status != 200:
        return by_status(answer)
    try:
        body = answer.json()
    except Unreachable:
        body = None
    code = body.get("errorCode") if isinstance(body, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return BadSettings(
            "The host does not answer as Fxiaoke's open platform does.", advice="Correct the option host."
        )
    return _meaning(code)


def _meaning(code: int) -> StoreError | None:
    if code in _AGAIN:
        return Unreachable("Fxiaoke has a fault of its own.", advice="Try again.")
    if code in _BARRED:
        return MissingRights("The app is switched off or not authorised.", advice="Ask the tenant's administrator.")
    if code == 30002:
        return Throttled(
            "Today's quota of calls at Fxiaoke is used up; it is renewed at midnight in Beijing.",
            advice="Wait, or buy more calls.",
            retry_after=until_midnight(datetime.now(UTC)),
        )
    found: Mapping[int, StoreError | None] = {
        0: None,
        20016: Expired("Fxiaoke does not take the token.", advice="Renew the secrets of the store."),
        20017: BadCredentials("Fxiaoke saw no credentials.", advice="Check the option style."),
        30003: MissingRights("The tenant has bought no quota of calls.", advice="Buy one at Fxiaoke."),
        30004: Throttled("Fxiaoke asks for fewer calls.", advice="Try again later.", retry_after=_PAUSE),
    }
    return found[code] if code in found else Answered(code)


def until_midnight(now: datetime) -> float:
    """Seconds until the quota is renewed; more than a run waits, so that the run ends and says so."""
    local = now.astimezone(_BEIJING)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max((midnight - local).total_seconds(), 120.0)


def post(path: str, body: Mapping[str, Any], *, repeatable: bool = True, kind: str | None = None) -> Call:
    """A call; its class is its path, because the service counts calls per interface."""
    return Call("POST", path, body=dict(body), kind=path if kind is None else kind, repeatable=repeatable)


class _Signer(Protocol):
    def sign(self, call: Call, stale: str | None) -> tuple[Call, str]: ...


class Current:
    """Token in a header, the tenant and the employee in two more, and a trace id that is new for every try."""

    def __init__(self, options: FxiaokeOptions, plain: Client, account: str) -> None:
        self._options, self._plain = options, plain
        self._tokens = Tokens(f"{account}/current", _secret(options), self._fetch)

    def sign(self, call: Call, stale: str | None) -> tuple[Call, str]:
        token = self._tokens.get(stale)
        headers = {
            "authorization": f"Bearer {token.value}",
            "x-fs-ea": token.more["ea"],
            "x-fs-userid": self._options.user_id,
        }
        traced = {**call.params, "thirdTraceId": str(uuid4())}
        return replace(call, headers={**call.headers, **headers}, params=traced, base=self._options.url), token.value

    def _fetch(self) -> Token:
        call = post(TOKEN_PATH, {**_app(self._options), "grantType": "app_secret"}, kind="token")
        found = _asked(self._plain, replace(call, params={"thirdTraceId": str(uuid4())}, base=self._options.url))
        return _token(found, "accessToken", {"ea": found.get("ea")})


class Legacy:
    """Token, tenant and employee in every body."""

    def __init__(self, options: FxiaokeOptions, plain: Client, account: str) -> None:
        self._options, self._plain = options, plain
        self._tokens = Tokens(f"{account}/legacy", _secret(options), self._fetch)

    def sign(self, call: Call, stale: str | None) -> tuple[Call, str]:
        token = self._tokens.get(stale)
        body = {
            "corpAccessToken": token.value,
            "corpId": token.more["corpId"],
            "currentOpenUserId": token.more["openUserId"],
            **call.body,
        }
        return replace(call, body=body, base=self._options.url), token.value

    def _fetch(self) -> Token:
        call = post(LEGACY_TOKEN_PATH, _app(self._options), kind="token")
        found = _asked(self._plain, replace(call, base=self._options.url))
        signed = {"corpAccessToken": found.get("corpAccessToken"), "corpId": found.get("corpId")}
        ask = {**signed, "mobile": self._options.mobile.get_secret_value()}
        people = _asked(self._plain, replace(post(USER_PATH, ask), base=self._options.url)).get("empList")
        user = people[0].get("openUserId") if isinstance(people, list) and people else None
        return _token(found, "corpAccessToken", {"corpId": found.get("corpId"), "openUserId": user})


def _asked(client: Client, call: Call) -> Mapping[str, Any]:
    """Credentials that are wrong are answered like any wrong parameter."""
    try:
        found: Mapping[str, Any] = client.call(call).json()
    except Answered:
        raise BadCredentials(
            "Fxiaoke does not take the app's credentials.",
            advice="Check app-id, app-secret, permanent-code and the employee; this address must be on its list of addresses.",
        ) from None
    return found


def _app(options: FxiaokeOptions) -> dict[str, str]:
    return {
        "appId": options.app_id,
        "appSecret": options.app_secret.get_secret_value(),
        "permanentCode": options.permanent_code.get_secret_value(),
    }


def _secret(options: FxiaokeOptions) -> str:
    return options.app_secret.get_secret_value() + options.permanent_code.get_secret_value()


def _token(found: Mapping[str, Any], name: str, more: Mapping[str, object]) -> Token:
    value, seconds = found.get(name), found.get("expiresIn")
    if not isinstance(value, str) or not isinstance(seconds, int) or not all(isinstance(v, str) for v in more.values()):
        raise BadSettings("Fxiaoke gave no token that can be used.", advice="Correct the option style.")
    return Token(value, time.time() + min(float(seconds), TOKEN_LIFE), {key: str(value) for key, value in more.items()})


def signer(options: FxiaokeOptions, plain: Client, account: str) -> _Signer:
    """What signs calls; `plain` is a client that signs nothing."""
    make: Callable[[FxiaokeOptions, Client, str], _Signer] = Current if options.style == "current" else Legacy
    return make(options, plain, account)
