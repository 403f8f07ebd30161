"""What an operator says about one account of a described service."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from connectors.declared import reading
from connectors.declared.model import Description
from connectors.errors import BadSettings
from connectors.http.network import is_loopback


class DeclaredOptions(BaseModel):
    """Options of a store of kind `declared`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    file: str = Field(description="Path of the description, or the name of a shipped one (hubspot).")
    secrets: SecretStr = Field(
        SecretStr(""), description="The secret, where the description has one; else JSON or TOML: name = value."
    )
    settings: str = Field("", description="Settings that are not secret, as JSON or TOML: name = value.")
    base: str = Field("", description="URL instead of the description's (a sandbox, a gateway of your own).")
    whole_hours: float = Field(24.0, ge=0, description="Hours between two passes over everything.")
    budget: int = Field(0, ge=0, description="Calls one run may make; 0: any number.")
    timeout: float = Field(30.0, gt=0, le=600, description="Seconds to wait for the service to say something.")
    ca_file: Path | None = Field(None, description="Further certificates that are trusted.")
    content: SecretStr = Field(
        SecretStr(""), description="The description as it was when the store was added; read from `file`."
    )

    @model_validator(mode="before")
    @classmethod
    def _with_content(cls, data: Any) -> Any:
        """A file is copied when the store is added: whoever changes it later cannot send the secrets elsewhere."""
        if isinstance(data, dict) and data.get("file") and not data.get("content"):
            name = str(data["file"])
            if name not in reading.shipped():
                try:
                    return {**data, "content": reading.text_of(name)}
                except BadSettings as error:
                    raise ValueError(str(error)) from None
        return data

    @model_validator(mode="after")
    def _usable(self) -> DeclaredOptions:
        try:
            described = self.description()
            self.values(described)
        except BadSettings as error:
            raise ValueError(str(error)) from None
        if self.base:
            url = urlsplit(self.base)
            if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
                raise ValueError("base is an https URL (http on this machine only)")
        return self

    def description(self) -> Description:
        """Raises `BadSettings`."""
        return reading.parse(self.content.get_secret_value() or reading.text_of(self.file))

    def values(self, described: Description) -> dict[str, str]:
        """Every setting by name, defaults filled in. Raises `BadSettings` for what is missing or not known."""
        secret = [name for name, setting in described.settings.items() if setting.secret]
        given = _pairs(self.settings, "settings")
        text = self.secrets.get_secret_value()
        secrets = {secret[0]: text} if text and len(secret) == 1 and not _structured(text) else _pairs(text, "secrets")
        for names, found, what in ((secret, secrets, "secrets"), (given.keys() - set(secret), given, "settings")):
            strange = found.keys() - set(names) if what == "secrets" else names - described.settings.keys()
            if strange or (what == "settings" and found.keys() & set(secret)):
                raise BadSettings(
                    f"The option {what} names something that the description does not have there.",
                    advice=f"It has: {', '.join(described.settings)}.",
                )
        defaults = {name: s.default for name, s in described.settings.items() if s.default is not None}
        values = {**defaults, **given, **secrets}
        missing = [name for name in described.settings if name not in values]
        if missing:
            raise BadSettings(
                f"Settings are missing: {', '.join(missing)}.", advice="Give them as secrets or settings."
            )
        if any(not value.isprintable() for value in values.values()):
            raise BadSettings("A setting has characters that no header can carry.", advice="Correct it.")
        return values


def _structured(text: str) -> bool:
    return text.lstrip().startswith("{") or " = " in text


def _pairs(text: str, what: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError:
        raise BadSettings(
            f"The option {what} is neither JSON nor TOML.", advice='For example: name = "value".'
        ) from None
    return {str(name): str(value) for name, value in found.items()}


def host_of(url: str) -> str:
    """The host of an URL, in lower case."""
    return (urlsplit(url).hostname or "").lower()
