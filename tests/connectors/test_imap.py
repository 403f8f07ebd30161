"""Reading a mailbox on a real Dovecot, and every way of not getting there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors import registry
from connectors.contract import Ability, Action, ActionKind, Identifier, Whereabouts
from connectors.errors import (
    BadCertificate,
    BadCredentials,
    BadSettings,
    MissingRights,
    StoreError,
    Unreachable,
    Unsupported,
    Vanished,
)
from connectors.imap import KIND
from connectors.imap.client import Folder, quoted
from connectors.imap.folders import chosen
from connectors.imap.options import Options
from connectors.imap.store import RESIDUE, ImapStore
from connectors.limits import Limits
from tests.connectors.conformance import Conformance, Memory, deletion, nothing, records, redaction, shows
from tests.connectors.people import Letter
from tests.servers.dovecot import PASSWORD, Dovecot, Mailbox
from tests.servers.proxy import Proxy

pytestmark = pytest.mark.dovecot

LETTER = Letter("Offer 1", "Lena Novak", "lena.novak@example.com", "lena.novak@example.com", "Regards, Lena")


def options_for(box: Mailbox, **changed: object) -> Options:
    values = {"host": "localhost", "port": box.server.tls_port, "user": box.user, "password": PASSWORD}
    return Options.model_validate(values | {"ca_file": box.server.ca, "timeout": 10} | changed)


def weaker(box: Mailbox, *lost: bytes) -> Iterator[Options]:
    """Options to reach the mailbox through a relay that hides capabilities."""

    def hide(piece: bytes) -> bytes:
        for name in lost:
            piece = piece.replace(b" " + name + b" ", b" ")
        return piece

    yield from relayed(box, hide)


def relayed(box: Mailbox, rewrite: Callable[[bytes], bytes]) -> Iterator[Options]:
    """Options to reach the mailbox through a relay that changes what the server says."""
    with Proxy(box.server.port, rewrite) as proxy:
        yield options_for(box, port=proxy.port, security="none", ca_file=None)


@pytest.fixture
def box(dovecot_server: Dovecot) -> Mailbox:
    return dovecot_server.mailbox()


@pytest.fixture
def store(box: Mailbox) -> Iterator[ImapStore]:
    box.append(LETTER.mail())
    with ImapStore(options_for(box)) as store:
        yield store


class TestReaching:
    def test_it_works(self, store: ImapStore) -> None:
        health = store.check()
        assert health.reachable
        assert {"read", "insert", "delete", "expunge"} <= set(health.held)
        assert not health.missing
        assert Ability.REDACT in store.abilities

    def test_starttls_works(self, box: Mailbox) -> None:
        with KIND.open(options_for(box, port=box.server.port, security="starttls")) as store:
            assert store.collections()

    def test_no_encryption_on_loopback_works(self, box: Mailbox) -> None:
        with KIND.open(options_for(box, port=box.server.port, security="none")) as store:
            assert store.collections()

    def test_no_encryption_elsewhere_is_refused(self, box: Mailbox) -> None:
        with pytest.raises(ValidationError, match="this machine only"):
            options_for(box, host="mail.example.com", security="none")

    def test_unknown_authority_is_refused(self, box: Mailbox) -> None:
        with pytest.raises(BadCertificate, match="ca-file"):
            KIND.open(options_for(box, ca_file=None))

    def test_unknown_authority_is_refused_by_starttls_too(self, box: Mailbox) -> None:
        with pytest.raises(BadCertificate, match="ca-file"):
            KIND.open(options_for(box, ca_file=None, port=box.server.port, security="starttls"))

    def test_certificate_for_another_host_is_refused(self, box: Mailbox) -> None:
        with pytest.raises(BadCertificate, match="another host"):
            KIND.open(options_for(box, host="127.0.0.1"))

    def test_authority_file_must_be_one(self, box: Mailbox) -> None:
        with pytest.raises(BadSettings):
            KIND.open(options_for(box, ca_file=box.server.root / "conf"))
        with pytest.raises(BadSettings):
            KIND.open(options_for(box, ca_file=box.server.root / "absent.pem"))

    def test_plain_text_where_tls_is_wanted(self, box: Mailbox) -> None:
        with pytest.raises(BadCertificate):
            KIND.open(options_for(box, port=box.server.port))

    def test_stripped_starttls_sends_no_password(self, box: Mailbox) -> None:
        with Proxy(box.server.port, lambda piece: piece.replace(b" STARTTLS", b"")) as proxy:
            with pytest.raises(BadCertificate, match="not sent"):
                KIND.open(options_for(box, port=proxy.port, security="starttls"))
            heard = bytes(proxy.heard)
        assert b"LOGIN" not in heard
        assert b"AUTHENTICATE" not in heard
        assert PASSWORD.encode() not in heard

    def test_greeting_that_claims_to_be_signed_in_is_refused(self, box: Mailbox) -> None:
        with (
            Proxy(box.server.port, lambda piece: piece.replace(b"* OK [", b"* PREAUTH [")) as proxy,
            pytest.raises(BadCertificate),
        ):
            KIND.open(options_for(box, port=proxy.port, security="starttls"))

    def test_wrong_password(self, box: Mailbox) -> None:
        with pytest.raises(BadCredentials) as caught:
            KIND.open(options_for(box, password="not-the-one"))
        assert "not-the-one" not in str(caught.value)
        assert box.user not in str(caught.value)

    def test_password_beyond_ascii(self, box: Mailbox) -> None:
        with pytest.raises(BadCredentials):
            KIND.open(options_for(box, password="Straße-密码"))

    def test_password_with_a_line_break_is_no_command(self, box: Mailbox) -> None:
        with pytest.raises(ValidationError) as caught:
            options_for(box, password="x\r\nA1 LOGOUT")
        assert "LOGOUT" not in str(caught.value)

    def test_login_command_where_plain_is_not_offered(self, box: Mailbox) -> None:
        def hide(piece: bytes) -> bytes:
            return piece.replace(b" AUTH=PLAIN", b"").replace(b" AUTH=LOGIN", b"")

        with (
            Proxy(box.server.port, hide) as proxy,
            KIND.open(options_for(box, port=proxy.port, security="none")) as store,
        ):
            assert store.collections()
            assert b" LOGIN " in proxy.heard

    def test_closed_port(self, box: Mailbox) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        with pytest.raises(Unreachable):
            KIND.open(options_for(box, port=port))

    def test_server_that_says_nothing(self, box: Mailbox) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable):
            KIND.open(options_for(box, port=silent.getsockname()[1], timeout=0.3))

    def test_server_gone_half_way(self, box: Mailbox) -> None:
        box.append(LETTER.mail())
        with Proxy(box.server.tls_port) as proxy, KIND.open(options_for(box, port=proxy.port)) as store:
            walk = store.changes("INBOX", None, nothing)
            next(walk)
            proxy.cut()
            with pytest.raises(Unreachable):
                list(store.changes("INBOX", None, nothing))

    def test_words_of_the_server_stay_out_of_errors(self, box: Mailbox) -> None:
        box.append(LETTER.mail())
        with Proxy(
            box.server.port, lambda piece: piece.replace(b"OK Fetch completed", b"NO lena.novak@example.com")
        ) as proxy:
            store = KIND.open(options_for(box, port=proxy.port, security="none"))
            with store, pytest.raises(StoreError) as caught:
                list(store.changes("INBOX", None, nothing))
        assert "lena" not in str(caught.value)
        assert caught.value.__suppress_context__


class TestFolders:
    def test_every_folder_is_a_collection(self, box: Mailbox, store: ImapStore) -> None:
        box.append(LETTER.mail(), "Projekte/Größe & Co")
        names = {item.name: item.count for item in store.collections()}
        assert names == {"INBOX": 1, "Sent": 0, "Trash": 0, "Projekte/Größe & Co": 1}

    def test_view_of_all_mail_is_left_out_and_named(self, box: Mailbox, store: ImapStore) -> None:
        box.append(LETTER.mail(), "Everything")
        assert "Everything" not in {item.name for item in store.collections()}
        assert any("all messages" in note for note in store.check().notes)
        receipt = store.act(deletion(records(store)[0]), Memory())
        assert "imap.all-mail" in receipt.residue

    def test_view_of_all_mail_is_read_when_it_is_named(self, box: Mailbox) -> None:
        box.append(LETTER.mail(), "Everything")
        with ImapStore(options_for(box, include=("Everything",))) as store:
            assert [item.name for item in store.collections()] == ["Everything"]

    def test_include_and_exclude(self, box: Mailbox) -> None:
        with ImapStore(options_for(box, include=("inbox", "Sent"), exclude=("Sent",))) as store:
            assert [item.name for item in store.collections()] == ["INBOX"]

    def test_include_of_nothing_is_told(self, box: Mailbox) -> None:
        with ImapStore(options_for(box, include=("Absent",))) as store, pytest.raises(BadSettings):
            store.collections()

    def test_folders_without_messages_are_left_out(self) -> None:
        rows = [Folder("a", frozenset({"\\noselect"})), Folder("b", frozenset()), Folder("c", frozenset({"\\flagged"}))]
        assert chosen(rows, (), ()) == ["b"]

    def test_rights_that_are_missing(self, dovecot_server: Dovecot) -> None:
        box = dovecot_server.mailbox("keeper")
        box.append(LETTER.mail())
        with ImapStore(options_for(box)) as store:
            assert {"delete", "expunge"} <= set(store.check().missing)
            with pytest.raises(MissingRights):
                store.act(deletion(records(store)[0]), Memory())
            assert len(records(store)) == 1


class TestPasses:
    def test_nothing_new(self, store: ImapStore) -> None:
        *_, last = store.changes("INBOX", None, nothing)
        pages = list(store.changes("INBOX", last.cursor, nothing))
        assert [(page.records, page.last, page.whole) for page in pages] == [((), True, False)]

    @pytest.mark.parametrize(
        "lost", [(), (b"QRESYNC",), (b"QRESYNC", b"CONDSTORE")], ids=["qresync", "condstore", "none"]
    )
    def test_gone_and_new_with_and_without_extensions(self, box: Mailbox, lost: tuple[bytes, ...]) -> None:
        for number in range(6):
            box.append(replace(LETTER, title=f"Offer {number}").mail())
        for options in weaker(box, *lost):
            with ImapStore(options) as store:
                first = [record for page in store.changes("INBOX", None, nothing) for record in page.records]
                *_, last = store.changes("INBOX", None, nothing)
                versions = {record.ref: record.version for record in first}
                with box.client() as client:
                    client.select_folder("INBOX")
                    client.delete_messages([2, 3])
                    client.uid_expunge([2, 3])
                    client.add_flags([1], ["\\Flagged"])
                box.append(replace(LETTER, title="Offer 9").mail())

                pages = list(store.changes("INBOX", last.cursor, Conformance.knows(versions)))
                assert [shows(record, "Offer 9") for page in pages for record in page.records] == [True]
                gone = {ref for page in pages for ref in page.gone}
                if any(page.whole for page in pages):
                    named = {ref for page in pages for ref in page.unchanged}
                    gone |= set(versions) - named
                assert {ref.key.split(":")[1] for ref in gone} == {"2", "3"}
                assert any(page.whole for page in pages) == bool(lost)

    def test_arithmetic_saves_a_whole_pass_when_mail_only_arrives(self, box: Mailbox) -> None:
        box.append(LETTER.mail())
        for options in weaker(box, b"QRESYNC", b"CONDSTORE"):
            with ImapStore(options) as store:
                *_, last = store.changes("INBOX", None, nothing)
                box.append(LETTER.mail())
                pages = list(store.changes("INBOX", last.cursor, nothing))
                assert not any(page.whole for page in pages)
                assert sum(len(page.records) for page in pages) == 1

    def test_folder_numbered_anew_is_read_whole(self, box: Mailbox) -> None:
        box.append(LETTER.mail(), "Old")
        with ImapStore(options_for(box)) as store:
            record = next(store.fetch([]), None) or records(store)[0]
            *_, last = store.changes("Old", None, nothing)
            with box.client() as client:
                client.delete_folder("Old")
            box.append(LETTER.mail(), "Old")
            box.append(LETTER.mail(), "Old")
            pages = list(store.changes("Old", last.cursor, nothing))
            assert all(page.whole for page in pages)
            assert sum(len(page.records) for page in pages) == 2
            assert not list(store.fetch([record.ref]))
            with pytest.raises(Vanished):
                store.presence(record.ref)
            with pytest.raises(Vanished):
                store.act(deletion(record), Memory())
        assert len(box.messages("Old")) == 2

    def test_folder_gone(self, box: Mailbox) -> None:
        box.append(LETTER.mail(), "Old")
        with ImapStore(options_for(box)) as store:
            record = records(store)[0]
            with box.client() as client:
                client.delete_folder("Old")
            with pytest.raises(Vanished):
                list(store.changes("Old", None, nothing))
            assert store.presence(record.ref).where is Whereabouts.GONE

    @pytest.mark.parametrize("cursor", ["", "nonsense", "[]", "[1, 2, 3]", "[[1,2],null,0]", "null"])
    def test_cursor_that_is_not_ours_starts_a_whole_pass(self, store: ImapStore, cursor: str) -> None:
        pages = list(store.changes("INBOX", cursor, nothing))
        assert [page.whole for page in pages] == [True, True]

    def test_other_use_of_the_store_between_two_pages(
        self, box: Mailbox, store: ImapStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.imap.changes.PAGE_RECORDS", 1)
        box.append(LETTER.mail())
        box.append(LETTER.mail(), "Other")
        walk = store.changes("INBOX", None, nothing)
        seen = []
        for page in walk:
            seen += [record.ref for record in page.records]
            assert [record.ref.collection for record in store.fetch([record.ref for record in records(store)])]
        assert [ref.collection for ref in seen] == ["INBOX", "INBOX"]

    def test_reading_marks_nothing_as_read(self, box: Mailbox, store: ImapStore) -> None:
        records(store)
        list(store.search([Identifier("email", LETTER.address)]))
        assert [flags for _, flags, _ in box.messages().values()] == [frozenset()]

    def test_oversized_message_shows_its_headers_and_is_not_clean(self, box: Mailbox) -> None:
        box.append(replace(LETTER, text="x" * 5000).mail())
        with ImapStore(options_for(box), Limits(message_bytes=2000)) as store:
            record = records(store)[0]
            assert shows(record, LETTER.address)
            assert "too-large" in {item.reason for item in record.unreadable}
            assert record.native is None
            with pytest.raises(Unsupported):
                store.act(redaction(record, LETTER.address), Memory())

    def test_message_the_server_cannot_read_is_not_clean(self, box: Mailbox) -> None:
        for number in range(3):
            box.append(replace(LETTER, title=f"Offer {number}").mail())
        files = sorted(path for path in (box.path / "cur").iterdir()) + sorted((box.path / "new").iterdir())
        files[1].chmod(0)
        with ImapStore(options_for(box)) as store:
            found = records(store)
        assert len(found) == 3
        assert [item.reason for record in found for item in record.unreadable] == ["damaged"]


class TestSearch:
    @pytest.mark.parametrize("value", ["lena.novak@example.com", "LENA.NOVAK@EXAMPLE.COM"])
    def test_address_headers_are_searched(self, store: ImapStore, value: str) -> None:
        assert [shows(hit, "Offer 1") for hit in store.search([Identifier("email", value)])] == [True]

    def test_names_beyond_ascii(self, box: Mailbox, store: ImapStore) -> None:
        box.append(Letter("Offer 2", "张伟", "x@example.org", "张伟", charset="gb2312").mail())
        assert [shows(hit, "Offer 2") for hit in store.search([Identifier("name", "张伟")])] == [True]

    def test_bodies_are_not(self, store: ImapStore) -> None:
        assert not list(store.search([Identifier("email", "regards"), Identifier("phone", "+12025550143")]))

    def test_an_argument_is_data(self) -> None:
        assert quoted('a" OR "\\') == b'"a\\" OR \\"\\\\"'
        with pytest.raises(ValueError, match="control"):
            quoted("a\r\nb")


class TestReadme:
    def test_every_option_and_residue_is_told(self) -> None:
        text = Path(registry.__file__).with_name("imap").joinpath("README.md").read_text("utf-8")
        names = [name.replace("_", "-") for name in Options.model_fields]
        assert not [name for name in [*names, *RESIDUE, "imap.all-mail"] if f"`{name}`" not in text]


class TestLesserServers:
    def test_without_uidplus_nothing_is_erased(self, box: Mailbox) -> None:
        box.append(LETTER.mail())
        before = box.messages()
        for options in weaker(box, b"UIDPLUS"):
            with ImapStore(options) as store:
                assert not {Ability.DELETE, Ability.REDACT} & store.abilities
                assert any("UIDPLUS" in note for note in store.check().notes)
                record = records(store)[0]
                for action in (deletion(record), redaction(record, LETTER.address)):
                    with pytest.raises(Unsupported, match="UIDPLUS"):
                        store.act(action, Memory())
        assert box.messages() == before

    def test_without_condstore_and_literals_redaction_works(self, box: Mailbox) -> None:
        box.append(LETTER.mail(), flags=["\\Seen", "$Label1"])
        for options in weaker(box, b"QRESYNC", b"CONDSTORE", b"LITERAL+"):
            with ImapStore(options) as store:
                store.act(redaction(records(store)[0], LETTER.address), Memory())
        [(raw, flags, _)] = box.messages().values()
        assert LETTER.address.encode() not in raw
        assert flags == {b"\\Seen", b"$Label1"}

    def test_without_access_lists_the_notes_say_so(self, box: Mailbox) -> None:
        for options in weaker(box, b"ACL"):
            with ImapStore(options) as store:
                assert any("access lists" in note for note in store.check().notes)

    def test_other_kinds_of_action_are_unsupported(self, store: ImapStore) -> None:
        record = records(store)[0]
        with pytest.raises(Unsupported):
            store.act(Action("k", ActionKind.UPDATE, record.ref, record.version), Memory())
