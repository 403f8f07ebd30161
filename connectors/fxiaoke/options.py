"""What an operator says about one Fxiaoke tenant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.http.network import is_loopback

PEOPLE = ("ContactObj", "LeadsObj")
OBJECTS = (
    *PEOPLE,
    "AccountObj",
    "NewOpportunityObj",
    "OpportunityObj",
    "ActiveRecordObj",
    "ServiceRecordObj",
    "CasesObj",
    "*__c",
)


class FxiaokeOptions(BaseModel):
    """Options of a store of kind `fxiaoke`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    app_id: str = Field(description="appId of the self-built app (FSAID_…).")
    app_secret: SecretStr = Field(description="appSecret of the app.")
    permanent_code: SecretStr = Field(description="permanentCode of the tenant.")
    style: Literal["current", "legacy"] = Field("current", description="How calls are signed: current, or legacy.")
    user_id: str = Field(
        "", description="Current style: id of the employee whose rights are used; a CRM administrator."
    )
    mobile: SecretStr = Field(SecretStr(""), description="Legacy style: mobile number of that employee.")
    host: str = Field("open.fxiaoke.com", description="The tenant's host; open-na.sharecrm.com and others abroad.")
    base: str = Field("", description="URL instead of the host's (a gateway of your own).")
    objects: tuple[str, ...] = Field(OBJECTS, description="Objects to read, by API name, `*` allowed.")
    delete: tuple[str, ...] = Field(
        PEOPLE, description="Objects whose records an erasure deletes; others are overwritten."
    )
    keep: tuple[str, ...] = Field((), description="Fields that an erasure leaves alone, as Object.field.")
    whole_hours: float = Field(24.0, ge=0, description="Hours between two passes over everything.")
    budget: int = Field(0, ge=0, description="Calls one run may make; 0: any number.")
    timeout: float = Field(30.0, gt=0, le=600, description="Seconds to wait for the service to say something.")
    ca_file: Path | None = Field(None, description="Further certificates that are trusted.")

    @field_validator("host")
    @classmethod
    def _api_host(cls, host: str) -> str:
        """www.fxiaoke.com answers with web pages; the API is at the hosts of the open platform."""
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
            raise ValueError("the host is a name, such as open.fxiaoke.com")
        if host.startswith("www."):
            raise ValueError("the API is not at www; the default is open.fxiaoke.com")
        return host

    @model_validator(mode="after")
    def _usable(self) -> FxiaokeOptions:
        if self.style == "current" and not self.user_id:
            raise ValueError("the current style needs user-id, the id of an employee")
        if self.style == "legacy" and not self.mobile.get_secret_value():
            raise ValueError("the legacy style needs mobile, the number of an employee")
        if self.base:
            url = urlsplit(self.base)
            if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
                raise ValueError("base is an https URL (http on this machine only)")
        return self

    @property
    def url(self) -> str:
        """Where calls go."""
        return self.base.rstrip("/") or f"https://{self.host}"
