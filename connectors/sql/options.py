"""What an operator says about one database: where it is, what to read, and what an erasure does to its tables."""

from __future__ import annotations

import ipaddress
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"}
SOCKETS = {"postgresql": "host", "mysql": "unix_socket", "mariadb": "unix_socket"}  # the only URL parameters we take


class TableRule(BaseModel):
    """What the operator knows about one table. Column names are those of the database."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    erase: Literal["delete", "anonymise"] | None = Field(
        None,
        description="What an erasure does to a row; default: anonymise where other tables point here, else delete.",
    )
    keep: tuple[str, ...] = Field((), description="Columns that anonymising must not touch.")
    name: tuple[str, ...] = Field((), description="Columns that hold a person's name.")
    email: tuple[str, ...] = Field((), description="Columns that hold a mail address.")
    phone: tuple[str, ...] = Field((), description="Columns that hold a phone number.")


class SqlOptions(BaseModel):
    """Options of a store of kind `sql`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)

    url: SecretStr = Field(description="sqlite:///FILE, postgresql://USER:PASSWORD@HOST/DB or mysql://… / mariadb://…")
    schema_name: str | None = Field(None, alias="schema", description="Schema to read; default: the account's own.")
    tables: tuple[str, ...] = Field((), description="Tables to read, `*` allowed; default: all.")
    exclude: tuple[str, ...] = Field((), description="Tables not to read, `*` allowed; they are listed by `check`.")
    rules: Mapping[str, TableRule] = Field({}, description="Rules by table: a TOML or JSON file, or inline JSON.")
    links: Mapping[str, Mapping[str, str]] = Field(
        {}, description='References that the database does not declare: {"notes": {"contact_id": "contacts.id"}}.'
    )
    updated: Mapping[str, str] = Field(
        {}, description='Columns that rise with every change of a row, by table: {"contacts": "updated_at"}.'
    )
    timeout: float = Field(30.0, gt=0, le=3600, description="Seconds one statement, or waiting for a lock, may take.")
    ca_file: Path | None = Field(
        None, description="Certificates that are trusted to sign the server's; default: system."
    )
    sslmode: Literal["verify-full", "disable"] | None = Field(
        None, description="verify-full (default beyond this machine), or disable (this machine only)."
    )

    @field_validator("tables", "exclude", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("rules", "links", "updated", mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return _mapping(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _usable(self) -> SqlOptions:
        url = self.address()
        backend = url.get_backend_name()
        if set(url.query) - {SOCKETS.get(backend, "")} or not all(
            isinstance(value, str) and value.startswith("/") for value in url.query.values()
        ):
            raise ValueError("the URL may carry no parameters except a socket path; use ca_file and sslmode")
        if not url.database or (backend == "sqlite" and url.database.startswith((":", "file:"))):
            raise ValueError("the URL must name a database (for SQLite: sqlite:////path/to/file)")
        if self.sslmode == "disable" and not self.is_local():
            raise ValueError("a server on another machine is reached over verified TLS only; remove sslmode=disable")
        return self

    def address(self) -> URL:
        """The URL with our driver in it; raises `ValueError` for what we cannot open."""
        try:
            url = make_url(self.url.get_secret_value())
            backend = url.get_backend_name()
        except (ArgumentError, ValueError):
            raise ValueError("the URL cannot be read; percent-encode special characters of the password") from None
        if backend not in DRIVERS:
            raise ValueError("the URL must start with sqlite:///, postgresql://, mysql:// or mariadb://")
        return url.set(drivername=DRIVERS[backend])

    def is_local(self) -> bool:
        """Whether the connection stays on this machine (file, socket, loopback)."""
        host = self.address().host or "localhost"
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host.strip("[]")).is_loopback
        except ValueError:
            return False

    def verifies(self) -> bool:
        """Whether TLS is used, with certificate and host name verified."""
        if self.address().get_backend_name() == "sqlite" or self.address().query:
            return False
        return self.sslmode == "verify-full" or (
            self.sslmode is None and (not self.is_local() or self.ca_file is not None)
        )


def _mapping(text: str) -> Any:
    """Inline JSON or TOML, or the path of a file that holds one of them."""
    stripped = text.strip()
    inline = stripped.startswith(("{", "[")) or "\n" in stripped
    try:
        content = stripped if inline else Path(stripped).read_text("utf-8")
        return json.loads(content) if content.lstrip().startswith("{") else tomllib.loads(content)
    except (OSError, UnicodeDecodeError):
        raise ValueError("the file cannot be read") from None
    except ValueError:
        raise ValueError("neither valid JSON nor valid TOML") from None
