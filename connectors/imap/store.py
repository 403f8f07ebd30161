"""The store: every selectable folder of one account is a collection, every message a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Self

from connectors import mail
from connectors.contract import (
    Ability,
    Action,
    ActionKind,
    Collection,
    Estimate,
    FieldType,
    Health,
    Identifier,
    Journal,
    Known,
    Page,
    Presence,
    Receipt,
    Record,
    Ref,
    Unreadable,
    Whereabouts,
)
from connectors.errors import BadSettings, Refused, StoreError, Unsupported, Vanished
from connectors.imap import changes, erasing, folders, keys
from connectors.imap.client import Dismissed, Folder, Selected, Session, quoted
from connectors.imap.options import Options
from connectors.limits import DEFAULTS, Limits

CHUNK = 64_000  # bytes of an attachment handed out at a time
FIELDS = {"subject": FieldType.TEXT, "date": FieldType.DATE, "message-id": FieldType.OTHER}
LONGEST = 1000  # characters of an identifier that a header could hold; servers limit the length of a command
RESIDUE = ("imap.index-cache", "imap.backups")
RIGHTS = {"r": "read", "i": "insert", "w": "write flags", "s": "keep read marks", "t": "delete", "e": "expunge"}
NEEDLESS = {"a": "administer", "x": "delete folders", "k": "create folders"}
_WRITING = frozenset({Ability.DELETE, Ability.PURGE, Ability.REDACT, Ability.CONDITIONAL_WRITE})
_HEADERS = (b"FROM", b"TO", b"CC", b"BCC", b"HEADER Reply-To", b"HEADER Sender")


class ImapStore:
    """One signed-in account. Not thread-safe; no use any more after `Unreachable`: open another."""

    kind = "imap"

    def __init__(self, options: Options, limits: Limits = DEFAULTS) -> None:
        self._options = options
        self._limits = limits
        self._session = Session(options)
        self._removes = "UIDPLUS" in self._session.capabilities
        reading = frozenset({Ability.SEARCH, Ability.CHANGES, Ability.ATTACHMENTS})
        self.abilities = reading | _WRITING if self._removes else reading

    def check(self) -> Health:
        """Rights over every folder, as its access list shows them or as opening it shows; see README for the notes."""
        names, every = self._names()
        letters = [self._session.rights(name) for name in names]
        known = [found for found in letters if found is not None]
        held = [name for letter, name in RIGHTS.items() if known and all(letter in found for found in known)]
        missing = [name for letter, name in RIGHTS.items() if any(letter not in found for found in known)]
        needless = [name for letter, name in NEEDLESS.items() if any(letter in found for found in known)]
        notes = []
        if not known:
            notes.append("The server has no access lists; rights show when something is done.")
        if not self._removes:
            notes.append("The server lacks UIDPLUS (RFC 4315): nothing can be deleted or redacted here, only read.")
        if not self._session.conditional:
            notes.append("The server lacks CONDSTORE (RFC 7162): a flag set during a redaction may be lost.")
        if folders.views(every, names):
            notes.append(
                "A folder that shows all messages is left out. Mail that is only there (archived mail of some "
                "providers) is not searched: name that folder in include to read it."
            )
        absent = set(self._options.include) - {folder.name for folder in every}
        if absent:
            notes.append(f"{len(absent)} folders named in include are not there.")
        return Health(True, tuple(held), tuple(missing), tuple(needless), tuple(notes))

    def collections(self) -> Sequence[Collection]:
        """The folders that are read. A message belongs to all who wrote and got it: an erasure masks the subject in it."""
        names, _ = self._names()
        return [
            Collection(name, dict(FIELDS), erase=ActionKind.REDACT, count=self._session.status(name)[0])
            for name in names
        ]

    def search(self, identifiers: Sequence[Identifier]) -> Iterator[Record]:
        """Messages whose address headers hold an e-mail address or a name.

        Never complete: bodies are not looked at, and servers differ in what of an encoded header they find.
        """
        wanted = _criteria(identifiers)
        for name in self._names()[0] if wanted else ():
            box = self._session.select(name)
            uids: set[int] = set()
            for criteria in wanted:
                try:
                    uids.update(self._session.search(*criteria))
                except Refused:  # a server may refuse text beyond ASCII (BADCHARSET); the scan finds it all the same
                    continue
            yield from self._records(name, box, sorted(uids))

    def changes(self, collection: str, cursor: str | None, known: Known) -> Iterator[Page]:
        """See `connectors.imap.changes`."""

        def read(box: Selected, messages: Sequence[tuple[int, int]]) -> tuple[Record, ...]:
            return tuple(self._read(collection, box, messages))

        return changes.pages(self._session, collection, cursor, known, read)

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Record]:
        """The messages that still exist. One whose folder is gone or was numbered anew is left out."""
        for name, group in groupby(sorted(refs), key=lambda ref: ref.collection):
            try:
                box = self._session.select(name)
            except Vanished:
                continue
            places = [place for ref in group if (place := keys.place(ref)) is not None]
            yield from self._records(name, box, [item.uid for item in places if item.uidvalidity == box.uidvalidity])

    def related(self, ref: Ref) -> Iterator[Record]:
        """Nothing: messages do not hang off one another."""
        return iter(())

    def attachment(self, ref: Ref, path: str) -> Iterator[bytes]:
        """Raises `Vanished` when the message or the attachment is not there."""
        data = mail.attachment(self._message(ref), path, self._limits)
        for start in range(0, len(data), CHUNK):
            yield data[start : start + CHUNK]

    def act(self, action: Action, journal: Journal) -> Receipt:
        """Delete or redact one message; see `connectors.imap.erasing` for the order of steps."""
        if action.kind not in (ActionKind.DELETE, ActionKind.REDACT):
            raise Unsupported("A message can be deleted or redacted, nothing else.", advice="Change the plan.")
        task = erasing.begin(self._session, action, journal, self._residue())
        if isinstance(task, Receipt):
            return task
        if action.kind is ActionKind.DELETE:
            return erasing.delete(task)

        def rewrite(raw: bytes) -> bytes:
            return mail.redact(raw, action.masks, action.drop, erasing.stamp(action), self._limits)

        return erasing.redact(task, rewrite, self._limits.message_bytes)

    def presence(self, ref: Ref) -> Presence:
        """Raises `Vanished` when the folder was numbered anew: then nobody can say by this ref."""
        place = keys.place(ref)
        if place is None:
            return Presence(Whereabouts.GONE)
        try:
            box = self._session.select(ref.collection)
        except Vanished:
            return Presence(Whereabouts.GONE)
        if box.uidvalidity != place.uidvalidity:
            raise Vanished("The mail folder was numbered anew by its server.", advice="Scan the store again.")
        if self._session.state(place.uid) is None:
            return Presence(Whereabouts.GONE)
        return Presence(Whereabouts.THERE, ref.key)

    def estimate(self) -> Estimate:
        """Messages, and bytes where the server reports them (RFC 8438)."""
        found = [self._session.status(name) for name in self._names()[0]]
        sizes = [size for _, size in found if size is not None]
        return Estimate(sum(count for count, _ in found), sum(sizes) if len(sizes) == len(found) else None)

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _names(self) -> tuple[list[str], list[Folder]]:
        every = self._session.folders()
        names = folders.chosen(every, self._options.include, self._options.exclude)
        if not names and self._options.include:
            raise BadSettings("None of the folders in include is there.", advice="Correct include.")
        return names, every

    def _residue(self) -> tuple[str, ...]:
        every = self._session.folders()
        read = folders.chosen(every, self._options.include, self._options.exclude)
        return (*RESIDUE, "imap.all-mail") if folders.views(every, read) else RESIDUE

    def _message(self, ref: Ref) -> bytes:
        place = keys.place(ref)
        if place is not None:
            box = self._session.select(ref.collection)
            raw = self._session.bodies([place.uid]).get(place.uid) if box.uidvalidity == place.uidvalidity else None
            if raw is not None:
                return raw
        raise Vanished("The message is not there (any more).", advice="Scan the store again.")

    def _records(self, folder: str, box: Selected, uids: Sequence[int]) -> Iterator[Record]:
        """Records of the open folder, in batches that are bounded like the pages of a scan.

        The caller may use this store between two records: the folder is opened again for each batch.
        """
        for index in range(0, len(uids), changes.CHUNK):
            sizes = self._session.sizes(uids[index : index + changes.CHUNK])
            for batch in changes.batches(sorted(sizes.items())):
                if self._session.select(folder).uidvalidity != box.uidvalidity:
                    return
                yield from list(self._read(folder, box, batch))

    def _read(self, folder: str, box: Selected, messages: Sequence[tuple[int, int]]) -> Iterator[Record]:
        """Messages of the open folder, given as (UID, size)."""
        small = [uid for uid, size in messages if size <= self._limits.message_bytes]
        bodies = self._bodies(folder, box, small)
        for uid, size in messages:
            ref = keys.ref(folder, box.uidvalidity, uid)
            if size > self._limits.message_bytes:
                head = self._session.header(uid, self._limits.header_bytes)
                record = mail.parse(head, ref, ref.key, self._limits)
                lost = (*record.unreadable, Unreadable("part:1", "too-large"))
                yield replace(record, unreadable=lost, native=None)
            elif uid in bodies:
                raw = bodies[uid]
                damaged = Record(ref, ref.key, unreadable=(Unreadable("part:1", "damaged"),))
                yield damaged if raw is None else mail.parse(raw, ref, ref.key, self._limits)

    def _bodies(self, folder: str, box: Selected, uids: Sequence[int]) -> dict[int, bytes | None]:
        """Messages by UID; None for one that the server itself cannot read, even when it is asked for alone."""
        try:
            return dict(self._session.bodies(uids))
        except (Refused, Dismissed) as error:
            self._reopen(folder, box, error)
        found: dict[int, bytes | None] = {}
        for uid in uids:
            try:
                found |= self._session.bodies([uid])
            except (Refused, Dismissed) as error:
                self._reopen(folder, box, error)
                found[uid] = None
        return found

    def _reopen(self, folder: str, box: Selected, error: StoreError) -> None:
        """Go on where the server answered a FETCH by ending the connection; a server that is gone raises."""
        if isinstance(error, Dismissed) and self._session.renew(folder).uidvalidity != box.uidvalidity:
            raise error


def _criteria(identifiers: Sequence[Identifier]) -> list[list[bytes]]:
    """One list of search arguments per identifier that an address header can hold."""
    found = []
    for item in identifiers:
        if item.kind not in ("email", "name") or not 0 < len(item.value.strip()) <= LONGEST:
            continue
        try:
            value = quoted(item.value)
        except ValueError:  # no header holds a control character
            continue
        arguments = [b"OR"] * (len(_HEADERS) - 1)
        for header in _HEADERS:
            arguments += [*header.split(b" "), value]
        found.append(arguments)
    return found
