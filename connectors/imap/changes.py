"""What changed in a folder since last time, in pages of bounded size.

A pass is one walk over the UIDs up to the UIDNEXT of its beginning, window by window. Messages that were there at the
last pass can only have gone; the others can only be new. Of three kinds of pass the cheapest one that is safe is taken:

- QRESYNC (RFC 7162): the server tells what was expunged since the last HIGHESTMODSEQ.
- Arithmetic: as many messages as before plus the new ones: nothing has gone. Works on every server.
- Whole: every UID is named, messages that the caller knows are not read again. Also after UIDVALIDITY changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Self

from connectors.contract import Known, Page, Record, Ref
from connectors.errors import Transient
from connectors.imap import keys
from connectors.imap.client import Selected, Session

WINDOW = 50_000  # UIDs asked for by one command: the answer stays below imaplib's longest line
CHUNK = 500  # UIDs whose versions and sizes are asked for at once
PAGE_RECORDS = 200
PAGE_BYTES = 16_000_000  # of raw messages; one larger message is a page of its own

END = -1  # `Cursor.at` behind the last page

Read = Callable[[Selected, Sequence[tuple[int, int]]], tuple[Record, ...]]
"""Reads messages of the open folder, given as (UID, size)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A folder at one moment: everything below `uidnext` has been seen."""

    uidvalidity: int
    uidnext: int
    exists: int
    modseq: int | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a pass has come: from `since` (None: the pass is whole) to `goal`, named up to UID `at` (`END`: all)."""

    since: Mark | None
    goal: Mark
    at: int = 0

    def text(self) -> str:
        """The cursor as the caller keeps it."""
        marks = [None if mark is None else list(astuple(mark)) for mark in (self.since, self.goal)]
        return json.dumps([*marks, self.at])

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """The cursor in `text`; None where there is none or it is not ours."""
        try:
            since, goal, at = json.loads(text or "")
            return cls(None if since is None else Mark(*since), Mark(*goal), int(at))
        except (ValueError, TypeError):
            return None


def pages(session: Session, folder: str, cursor: str | None, known: Known, read: Read) -> Iterator[Page]:
    """The pages of one pass over `folder`, which is opened read-only. The last page is empty."""
    box = session.select(folder)
    walk = _begin(session, Cursor.read(cursor), Mark(box.uidvalidity, box.uidnext, box.exists, box.modseq))
    start = walk.since.uidnext if walk.since else 1
    yield from _gone(session, folder, box, walk, known)
    for low in range(max(walk.at + 1, start), walk.goal.uidnext, WINDOW):
        _reopen(session, folder, box)
        uids = session.window(low, min(low + WINDOW, walk.goal.uidnext) - 1)
        for index in range(0, len(uids), CHUNK):
            yield from _new(session, folder, box, walk, uids[index : index + CHUNK], known, read)
    yield Page((), replace(walk, at=END).text(), last=True, whole=walk.since is None)


def _begin(session: Session, cursor: Cursor | None, now: Mark) -> Cursor:
    """Go on with the pass of `cursor`, or begin the next one."""
    if cursor is None or cursor.goal.uidvalidity != now.uidvalidity or cursor.goal.uidnext > now.uidnext:
        return Cursor(None, now)
    if cursor.at != END:
        return cursor
    since = cursor.goal
    if since.modseq is not None and now.modseq is not None and session.reports_vanished:
        return Cursor(since, now)
    starts = range(since.uidnext, now.uidnext, WINDOW)
    arrived = sum(len(session.window(low, min(low + WINDOW, now.uidnext) - 1)) for low in starts)
    if now.exists == since.exists + arrived:
        # Nothing has gone, so there is nothing to look for below the old UIDNEXT.
        return Cursor(replace(since, modseq=None), now, since.uidnext - 1)
    return Cursor(None, now)


def _gone(session: Session, folder: str, box: Selected, walk: Cursor, known: Known) -> Iterator[Page]:
    """Which of the messages that were there at the last pass have been expunged since."""
    since = walk.since
    if since is None or since.modseq is None or since.modseq == box.modseq:
        return
    for low in range(walk.at + 1, since.uidnext, WINDOW):
        high = min(low + WINDOW, since.uidnext) - 1
        gone: list[Ref] = []
        _reopen(session, folder, box)
        for first, last in session.vanished(low, high, since.modseq):
            for begin in range(first, last + 1, CHUNK):
                uids = range(begin, min(begin + CHUNK, last + 1))
                # The server may name UIDs that were never there: only those the caller knows are news.
                refs = [keys.ref(folder, box.uidvalidity, uid) for uid in uids]
                gone += [ref for ref in known(refs)]
        if gone:
            yield Page((), replace(walk, at=high).text(), last=False, whole=False, gone=tuple(gone))


def _new(
    session: Session, folder: str, box: Selected, walk: Cursor, uids: Sequence[int], known: Known, read: Read
) -> Iterator[Page]:
    """Pages of one chunk of UIDs; those the caller already has are named and not read."""
    refs = {uid: keys.ref(folder, box.uidvalidity, uid) for uid in uids}
    _reopen(session, folder, box)
    have = known(list(refs.values()))
    fresh = [uid for uid in uids if have.get(refs[uid]) != refs[uid].key]
    sizes = session.sizes(fresh)
    parts = list(batches([(uid, sizes[uid]) for uid in fresh if uid in sizes])) or [[]]
    done = uids[0] - 1
    for batch in parts:
        upto = uids[-1] if batch is parts[-1] else batch[-1][0]
        unchanged = tuple(refs[uid] for uid in uids if done < uid <= upto and have.get(refs[uid]) == refs[uid].key)
        _reopen(session, folder, box)
        records = read(box, batch)
        yield Page(records, replace(walk, at=upto).text(), last=False, whole=walk.since is None, unchanged=unchanged)
        done = upto


def _reopen(session: Session, folder: str, box: Selected) -> None:
    """Between two pages the caller may have used the store for something else."""
    if session.opened != folder and session.select(folder).uidvalidity != box.uidvalidity:
        raise Transient("The mail folder was numbered anew by its server during a scan.", advice="Scan it again.")


def batches(messages: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Cut (UID, size) into batches that are bounded by number and by bytes."""
    batch: list[tuple[int, int]] = []
    weight = 0
    for uid, size in messages:
        if batch and (len(batch) >= PAGE_RECORDS or weight + size > PAGE_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append((uid, size))
        weight += size
    if batch:
        yield batch
