from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from connectors.contract import Action, ActionKind, Outcome, Ref, Store, Whereabouts
from connectors.errors import BadSettings, Conflict, MissingRights, Unreachable, Unsupported, Vanished
from connectors.limits import DEFAULTS
from connectors.maildir.store import KIND, MaildirStore, Options
from tests.connectors.killing import FileJournal, killed_at
from tests.connectors.mails import masks, message

NAMES = ("cur", "new", "tmp")


def deliver(root: Path, number: int, where: str = "cur", flags: str = ":2,S", **person: str) -> str:
    key = f"17700000{number:02d}.M{number}P1.host"
    path = root / where / f"{key}{flags if where == 'cur' else ''}"
    path.write_bytes(message(number, **person))
    os.utime(path, (1_770_000_000 + number, 1_770_000_000 + number))
    return key


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "mail"
    for folder in (path, path / ".Sent", path / "old" / "2019"):
        for name in NAMES:
            (folder / name).mkdir(parents=True)
    for number in range(5):
        deliver(path, number, "new" if number == 4 else "cur")
    deliver(path / ".Sent", 7)
    return path


@pytest.fixture
def store(root: Path) -> MaildirStore:
    return MaildirStore(Options(path=root), page_records=2)


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def records(store: Store, collection: str = "INBOX"):
    return [record for page in store.changes(collection, None, lambda refs: {}) for record in page.records]


def planned(store: Store, kind: ActionKind, number: int = 1, key: str = "case-1/act-1") -> Action:
    record = next(item for item in records(store) if item.ref.key.endswith(f"M{number}P1.host"))
    found = masks(record, "Anna Roth", "anna.roth@example.com") if kind is ActionKind.REDACT else ()
    return Action(key, kind, record.ref, record.version, masks=found)


def test_it_works(store: MaildirStore, tmp_path: Path) -> None:
    assert isinstance(store, Store)
    assert store.check().held == ("read", "write")
    assert [item.name for item in store.collections()] == ["INBOX", ".Sent", "old/2019"]
    assert len(records(store)) == 5
    action = planned(store, ActionKind.REDACT)
    receipt = store.act(action, FileJournal(tmp_path / "journal"))
    assert receipt.outcome is Outcome.DONE
    (after,) = store.fetch([receipt.ref])
    assert after.version == receipt.version
    assert not any("Anna" in text.text or "anna" in text.text for text in after.texts)
    assert store.presence(action.ref).where is Whereabouts.GONE
    assert len(records(store)) == 5


def test_the_copy_keeps_folder_flags_mode_and_time(store: MaildirStore, root: Path, tmp_path: Path) -> None:
    action = planned(store, ActionKind.REDACT)
    old = next((root / "cur").glob(f"{action.ref.key}*"))
    old.chmod(0o640)
    before = old.stat()
    receipt = store.act(action, FileJournal(tmp_path / "journal"))
    new = next((root / "cur").glob(f"{receipt.ref.key}*"))
    assert new.name.endswith(":2,S")
    assert (new.stat().st_mtime_ns, new.stat().st_mode) == (before.st_mtime_ns, before.st_mode)
    fresh = store.act(planned(store, ActionKind.REDACT, 4, "other"), FileJournal(tmp_path / "journal2"))
    assert (root / "new" / fresh.ref.key).exists()


def test_pages_are_bounded_and_resumed(store: MaildirStore) -> None:
    pages = list(store.changes("INBOX", None, lambda refs: {}))
    assert [len(page.records) for page in pages] == [2, 2, 1]
    assert [page.last for page in pages] == [False, False, True]
    assert all(page.whole for page in pages)
    rest = list(store.changes("INBOX", pages[0].cursor, lambda refs: {}))
    assert [record.ref for page in rest for record in page.records] == [
        record.ref for page in pages[1:] for record in page.records
    ]


def test_what_is_known_is_not_read_again(store: MaildirStore, root: Path) -> None:
    versions = {record.ref: record.version for record in records(store)}
    changed = next((root / "cur").glob("*M2P1*"))
    changed.write_bytes(message(2, "Another Person"))
    changed.rename(changed.with_name(changed.name + "F"))
    next((root / "cur").glob("*M1P1*")).unlink()
    pages = list(store.changes("INBOX", None, lambda refs: {ref: versions[ref] for ref in refs}))
    assert [record.ref.key for page in pages for record in page.records] == ["1770000002.M2P1.host"]
    assert len([ref for page in pages for ref in page.unchanged]) == 3


def test_a_change_of_flags_is_no_change(store: MaildirStore, root: Path, tmp_path: Path) -> None:
    action = planned(store, ActionKind.DELETE)
    path = next((root / "cur").glob("*M1P1*"))
    path.rename(path.with_name(path.name + "RT"))
    assert store.act(action, FileJournal(tmp_path / "journal")).outcome is Outcome.DONE


def test_deletes_once(store: MaildirStore, root: Path, tmp_path: Path) -> None:
    before = contents(root)
    action = planned(store, ActionKind.DELETE)
    journal = FileJournal(tmp_path / "journal")
    assert store.act(action, journal).outcome is Outcome.DONE
    assert store.act(action, journal).outcome is Outcome.ALREADY
    assert store.act(action, journal).residue == ("maildir.backups",)
    gone = set(before) - set(contents(root))
    assert gone == {f"{action.ref.key}:2,S"}


def test_index_caches_of_the_server_are_named(store: MaildirStore, root: Path, tmp_path: Path) -> None:
    (root / "dovecot.index.cache").write_bytes(b"x")
    receipt = store.act(planned(store, ActionKind.DELETE), FileJournal(tmp_path / "journal"))
    assert receipt.residue == ("maildir.backups", "maildir.index-cache")


def test_attachment_and_estimate(store: MaildirStore) -> None:
    (record,) = records(store, ".Sent")
    assert b"".join(store.attachment(record.ref, record.attachments[0].path)) == b"anna.roth@example.com"
    assert store.estimate().records == 6


def test_too_large_a_message_is_named_and_not_kept_whole(root: Path) -> None:
    small = MaildirStore(Options(path=root), DEFAULTS.__class__(message_bytes=300))
    record = records(small)[0]
    assert record.native is None
    assert "too-large" in {item.reason for item in record.unreadable}


def test_refuses_another_version(store: MaildirStore, root: Path, tmp_path: Path) -> None:
    for kind in (ActionKind.DELETE, ActionKind.REDACT):
        action = planned(store, kind)
        next((root / "cur").glob("*M1P1*")).write_bytes(message(1, "Somebody Else"))
        with pytest.raises(Conflict):
            store.act(action, FileJournal(tmp_path / "journal"))


def test_refuses_a_missing_message(store: MaildirStore, root: Path, tmp_path: Path) -> None:
    action = planned(store, ActionKind.REDACT)
    next((root / "cur").glob("*M1P1*")).unlink()
    with pytest.raises(Vanished):
        store.act(action, FileJournal(tmp_path / "journal"))


def test_refuses_other_actions(store: MaildirStore, tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        store.act(planned(store, ActionKind.UPDATE), FileJournal(tmp_path / "journal"))


def test_a_key_is_never_a_path(store: MaildirStore, root: Path) -> None:
    outside = root.parent / "outside"
    outside.write_bytes(message(1))
    assert store.presence(Ref("INBOX", "../../outside")).where is Whereabouts.GONE
    assert store.presence(Ref("..", "outside")).where is Whereabouts.GONE
    assert list(store.fetch([Ref("INBOX", "../../outside")])) == []


def test_refuses_a_folder_that_is_no_maildir(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        KIND.open(Options(path=tmp_path)).check()
    with pytest.raises(BadSettings):
        KIND.open(Options(path=tmp_path / "missing")).check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_refuses_without_rights(root: Path, store: MaildirStore) -> None:
    root.chmod(0)
    try:
        with pytest.raises(MissingRights):
            store.check()
    finally:
        root.chmod(0o700)


@pytest.mark.parametrize("kind", [ActionKind.REDACT, ActionKind.DELETE])
@pytest.mark.parametrize("at", range(1, 13))
def test_a_kill_loses_and_doubles_nothing(root: Path, tmp_path: Path, kind: ActionKind, at: int) -> None:
    with MaildirStore(Options(path=root)) as store:
        action = planned(store, kind)
        before = contents(root)
        status = killed_at("maildir", root, tmp_path / "journal", action, at)
        receipt = store.act(action, FileJournal(tmp_path / "journal"))
        again = store.act(action, FileJournal(tmp_path / "journal"))
    after = contents(root)
    name = f"{action.ref.key}:2,S"
    untouched = {key: value for key, value in before.items() if key != name}
    assert status in (0, -9)
    assert again.outcome is Outcome.ALREADY
    assert {key: after[key] for key in untouched} == untouched
    new = [value for key, value in after.items() if key not in untouched]
    if kind is ActionKind.DELETE:
        assert new == []
    else:
        assert len(new) == 1
        assert b"Anna" not in new[0]
        assert b"Order 1" in new[0]
        assert again.ref == receipt.ref
    assert list((root / "tmp").iterdir()) == []


def test_the_kills_reach_every_step(root: Path, tmp_path: Path) -> None:
    with MaildirStore(Options(path=root)) as store:
        action = planned(store, ActionKind.REDACT)
    assert killed_at("maildir", root, tmp_path / "journal", action, 13) == 0


def test_a_folder_that_is_not_mounted_is_no_proof_of_erasure(store: MaildirStore, root: Path) -> None:
    ref = records(store)[0].ref
    for left in (True, False):
        shutil.rmtree(root)
        if left:
            root.mkdir()
        for fresh in (store, MaildirStore(Options(path=root))):
            with pytest.raises(Unreachable):
                fresh.presence(ref)
            with pytest.raises(Unreachable):
                records(fresh)
            with pytest.raises(Unreachable):
                fresh.collections()
