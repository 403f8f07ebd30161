"""Mail as bytes (RFC 5322, 2045-2049, 2231): read into a `Record`, and masked without touching other bytes."""

from connectors.mail.mbox import mbox_entry
from connectors.mail.reading import attachment, parse
from connectors.mail.redaction import redact

__all__ = ["attachment", "mbox_entry", "parse", "redact"]
