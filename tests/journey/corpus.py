"""Mail that nobody here wrote, as messages; missing where the corpus is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.mail.corpus import FILES, FOLDER, needs_corpus

__all__ = ["messages", "needs_corpus"]

_ENTRY = re.compile(rb"^From \S+.*\d{4}.*\r?\n", re.M)


def messages(limit: int | None = None) -> Iterator[tuple[str, bytes]]:
    """(folder, message) of the corpus, mbox files split; with a `limit` about so many, from everywhere."""
    step = max(1, len(FILES) // limit) if limit else 1
    for path in FILES[::step]:
        folder = "Corpus/" + path.relative_to(FOLDER).parts[0].replace(".", "-")
        raw = path.read_bytes()
        entries = _ENTRY.split(raw)[1:] if raw.startswith(b"From ") else [raw]
        for entry in entries[: 5 if limit else None]:
            if entry.strip():
                yield folder, entry
