"""What an operator says about one Zoho CRM organisation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.http.network import Hosts, is_loopback

_ENDS = "com eu in com.au com.cn jp sa uk".split()
ACCOUNTS = (*(f"accounts.zoho.{end}" for end in _ENDS), "accounts.zohocloud.ca")
"""Where accounts of the data centres sign in."""
API_HOSTS = tuple(f"*.zohoapis.{end}" for end in (*_ENDS, "ca"))
"""Their API: `www`, `sandbox`, `developer` and `content`."""


class Options(BaseModel):
    """Options of one organisation. The API's host comes with the token; it must be one of Zoho's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    client_id: str = Field(
        min_length=1, pattern=r"^[\x21-\x7e]+$", description="Client id of the self client or server app."
    )
    client_secret: SecretStr = Field(description="Its secret.")
    refresh_token: SecretStr = Field(description="The refresh token that was granted for the scopes in the README.")
    accounts: str = Field(
        "https://accounts.zoho.com",
        description="Where the organisation signs in: the same at .eu, .in, .com.au, .com.cn, .jp, .sa, .uk or zohocloud.ca.",
    )
    modules: tuple[str, ...] = Field(
        (), description="API names of the modules to read; empty: all that the API offers."
    )
    exclude: tuple[str, ...] = Field((), description="Modules not to read.")
    erase: Mapping[str, Literal["delete", "anonymise"]] = Field(
        {}, description='What an erasure does to the person\'s record, by module: {"Deals": "delete"}.'
    )
    attachments: bool = Field(
        True, description="Read files for text. Without it nobody is found who stands in a file only."
    )
    emails: bool = Field(True, description="Show the mails that Zoho keeps beside a person's record.")
    scrub: bool = Field(
        True, description="Overwrite a record before it is deleted, so that the tombstone shows no name."
    )
    whole_days: int = Field(30, ge=1, le=365, description="Days after which all records are listed again.")
    budget: int = Field(0, ge=0, description="Calls that one run may make at most; 0: any number.")
    reserve: int = Field(1000, ge=0, description="Credits of the organisation's day that are left to others.")
    together: int = Field(4, ge=1, le=25, description="Calls at once.")
    per_second: int = Field(10, ge=1, le=100, description="Calls in a second.")
    timeout: float = Field(30, gt=0, le=600, description="Seconds to wait for an answer.")
    ca_file: Path | None = Field(None, description="Extra certificate authority to trust (PEM).")

    @field_validator("erase", mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError('must be JSON such as {"Deals": "delete"}') from None

    @field_validator("client_secret", "refresh_token")
    @classmethod
    def _printable(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError("must be one word of printable characters")
        return secret

    @field_validator("accounts")
    @classmethod
    def _of_zoho(cls, text: str) -> str:
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL:
            raise ValueError("is no URL") from None
        zoho = url.scheme == "https" and url.host in ACCOUNTS and url.port is None
        if not zoho and not (url.scheme in ("http", "https") and is_loopback(url.host)):
            raise ValueError("must be a sign-in host of Zoho, such as https://accounts.zoho.eu")
        if url.path.strip("/") or url.query or url.userinfo:
            raise ValueError("must name the host only")
        return text.rstrip("/")

    def hosts(self) -> Hosts:
        """Where this store may connect to."""
        host = httpx.URL(self.accounts).host
        return Hosts((), (host,)) if is_loopback(host) else Hosts((host, *API_HOSTS))
