"""How to reach a mailbox."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator


class Options(BaseModel):
    """Options of one IMAP account. Certificates are always verified."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: str = Field(min_length=1, max_length=253, pattern=r"^[^\s/@]+$", description="Name of the mail server.")
    port: int = Field(993, ge=1, le=65535, description="Port; usually 993 for `tls`, 143 for `starttls`.")
    user: str = Field(min_length=1, description="Account to sign in as.")
    password: SecretStr = Field(description="Its password, or an application password.")
    security: Literal["tls", "starttls", "none"] = Field(
        "tls", description="`tls` or `starttls`, both verified; `none` is accepted for loopback only."
    )
    ca_file: Path | None = Field(None, description="Extra certificate authority to trust (PEM).")
    include: tuple[str, ...] = Field((), description="Folders to read; empty: all.")
    exclude: tuple[str, ...] = Field((), description="Folders to leave out.")
    timeout: float = Field(60, gt=0, le=3600, description="Seconds to wait for an answer.")

    @field_validator("user")
    @classmethod
    def _one_line(cls, user: str) -> str:
        if not user.isprintable():
            raise ValueError("must be one line of printable characters")
        return user

    @field_validator("password")
    @classmethod
    def _no_control(cls, password: SecretStr) -> SecretStr:
        if any(ord(char) < 32 or ord(char) == 127 for char in password.get_secret_value()):
            raise ValueError("must not hold control characters")
        return password

    @model_validator(mode="after")
    def _plain_text_stays_here(self) -> Self:
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError("security=none would send the password in clear; it is accepted for this machine only")
        return self


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
