"""Taking a message away, or putting a redacted copy in its place; a kill at any point loses and doubles nothing.

IMAP has no atomic replace. The order is: append the copy, compare it with what was meant, mark the original on the
condition that nobody has touched it since, expunge that one UID, look again. The original goes last, so nothing is
lost; the copy carries a stamp by which it is found again, so nothing is appended twice even if our memory is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from connectors.contract import Action, Journal, Outcome, Receipt
from connectors.errors import Conflict, MissingRights, Throttled, Unsupported, Vanished
from connectors.imap import keys
from connectors.imap.client import Session, State, quoted

STAMP_HEADER = b"X-Privacy-Redaction"  # as `connectors.mail.redact` writes it
TRIES = 5
_DELETED = b"\\Deleted"


@dataclass(frozen=True, slots=True)
class Task:
    """One action on one message of one folder. `residue` are the codes the receipt will name."""

    session: Session
    action: Action
    journal: Journal
    residue: tuple[str, ...]
    uidvalidity: int
    uid: int

    def note(self, step: str, **more: str) -> None:
        """Write down how far we came."""
        where = {"uidvalidity": str(self.uidvalidity), "uid": str(self.uid)}
        self.journal.save({**self.journal.load(), **where, **more, "step": step})

    def receipt(self, outcome: Outcome, copy: int | None = None) -> Receipt:
        """What is handed back; `copy` is the UID of the redacted message."""
        if copy is None:
            return Receipt(self.action.key, outcome, residue=self.residue)
        ref = keys.ref(self.action.ref.collection, self.uidvalidity, copy)
        return Receipt(self.action.key, outcome, ref, ref.key, self.residue)


def stamp(action: Action) -> str:
    """What a redacted copy carries: opaque, and the same for every try of the same action."""
    return hashlib.sha256(action.key.encode("utf-8")).hexdigest()


def begin(session: Session, action: Action, journal: Journal, residue: tuple[str, ...]) -> Task | Receipt:
    """Open the folder for writing; a receipt when the journal says that all is done.

    Raises `Conflict` for a version other than the message's, `Vanished` when the folder or its numbering is gone.
    """
    place = keys.place(action.ref)
    if place is None:
        raise Vanished("The message is not there (any more).", advice="Scan the store again.")
    if action.version != action.ref.key:
        raise Conflict("The message is not the one that was approved.", advice="Make a new plan.")
    note = journal.load()
    task = Task(session, action, journal, residue, place.uidvalidity, place.uid)
    if note.get("step") == "done":
        return task.receipt(Outcome.ALREADY, int(note["copy"]) if "copy" in note else None)
    if "UIDPLUS" not in session.capabilities:
        raise Unsupported(
            "The mail server cannot remove a single message (UIDPLUS, RFC 4315): other people's would go with it.",
            advice="Remove the message by hand, or use a server that offers UIDPLUS.",
        )
    box = session.select(action.ref.collection, write=True)
    if box.uidvalidity != place.uidvalidity:
        raise Vanished("The mail folder was numbered anew by its server.", advice="Scan the store and plan again.")
    return task


def delete(task: Task) -> Receipt:
    """Remove the message for good."""
    state = task.session.state(task.uid)
    if state is None:
        task.note("done")
        return task.receipt(Outcome.ALREADY)
    task.note("intent")
    _remove(task, state, lambda _: None)
    task.note("done")
    return task.receipt(Outcome.DONE)


def redact(task: Task, rewrite: Callable[[bytes], bytes], limit: int) -> Receipt:
    """Put the message that `rewrite` makes in the place of the original, which may have at most `limit` bytes."""
    copies = _stamped(task)
    state = task.session.state(task.uid)
    if state is None:
        if not copies:
            raise Vanished("The message is not there (any more).", advice="Scan the store and plan again.")
        task.note("done", copy=str(copies[0]))
        return task.receipt(Outcome.ALREADY, copies[0])
    if state.size > limit:
        raise Unsupported(
            "The message is too large to be redacted.", advice="Raise limits.message_bytes, or delete it."
        )
    original = task.session.bodies([task.uid]).get(task.uid)
    if original is None:
        raise Vanished("The message is not there (any more).", advice="Scan the store and plan again.")
    wanted = rewrite(original)
    task.note("intent", sha256=hashlib.sha256(original).hexdigest())
    copy = _copy(task, wanted, state, copies)
    task.note("appended", copy=str(copy))
    # A \Deleted on the original that we find together with a copy may be our own, from a try that was cut off.
    ours = bool(copies)
    _remove(task, state, lambda now: _match_flags(task, copy, now, ours))
    kept = _settle(task, copy)
    task.note("done", copy=str(kept))
    return task.receipt(Outcome.DONE, kept)


def _stamped(task: Task) -> list[int]:
    """UIDs of copies that earlier tries of this very action have made; they came after the original."""
    later = b"%d:*" % (task.uid + 1)
    found = task.session.search(b"UID", later, b"HEADER", STAMP_HEADER, quoted(stamp(task.action)))
    return [uid for uid in found if uid > task.uid]  # `n:*` names the last message even when it lies before n


def _copy(task: Task, wanted: bytes, state: State, copies: list[int]) -> int:
    """UID of the one copy that has exactly the wanted bytes. The original is still there, so every copy is our own."""
    bodies = task.session.bodies(copies)
    right = [uid for uid in copies if bodies.get(uid) == wanted]
    for uid in copies:
        if uid not in right[:1]:
            _withdraw(task, uid)
    if right:
        return right[0]
    uid = task.session.append(task.action.ref.collection, wanted, state) or max(_stamped(task), default=0)
    if task.session.bodies([uid]).get(uid) == wanted and _carries(task.session.state(uid), state):
        return uid
    _withdraw(task, uid)
    raise Unsupported(
        "The mail server does not keep a message as it was stored (bytes, flags or date); nothing was changed.",
        advice="Delete the message instead, or redact it by hand.",
    )


def _settle(task: Task, copy: int) -> int:
    """Another try of this action may have run beside ours: the first copy stays, whoever looks."""
    first, *others = _stamped(task) or [copy]
    for uid in others:
        _withdraw(task, uid)
    return first


def _carries(copy: State | None, original: State) -> bool:
    return copy is not None and copy.date == original.date and copy.flags == original.flags


def _match_flags(task: Task, copy: int, now: State, ours: bool) -> None:
    """Give the copy the flags the original has now; `ours`: its \\Deleted says nothing."""
    have = task.session.state(copy)
    if have is None:
        raise Throttled("Somebody moves messages of this folder about.", advice="Try again.", retry_after=60)
    deleted = _DELETED in (have.flags if ours else now.flags)
    wanted = (now.flags | {_DELETED}) if deleted else (now.flags - {_DELETED})
    if wanted != have.flags:
        task.session.set_flags(copy, wanted)


def _remove(task: Task, state: State, prepare: Callable[[State], None]) -> None:
    """Mark and expunge the original, unless it changes under our hands; `prepare` is given its state first.

    Without CONDSTORE a flag that somebody sets between our last look and our mark is lost on the copy; nothing worse.
    """
    now = state if state.modseq is not None else task.session.state(task.uid)
    for _ in range(TRIES):
        if now is None:
            return
        prepare(now)
        if task.session.mark_deleted(task.uid, now.modseq):
            break
        now = task.session.state(task.uid)
    else:
        raise Throttled("Somebody keeps changing the message.", advice="Try again.", retry_after=60)
    task.note("marked")
    task.session.expunge(task.uid)
    if task.session.state(task.uid) is not None:
        raise MissingRights(
            "The mail server kept a message that was to be removed.",
            advice="Give the account the rights to delete messages and to expunge.",
        )


def _withdraw(task: Task, uid: int) -> None:
    """Take away a copy of ours."""
    if uid and task.session.state(uid) is not None:
        task.session.mark_deleted(uid, None)
        task.session.expunge(uid)
