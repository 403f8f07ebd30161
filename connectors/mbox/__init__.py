"""Mail kept as one file per folder."""

from connectors.mbox.store import KIND

__all__ = ["KIND"]
