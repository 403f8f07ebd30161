"""A Maildir as a store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from connectors import mail
from connectors.contract import (
    Ability,
    Action,
    ActionKind,
    Collection,
    Estimate,
    Health,
    Identifier,
    Journal,
    Known,
    Outcome,
    Page,
    Presence,
    Receipt,
    Record,
    Ref,
    Whereabouts,
)
from connectors.disk import reported, step_id, sync_folder, write_synced
from connectors.errors import BadSettings, Conflict, MissingRights, Unreachable, Unsupported, Vanished
from connectors.limits import DEFAULTS, Limits
from connectors.maildir.folders import Folder, flags_of, folders, version_of

_PAGE_BYTES = 64_000_000
_CHUNK = 1 << 16


class Options(BaseModel):
    """Settings of a Maildir store."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="Folder of the Maildir, or a folder that has Maildirs in it.")


class MaildirStore:
    """Folders are collections; a ref's key is the file name without its flags."""

    kind = "maildir"
    abilities = frozenset(
        {
            Ability.CHANGES,
            Ability.ATTACHMENTS,
            Ability.DELETE,
            Ability.PURGE,
            Ability.REDACT,
            Ability.CONDITIONAL_WRITE,
        }
    )

    def __init__(self, options: Options, limits: Limits = DEFAULTS, page_records: int = 200) -> None:
        self.root = options.path
        self.limits = limits
        self.page_records = page_records
        self._folders: dict[str, Folder] = {}

    def check(self) -> Health:
        """Reads the folder list; raises `BadSettings` or `MissingRights`."""
        if not self.root.is_dir():
            raise BadSettings("The folder of this Maildir does not exist.", advice="Correct `path` of the store.")
        if not os.access(self.root, os.R_OK | os.X_OK):
            raise MissingRights("The folder of this Maildir may not be read.", advice="Give this account the right.")
        try:
            with reported():
                found = folders(self.root)
        except Unreachable:
            raise BadSettings(
                "There is no Maildir here (cur, new and tmp).", advice="Correct `path` of the store."
            ) from None
        inner = [path / name for path in found.values() for name in ("cur", "new", "tmp")]
        rights = {
            "read": all(os.access(path, os.R_OK | os.X_OK) for path in inner),
            "write": all(os.access(path, os.W_OK) for path in inner),
        }
        held = tuple(right for right, had in rights.items() if had)
        return Health(True, held=held, missing=tuple(right for right in rights if right not in held))

    def collections(self) -> Sequence[Collection]:
        """One per folder."""
        with reported():
            return [Collection(name, erase=ActionKind.REDACT) for name in folders(self.root)]

    def search(self, identifiers: Sequence[Identifier]) -> Iterator[Record]:
        """A Maildir has no search of its own."""
        return iter(())

    def changes(self, collection: str, cursor: str | None, known: Known) -> Iterator[Page]:
        """The folder in the order of keys; `cursor` is the last key that was handed out, empty behind the last page.

        A file whose version is known is not opened. Listing costs a name and a `stat` per message.
        """
        folder = self._folder(collection)
        with reported():
            folder.refresh()
        keys = sorted(key for key in folder.files if not cursor or key > cursor)
        at = 0
        while True:
            batch = keys[at : at + self.page_records]
            with reported():
                page, taken = self._page(folder, collection, batch, known)
            at += taken
            last = at >= len(keys)
            yield replace(page, cursor="" if last else keys[at - 1], last=last)
            if last:
                return

    def _page(self, folder: Folder, collection: str, keys: Sequence[str], known: Known) -> tuple[Page, int]:
        """One page and how many keys it took: fewer where the messages are large."""
        versions = known([Ref(collection, key) for key in keys]) if keys else {}
        records, unchanged, size, taken = [], [], 0, 0
        for key in keys:
            taken += 1
            ref = Ref(collection, key)
            try:
                if versions.get(ref) == self._version(folder, key):
                    unchanged.append(ref)
                    continue
                record = self._record(folder, ref)
            except Vanished:
                continue
            records.append(record)
            size += len(record.native or b"")
            if size > _PAGE_BYTES:
                break
        return Page(tuple(records), "", last=False, whole=True, unchanged=tuple(unchanged)), taken

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Record]:
        """Those that still exist."""
        for ref in refs:
            try:
                yield self._record(self._folder(ref.collection), ref)
            except Vanished:
                continue

    def related(self, ref: Ref) -> Iterator[Record]:
        """Nothing hangs off a message."""
        return iter(())

    def attachment(self, ref: Ref, path: str) -> Iterator[bytes]:
        """The decoded bytes of one attachment; raises `Vanished`."""
        with reported():
            raw, _ = self._folder(ref.collection).read(ref.key)
        data = mail.attachment(raw, path, self.limits)
        for at in range(0, len(data), _CHUNK):
            yield data[at : at + _CHUNK]

    def act(self, action: Action, journal: Journal) -> Receipt:
        """Redacts or deletes; each repeats safely after a kill at any point."""
        with reported():
            if action.kind is ActionKind.DELETE:
                return self._delete(action)
            if action.kind is ActionKind.REDACT:
                return self._redact(action, journal)
        raise Unsupported("Mail can be redacted or deleted, nothing else.", advice="Plan another action.")

    def presence(self, ref: Ref) -> Presence:
        """Looks for the file."""
        try:
            with reported():
                return Presence(Whereabouts.THERE, self._version(self._folder(ref.collection), ref.key))
        except Vanished:
            return Presence(Whereabouts.GONE)

    def estimate(self) -> Estimate:
        """Counts files."""
        records = size = 0
        with reported():
            for path in folders(self.root).values():
                for inner in ("cur", "new"):
                    with os.scandir(path / inner) as entries:
                        for entry in entries:
                            records += 1
                            size += entry.stat(follow_symlinks=False).st_size
        return Estimate(records, size)

    def close(self) -> None:
        """Holds nothing open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _folder(self, collection: str) -> Folder:
        if collection not in self._folders:
            with reported():
                path = folders(self.root).get(collection)
            if path is None:
                raise Vanished("This mail folder is no longer there.", advice="Run the scan of this store again.")
            self._folders[collection] = Folder(path)
        return self._folders[collection]

    def _version(self, folder: Folder, key: str) -> str:
        for _ in range(3):
            path = folder.find(key)
            if path is None:
                break
            try:
                return version_of(path.stat())
            except FileNotFoundError:
                continue  # flags changed
        raise Vanished("The message is no longer there.", advice="Run the scan of this store again.")

    def _record(self, folder: Folder, ref: Ref) -> Record:
        most = self.limits.message_bytes + 1
        with reported():
            raw, found = folder.read(ref.key, most)
        record = mail.parse(raw, ref, version_of(found), self.limits)
        return record if len(raw) < most else replace(record, native=None)

    def _delete(self, action: Action) -> Receipt:
        folder = self._folder(action.ref.collection)
        path = folder.find(action.ref.key)
        if path is None:
            return Receipt(action.key, Outcome.ALREADY, residue=_residue(folder))
        _same_version(path, action)
        path.unlink()
        sync_folder(path.parent)
        return Receipt(action.key, Outcome.DONE, residue=_residue(folder))

    def _redact(self, action: Action, journal: Journal) -> Receipt:
        """Copy to `tmp`, sync, rename beside the old file, sync, remove the old file, sync.

        The copy's name follows from the key of the action: wherever a kill strikes, the next try finds what is there.
        """
        folder = self._folder(action.ref.collection)
        step = step_id(action.key)
        key = journal.load().get("copy", "") or f"{action.ref.key.partition('.')[0][:20]}.R{step}.redress"
        folder.refresh()
        old, copy = folder.find(action.ref.key), folder.find(key)
        if old is not None:
            _same_version(old, action)
        if copy is None:
            if old is None:
                raise Vanished("The message is no longer there.", advice="Plan again from what is there now.")
            journal.save({"copy": key})
            copy = self._copied(folder, old, key, action, step)
        (folder.path / "tmp" / key).unlink(missing_ok=True)
        sync_folder(copy.parent)
        if old is not None:
            old.unlink()
            sync_folder(old.parent)
        outcome = Outcome.ALREADY if old is None else Outcome.DONE
        ref = Ref(action.ref.collection, key)
        return Receipt(action.key, outcome, ref, version_of(copy.stat()), _residue(folder))

    def _copied(self, folder: Folder, old: Path, key: str, action: Action, step: str) -> Path:
        raw, found = folder.read(action.ref.key)
        draft = folder.path / "tmp" / key
        write_synced(draft, mail.redact(raw, action.masks, action.drop, step, self.limits), found)
        copy = old.parent / f"{key}{flags_of(old.name)}"
        draft.rename(copy)
        folder.files[key] = copy
        return copy


def _same_version(path: Path, action: Action) -> None:
    if version_of(path.stat()) != action.version:
        raise Conflict("The message changed since it was approved.", advice="Plan again from what is there now.")


def _residue(folder: Folder) -> tuple[str, ...]:
    """What stays behind out of our reach; the README explains the codes."""
    cached = any(folder.path.glob("dovecot.index*"))
    return ("maildir.backups", "maildir.index-cache") if cached else ("maildir.backups",)


class MaildirKind:
    """Opens Maildir stores."""

    name = "maildir"
    options: type = Options

    def open(self, options: object, limits: Limits = DEFAULTS) -> MaildirStore:
        """The store; raises `BadSettings` for other options."""
        if not isinstance(options, Options):
            raise BadSettings("These are not the options of a Maildir.", advice="Give the `path` of the folder.")
        return MaildirStore(options, limits)


KIND = MaildirKind()
