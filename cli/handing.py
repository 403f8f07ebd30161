"""Handing out a finished answer as a file: whole or not at all, readable by its owner only, noted before it appears."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cases import answering
from cases.tables import Package
from office import Office


def hand_out(office: Office, reference: str, kind: str, out: Path, by: str) -> Package:
    """Write the package (`answer` or `certificate`) of a request to `out`, replacing what is there.

    Raises `CaseError` when there is none (any more), `VaultError` when it was changed, `OSError`.
    """
    package = answering.finished(office, reference, kind)
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            for chunk in answering.read(office, package):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        package = answering.handed_out(office, package, by)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    return package
