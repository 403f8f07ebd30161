"""The third-party mail corpus beside the repository; tests that need it skip where it is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data" / "mail"
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file()) if FOLDER.is_dir() else []

needs_corpus = pytest.mark.skipif(not FILES, reason="the mail corpus (shared/data/mail) is not on this machine")
