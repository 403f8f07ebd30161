"""Redaction and deletion on a real Dovecot: killed at every point, disturbed by others, and looked for on disk."""

from __future__ import annotations

import imaplib
import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import Action, Outcome, Record
from connectors.errors import Throttled, Unsupported, Vanished
from connectors.imap.erasing import stamp
from connectors.imap.store import ImapStore
from tests.connectors.conformance import Memory, deletion, masks, records, redaction
from tests.connectors.people import Letter
from tests.connectors.test_imap import options_for, relayed, weaker
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.dovecot

SECRET = "lena.novak@example.com"
LETTER = Letter("Offer 1", "Lena Novak", SECRET, SECRET, "Hello")
WHEN = datetime(2025, 12, 24, 17, 30, 5, tzinfo=UTC)
FLAGS = ("\\Seen", "\\Flagged", "$Label1", "customer")
OTHERS = (
    (Letter("Other 1", "Tom", "tom@example.net", "tom").mail(), ("\\Deleted",)),
    (Letter("Other 2", "Mia", "mia@example.net", "mia").mail(), ("\\Deleted", "\\Seen")),
    (Letter("Other 3", "Ivo", "ivo@example.net", "ivo").mail(), ()),
)


class FileJournal:
    """A journal that is on disk when `save` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> dict[str, str]:
        return dict(json.loads(self._path.read_text())) if self._path.exists() else {}

    def save(self, note: Mapping[str, str]) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(dict(note)))
        draft.replace(self._path)


class Meddler(Memory):
    """A journal whose owner does something to the mailbox when a step is noted."""

    def __init__(self, step: str, deed: Callable[[], None], times: int = 1) -> None:
        super().__init__()
        self.step, self.deed, self.times = step, deed, times

    def save(self, note: Mapping[str, str]) -> None:
        super().save(note)
        if note["step"] == self.step and self.times:
            self.times -= 1
            self.deed()


@pytest.fixture
def box(dovecot_server: Dovecot) -> Mailbox:
    return filled(dovecot_server)


@pytest.fixture
def store(box: Mailbox) -> Iterator[ImapStore]:
    with ImapStore(options_for(box)) as store:
        yield store


def filled(server: Dovecot) -> Mailbox:
    """A mailbox in which the subject's message has UID 2, among others of which some wait for somebody's EXPUNGE."""
    box = server.mailbox()
    with box.client() as client:
        for raw, flags in (OTHERS[0], (LETTER.mail(), FLAGS), *OTHERS[1:]):
            client.append("INBOX", raw, flags, WHEN)
    return box


def subject(store: ImapStore) -> Record:
    return next(record for record in records(store) if record.native and SECRET.encode() in record.native)


def assert_others_untouched(box: Mailbox) -> list[tuple[bytes, frozenset[bytes], datetime]]:
    """Gives what there is beside the others."""
    found = list(box.messages().values())
    expected = [(raw, frozenset(flag.encode() for flag in flags), WHEN) for raw, flags in OTHERS]
    assert [item for item in found if item in expected] == expected
    return [item for item in found if item not in expected]


def assert_redacted(box: Mailbox, flags: tuple[str, ...] = FLAGS) -> None:
    """One copy, redacted, with flags and date; the others as they were."""
    [(raw, kept, when)] = assert_others_untouched(box)
    assert SECRET.encode() not in raw
    assert raw.count(b"X-Privacy-Redaction") == 1
    assert kept == {flag.encode() for flag in flags}
    assert when == WHEN


def killed(work: Callable[[], object], at: int, *, after: bool) -> bool:
    """Run `work` in a child that is killed around its `at`-th write to the server; False when it got to its end."""
    child = os.fork()
    if child == 0:
        count = 0
        real = imaplib.IMAP4.send

        def send(self: imaplib.IMAP4, data: bytes) -> None:
            nonlocal count
            count += 1
            if count == at and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            real(self, data)
            if count == at and after:
                os.kill(os.getpid(), signal.SIGKILL)

        imaplib.IMAP4.send = send  # type: ignore[method-assign]
        code = 3
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize(
    ("kind", "remembers", "after"),
    [
        pytest.param("redact", True, False, id="redact-journal-before"),
        pytest.param("redact", False, True, id="redact-amnesia-behind", marks=pytest.mark.slow),
        pytest.param("redact", True, True, id="redact-journal-behind", marks=pytest.mark.faults),
        pytest.param("redact", False, False, id="redact-amnesia-before", marks=pytest.mark.faults),
        pytest.param("delete", True, False, id="delete-journal-before", marks=pytest.mark.faults),
        pytest.param("delete", False, True, id="delete-amnesia-behind", marks=pytest.mark.faults),
    ],
)
def test_killed_at_every_command_and_resumed(
    dovecot_server: Dovecot, tmp_path: Path, kind: str, remembers: bool, after: bool
) -> None:
    at, going = 0, True
    while going:
        at += 1
        box = filled(dovecot_server)
        journal = FileJournal(tmp_path / f"{at}.json")
        with ImapStore(options_for(box)) as store:
            record = subject(store)
        action = redaction(record, SECRET) if kind == "redact" else deletion(record)

        def work(box: Mailbox = box, action: Action = action, journal: FileJournal = journal) -> None:
            with ImapStore(options_for(box)) as store:
                store.act(action, journal)

        going = killed(work, at, after=after)
        for _ in range(2):
            with ImapStore(options_for(box)) as store:
                receipt = store.act(action, journal if remembers else Memory())
            assert receipt.outcome in (Outcome.DONE, Outcome.ALREADY)
        if kind == "redact":
            assert_redacted(box)
        else:
            assert not assert_others_untouched(box)
    assert at > 10  # so many writes there were
    print(f"{kind}: killed around {at - 1} writes to the server")


class TestRedaction:
    def test_it_works(self, box: Mailbox, store: ImapStore) -> None:
        record = subject(store)
        receipt = store.act(redaction(record, SECRET), Memory())
        assert_redacted(box)
        assert receipt.outcome is Outcome.DONE
        assert receipt.ref is not None
        assert receipt.ref != record.ref
        assert set(receipt.residue) == {"imap.index-cache", "imap.backups"}

    def test_the_stamp_is_opaque(self, store: ImapStore) -> None:
        record = subject(store)
        action = redaction(record, SECRET, key="case of lena\r\nX-Evil: 1")
        receipt = store.act(action, Memory())
        assert receipt.ref is not None
        [copy] = store.fetch([receipt.ref])
        assert copy.native is not None
        assert b"X-Privacy-Redaction: " + stamp(action).encode() + b"\r\n" in copy.native
        assert b"X-Evil" not in copy.native

    def test_a_second_case_may_redact_the_copy(self, box: Mailbox, store: ImapStore) -> None:
        first = store.act(redaction(subject(store), SECRET), Memory())
        assert first.ref is not None
        [copy] = store.fetch([first.ref])
        store.act(redaction(copy, "Lena Novak", key="case-2"), Memory())
        found = [raw for raw, _, _ in box.messages().values() if b"Offer 1" in raw]
        assert len(found) == 1
        assert b"Lena Novak" not in found[0]

    @pytest.mark.parametrize("lost", [(), (b"QRESYNC", b"CONDSTORE")], ids=["condstore", "plain"])
    def test_flags_set_while_it_runs_are_kept(self, box: Mailbox, lost: tuple[bytes, ...]) -> None:
        def mark() -> None:
            with box.client() as client:
                client.select_folder("INBOX")
                client.add_flags([2], ["\\Answered"])
                client.remove_flags([2], ["\\Flagged"])

        for options in weaker(box, *lost):
            with ImapStore(options) as store:
                store.act(redaction(subject(store), SECRET), Meddler("appended", mark))
        assert_redacted(box, ("\\Seen", "$Label1", "customer", "\\Answered"))

    def test_deletion_by_a_user_while_it_runs_is_kept(self, box: Mailbox, store: ImapStore) -> None:
        def mark() -> None:
            with box.client() as client:
                client.select_folder("INBOX")
                client.add_flags([2], ["\\Deleted"])

        store.act(redaction(subject(store), SECRET), Meddler("appended", mark))
        assert_redacted(box, (*FLAGS, "\\Deleted"))

    def test_a_message_marked_as_deleted_before_stays_marked(self, box: Mailbox, store: ImapStore) -> None:
        with box.client() as client:
            client.select_folder("INBOX")
            client.add_flags([2], ["\\Deleted"])
        store.act(redaction(subject(store), SECRET), Memory())
        assert_redacted(box, (*FLAGS, "\\Deleted"))

    def test_expunge_by_a_user_while_it_runs(self, box: Mailbox, store: ImapStore) -> None:
        def expunge() -> None:
            with box.client() as client:
                client.select_folder("INBOX")
                client.delete_messages([2])
                client.uid_expunge([2])

        store.act(redaction(subject(store), SECRET), Meddler("appended", expunge))
        assert_redacted(box)

    def test_the_same_action_twice_at_the_same_time(self, box: Mailbox, store: ImapStore) -> None:
        action = redaction(subject(store), SECRET)

        def rival() -> None:
            with ImapStore(options_for(box)) as other:
                other.act(action, Memory())

        receipt = store.act(action, Meddler("intent", rival))
        assert_redacted(box)
        assert [record.ref for record in records(store) if record.native and b"Offer 1" in record.native] == [
            receipt.ref
        ]

    def test_a_message_that_keeps_changing_is_left_for_later(self, box: Mailbox, store: ImapStore) -> None:
        real = store._session.mark_deleted
        store._session.mark_deleted = lambda uid, modseq: real(uid, 1)  # type: ignore[method-assign]
        action, memory = redaction(subject(store), SECRET), Memory()
        with pytest.raises(Throttled):
            store.act(action, memory)
        with ImapStore(options_for(box)) as other:
            other.act(action, memory)
        assert_redacted(box)

    def test_gone_before_it_began(self, box: Mailbox, store: ImapStore) -> None:
        action = redaction(subject(store), SECRET)
        store.act(deletion(subject(store), key="other case"), Memory())
        with pytest.raises(Vanished):
            store.act(action, Memory())

    def test_cut_off_by_the_network_and_resumed(self, box: Mailbox) -> None:
        with Proxy(box.server.tls_port) as proxy, ImapStore(options_for(box, port=proxy.port)) as store:
            action, journal = redaction(subject(store), SECRET), Meddler("appended", proxy.cut)
            with pytest.raises(Exception, match="does not answer"):
                store.act(action, journal)
        with ImapStore(options_for(box)) as store:
            assert store.act(action, journal).outcome is Outcome.DONE
        assert_redacted(box)

    def test_a_server_that_alters_mail_changes_nothing(self, box: Mailbox) -> None:
        """A relay plays a server that adds something to what it stores."""
        before = box.messages()

        def alter(piece: bytes) -> bytes:
            return piece.replace(b"[no one]", b"[nobody]")

        for options in relayed(box, alter):
            with ImapStore(options) as store:
                record = subject(store)
                action = replace(redaction(record, SECRET), masks=masks(record, "Offer 1", "[no one]"))
                with pytest.raises(Unsupported, match="nothing was changed"):
                    store.act(action, Memory())
        assert box.messages() == before

    @pytest.mark.parametrize(
        "body",
        [
            b"bare \r return lena.novak@example.com\r\n",
            b"no end lena.novak@example.com",
            b"8bit \xe4\xf6 lena.novak@example.com\r\n",
        ],
        ids=["bare-cr", "no-newline", "8bit"],
    )
    def test_odd_bytes_are_stored_as_they_are(self, dovecot_server: Dovecot, body: bytes) -> None:
        box = dovecot_server.mailbox()
        with box.client() as client:
            raw = b"From: a@example.org\r\nSubject: odd\r\n\r\n" + body
            client.multiappend("INBOX", [{"msg": raw, "flags": ["\\Seen"], "date": WHEN}])
        stored = box.messages()[1][0]
        with ImapStore(options_for(box)) as store:
            store.act(redaction(records(store)[0], SECRET), Memory())
        [(after, _, _)] = box.messages().values()
        head, _, rest = after.partition(b"X-Privacy-Redaction: ")
        assert head + rest.partition(b"\r\n")[2] == stored.replace(SECRET.encode(), b"MASKED")


class TestDisk:
    def test_nothing_of_the_person_stays_on_disk_but_the_documented_cache(self, box: Mailbox, store: ImapStore) -> None:
        with box.client() as client:
            client.select_folder("INBOX")
            client.fetch([1, 2, 3, 4], ["ENVELOPE"])  # as mail programs do: fills the cache
        assert box.holds(SECRET.encode(), indexes=False)
        store.act(redaction(subject(store), SECRET), Memory())
        store.close()
        assert not box.holds(SECRET.encode(), indexes=False)
        assert box.holds(SECRET.encode())  # the residue imap.index-cache
        box.purge_cache()
        assert not box.holds(SECRET.encode())

    def test_a_deleted_message_leaves_the_disk(self, box: Mailbox, store: ImapStore) -> None:
        store.act(deletion(subject(store)), Memory())
        store.close()
        assert not box.holds(SECRET.encode(), indexes=False)
        box.purge_cache()
        assert not box.holds(SECRET.encode())
