"""One signed-in connection: the commands we use, and every failure as one of our errors.

IMAPClient does the protocol. What it lacks is added here on its raw command: STORE with UNCHANGEDSINCE and VANISHED
(RFC 7162), and an APPEND that leaves line ends as they are. A server's own words stay here: they may quote a message.
"""

from __future__ import annotations

import imaplib
import logging
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imapclient import IMAPClient
from imapclient.datetime_util import datetime_to_INTERNALDATE
from imapclient.exceptions import LoginError, ProtocolError
from imapclient.imapclient import _literal

from connectors.errors import (
    BadCertificate,
    BadCredentials,
    BadSettings,
    MissingRights,
    Refused,
    StoreError,
    Throttled,
    Unreachable,
    Vanished,
)
from connectors.imap.options import Options

# imaplib logs whole commands at debug level: addresses and message text must not reach a log of ours.
logging.getLogger("imapclient").setLevel(logging.CRITICAL + 1)

_CODE = re.compile(r"^[A-Za-z ]+ failed: \[([A-Z-]+)")
_APPENDED = re.compile(rb"\[APPENDUID \d+ (\d+)\]")
_RECENT = b"\\Recent"


@dataclass(frozen=True, slots=True)
class Folder:
    """One row of LIST. `attributes` are in lower case (`\\all`, `\\noselect`)."""

    name: str
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Selected:
    """A folder as it was when it was opened. `modseq` is None where the server keeps none (RFC 7162 NOMODSEQ)."""

    uidvalidity: int
    uidnext: int
    exists: int
    modseq: int | None


@dataclass(frozen=True, slots=True)
class State:
    """What a message carries beside its bytes. `flags` hold system flags and keywords, without \\Recent."""

    flags: frozenset[bytes]
    date: datetime
    size: int
    modseq: int | None


class Dismissed(Unreachable):
    """The server ended the connection with a word (BYE). Some do so over a message they cannot read."""


class Session:
    """A connection to one account. Not thread-safe; after `Unreachable` it is of no more use until `renew`."""

    def __init__(self, options: Options) -> None:
        """Connect, secure the connection, sign in.

        Raises `Unreachable`, `BadCertificate` (also when STARTTLS is not offered: no password is sent then),
        `BadCredentials` or `BadSettings`.
        """
        self._options = options
        self._client = client = _connected(options)
        self.opened = ""  # the folder that is open
        self.capabilities = frozenset(item.decode("ascii", "replace") for item in client.capabilities())
        self.conditional = "CONDSTORE" in self.capabilities or "QRESYNC" in self.capabilities
        self.reports_vanished = "QRESYNC" in self.capabilities
        if self.conditional and "ENABLE" in self.capabilities:
            with translated():
                client.enable("QRESYNC" if self.reports_vanished else "CONDSTORE")

    def renew(self, folder: str) -> Selected:
        """Connect anew after `Dismissed` and open `folder` read-only."""
        _shut(self._client)
        self.__init__(self._options)  # type: ignore[misc]
        return self.select(folder)

    def close(self) -> None:
        """Say goodbye if the server still listens."""
        try:
            self._client.logout()
        except (imaplib.IMAP4.error, OSError):
            _shut(self._client)

    def folders(self) -> list[Folder]:
        """Everything LIST shows, selectable or not."""
        with translated():
            rows = self._client.list_folders()
        return [
            Folder(str(name), frozenset(_text(item).lower() for item in attributes)) for attributes, _, name in rows
        ]

    def select(self, folder: str, *, write: bool = False) -> Selected:
        """Open a folder; read-only unless `write`. Raises `Vanished` when there is none, `MissingRights`."""
        self.opened = ""
        with translated():
            try:
                answer = self._client.select_folder(folder, readonly=not write)
            except (imaplib.IMAP4.abort, ProtocolError):
                raise
            except imaplib.IMAP4.error as error:
                found = _refusal(error)
                if type(found) is not Refused or self._client.folder_exists(folder):
                    raise found from None
                raise Vanished(*_NO_FOLDER[:1], advice=_NO_FOLDER[1]) from None
            self.opened = folder
            if b"UIDNEXT" not in answer:
                answer |= self._client.folder_status(folder, ["UIDNEXT"])
        modseq = answer.get(b"HIGHESTMODSEQ") if self.conditional else None
        return Selected(answer[b"UIDVALIDITY"], answer[b"UIDNEXT"], answer[b"EXISTS"], modseq)

    def status(self, folder: str) -> tuple[int, int | None]:
        """Number of messages and, where the server can tell, their bytes."""
        sized = "STATUS=SIZE" in self.capabilities
        with translated():
            answer = self._client.folder_status(folder, ["MESSAGES", "SIZE"] if sized else ["MESSAGES"])
        return answer[b"MESSAGES"], answer.get(b"SIZE")

    def rights(self, folder: str) -> str | None:
        """Our rights as letters (RFC 4314); None where the server has no access lists."""
        if "ACL" not in self.capabilities:
            return None
        with translated():
            answer = self._raw(b"MYRIGHTS", [self._client._normalise_folder(folder)], "MYRIGHTS", uid=False)
        words = _text(answer[-1] if answer else b"").split()
        return words[-1] if words else ""

    def search(self, *criteria: bytes) -> list[int]:
        """UIDs in the open folder; criteria as `quoted` and plain atoms make them. In ascending order."""
        charset = [] if all(item.isascii() for item in criteria) else [b"CHARSET", b"UTF-8"]
        with translated():
            answer = self._raw(b"SEARCH", [*charset, *criteria], "SEARCH")
        numbers = (word for line in answer if line for word in line.split(b"(")[0].split())
        return sorted({int(number) for number in numbers})

    def window(self, low: int, high: int) -> list[int]:
        """UIDs that exist in `low..high`."""
        if low > high:
            return []
        # `n:*` and ranges beyond the end name the last message in any case (RFC 3501, 6.4.8).
        return [uid for uid in self.search(b"UID", b"%d:%d" % (low, high)) if low <= uid <= high]

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Bytes of each message that is still there."""
        return {uid: row[b"RFC822.SIZE"] for uid, row in self._fetch(uids, ["RFC822.SIZE"]).items()}

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Messages as they are, without marking them as read."""
        rows = self._fetch(uids, ["BODY.PEEK[]"])
        return {uid: row[b"BODY[]"] or b"" for uid, row in rows.items() if b"BODY[]" in row}

    def header(self, uid: int, limit: int) -> bytes:
        """The first `limit` bytes of a message's header; empty when the message is gone."""
        row = self._fetch([uid], [f"BODY.PEEK[HEADER]<0.{limit}>"]).get(uid, {})
        return next((value or b"" for key, value in row.items() if key.startswith(b"BODY[HEADER]")), b"")

    def state(self, uid: int) -> State | None:
        """Flags, date, size and modification sequence of one message; None when it is gone."""
        items = ["FLAGS", "INTERNALDATE", "RFC822.SIZE", *(["MODSEQ"] if self.conditional else [])]
        row = self._fetch([uid], items).get(uid, {})
        if b"INTERNALDATE" not in row:
            return None
        flags = frozenset(str(item).encode() if isinstance(item, int) else item for item in row[b"FLAGS"])
        modseq = row[b"MODSEQ"][0] if b"MODSEQ" in row else None
        return State(flags - {_RECENT}, row[b"INTERNALDATE"], row[b"RFC822.SIZE"], modseq)

    def vanished(self, low: int, high: int, since: int) -> list[tuple[int, int]]:
        """Ranges of UIDs in `low..high` expunged since modification sequence `since` (RFC 7162, 3.2.6).

        A server with a short memory may name UIDs that were gone before, or never were.
        """
        with translated():
            self._client._imap.untagged_responses.pop("VANISHED", None)
            self._raw(b"FETCH", [b"%d:%d" % (low, high), b"(UID)", b"(CHANGEDSINCE %d VANISHED)" % since], "FETCH")
            lines = self._client._imap.untagged_responses.pop("VANISHED", [])
        found = []
        for line in lines:
            for item in line.removeprefix(b"(EARLIER)").strip().split(b","):
                first, _, last = item.partition(b":")
                found.append((max(int(first), low), min(int(last or first), high)))
        return sorted(span for span in found if span[0] <= span[1])

    def append(self, folder: str, raw: bytes, state: State) -> int | None:
        """Store `raw` with flags and date of `state`; gives its UID where the server tells (RFC 4315)."""
        date = b'"%s"' % datetime_to_INTERNALDATE(state.date).encode("ascii")
        flags = b"(%s)" % b" ".join(sorted(state.flags))
        with translated():
            name = self._client._normalise_folder(folder)
            # imaplib's own APPEND turns every bare CR or LF into CRLF.
            typ, data = self._client._raw_command(b"APPEND", [name, flags, date, _literal(raw)], uid=False)
            self._client._checkok("append", typ, data)
        match = _APPENDED.search(data[0] or b"")
        return int(match[1]) if match else None

    def set_flags(self, uid: int, flags: Iterable[bytes]) -> None:
        """Make these the flags of a message."""
        with translated():
            self._raw(b"STORE", [b"%d" % uid, b"FLAGS.SILENT", b"(%s)" % b" ".join(sorted(flags))], "FETCH")

    def mark_deleted(self, uid: int, modseq: int | None) -> bool:
        """Add \\Deleted, if `modseq` is still that of the message (None: in any case); False when it is not."""
        condition = [] if modseq is None else [b"(UNCHANGEDSINCE %d)" % modseq]
        with translated():
            arguments = [b"%d" % uid, *condition, b"+FLAGS.SILENT", b"(\\Deleted)"]
            typ, data = self._client._raw_command(b"STORE", arguments)
            self._client._imap.untagged_responses.pop("FETCH", None)
            modified = b"[MODIFIED" in (data[0] or b"")
            # RFC 7162 lets a server answer NO as well as OK when the condition did not hold.
            if not modified:
                self._client._checkok("store", typ, data)
        return not modified

    def expunge(self, uid: int) -> None:
        """Remove that one message if it is marked, and no other (RFC 4315)."""
        with translated():
            self._client.uid_expunge([uid])

    def _fetch(self, uids: Sequence[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
        try:
            with translated():
                found: dict[int, dict[bytes, Any]] = self._client.fetch(list(uids), items)
        except Unreachable as error:
            if "BYE" in self._client._imap.untagged_responses:
                raise Dismissed(error.message, advice=error.advice) from None
            raise
        return found

    def _raw(self, command: bytes, arguments: list[bytes], answer: str, *, uid: bool = True) -> list[bytes]:
        """Send a command and give the untagged lines called `answer`."""
        self._client._imap.untagged_responses.pop(answer, None)
        typ, data = self._client._raw_command(command, arguments, uid=uid)
        self._client._checkok(command.decode().lower(), typ, data)
        return list(self._client._imap.untagged_responses.pop(answer, []))


def quoted(text: str) -> bytes:
    """A search argument that is data and nothing else. Raises `ValueError` for control characters.

    Text beyond ASCII is left bare: the raw command sends it as a counted literal.
    """
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError("control characters cannot be searched for")
    if not text.isascii():
        return text.encode("utf-8")
    return b'"%s"' % text.replace("\\", "\\\\").replace('"', '\\"').encode("ascii")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the libraries raise into our errors, without a word of the server."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise _bad_certificate(error) from None
    except ssl.SSLError:
        raise BadCertificate(
            "No secure connection could be agreed with the mail server.",
            advice="Check that the port speaks TLS, or set security=starttls.",
        ) from None
    except imaplib.IMAP4.readonly:
        raise MissingRights(
            "The mail server opens this folder for reading only.", advice="Give the account write access to it."
        ) from None
    except (imaplib.IMAP4.abort, OSError):
        raise Unreachable(
            "The mail server does not answer, or cut the connection.", advice="Check host, port and network; try again."
        ) from None
    except imaplib.IMAP4.error as error:
        raise _refusal(error) from None


_NO_FOLDER = ("The mail folder is not there (any more).", "Scan the store again.")

_REFUSALS: dict[str, tuple[type[StoreError], str, str]] = {
    "AUTHENTICATIONFAILED": (BadCredentials, "The mail server did not accept the account.", "Check user and password."),
    "AUTHORIZATIONFAILED": (BadCredentials, "The mail server did not accept the account.", "Check user and password."),
    "EXPIRED": (BadCredentials, "The password of the mail account has expired.", "Set a new one."),
    "PRIVACYREQUIRED": (BadSettings, "The mail server wants a secure connection.", "Set security=tls."),
    "UNAVAILABLE": (Unreachable, "The mail server is not ready to answer now.", "Try again later."),
    "SERVERBUG": (Refused, "The mail server met a fault of its own.", "Look into the log of the mail server."),
    "INUSE": (Throttled, "The mailbox is locked by somebody else.", "Try again later."),
    "LIMIT": (Throttled, "The mail server's limit was met.", "Try again later."),
    "THROTTLED": (Throttled, "The mail server asked to slow down.", "Try again later."),
    "OVERQUOTA": (Refused, "The mailbox is full.", "Make room for one more message and try again."),
    "NOPERM": (MissingRights, "The mail account may not do this.", "Give it the rights that `store check` lists."),
    "NONEXISTENT": (Vanished, *_NO_FOLDER),
    "TRYCREATE": (Vanished, *_NO_FOLDER),
}


def _refusal(error: imaplib.IMAP4.error) -> StoreError:
    """The error for a NO or BAD answer, by its response code (RFC 5530)."""
    match = _CODE.match(str(error))
    if match and match[1] in _REFUSALS:
        made, message, advice = _REFUSALS[match[1]]
        return made(message, advice=advice)
    return Refused("The mail server refused a command.", advice="Look into the log of the mail server.")


def _bad_certificate(error: ssl.SSLCertVerificationError) -> BadCertificate:
    # X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL
    if error.verify_code in (62, 64):
        return BadCertificate(
            "The certificate of the mail server is for another host name.", advice="Use the name it was issued for."
        )
    return BadCertificate(
        "The certificate of the mail server cannot be verified.",
        advice="Name the authority that issued it in ca-file, or have it renewed.",
    )


def _connected(options: Options) -> Any:
    """A connection that is secured and signed in."""
    context = _context(options)
    with translated():
        client = IMAPClient(
            options.host,
            options.port,
            ssl=options.security == "tls",
            ssl_context=context if options.security == "tls" else None,
            timeout=options.timeout,
        )
    try:
        with translated():
            client.normalise_times = False
            # A raw command goes out in two writes: Nagle's algorithm would hold the second back for 40 ms.
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if options.security == "starttls":
                _secure(client, context)
            _sign_in(client, options)
    except StoreError:
        _shut(client)
        raise
    return client


def _context(options: Options) -> ssl.SSLContext:
    """System authorities and the extra one; host names are checked."""
    context = ssl.create_default_context()
    if options.ca_file is not None:
        try:
            context.load_verify_locations(cafile=options.ca_file)
        except (OSError, ssl.SSLError):
            raise BadSettings("The file in ca-file is no certificate.", advice="Name a PEM file.") from None
    return context


def _secure(client: Any, context: ssl.SSLContext) -> None:
    if not client.has_capability("STARTTLS") or client._imap.state != "NONAUTH":
        raise BadCertificate(
            "The mail server does not offer STARTTLS; the password was not sent.",
            advice="Set security=tls, or find out who takes the offer away.",
        )
    client.starttls(context)


def _sign_in(client: Any, options: Options) -> None:
    capabilities = client.capabilities()
    password = options.password.get_secret_value()
    try:
        if b"AUTH=PLAIN" in capabilities:
            client.plain_login(options.user, password)
        elif b"LOGINDISABLED" in capabilities or not (options.user + password).isascii():
            raise BadSettings(
                "The mail server does not take this password on this connection.", advice="Set security=tls."
            )
        else:
            client.login(options.user, password)
    except LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise error.__context__ from None
        found = _refusal(error)
        if isinstance(found, Throttled | Unreachable | BadSettings):
            raise found from None
        raise BadCredentials("The mail server did not accept the account.", advice="Check user and password.") from None


def _shut(client: Any) -> None:
    try:
        client.shutdown()
    except (imaplib.IMAP4.error, OSError):
        return


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
