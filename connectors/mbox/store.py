"""mbox files as a store."""

from __future__ import annotations

import json
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
from connectors.disk import reported, step_id
from connectors.errors import BadSettings, Conflict, MissingRights, Unreachable, Unsupported, Vanished
from connectors.limits import DEFAULTS, Limits
from connectors.mail.redaction import STAMP
from connectors.mbox.entries import Box, Entry, boxes, requoted
from connectors.mbox.rewriting import discard_draft, locked, rewrite

_PAGE_BYTES = 64_000_000
_CHUNK = 1 << 16
_RESIDUE = ("mbox.backups", "mbox.freed-blocks")


class Options(BaseModel):
    """Settings of an mbox store."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="An mbox file, or a folder of mbox files.")


class MboxStore:
    """Files are collections. Key and version are a hash of the message, so that neither moves when others go.

    Copies that are the same byte for byte are one record: an action takes all of them.
    """

    kind = "mbox"
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
        self.path = options.path
        self.limits = limits
        self.page_records = page_records
        self._index: dict[str, tuple[str, dict[str, Entry]]] = {}

    def check(self) -> Health:
        """Looks at every file; raises `BadSettings` or `MissingRights`."""
        if not self.path.exists():
            raise BadSettings("There is no file or folder at this path.", advice="Correct `path` of the store.")
        if not os.access(self.path, os.R_OK):
            raise MissingRights("The mail files may not be read.", advice="Give this account the right.")
        try:
            with reported():
                found = self._boxes()
                usable = not self.path.is_file() or self._is_box(self.path)
        except Unreachable:
            usable = False
        if not usable:
            raise BadSettings("There is no mbox file here.", advice="Correct `path`; an mbox file begins with `From `.")
        folders = {file.parent for file in found.values()}
        write = all(os.access(file, os.W_OK) for file in found.values()) and all(
            os.access(one, os.W_OK) for one in folders
        )
        return Health(True, held=("read", "write") if write else ("read",), missing=() if write else ("write",))

    def collections(self) -> Sequence[Collection]:
        """One per file."""
        with reported():
            return [Collection(name, erase=ActionKind.REDACT) for name in self._boxes()]

    def search(self, identifiers: Sequence[Identifier]) -> Iterator[Record]:
        """An mbox file has no search of its own."""
        return iter(())

    def changes(self, collection: str, cursor: str | None, known: Known) -> Iterator[Page]:
        """The file from front to back; a file that was not touched since the last pass is not read.

        `cursor` holds the state of the file and the next place in it: a file that changed meanwhile is read anew, and
        what is already known of it is not parsed again.
        """
        with reported(), Box(self._file(collection)) as box:
            state = _state(box.stat)
            seen, at = json.loads(cursor) if cursor else ("", 0)
            if seen == state and at < 0:
                yield Page((), json.dumps([state, -1]), last=True, whole=False)
                return
            batch: list[Entry] = []
            size = 0
            for entry in box.entries(at if seen == state else 0):
                if len(batch) >= self.page_records or size > _PAGE_BYTES:
                    yield self._page(box, collection, batch, known, json.dumps([state, entry.start]), last=False)
                    batch, size = [], 0
                batch.append(entry)
                size += entry.end - entry.start
            yield self._page(box, collection, batch, known, json.dumps([state, -1]), last=True)

    def _page(
        self, box: Box, collection: str, batch: Sequence[Entry], known: Known, cursor: str, *, last: bool
    ) -> Page:
        entries = {entry.key: entry for entry in batch}
        versions = known([Ref(collection, key) for key in entries]) if entries else {}
        unchanged = [Ref(collection, key) for key in entries if versions.get(Ref(collection, key)) == key]
        kept = {ref.key for ref in unchanged}
        records = tuple(self._record(box, collection, entry) for key, entry in entries.items() if key not in kept)
        return Page(records, cursor, last=last, whole=True, unchanged=tuple(unchanged))

    def fetch(self, refs: Sequence[Ref]) -> Iterator[Record]:
        """Those that still exist."""
        for collection in dict.fromkeys(ref.collection for ref in refs):
            path = self._boxes().get(collection)
            if path is None:
                continue
            with reported(), Box(path) as box:
                index = self._entries(collection, box)
                for key in [ref.key for ref in refs if ref.collection == collection]:
                    if key in index:
                        yield self._record(box, collection, index[key])

    def related(self, ref: Ref) -> Iterator[Record]:
        """Nothing hangs off a message."""
        return iter(())

    def attachment(self, ref: Ref, path: str) -> Iterator[bytes]:
        """The decoded bytes of one attachment; raises `Vanished`."""
        with reported(), Box(self._file(ref.collection)) as box:
            entry = self._entries(ref.collection, box).get(ref.key)
            if entry is None:
                raise _vanished()
            data = mail.attachment(box.message(entry), path, self.limits)
        for at in range(0, len(data), _CHUNK):
            yield data[at : at + _CHUNK]

    def act(self, action: Action, journal: Journal) -> Receipt:
        """Redacts or deletes by writing the file anew; the rename is the one step that counts."""
        if action.kind not in (ActionKind.DELETE, ActionKind.REDACT):
            raise Unsupported("Mail can be redacted or deleted, nothing else.", advice="Plan another action.")
        with reported():
            path = self._file(action.ref.collection)
            with locked(path), Box(path) as box:
                discard_draft(path)
                return self._act(action, path, box)

    def _act(self, action: Action, path: Path, box: Box) -> Receipt:
        step = step_id(action.key)
        here = action.ref.key in self._entries(action.ref.collection, box)
        if here and action.version != action.ref.key:
            raise Conflict("The message changed since it was approved.", advice="Plan again from what is there now.")
        if action.kind is ActionKind.DELETE:
            if here:
                rewrite(path, box, lambda entry: b"" if entry.key == action.ref.key else None)
            return Receipt(action.key, Outcome.DONE if here else Outcome.ALREADY, residue=_RESIDUE)
        if here:
            rewrite(path, box, lambda entry: self._redacted(box, entry, action, step))
        with Box(path) as now:
            key = _stamped(now, step)
        if key is None:
            raise _vanished()
        outcome = Outcome.DONE if here else Outcome.ALREADY
        return Receipt(action.key, outcome, Ref(action.ref.collection, key), key, _RESIDUE)

    def _redacted(self, box: Box, entry: Entry, action: Action, step: str) -> bytes | None:
        if entry.key != action.ref.key:
            return None
        original = box.map[entry.content : entry.content_end]
        message = box.message(entry)
        new = mail.redact(message, action.masks, action.drop, step, self.limits)
        body = requoted(new, original) if requoted(message, original) == original else new
        return box.map[entry.start : entry.content] + body + box.map[entry.content_end : entry.end]

    def presence(self, ref: Ref) -> Presence:
        """Looks through the file."""
        path = self._boxes().get(ref.collection)
        if path is not None:
            with reported(), Box(path) as box:
                if ref.key in self._entries(ref.collection, box):
                    return Presence(Whereabouts.THERE, ref.key)
        return Presence(Whereabouts.GONE)

    def estimate(self) -> Estimate:
        """Counts envelope lines."""
        records = size = 0
        with reported():
            for path in self._boxes().values():
                with Box(path) as box:
                    records += sum(1 for _ in box.starts())
                    size += len(box.map)
        return Estimate(records, size)

    def close(self) -> None:
        """Holds nothing open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _boxes(self) -> dict[str, Path]:
        with reported():
            return boxes(self.path)

    def _is_box(self, path: Path) -> bool:
        with path.open("rb") as file:
            return file.read(5) in (b"From ", b"")

    def _file(self, collection: str) -> Path:
        path = self._boxes().get(collection)
        if path is None:
            raise Vanished("This mail file is no longer there.", advice="Run the scan of this store again.")
        return path

    def _entries(self, collection: str, box: Box) -> dict[str, Entry]:
        """The entries by key, kept while the file stays as it is."""
        state = _state(box.stat)
        if self._index.get(collection, ("",))[0] != state:
            self._index[collection] = state, {entry.key: entry for entry in box.entries()}
        return self._index[collection][1]

    def _record(self, box: Box, collection: str, entry: Entry) -> Record:
        most = self.limits.message_bytes + 1
        raw = box.message(entry, most)
        record = mail.parse(raw, Ref(collection, entry.key), entry.key, self.limits)
        return record if entry.content_end - entry.content < most else replace(record, native=None)


def _state(found: os.stat_result) -> str:
    return f"{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ino:x}"


def _stamped(box: Box, step: str) -> str | None:
    """The key of the message that carries the stamp of this step."""
    at = box.map.find(STAMP + b": " + step.encode())
    if at < 0:
        return None
    return next((entry.key for entry in box.entries() if entry.start <= at < entry.end), None)


def _vanished() -> Vanished:
    return Vanished("The message is no longer there.", advice="Plan again from what is there now.")


class MboxKind:
    """Opens mbox stores."""

    name = "mbox"
    options: type = Options

    def open(self, options: object, limits: Limits = DEFAULTS) -> MboxStore:
        """The store; raises `BadSettings` for other options."""
        if not isinstance(options, Options):
            raise BadSettings(
                "These are not the options of an mbox store.", advice="Give the `path` of a file or folder."
            )
        return MboxStore(options, limits)


KIND = MboxKind()
