"""Bounds that keep a hostile record from stalling a scan. Bytes unless the name says otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read of one record. Beyond a bound the content is listed as unreadable, never skipped silently."""

    message_bytes: int = 50_000_000  # a larger mail is searched as raw text only
    attachment_bytes: int = 50_000_000
    unpacked_bytes: int = 200_000_000  # of everything one attachment unpacks to
    archive_entries: int = 10_000
    archive_depth: int = 3
    archive_ratio: int = 100  # unpacked to packed
    header_bytes: int = 65_536  # of one header; a longer one is searched but not taken apart
    header_count: int = 2_000  # of one part
    mime_depth: int = 20
    mime_parts: int = 2_000
    text_characters: int = 20_000_000  # drawn from one attachment
    pages: int = 5_000  # of one PDF
    seconds: float = 30.0  # for one attachment that is read by native code


DEFAULTS = Limits()
