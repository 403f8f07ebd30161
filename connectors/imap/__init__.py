"""Mailboxes on an IMAP4rev1 server (RFC 3501). See README.md for what a server must offer and what stays behind."""

from __future__ import annotations

from pydantic import BaseModel

from connectors.contract import Store
from connectors.errors import BadSettings
from connectors.imap.options import Options
from connectors.limits import DEFAULTS, Limits


class ImapKind:
    """Opens mailboxes."""

    name = "imap"
    options: type[BaseModel] = Options

    def open(self, options: object, limits: Limits = DEFAULTS) -> Store:
        """Connect and sign in. Raises `BadSettings`, or what `connectors.imap.client.Session.connect` raises."""
        from connectors.imap.store import ImapStore

        if not isinstance(options, Options):
            raise BadSettings("These are not the options of an IMAP store.", advice="Build them with the registry.")
        return ImapStore(options, limits)


KIND = ImapKind()
