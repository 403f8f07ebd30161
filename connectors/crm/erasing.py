"""What an approved action does to one record, as a chain of steps each of which may be the last one before a kill.

An erasure scrubs the fields first, because bins, tombstones and logs keep showing a name; then it deletes, purges the bin, and
looks again. What the store shows decides which step comes next, so that a repeat goes on where the last try ended; the
journal only tells our own changes from those of others. There is no lock at these services: a change that somebody makes
between our look and our write is seen at the next look, not prevented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.contract import Action, ActionKind, Journal, Outcome, Receipt, Ref, Value, Whereabouts
from connectors.crm.rows import FILE, Module, Row, masked, neutral, writable
from connectors.crm.service import Service, Trace
from connectors.errors import Conflict, Refused, Unsupported, Vanished


@dataclass(frozen=True, slots=True)
class Task:
    """One action on one record."""

    service: Service
    module: Module
    action: Action
    journal: Journal

    @property
    def key(self) -> str:
        return self.action.ref.key

    def look(self) -> Trace:
        return self.service.trace(self.module, self.key)

    def note(self, **more: str) -> None:
        """Write down how far we came."""
        self.journal.save({**self.journal.load(), **more})

    def receipt(self, outcome: Outcome, row: Row | None = None) -> Receipt:
        ref: Ref | None = self.action.ref if row is not None else None
        residue = () if self.action.kind is ActionKind.UPDATE else self.module.residue
        if self.action.kind is ActionKind.DELETE:
            residue = (*self.module.residue_of_delete, *residue)
        return Receipt(self.action.key, outcome, ref, row.version if row else None, residue)


def carry_out(task: Task) -> Receipt:
    """Do the action or find that it was done. Raises `Conflict`, `Vanished`, `Unsupported` or what the service raises."""
    if task.action.kind is ActionKind.DELETE:
        if not task.module.deletes:
            raise Unsupported("Records of this kind cannot be deleted here.", advice="Change the plan for this record.")
        return _erase(task)
    if not task.module.writes:
        raise Unsupported("Records of this kind cannot be changed here.", advice="Change the plan for this record.")
    return _change(task)


# -- scrub, delete, purge, verify


def _erase(task: Task) -> Receipt:
    seen = task.look()
    unfinished = task.module.blind and task.journal.load().get("step") == "discarding"
    if _is_erased(task, seen) and not unfinished:
        return task.receipt(Outcome.ALREADY)
    if seen.where is Whereabouts.THERE and seen.row is not None:
        _only_approved(task, seen.row)
        _empty(task, seen.row)
        if task.module.bins:
            task.note(step="discarding")
            task.service.discard(task.module, task.key)
            seen = _gone_from(Whereabouts.THERE, task)
    if task.module.purges and (task.module.blind or seen.where in (Whereabouts.THERE, Whereabouts.BIN)):
        before = seen.where
        task.service.purge(task.module, task.key)
        seen = task.look() if before is Whereabouts.GONE else _gone_from(before, task)
        task.note(step="purged")
    if not _is_erased(task, seen):
        raise Refused(
            "The service confirmed a deletion, yet the record still shows what it held.",
            advice="Look at the record there, and at the rights of the account.",
        )
    return task.receipt(Outcome.DONE)


def _empty(task: Task, row: Row) -> None:
    """Overwrite the fields and remove the files, where the bin would keep showing them."""
    if task.module.scrubs:
        _scrub(task, row)
    for file in row.files if task.module.drops else ():
        task.service.remove_file(task.module, row, file)


def _is_erased(task: Task, seen: Trace) -> bool:
    """Gone; or where no purge can follow: in the bin, or a tombstone."""
    if seen.where in (Whereabouts.GONE, Whereabouts.TOMBSTONE):
        return True
    return seen.where is Whereabouts.BIN and not task.module.purges


def _gone_from(where: Whereabouts, task: Task) -> Trace:
    """Look whether the step had its effect. A service that lies is caught here."""
    seen = task.look()
    if seen.where is where:
        raise Refused(
            "The service confirmed a deletion, yet the record is where it was.",
            advice="Look at the record there, and at the rights of the account.",
        )
    return seen


def _only_approved(task: Task, row: Row) -> None:
    """The record is the approved one, or our own scrubbing made it what it is."""
    ours = task.journal.load().get("version")
    if row.version in (task.action.version, ours) or (task.module.scrubs and _is_neutral(task, row)):
        return
    raise Conflict("The record changed since the action was approved.", advice="Plan again.")


def _scrub(task: Task, row: Row) -> None:
    if _is_neutral(task, row):
        return
    values = neutral(task.module, row, task.action.key)
    task.note(version=row.changed(values).version)
    task.service.write(task.module, task.key, values)
    after = _read_back(task, row, values)
    task.note(version=after.version)


def _is_neutral(task: Task, row: Row) -> bool:
    values = neutral(task.module, row, task.action.key)
    return all(row.values.get(name) == value for name, value in values.items())


# -- update, redact, anonymise


def _change(task: Task) -> Receipt:
    seen = task.look()
    row = seen.row
    if seen.where is not Whereabouts.THERE or row is None:
        raise Vanished("The record is no longer there.", advice="Search the store again.")
    action, note = task.action, task.journal.load()
    ours = row.version == note.get("version") or (row.version != action.version and _is_done(task, row))
    if row.version != action.version and not ours:
        raise Conflict("The record changed since the action was approved.", advice="Plan again.")
    values = {} if ours else _wanted(task, row)
    files = [file for file in row.files if FILE + file.id in action.drop]
    if len(files) != len(set(action.drop)) and not ours:
        raise Unsupported("A file to be dropped is not one of this record.", advice="Plan again.")
    if ours and not files:
        return task.receipt(Outcome.ALREADY, row)
    if values:
        task.note(version=row.changed({k: _plain(v) for k, v in values.items()}).version)
        task.service.write(task.module, task.key, values)
        row = _read_back(task, row, values)
        task.note(version=row.version)
    for file in files:
        task.service.remove_file(task.module, row, file)
        row = task.look().row or row
        task.note(version=row.version)
    return task.receipt(Outcome.DONE, row)


def _wanted(task: Task, row: Row) -> Mapping[str, Value]:
    if task.action.kind is ActionKind.ANONYMISE:
        return neutral(task.module, row, task.action.key)
    if task.action.kind is ActionKind.REDACT:
        return masked(task.module, row, task.action.masks, task.action.key)
    for name in task.action.changes:
        writable(task.module, name)
    return task.action.changes


def _is_done(task: Task, row: Row) -> bool:
    """Whether the record already holds what the action would write (for a journal that was lost)."""
    if task.action.kind is ActionKind.ANONYMISE:
        return _is_neutral(task, row)
    if task.action.kind is ActionKind.UPDATE:
        changes = task.action.changes
        return bool(changes) and all(_same(row.values.get(name), value) for name, value in changes.items())
    return False


def _read_back(task: Task, before: Row, values: Mapping[str, Value]) -> Row:
    """The record after a write. A service that confirms a write and keeps the old value is caught here."""
    seen = task.look()
    if seen.where is not Whereabouts.THERE or seen.row is None:
        raise Vanished("The record went away while it was written.", advice="Search the store again.")
    for name, value in values.items():
        old, new = before.values.get(name), seen.row.values.get(name)
        if not _same(old, value) and _same(old, new):
            raise Refused(
                "The service confirmed a change, yet a field still holds what it held.",
                advice="Look whether the field may be written by this account.",
            )
    return seen.row


def _same(left: Value, right: Value) -> bool:
    return _text(left) == _text(right)


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _plain(value: Value) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
