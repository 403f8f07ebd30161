"""Zoho CRM over its REST API v8. See README.md for scopes, what stays behind, and what was never met live."""

from __future__ import annotations

from pydantic import BaseModel

from connectors.contract import Store
from connectors.errors import BadSettings
from connectors.limits import DEFAULTS, Limits
from connectors.zoho.options import Options


class ZohoKind:
    """Opens Zoho CRM organisations."""

    name = "zoho"
    options: type[BaseModel] = Options

    def open(self, options: object, limits: Limits = DEFAULTS) -> Store:
        """Open the store; nothing is connected before it is first used. Raises `BadSettings`."""
        from connectors.zoho.store import ZohoStore

        if not isinstance(options, Options):
            raise BadSettings("These are not the options of a Zoho store.", advice="Build them with the registry.")
        return ZohoStore(options, limits)


KIND = ZohoKind()
