"""Text out of attached files."""

from connectors.documents.reading import Extracted, read

__all__ = ["Extracted", "read"]
