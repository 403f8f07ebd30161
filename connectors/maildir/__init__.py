"""Mail kept as one file per message."""

from connectors.maildir.store import KIND

__all__ = ["KIND"]
