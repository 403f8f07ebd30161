from __future__ import annotations

import os
from pathlib import Path

import pytest

from connectors.contract import Action, ActionKind, Outcome, Record, Ref, Store, Whereabouts
from connectors.errors import BadSettings, Conflict, Transient, Unreachable, Unsupported, Vanished
from connectors.mail import mbox_entry
from connectors.mail.mbox import quoted, unquoted
from connectors.mbox.entries import Box
from connectors.mbox.store import KIND, MboxStore, Options
from tests.connectors.killing import FileJournal, killed_at
from tests.connectors.mails import masks, message


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "box" / "archive.mbox"
    path.parent.mkdir()
    path.write_bytes(b"".join(mbox_entry(message(number)) for number in range(5)))
    os.utime(path, (1_770_000_000, 1_770_000_000))
    path.chmod(0o640)
    return path


@pytest.fixture
def store(file: Path) -> MboxStore:
    return MboxStore(Options(path=file), page_records=2)


def records(store: MboxStore, collection: str = "archive.mbox") -> list[Record]:
    return [record for page in store.changes(collection, None, lambda refs: {}) for record in page.records]


def parts(path: Path) -> list[bytes]:
    with Box(path) as box:
        return [bytes(box.map[entry.start : entry.end]) for entry in box.entries()]


def planned(store: MboxStore, kind: ActionKind, number: int = 1) -> Action:
    record = records(store)[number]
    found = masks(record, "Anna Roth", "anna.roth@example.com") if kind is ActionKind.REDACT else ()
    return Action("case-1/act-1", kind, record.ref, record.version, masks=found)


def test_it_works(store: MboxStore, file: Path, tmp_path: Path) -> None:
    assert isinstance(store, Store)
    assert store.check().held == ("read", "write")
    before, stat = parts(file), file.stat()
    assert [record.native for record in records(store)] == [message(number) for number in range(5)]
    action = planned(store, ActionKind.REDACT)
    receipt = store.act(action, FileJournal(tmp_path / "journal"))
    after = parts(file)
    assert receipt.outcome is Outcome.DONE
    assert [after[at] == before[at] for at in range(5)] == [True, False, True, True, True]
    assert b"Anna" not in after[1]
    (record,) = store.fetch([receipt.ref])
    assert record.version == receipt.version
    assert store.presence(action.ref).where is Whereabouts.GONE
    assert (file.stat().st_mtime_ns, file.stat().st_mode) == (stat.st_mtime_ns, stat.st_mode)
    assert [path.name for path in file.parent.iterdir()] == ["archive.mbox"]


def test_deletes_once(store: MboxStore, file: Path, tmp_path: Path) -> None:
    before = parts(file)
    action = planned(store, ActionKind.DELETE)
    journal = FileJournal(tmp_path / "journal")
    assert store.act(action, journal).outcome is Outcome.DONE
    assert store.act(action, journal).outcome is Outcome.ALREADY
    assert parts(file) == before[:1] + before[2:]


def test_refs_survive_the_removal_of_others(store: MboxStore, tmp_path: Path) -> None:
    last = planned(store, ActionKind.DELETE, 4)
    store.act(planned(store, ActionKind.DELETE, 0), FileJournal(tmp_path / "journal"))
    assert store.presence(last.ref).where is Whereabouts.THERE


def test_copies_are_one_record(store: MboxStore, file: Path, tmp_path: Path) -> None:
    file.write_bytes(file.read_bytes() + mbox_entry(message(1), "other@example.org"))
    store.act(planned(store, ActionKind.DELETE), FileJournal(tmp_path / "journal"))
    assert len(parts(file)) == 4


def test_pages_are_bounded_and_resumed(store: MboxStore) -> None:
    pages = list(store.changes("archive.mbox", None, lambda refs: {}))
    assert [len(page.records) for page in pages] == [2, 2, 1]
    rest = list(store.changes("archive.mbox", pages[0].cursor, lambda refs: {}))
    assert [len(page.records) for page in rest] == [2, 1]


def test_an_untouched_file_is_not_read_again(store: MboxStore, file: Path) -> None:
    pages = list(store.changes("archive.mbox", None, lambda refs: {}))
    (page,) = store.changes("archive.mbox", pages[-1].cursor, lambda refs: {})
    assert (page.records, page.whole, page.last) == ((), False, True)
    versions = {record.ref: record.version for one in pages for record in one.records}
    file.write_bytes(file.read_bytes() + mbox_entry(message(9)))
    again = list(store.changes("archive.mbox", page.cursor, lambda refs: versions))
    assert len([record for one in again for record in one.records]) == 1
    assert len([ref for one in again for ref in one.unchanged]) == 5
    assert all(one.whole for one in again)


def test_a_folder_of_files(file: Path) -> None:
    (file.parent / "notes.txt").write_text("no mail", "utf-8")
    (file.parent / "sub").mkdir()
    (file.parent / "sub" / "Sent").write_bytes(mbox_entry(message(8)))
    store = MboxStore(Options(path=file.parent))
    assert [item.name for item in store.collections()] == ["archive.mbox", "sub/Sent"]
    assert store.estimate().records == 6


def test_separators_are_told_from_prose(tmp_path: Path) -> None:
    body = b"Subject: a\n\nHello\n\nFrom time to time we write.\n\nFrom now: nothing\n"
    path = tmp_path / "box"
    path.write_bytes(b"From a@example.com Tue Feb  3 10:00:00 2026\n" + body + b"\n" + mbox_entry(message(1)))
    store = MboxStore(Options(path=path))
    assert [record.native for record in records(store, "box")] == [body, message(1)]


def test_quoting_can_be_undone() -> None:
    body = b"Subject: a\n\nFrom here\n>From there\n>>From elsewhere\nfrom\n"
    assert quoted(body).count(b"\n>From ") == 1
    assert unquoted(quoted(body)) == body
    assert mbox_entry(b"Subject: a\n\nb", "a b\nc@example.com").startswith(
        b"From abc@example.com Thu Jan  1 00:00:00 1970\n"
    )


def test_attachment(store: MboxStore) -> None:
    record = records(store)[0]
    assert b"".join(store.attachment(record.ref, record.attachments[0].path)) == b"anna.roth@example.com"
    with pytest.raises(Vanished):
        list(store.attachment(Ref("archive.mbox", "0"), "part:2"))


def test_refuses_another_version(store: MboxStore, tmp_path: Path) -> None:
    action = planned(store, ActionKind.DELETE)
    with pytest.raises(Conflict):
        store.act(Action("k", action.kind, action.ref, "other"), FileJournal(tmp_path / "journal"))


def test_refuses_a_missing_message_and_other_actions(store: MboxStore, tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "journal")
    with pytest.raises(Vanished):
        store.act(Action("k", ActionKind.REDACT, Ref("archive.mbox", "0"), "0"), journal)
    with pytest.raises(Unsupported):
        store.act(planned(store, ActionKind.UPDATE), journal)


def test_waits_for_other_programs_and_not_for_the_dead(
    store: MboxStore, file: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("connectors.mbox.rewriting.time.sleep", lambda seconds: monkeypatch.setattr(
        "connectors.mbox.rewriting.time.monotonic", lambda: 1e12))  # fmt: skip
    lock = file.with_name("archive.mbox.lock")
    lock.write_text("mutt\n", "utf-8")
    before = file.read_bytes()
    with pytest.raises(Transient):
        store.act(planned(store, ActionKind.DELETE), FileJournal(tmp_path / "journal"))
    assert file.read_bytes() == before
    assert lock.exists()


def test_refuses_paths_without_mail(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        KIND.open(Options(path=tmp_path / "missing")).check()
    with pytest.raises(BadSettings):
        KIND.open(Options(path=tmp_path)).check()
    (tmp_path / "text").write_text("hello", "utf-8")
    with pytest.raises(BadSettings):
        KIND.open(Options(path=tmp_path / "text")).check()


@pytest.mark.parametrize("kind", [ActionKind.REDACT, ActionKind.DELETE])
@pytest.mark.parametrize("at", range(1, 13))
def test_a_kill_loses_and_doubles_nothing(file: Path, tmp_path: Path, kind: ActionKind, at: int) -> None:
    with MboxStore(Options(path=file)) as store:
        action = planned(store, kind)
        before = parts(file)
        killed_at("mbox", file, tmp_path / "journal", action, at)
        receipt = store.act(action, FileJournal(tmp_path / "journal"))
        again = store.act(action, FileJournal(tmp_path / "journal"))
    after = parts(file)
    assert again.outcome is Outcome.ALREADY
    if kind is ActionKind.DELETE:
        assert after == before[:1] + before[2:]
    else:
        assert [after[index] for index in (0, 2, 3, 4)] == [before[index] for index in (0, 2, 3, 4)]
        assert len(after) == 5
        assert b"Anna" not in after[1]
        assert again.ref == receipt.ref
    assert [path.name for path in file.parent.iterdir()] == ["archive.mbox"]


def test_the_kills_reach_every_step(file: Path, store: MboxStore, tmp_path: Path) -> None:
    assert killed_at("mbox", file, tmp_path / "journal", planned(store, ActionKind.REDACT), 13) == 0


def test_a_disk_that_is_not_mounted_is_no_proof_of_erasure(store: MboxStore, file: Path) -> None:
    ref = records(store)[0].ref
    file.unlink()
    for fresh in (store, MboxStore(Options(path=file)), MboxStore(Options(path=file.parent))):
        with pytest.raises(Unreachable):
            fresh.presence(ref)
        with pytest.raises(Unreachable):
            records(fresh)
        with pytest.raises(Unreachable):
            fresh.collections()
