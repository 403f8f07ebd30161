"""A private Dovecot 2.3 on loopback, run by an unprivileged user, with TLS from an authority of its own.

Every user name exists and has an empty mailbox, so that each test can take one of its own.
"""

from __future__ import annotations

import grp
import os
import pwd
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Self

import pytest
from imapclient import IMAPClient

from tests.servers.certificates import issue
from tests.servers.processes import Process, free_port, identity, private_directory, require, run

PASSWORD = "sandbox-secret"

CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{root}/mail/%u
mail_fsync = never
mail_max_userip_connections = 100
mail_attribute_dict =
mail_plugins = acl
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/home/%u
}}
protocol imap {{
  mail_plugins = acl imap_acl
}}
plugin {{
  acl = vfile:{root}/rights
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = subscribe
    special_use = \\Trash
  }}
  mailbox Everything {{
    special_use = \\All
  }}
}}
"""

# The user "keeper" may add mail and remove none; everybody else owns their mailbox.
RIGHTS = "* user=keeper lrwsi\n* owner lrwstipekxa\n"


@dataclass(frozen=True)
class Mailbox:
    """One user's mail on the test server."""

    server: Dovecot
    user: str

    @property
    def path(self) -> Path:
        """Folder of the user's Maildir on disk (indexes and caches included)."""
        return self.server.root / "mail" / self.user

    @contextmanager
    def client(self) -> Iterator[IMAPClient]:
        """A second, independent session of the same user."""
        client = IMAPClient("127.0.0.1", self.server.port, ssl=False, timeout=20)
        client.normalise_times = False
        client.login(self.user, PASSWORD)
        try:
            yield client
        finally:
            client.shutdown()

    def append(self, raw: bytes, folder: str = "INBOX", flags: Sequence[str] = (), when: datetime | None = None) -> int:
        """Store one message (made when missing, CRLF line ends) and give its UID."""
        with self.client() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            answer = client.append(folder, raw, flags, when)
        return int(answer.split(b"]")[0].split()[-1])

    def messages(self, folder: str = "INBOX") -> dict[int, tuple[bytes, frozenset[bytes], datetime]]:
        """Everything in a folder: UID to (bytes, flags without \\Recent, internal date)."""
        with self.client() as client:
            client.select_folder(folder, readonly=True)
            rows = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "FLAGS", "INTERNALDATE"])
        return {
            uid: (row[b"BODY[]"], frozenset(row[b"FLAGS"]) - {b"\\Recent"}, row[b"INTERNALDATE"])
            for uid, row in rows.items()
        }

    def holds(self, marker: bytes, *, indexes: bool = True) -> list[Path]:
        """Files of the mailbox on disk that hold `marker`; without Dovecot's own index and cache files if so wished."""
        return [
            path
            for path in self.path.rglob("*")
            if path.is_file() and (indexes or not path.name.startswith("dovecot.index")) and marker in path.read_bytes()
        ]

    def purge_cache(self, folder: str = "INBOX") -> None:
        """What the README tells the operator to do about the residue `imap.index-cache`."""
        self.server.doveadm("mailbox", "cache", "purge", "-u", self.user, folder)


class Dovecot:
    """A running server; `port` speaks plain text and STARTTLS, `tls_port` speaks TLS, both as `localhost` only."""

    def __init__(self) -> None:
        program = require("dovecot", "/usr/sbin", "/usr/local/sbin")
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        if not version.startswith("2.3."):
            report = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            report(f"the test server is written for Dovecot 2.3, this one is {version.split()[0]}")
        self._who = identity("nobody")
        self._numbers = count(1)
        self.root = private_directory("rdim", self._who)
        self.port, self.tls_port = free_port(), free_port()
        self.ca, certificate, key = issue(self.root, ["localhost"])
        account = pwd.getpwuid(self._who.get("user", os.geteuid()))
        settings = {"user": account.pw_name, "group": grp.getgrgid(account.pw_gid).gr_name, "password": PASSWORD}
        settings |= {"uid": str(account.pw_uid), "gid": str(account.pw_gid), "root": str(self.root)}
        settings |= {"port": str(self.port), "tls_port": str(self.tls_port)}
        self._config, rights = self.root / "conf", self.root / "rights"
        self._config.write_text(CONFIG.format(**settings))
        rights.write_text(RIGHTS)
        if self._who:
            for path in (certificate, key, self._config, rights):
                os.chown(path, account.pw_uid, account.pw_gid)
        self._process = Process(self.root)
        self._process.start([program, "-F", "-c", self._config], self._who, self._ready)

    def _ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(4) == b"* OK"
        except OSError:
            return False

    def mailbox(self, user: str = "") -> Mailbox:
        """The mailbox of `user`; without a name, a fresh one."""
        return Mailbox(self, user or f"user{next(self._numbers)}")

    def doveadm(self, *arguments: str) -> None:
        """Run an administrator's command on this server."""
        run([require("doveadm"), "-c", self._config, *arguments], self.root, self._who)

    def stop(self) -> None:
        self._process.stop(signal.SIGTERM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server
