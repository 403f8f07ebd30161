"""Every setting of Redress, in one typed tree.

Values come from, strongest first: environment variables (`REDRESS_API__PORT=8123`), `redress.toml` in `REDRESS_HOME`, the
defaults below. Unknown keys in the file are errors, so that a typing mistake is not a silent default. Secrets of stores
are not settings: they are sealed by `redress store add`.
"""

from __future__ import annotations

import os
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)


class SettingsError(Exception):
    """The settings cannot be used; the text says which key and what to do."""


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not an IANA time zone, for example Europe/Berlin")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Controller(_Group):
    """The company that answers (GDPR Art. 4(7)): named in letters; its time zone and country decide due dates."""

    name: str = Field("Example Company", description="Name of the company as it stands in letters.")
    country: str = Field(
        "DE",
        pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
        description="Country of the establishment, ISO 3166-1 alpha-2, or a nation or region of it such as GB-SCT.",
    )
    time_zone: TimeZone = Field("Europe/Berlin", description="IANA time zone in which days are counted.")
    contact: str = Field("privacy@example.com", description="Address people can write to about their request.")
    authority: str = Field("", description="Name and web address of the supervisory authority, for letters.")
    purposes: str = Field(
        "Customer relationship management, sales, support and correspondence.",
        description="Purposes of processing, as an access answer must state them (GDPR Art. 15(1)(a)).",
    )
    recipients: str = Field("", description="Recipients the data was disclosed to (GDPR Art. 15(1)(c)).")
    storage_period: str = Field("", description="How long data is kept, or how that is decided (GDPR Art. 15(1)(d)).")
    sources: str = Field("", description="Where the data comes from if not from the person (GDPR Art. 15(1)(g)).")
    automated_decisions: str = Field("", description="Automated decisions and their logic (GDPR Art. 15(1)(h)).")
    transfers: str = Field("", description="Safeguards of transfers to third countries (GDPR Art. 15(2)).")


class Api(_Group):
    """The web server that `redress serve` starts."""

    host: str = Field("127.0.0.1", description="Address to listen on. Put a TLS proxy before it to go beyond loopback.")
    port: int = Field(8017, ge=1, le=65535, description="Port to listen on.")
    public_url: str = Field("http://127.0.0.1:8017", description="Address customers see; stands in letters.")
    form_per_day: int = Field(20, ge=1, description="Requests one network (/24 or /64) may send by the form in a day.")
    trusted_proxies: tuple[str, ...] = Field((), description="Proxies whose X-Forwarded-For is believed.")


class Smtp(_Group):
    """The relay letters are handed to when `notices.delivery` is `smtp`."""

    host: str = Field("localhost", description="Host of the relay.")
    port: int = Field(587, ge=1, le=65535, description="Port of the relay.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="`starttls` or `tls`, both verified; `none` is accepted for loopback only."
    )
    user: str = Field("", description="User at the relay; empty for none.")
    password: SecretStr = Field(SecretStr(""), description="Password at the relay. Prefer the environment variable.")
    ca_file: Path | None = Field(None, description="Extra certificate authority to trust for the relay.")
    timeout: float = Field(30, gt=0, description="Seconds to wait for the relay.")


class Notices(_Group):
    """Letters to people."""

    delivery: Literal["file", "smtp"] = Field("file", description="`file` writes .eml files, `smtp` sends.")
    folder: Path | None = Field(None, description="Where `file` delivery writes; default `outbox` under the home.")
    sender: str = Field("privacy@example.com", description="Sender address of letters.")
    languages: tuple[str, ...] = Field(("en", "de", "zh"), description="Languages letters may be written in.")
    staff: str = Field("", description="Mailbox that reminders of due dates go to; default `controller.contact`.")
    retry_hours: float = Field(72, gt=0, description="How long a letter the relay defers is tried again, in hours.")
    smtp: Smtp = Smtp()


class Prefect(_Group):
    """The flow engine."""

    api_url: str = Field("", description="Prefect API to use; empty starts the embedded server.")
    port: int = Field(4217, ge=1, le=65535, description="Loopback port of the embedded server.")
    runs_at_once: int = Field(2, ge=1, description="Flow runs the embedded runner works on at the same time.")
    workers: int = Field(2, ge=1, description="Stores or collections a flow run reads at the same time.")


class RetentionRule(_Group):
    """Records that must be kept although erasure was asked (GDPR Art. 17(3)); they are restricted instead."""

    id: str = Field(description="Short name of the rule, shown in plans and letters.")
    store: str = Field(description="Store it holds for.")
    collection: str = Field(description="Collection it holds for.")
    field: str = Field("", description="Field that decides; empty: every record of the collection.")
    values: tuple[str, ...] = Field((), description="Values of `field` for which the record is kept.")
    since_field: str = Field("", description="Date field the period runs from; empty: kept without end.")
    years: int = Field(0, ge=0, description="Years the record is kept from `since_field`.")
    ground: str = Field(description="Ground of refusal, for example GDPR 17(3)(b).")
    statute: str = Field(description="The statute that asks to keep it, for example § 147 AO.")


class Policy(_Group):
    """House rules of the data-protection officer."""

    erasure_approvals: int = Field(1, ge=1, le=3, description="How many different people must approve an erasure.")
    approval_days: int = Field(7, ge=1, description="Days after which an approval that was not carried out lapses.")
    package_days: int = Field(14, ge=1, description="Days a package can be downloaded.")
    unproven_days: int = Field(30, ge=1, description="Days to prove identity before a request expires.")
    reminder_days: tuple[int, ...] = Field(
        (14, 7, 3, 1), description="Days before the due date on which staff are reminded."
    )
    extension_warning_days: int = Field(
        5, ge=1, description="Days before the last day for an extension notice on which staff are warned."
    )
    readings: tuple[str, ...] = Field(
        (), description="Disputed readings of the law that this company follows; `redress law list` names them."
    )
    copies_days: int = Field(30, ge=0, description="Days our own copies are kept after a request has ended.")
    shared_addresses: tuple[str, ...] = Field(
        ("info", "office", "sales", "support", "contact", "kontakt", "team", "admin", "family", "familie", "service"),
        description="Local parts of mailboxes that several people share: a match on them alone never decides.",
    )
    retention: tuple[RetentionRule, ...] = Field((), description="Records that must be kept, and why.")


class PiiPattern(_Group):
    """Numbers of the house's own that are personal data: customer numbers, contract numbers."""

    name: str = Field(description="Short name of the pattern, shown where it cannot be used.")
    entity: str = Field(description="Type that findings get: capital letters, digits and _, such as CUSTOMER_NUMBER.")
    expression: str = Field(description="Regular expression of Python with bounded repeats, such as K-\\d{6,8}.")
    context: tuple[str, ...] = Field((), description="Words before a finding, or names of fields, that make it likely.")
    score: float = Field(0.5, description="Score without such words; below 0.4 a finding counts only with them.")


class Pii(_Group):
    """Detection of personal data."""

    languages: tuple[str, ...] = Field(("en", "zh"), description="Languages text is analysed in.")
    region: str = Field("DE", pattern=r"^[A-Z]{2}$", description="Region of phone numbers without a country code.")
    models: dict[str, str] = Field(
        {},
        description="spaCy pipeline by language: `shipped`, `none`, an installed package such as `de_core_news_md`, or a "
        "folder. Languages that are not named have the shipped pipeline where there is one.",
    )
    processes: int = Field(1, ge=1, le=64, description="Processes in which large batches of text are analysed.")
    seconds_per_text: float = Field(
        1.0, gt=0, description="Processor time one text may take; what was not read by then counts as unreadable."
    )
    patterns: tuple[PiiPattern, ...] = Field((), description="Numbers of the house's own that are personal data.")


class Limits(_Group):
    """Bounds that keep a hostile record from stalling a scan."""

    page_records: int = Field(200, ge=1, le=5000, description="Matching records fetched from a store at a time.")
    message_bytes: int = Field(50_000_000, ge=1000, description="A larger mail is reported as partly unreadable.")
    attachment_bytes: int = Field(50_000_000, ge=1000, description="A larger attachment is reported as unreadable.")
    unpacked_bytes: int = Field(200_000_000, ge=1000, description="An archive may unpack to this many bytes in all.")


class Settings(BaseSettings):
    """The whole tree. Build it with `load()`."""

    model_config = SettingsConfigDict(
        env_prefix="REDRESS_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    home: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        Path("var"), description="Folder of all state of the embedded default."
    )
    database_url: SecretStr = Field(SecretStr(""), description="Database; default SQLite `redress.db` under the home.")
    keys_url: SecretStr = Field(SecretStr(""), description="Key store, apart from the database; default `keys.db`.")
    key_ring: Path | None = Field(
        None, description="File of key-encryption keys; default `keyring.json` under the home."
    )
    ledger_folder: Path | None = Field(
        None,
        description="Where ledger leaves are shipped to; put it on another machine's disk. Default under the home.",
    )
    controller: Controller = Controller()
    api: Api = Api()
    notices: Notices = Notices()
    prefect: Prefect = Prefect()
    policy: Policy = Policy()
    pii: Pii = Pii()
    limits: Limits = Limits()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @property
    def database(self) -> str:
        """URL of the database."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.home / 'redress.db'}"

    @property
    def keys(self) -> str:
        """URL of the key store."""
        return self.keys_url.get_secret_value() or f"sqlite:///{self.home / 'keys.db'}"

    @property
    def ring(self) -> Path:
        """File of key-encryption keys."""
        return self.key_ring or self.home / "keyring.json"

    @property
    def shipped(self) -> Path:
        """Folder that ledger leaves are shipped to."""
        return self.ledger_folder or self.home / "ledger"

    @property
    def letters(self) -> Path:
        """Folder `file` delivery writes letters to."""
        return self.notices.folder or self.home / "outbox"

    @property
    def packages(self) -> Path:
        """Folder of sealed packages."""
        return self.home / "packages"

    @property
    def zone(self) -> ZoneInfo:
        """Time zone in which days are counted."""
        return ZoneInfo(self.controller.time_zone)

    @property
    def package_life(self) -> timedelta:
        """How long a package can be downloaded."""
        return timedelta(days=self.policy.package_days)


def load(home: Path | None = None) -> Settings:
    """Read the settings; raises `SettingsError` with one line per wrong key."""
    home = Path(home or os.environ.get("REDRESS_HOME") or "var").absolute()
    file = home / "redress.toml"
    try:
        values: dict[str, Any] = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not valid TOML: {error}. Correct that line.") from None
    try:
        return Settings(**values).model_copy(update={"home": home})  # the caller's home wins over REDRESS_HOME
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False)]
        raise SettingsError(f"Settings in {file} or REDRESS_* cannot be used: " + "; ".join(lines)) from None
