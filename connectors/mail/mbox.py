"""Entries of mbox files (RFC 4155, in the mboxrd form: quoting that can be undone)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_QUOTED = re.compile(rb"^(>*From )", re.M)
_UNQUOTED = re.compile(rb"^>(>*From )", re.M)


def mbox_entry(raw: bytes, sender: str = "MAILER-DAEMON", received: datetime | None = None) -> bytes:
    """One message as an entry: envelope line, message with `From ` lines quoted, empty line."""
    moment = (received or datetime.fromtimestamp(0, UTC)).astimezone(UTC)
    name = "".join(char for char in sender if char.isascii() and char.isprintable() and not char.isspace())
    line = f"From {name or 'MAILER-DAEMON'} {moment:%a %b} {moment.day:2d} {moment:%H:%M:%S %Y}\n"
    return line.encode("ascii") + quoted(raw) + b"\n"


def quoted(raw: bytes) -> bytes:
    """`From ` at the start of a line, however often quoted already, gets one `>` more; ends with a line ending."""
    body = _QUOTED.sub(rb">\1", raw)
    return body if body.endswith(b"\n") else body + b"\n"


def unquoted(body: bytes) -> bytes:
    """The message behind `quoted`."""
    return _UNQUOTED.sub(rb"\1", body)
