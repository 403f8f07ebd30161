"""Stores of each kind, filled and looked at without their connector."""

from __future__ import annotations

import mailbox
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.contract import Store
from connectors.imap import KIND as IMAP
from connectors.imap import changes
from connectors.imap.options import Options as ImapOptions
from connectors.mail import mbox_entry
from connectors.maildir.store import MaildirStore
from connectors.maildir.store import Options as MaildirOptions
from connectors.mbox.store import MboxStore
from connectors.mbox.store import Options as MboxOptions
from tests.connectors.people import Letter
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.proxy import Proxy


class ImapSeed:
    """A fresh mailbox. The connector reaches it through a relay that can be cut."""

    def __init__(self, server: Dovecot) -> None:
        self.box = server.mailbox()
        self.proxy = Proxy(server.tls_port)
        self.options = ImapOptions(
            host="localhost",
            port=self.proxy.port,
            user=self.box.user,
            password=PASSWORD,
            ca_file=server.ca,
            timeout=10,
        )

    def open(self) -> Store:
        return IMAP.open(self.options)

    def plant(self, letter: Letter) -> None:
        self.box.append(letter.mail(), "Archive/2026" if letter.html else "INBOX")

    def remove(self, letter: Letter) -> None:
        with self.box.client() as client:
            for folder in ("INBOX", "Archive/2026"):
                client.select_folder(folder)
                for uid, row in client.fetch(client.search("ALL") or [0], ["BODY.PEEK[]"]).items():
                    if row[b"BODY[]"] == letter.mail():
                        client.delete_messages([uid])
                        client.uid_expunge([uid])

    def contents(self) -> Mapping[str, bytes]:
        return {
            f"{folder}/{uid}": raw
            for folder in ("INBOX", "Archive/2026")
            for uid, (raw, _, _) in self.box.messages(folder).items()
        }

    def small_pages(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(changes, "PAGE_RECORDS", 2)
        patch.setattr(changes, "CHUNK", 3)
        patch.setattr(changes, "WINDOW", 4)

    def cut(self) -> None:
        self.proxy.cut()


class MaildirSeed:
    """A Maildir with one folder below it."""

    def __init__(self, root: Path) -> None:
        self.root, self._page, self._number = root, 200, 0
        for folder in (root, root / "Archive"):
            for inner in ("cur", "new", "tmp"):
                (folder / inner).mkdir(parents=True)

    def open(self) -> Store:
        return MaildirStore(MaildirOptions(path=self.root), page_records=self._page)

    def plant(self, letter: Letter) -> None:
        self._number += 1
        folder = self.root / "Archive" if letter.html else self.root
        (folder / "cur" / f"17676{self._number:05}.M1P1.mail.example.com:2,S").write_bytes(letter.mail())

    def remove(self, letter: Letter) -> None:
        for path in self._files():
            if path.read_bytes() == letter.mail():
                path.unlink()

    def contents(self) -> Mapping[str, bytes]:
        return {str(path): path.read_bytes() for path in self._files()}

    def small_pages(self, patch: pytest.MonkeyPatch) -> None:
        self._page = 2

    def cut(self) -> None:
        shutil.rmtree(self.root)

    def _files(self) -> list[Path]:
        return [path for path in self.root.rglob("*") if path.is_file()]


class MboxSeed:
    """A folder with one mbox file."""

    def __init__(self, root: Path) -> None:
        self._file, self._page = root / "archive.mbox", 200
        self._file.touch()

    def open(self) -> Store:
        return MboxStore(MboxOptions(path=self._file), page_records=self._page)

    def plant(self, letter: Letter) -> None:
        with self._file.open("ab") as file:
            file.write(mbox_entry(letter.mail()))

    def remove(self, letter: Letter) -> None:
        self._file.write_bytes(self._file.read_bytes().replace(mbox_entry(letter.mail()), b""))

    def contents(self) -> Mapping[str, bytes]:
        box = mailbox.mbox(self._file)
        try:
            found = [box.get_bytes(key) for key in box.iterkeys()]
        finally:
            box.close()
        return {sha256(raw).hexdigest(): raw for raw in found}

    def small_pages(self, patch: pytest.MonkeyPatch) -> None:
        self._page = 2

    def cut(self) -> None:
        pytest.skip("a file that is open outlives its name")
