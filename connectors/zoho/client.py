"""Signed calls to Zoho CRM v8, and what its answers mean.

An answer whose shape is not the documented one is an error, never an empty result: a client that takes `[]` for "nobody"
would call a person erased who is still there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.errors import (
    BadCredentials,
    Conflict,
    MissingRights,
    Refused,
    StoreError,
    Terminal,
    Throttled,
    Transient,
    Unreachable,
    Vanished,
)
from connectors.http import Answer, Budget, Call, Client, Expired, Limiter, Pace, Token, Tokens, Transport, by_status
from connectors.http.client import retry_after
from connectors.http.pace import PutOff
from connectors.zoho.options import Options

VERSION = "/crm/v8"
HEAVY = "heavy"  # search, COQL and writes: Zoho allows ten of them at once
TOKEN = "token"  # noqa: S105 - a class of endpoint


class Rejected(Refused):
    """Zoho's refusal of a call or of one record in it. `code` is its own; `field` the API name it is about, if any."""

    def __init__(self, code: str, field: str = "") -> None:
        message, advice = _WORDS.get(code, ("Zoho refused the call.", "See the documents of its code."))
        super().__init__(f"{message} ({code})" if code.replace("_", "").isalnum() else message, advice=advice)
        self.code, self.field = code, field


class Malformed(Terminal):
    """The answer is not what the documents say."""

    def __init__(self) -> None:
        super().__init__(
            "Zoho's answer is not what its documents say; nothing was concluded from it.",
            advice="Look whether something stands between, or whether the API changed.",
        )


_WORDS = {
    "RECORD_LOCKED": ("The record is locked in Zoho.", "Unlock it there."),
    "RECORD_IN_BLUEPRINT": ("A blueprint holds the record.", "Finish the blueprint, or take the record out of it."),
    "NOT_APPROVED": ("The record waits for an approval in Zoho.", "Approve or reject it there."),
    "CANNOT_DELETE": ("Zoho does not let the record be deleted.", "See who owns it, and whether a rule holds it."),
    "CANNOT_PERFORM_ACTION": ("Zoho does not allow this on the record.", "See its state there."),
    "MANDATORY_NOT_FOUND": ("A field of the record must not be empty.", "Change the layout, or the plan."),
    "DUPLICATE_DATA": ("A field of the record must be unique.", "Change the plan for this record."),
    "INVALID_DATA": ("Zoho does not take a value or an id.", "Change the plan for this record."),
    "INVALID_QUERY": ("Zoho cannot search by this field: hidden by a privacy setting, or unknown.", "Scan the store."),
}
_LACKING = frozenset(
    {"OAUTH_SCOPE_MISMATCH", "NO_PERMISSION", "AUTHORIZATION_FAILED", "PERMISSION_DENIED", "CRM_PERMISSION"}
)
_STALE_TOKEN = frozenset({"INVALID_TOKEN", "AUTHENTICATION_FAILURE", "INVALID_OAUTHTOKEN"})


class Zoho:
    """One organisation. Not thread-safe."""

    def __init__(self, options: Options, sleep: Callable[[float], None] = time.sleep) -> None:
        self._options = options
        account = f"zoho {options.accounts} {options.client_id}"
        pace = Pace(options.per_second, 1.0, options.together)
        paces = {"": pace, HEAVY: replace(pace, together=min(options.together, 10)), TOKEN: Pace(10, 600.0, 1)}
        transport = Transport(options.hosts(), options.ca_file)
        limiter, budget = Limiter(account, paces, sleep), Budget(options.budget)
        self.secret = options.refresh_token.get_secret_value()
        self.account = account
        self._signing = Client(transport, limiter, budget, _judge_token, seconds=options.timeout, sleep=sleep)
        self._tokens = Tokens(f"{account} {self.secret}", self.secret, self._fetch)
        self._client = Client(transport, limiter, budget, self._judge, self, seconds=options.timeout, sleep=sleep)
        self._left: int | None = None
        self.sleep = sleep
        self.server_time = ""  # the Date of the last answer

    def close(self) -> None:
        self._client.close()

    def sign(self, call: Call, stale: str | None) -> tuple[Call, str]:
        """Give the call its token, and the host that came with it. Stops before the day's credits are used up."""
        if self._left is not None and self._left <= self._options.reserve:
            raise PutOff(
                "The organisation's API credits of today are nearly used up.",
                advice="They come back within 24 hours; or lower the option `reserve`.",
            )
        token = self._tokens.get(stale)
        headers = {**call.headers, "authorization": f"Zoho-oauthtoken {token.value}"}
        return replace(call, headers=headers, base=token.more["api_domain"]), token.value

    def scopes(self) -> frozenset[str]:
        """The scopes that came with the token; empty where Zoho does not name them."""
        return frozenset(self._tokens.get().more.get("scope", "").replace(",", " ").split())

    def get(self, path: str, params: Mapping[str, str] | None = None, kind: str = "", since: str = "") -> Any:
        """The JSON of an answer; None when there is nothing (204, or 304 for `since`)."""
        headers = {"if-modified-since": since} if since else {}
        return self._json(self._client.call(Call("GET", VERSION + path, params or {}, headers, kind=kind)))

    def post(self, path: str, body: Any) -> Any:
        """For questions that are asked by POST."""
        return self._json(self._client.call(Call("POST", VERSION + path, body=body, kind=HEAVY)))

    def coql(self, query: str) -> list[dict[str, Any]]:
        """Rows of a COQL query, up to 2,000; read from the database, not from the search index."""
        return rows(self.post("/coql", {"select_query": query}))

    def put(self, path: str, values: Mapping[str, Any], unless_after: str) -> dict[str, Any]:
        """Overwrite fields of one record without running workflows. Raises `Rejected` or `Conflict` for that record."""
        headers = {"if-unmodified-since": unless_after} if unless_after else {}
        quiet: dict[str, Any] = (
            {} if path.startswith("/Notes/") else {"trigger": []}
        )  # notes have none, and refuse the word
        call = Call("PUT", VERSION + path, headers=headers, body={"data": [dict(values)], **quiet}, kind=HEAVY)
        return outcome(self._json(self._client.call(call)))

    def delete(self, path: str, params: Mapping[str, str] | None = None, key: str = "data") -> dict[str, Any]:
        """Delete one thing. Raises `Rejected` for it."""
        return outcome(self._json(self._client.call(Call("DELETE", VERSION + path, params or {}, kind=HEAVY))), key)

    def drop_photo(self, path: str) -> None:
        """Take the picture off a record. Its answer is not shaped like the others."""
        self._client.call(Call("DELETE", VERSION + path, kind=HEAVY))

    def has_mails(self, path: str) -> bool:
        """Whether Zoho shows mails beside a record; not where it shows none for this module or token."""
        try:
            return self.get(f"{path}/Emails") is not None
        except (Refused, Vanished):
            return False

    def binned(self, id: str) -> bool:
        """Whether the record is in the recycle bin."""
        try:
            return bool(rows(self.get(f"/settings/recycle_bin/{id}"), "recycle_bin"))
        except Rejected as refusal:
            if refusal.code == "INVALID_DATA":
                return False
            raise

    def purge(self, id: str) -> None:
        """Remove one record from the bin for good, or have it scheduled. Raises `Rejected`."""
        try:
            self.delete(f"/settings/recycle_bin/{id}", key="recycle_bin")
        except Rejected as refusal:
            if refusal.code != "INVALID_DATA":  # gone meanwhile
                raise

    def stream(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[bytes]:
        return self._client.stream(Call("GET", VERSION + path, params or {}))

    @property
    def calls(self) -> int:
        """Calls made so far, those for tokens included."""
        return self._client.budget.spent

    def _json(self, answer: Answer) -> Any:
        self.server_time = answer.headers.get("date", "")
        return None if answer.status in (204, 304) else answer.json()

    def _fetch(self) -> Token:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._options.client_id,
            "client_secret": self._options.client_secret.get_secret_value(),
            "refresh_token": self.secret,
        }
        call = Call("POST", "/oauth/v2/token", form=form, kind=TOKEN, base=self._options.accounts)
        found = self._signing.call(call).json()
        value, domain = found.get("access_token"), found.get("api_domain")
        if not isinstance(value, str) or not isinstance(domain, str) or not isinstance(found.get("expires_in"), int):
            raise Malformed
        more = {"api_domain": domain.rstrip("/"), "scope": str(found.get("scope") or "")}
        return Token(value, time.time() + found["expires_in"], more)

    def _judge(self, answer: Answer) -> StoreError | None:
        left = answer.headers.get("x-api-credits-remaining", "")
        if left.isdigit():
            self._left = int(left)
        return judged(answer)


def judged(answer: Answer) -> StoreError | None:
    """What an answer as a whole says; single records in it may still have been refused."""
    if answer.status < 300 or answer.status == 304:
        return None
    if answer.status >= 500:
        return by_status(answer)
    code, field = _code(answer)
    if answer.status == 429 or code == "TOO_MANY_REQUESTS":
        return Throttled("Zoho asks for fewer calls.", advice="Try again later.", retry_after=retry_after(answer))
    if code in _LACKING:
        return MissingRights("The Zoho user or its token may not do this.", advice="See `redress store check`.")
    if answer.status == 401 or code in _STALE_TOKEN:
        return Expired("Zoho does not take the token.", advice="Renew the secrets of the store.")
    if answer.status == 412 or code == "ALREADY_MODIFIED":
        return Conflict("The record changed since the action was approved.", advice="Plan again.")
    if code in ("INVALID_MODULE", "INVALID_URL_PATTERN"):
        return Vanished("Zoho does not know this module or path.", advice="Scan the store again.")
    return Rejected(code, field) if code else by_status(answer)


def _code(answer: Answer) -> tuple[str, str]:
    """The code of an error and the field it is about; at the top of the answer or in its first item."""
    try:
        body = answer.json()
    except Transient:
        return "", ""
    item = body.get("data", body) if isinstance(body, dict) else None
    item = item[0] if isinstance(item, list) and item else item
    if not isinstance(item, dict) or not isinstance(item.get("code"), str):
        return "", ""
    return item["code"], _field(item)


def _field(item: Mapping[str, Any]) -> str:
    details = item.get("details")
    name = details.get("api_name") if isinstance(details, dict) else None
    return name if isinstance(name, str) else ""


def _judge_token(answer: Answer) -> StoreError | None:
    """The token endpoint says most errors with status 200."""
    if answer.status >= 500:
        return by_status(answer)
    try:
        body = answer.json()
    except Unreachable as fault:
        return fault
    said = body.get("error") if isinstance(body, dict) else "malformed"
    if said is None:
        return None if answer.status == 200 else by_status(answer)
    if said == "Access Denied" or answer.status == 429:
        return Throttled("Zoho gives out no more tokens for now.", advice="Try again in ten minutes.", retry_after=600)
    return BadCredentials(
        "Zoho does not accept the client or the refresh token.",
        advice="Grant a new refresh token at the right data centre, and add the store again.",
    )


def rows(body: Any, key: str = "data") -> list[dict[str, Any]]:
    """The records of an answer, each with its id; empty only for an answer without content. Raises `Malformed`."""
    if body is None:
        return []
    found = body.get(key) if isinstance(body, dict) else None
    if not isinstance(found, list) or not found:
        raise Malformed
    for row in found:
        if not isinstance(row, dict) or not is_id(row.get("id")):
            raise Malformed
    return found


def next_token(body: Any) -> str | None:
    """The token of the next page, None behind the last one. Raises `Malformed` when there is more and no way to it."""
    info = body.get("info") if isinstance(body, dict) else None
    more = info.get("more_records") if isinstance(info, dict) else None
    if not isinstance(info, dict) or not isinstance(more, bool):
        raise Malformed
    if not more:
        return None
    token = info.get("next_page_token")
    if not isinstance(token, str) or not token:
        raise Malformed
    return token


def more_pages(body: Any) -> bool:
    """Whether a list that is paged by number goes on."""
    info = body.get("info") if isinstance(body, dict) else None
    more = info.get("more_records") if isinstance(info, dict) else None
    if not isinstance(more, bool):
        raise Malformed
    return more


def outcome(body: Any, key: str = "data") -> dict[str, Any]:
    """The one item of a write's answer. Raises `Rejected`, `Conflict`, or `Malformed` when it says neither yes nor no."""
    items: Sequence[Any] = body.get(key) or () if isinstance(body, dict) else ()
    if len(items) != 1 or not isinstance(items[0], dict) or not isinstance(items[0].get("code"), str):
        raise Malformed
    item: dict[str, Any] = items[0]
    if item.get("status") == "error":
        if item["code"] == "ALREADY_MODIFIED":
            raise Conflict("The record changed since the action was approved.", advice="Plan again.")
        raise Rejected(item["code"], _field(item))
    details = item.get("details")
    if item.get("status") != "success" or not isinstance(details, dict) or not is_id(details.get("id")):
        raise Malformed
    return item


def is_id(value: object) -> bool:
    """Whether this is an id as Zoho writes them: digits in a string."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 24
