"""A Maildir++ tree: one folder per mailbox, its subfolders as `.Name` beside `cur`, in modified UTF-7 (RFC 3501)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cli.demo.mime import Letter, render

FOLDERS = {
    "sales": ("sales", "sales/.Sent", "sales/.Archiv", "sales/.Archiv.2025", "sales/.Kunden.&Ti1W,Q-"),  # 中国
    "support": ("support", "support/.Sent", "support/.Erledigt"),
    "office": ("office", "office/.Sent", "office/.Archiv", "office/.Newsletter", "office/.Entw&APw-rfe"),  # Entwürfe
}


class Maildir:
    """Writes messages straight into `cur`: nobody reads the tree yet, so `tmp` and fsync would only cost time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.count = 0
        for mailbox, folders in FOLDERS.items():
            for folder in folders:
                for part in ("cur", "new", "tmp"):
                    (root / folder / part).mkdir(parents=True)
                if folder != mailbox:
                    (root / folder / "maildirfolder").touch()

    def put(self, folders: Sequence[str], letter: Letter) -> None:
        """Store the same message in each folder; the name carries its size, as Dovecot writes it, and flags."""
        data = render(letter)
        moment = int(letter.sent.timestamp())
        for folder in folders:
            self.count += 1
            flags = "DS" if folder.endswith("rfe") else ("RS" if letter.references else "S")
            name = f"{moment}.M{self.count:06}P1.nordwind,S={len(data)}:2,{flags}"
            path = f"{self._root}/{folder}/cur/{name}"
            with open(path, "wb") as file:  # noqa: PTH123 - fifty thousand times
                file.write(data)
            os.utime(path, (moment, moment))
