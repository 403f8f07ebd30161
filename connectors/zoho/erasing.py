"""What an approved action does to a record, safe to be killed and repeated between any two calls.

Deleting is a chain: overwrite, delete, purge from the bin, look again. Each step is noted before it is taken and read back
before the next one, and every step finds out by itself whether it was done: a scrubbed record holds a pseudonym that belongs
to this action alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.contract import Action, ActionKind, Journal, Outcome, Receipt, Ref
from connectors.errors import Conflict, Refused, Transient, Unsupported, Vanished
from connectors.zoho import records, writing
from connectors.zoho.client import Rejected, Zoho, is_id
from connectors.zoho.fields import Module, Spec
from connectors.zoho.reading import Reader, behind, literal
from connectors.zoho.records import File

BACKUPS = "zoho.backups"
AUDIT = "zoho.audit-log"
TOMBSTONE = "zoho.tombstone"
MAILS = "zoho.mail-copies"
TRIES = 10  # fields that refuse to be empty, one at a time
LOOKS = 5  # at a purge that was only scheduled, or a deletion that is slow to show
TOMBSTONE_PAGES = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One action on one record. `scrub`: overwrite before deleting."""

    zoho: Zoho
    reader: Reader
    module: Module
    action: Action
    journal: Journal
    scrub: bool = True

    @property
    def path(self) -> str:
        return f"{self.module.path}/{self.action.ref.key}"

    def step(self) -> str:
        """How far an earlier try came."""
        return self.journal.load().get("step", "")

    def note(self, step: str, **more: str) -> None:
        self.journal.save({**self.journal.load(), **more, "step": step})

    def intend(self, row: dict[str, Any], changes: writing.Changes) -> None:
        """Note what will stand in the record once the changes are written; digests, none of the person's data."""
        self.note(self.step(), wanted=writing.expected(row, changes), names="\n".join(changes))

    def wrote(self, row: dict[str, Any]) -> bool:
        """Whether the record is as an earlier try meant to write it."""
        note = self.journal.load()
        names = note["names"].split("\n") if note.get("names") else []
        return "wanted" in note and writing.digests(row, names) == note["wanted"]

    def row(self) -> tuple[dict[str, Any], list[File]] | None:
        """The record as it is now, with its files."""
        found = self.reader.row(self.module, self.action.ref.key)
        if found is None:
            return None
        return found, self.reader.files(self.module, [found]).get(found["id"], [])

    def version(self, found: tuple[dict[str, Any], list[File]]) -> str:
        return records.version(self.module, *found)

    def receipt(self, outcome: Outcome, version: str | None = None, residue: Sequence[str] = ()) -> Receipt:
        where = Ref(self.module.name, self.action.ref.key) if version is not None else None
        return Receipt(self.action.key, outcome, where, version, tuple(residue))


def carry_out(task: Task) -> Receipt:
    """Do the action or find that it was done. Raises `Conflict`, `Vanished`, `Unsupported` or `Refused`."""
    if not is_id(task.action.ref.key):
        if task.action.kind is ActionKind.DELETE:
            return task.receipt(Outcome.ALREADY)
        raise Vanished("The record is no longer there.", advice="Search the store again.")
    if task.action.kind is ActionKind.DELETE:
        return _delete(task)
    return _change(task)


# -- update, redact, anonymise


def _change(task: Task) -> Receipt:
    found = task.row()
    if found is None:
        raise Vanished("The record is no longer there.", advice="Search the store again.")
    row, files = found
    note = task.journal.load()
    if task.version(found) == task.action.version:
        drop, changes = _planned(task, row, files)
        task.note("write", wanted=writing.expected(row, changes), names="\n".join(changes), drop=",".join(drop))
        row = _written(task, row, changes)
        worked = True
    elif (
        "wanted" in note and writing.digests(row, note["names"].split("\n") if note["names"] else []) == note["wanted"]
    ):
        drop = [id for id in note["drop"].split(",") if id]
        worked = False
    elif task.action.kind is ActionKind.ANONYMISE and writing.is_emptied(task.module, row, task.action.key):
        drop, worked = [file.id for file in files], False
    else:
        raise Conflict("The record changed since the action was approved.", advice="Plan again.")
    worked = _drop(task, drop, files) or worked
    if task.action.kind is ActionKind.ANONYMISE:
        _drop_photo(task, row)
    after = task.row()
    if after is None:
        raise Vanished("The record went away while it was changed.", advice="Search the store again.")
    residue = () if task.action.kind is ActionKind.UPDATE else (AUDIT, BACKUPS)
    return task.receipt(Outcome.DONE if worked else Outcome.ALREADY, task.version(after), residue)


def _planned(task: Task, row: dict[str, Any], files: Sequence[File]) -> tuple[list[str], writing.Changes]:
    """Ids of the files to delete, and the new values."""
    match task.action.kind:
        case ActionKind.UPDATE:
            return [], writing.named(task.module, task.action.changes)
        case ActionKind.ANONYMISE:
            return [file.id for file in files], writing.emptied(task.module, row, task.action.key, people=True)
        case _:
            drop, changes = writing.dropped(row, task.action)
            if set(drop) - {file.id for file in files}:
                raise Unsupported("A file to be dropped is not in this record.", advice="Plan again.")
            return drop, {**writing.masked(task.module, row, task.action), **changes}


def _written(task: Task, row: dict[str, Any], changes: writing.Changes) -> dict[str, Any]:
    """Write the changes; where a field refuses to be empty, what stands in for nothing. Gives the row as it is then."""
    changes = dict(changes)
    for _ in range(TRIES if changes else 0):
        task.intend(row, changes)
        try:
            task.zoho.put(task.path, {"id": row["id"], **changes}, row["Modified_Time"])
        except Conflict:  # our own write, if its answer was lost and the call repeated
            now = task.reader.row(task.module, row["id"])
            if now is None or not task.wrote(now):
                raise
        except Rejected as refusal:
            spec = task.module.fields.get(refusal.field)
            if spec is None or changes.get(spec.name, "") is not None:
                raise
            changes[spec.name] = writing.stand_in(spec, task.action.key)
            continue
        break
    after = task.reader.row(task.module, row["id"])
    if after is None:
        raise Vanished("The record went away while it was changed.", advice="Search the store again.")
    if changes and writing.digests(after, list(changes)) != writing.expected(row, changes):
        raise Refused(
            "Zoho reports a change as done that did not happen.", advice="See the record there, and its rules."
        )
    return after


def _drop(task: Task, drop: Sequence[str], files: Sequence[File]) -> bool:
    """Delete attachments that are still there."""
    there = {file.id for file in files}
    for id in drop:
        if id in there:
            try:
                task.zoho.delete(f"{task.path}/Attachments/{id}")
            except Rejected as refusal:
                if refusal.code != "INVALID_DATA":  # gone: the answer of a first try was lost
                    raise
    return bool(there & set(drop))


def _drop_photo(task: Task, row: dict[str, Any]) -> None:
    photo: Spec | None = next((spec for spec in task.module.shown() if spec.type == "profileimage"), None)
    if photo is not None and row.get(photo.name):
        task.zoho.drop_photo(f"{task.path}/photo")


# -- delete


def _delete(task: Task) -> Receipt:
    found = task.row()
    if found is None:
        return _bury(task)
    _checked(task, found)
    row, _ = found
    if task.scrub:
        _scrub(task, row)
    task.note("delete", since=behind(task.zoho.server_time, timedelta(minutes=10)), **_mails(task))
    try:
        task.zoho.delete(task.module.path, {"ids": row["id"], "wf_trigger": "false"})
    except Rejected as refusal:
        if refusal.code != "INVALID_DATA" or task.reader.row(task.module, row["id"]) is not None:
            raise
    return _bury(task)


def _checked(task: Task, found: tuple[dict[str, Any], list[File]]) -> None:
    """The record must be the approved one, or what our own scrub made of it."""
    if task.version(found) == task.action.version:
        return
    row = found[0]
    ours = (task.step() == "scrub" and task.wrote(row)) or writing.is_emptied(task.module, row, task.action.key)
    if not ours:
        raise Conflict("The record changed since the action was approved.", advice="Plan again.")


def _scrub(task: Task, row: dict[str, Any]) -> None:
    changes = writing.emptied(task.module, row, task.action.key, people=False)
    if changes:
        task.note("scrub")
        _written(task, row, changes)


def _mails(task: Task) -> dict[str, str]:
    """Whether Zoho shows mails beside the record; they stay in the mail system."""
    if "mails" in task.journal.load():
        return {}
    return {"mails": str(int(task.zoho.has_mails(task.path)))}


def _bury(task: Task) -> Receipt:
    """The record is out of its module: purge it from the bin, look everywhere again, tell what stays."""
    step, key = task.step(), task.action.ref.key
    if step == "done":
        return task.receipt(Outcome.ALREADY)
    binned = task.zoho.binned(key)
    if not step and not binned:
        return task.receipt(Outcome.ALREADY)
    if binned:
        task.note("purge")
        task.zoho.purge(key)
        _wait(task, key)
    _verify(task, key)
    residue = [AUDIT, BACKUPS]
    if task.journal.load().get("mails") == "1":
        residue.append(MAILS)
    if shown_by_tombstone(task.reader, task.module, key, task.journal.load().get("since", "")):
        residue.append(TOMBSTONE)
    task.note("done")
    return task.receipt(Outcome.DONE, residue=residue)


def _wait(task: Task, key: str) -> None:
    """A purge of many children is only scheduled."""
    for look in range(LOOKS):
        if not task.zoho.binned(key):
            return
        task.zoho.sleep(2.0**look / 2)
    raise Transient("Zoho has scheduled the purge and is not through.", advice="Try again later.", retry_after=300)


def _verify(task: Task, key: str) -> None:
    """Not in the module, and not in the database behind it, whatever the delete call said."""
    for look in range(LOOKS):
        there = task.reader.row(task.module, key) is not None
        if not there and not _in_database(task, key):
            return
        task.zoho.sleep(2.0**look / 2)
    raise Refused(
        "Zoho reports the deletion as done, but the record is still there.",
        advice="Delete it in Zoho, and see what holds it.",
    )


def _in_database(task: Task, key: str) -> bool:
    try:
        return bool(task.zoho.coql(f"select id from {task.module.name} where id = {literal(key)} limit 1"))
    except Rejected:  # not every module can be asked
        return False


def shown_by_tombstone(reader: Reader, module: Module, key: str, since: str) -> bool:
    """Whether the list of purged records shows a name for this one that is not our pseudonym."""
    for page in range(1, TOMBSTONE_PAGES + 1):
        try:
            found, more = reader.deleted(module, since, page, "permanent")
        except Rejected:
            return False
        for row in found:
            if row["id"] == key:
                shown = row.get("display_name")
                return bool(shown) and not writing.PSEUDONYM.fullmatch(str(shown).strip())
        if not more:
            return False
    return False
