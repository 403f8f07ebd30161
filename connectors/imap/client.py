"""One signed-in connection: the commands we use.

IMAPClient does the protocol. What it lacks is added here on its raw command: STORE with UNCHANGEDSINCE and VANISHED
(RFC 7162), and an APPEND that leaves line ends as they are.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imapclient.datetime_util import datetime_to_INTERNALDATE
from imapclient.exceptions import ProtocolError
from imapclient.imapclient import _literal

from connectors.errors import Refused, Unreachable, Vanished
from connectors.imap.connection import connected, shut
from connectors.imap.faults import NO_FOLDER, refusal, translated
from connectors.imap.options import Options

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
    date: datetime | None
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
        self._connect()

    def _connect(self) -> None:
        self._client = connected(self._options)
        self.opened = ""  # the folder that is open
        with translated():
            self.capabilities = frozenset(_text(item) for item in self._client.capabilities())
            self.conditional = "CONDSTORE" in self.capabilities or "QRESYNC" in self.capabilities
            self.reports_vanished = "QRESYNC" in self.capabilities
            if self.conditional and "ENABLE" in self.capabilities:
                self._client.enable("QRESYNC" if self.reports_vanished else "CONDSTORE")

    def renew(self, folder: str) -> Selected:
        """Connect anew after `Dismissed` and open `folder` read-only."""
        shut(self._client)
        self._connect()
        return self.select(folder)

    def close(self) -> None:
        """Say goodbye if the server still listens."""
        try:
            self._client.logout()
        except (imaplib.IMAP4.error, OSError):
            shut(self._client)

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
                found = refusal(error)
                if type(found) is not Refused or self._client.folder_exists(folder):
                    raise found from None
                raise Vanished(*NO_FOLDER[:1], advice=NO_FOLDER[1]) from None
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
        date = [b'"%s"' % datetime_to_INTERNALDATE(state.date).encode("ascii")] if state.date else []
        flags = b"(%s)" % b" ".join(sorted(state.flags))
        with translated():
            name = self._client._normalise_folder(folder)
            # imaplib's own APPEND turns every bare CR or LF into CRLF.
            typ, data = self._client._raw_command(b"APPEND", [name, flags, *date, _literal(raw)], uid=False)
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


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
