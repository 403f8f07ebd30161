"""The outbox: at most once, never lost, whatever the relay does."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from ledger.tables import LedgerLeaf
from notices import outbox
from notices.delivery import FileDelivery, Uncertain
from notices.kinds import LetterError
from notices.outbox import Counts, OutboxError, cancel, deliver_due, forget, queue, read, resend
from notices.tables import Notice, State
from office import Office
from settings import SettingsError
from tests.notices.conftest import RECEIPT, Authority, Clock, Relay, again, put, smtp_toml
from vault import Shredded

Make = Callable[..., Office]
Start = Callable[..., Relay]


def events(office: Office) -> list[str]:
    with office.unit() as unit:
        bodies = unit.session.exec(select(LedgerLeaf.body).order_by(col(LedgerLeaf.seq))).all()
    return [json.loads(body)["action"] for body in bodies]


def letters(office: Office) -> list[Path]:
    folder = office.settings.letters
    return sorted(folder.iterdir()) if folder.exists() else []


def stuck(office: Office) -> Notice:
    """A letter whose worker died while it was sending."""
    notice = put(office)
    claimed = outbox._claim(office)
    assert claimed is not None
    assert claimed.id == notice.id
    return claimed


def test_it_works(make_office: Make) -> None:
    office = make_office()
    notice = put(office)
    assert deliver_due(office) == Counts(sent=1)
    (file,) = letters(office)
    assert file.name == notice.message_id.strip("<>") + ".eml"
    row = again(office, notice)
    assert (row.state, row.attempts, row.sent_at, row.last_error) == (State.SENT, 1, office.clock(), "")
    assert events(office) == ["notice.queued", "notice.sent"]
    assert deliver_due(office) == Counts()


def test_it_works_over_smtp(make_office: Make, relay: Start, authority: Authority, tmp_path: Path) -> None:
    server = relay(tls_context=authority.context(tmp_path))
    office = make_office(smtp_toml(server, "starttls", ca_file=str(authority.file)))
    notice = put(office)
    assert deliver_due(office) == Counts(sent=1)
    assert deliver_due(office) == Counts()
    (message,) = server.accepted
    assert message["Message-ID"] == notice.message_id
    assert server.recipients == ["anna.muster@example.com"]
    assert server.encrypted == [True]


def test_queue_writes_nothing_unless_the_caller_commits(make_office: Make) -> None:
    office = make_office()
    with office.unit() as unit:
        queue(
            office, unit.session, case_id="c1", kind="receipt", language="en", recipient="a@example.com",
            name=None, facts=RECEIPT, dedupe="c1:receipt:1", at=office.clock(),
        )  # fmt: skip
    assert deliver_due(office) == Counts()
    assert events(office) == []


def test_the_same_letter_is_queued_once(make_office: Make) -> None:
    office = make_office()
    first = put(office)
    assert put(office, recipient="other@example.com").id == first.id
    assert put(office, 2).id != first.id
    assert deliver_due(office) == Counts(sent=2)
    assert put(office).state == State.SENT
    assert events(office).count("notice.queued") == 2


def test_nothing_personal_lies_open(make_office: Make) -> None:
    office = make_office()
    put(office)
    stored = b"".join(file.read_bytes() for file in office.settings.home.glob("redress.db*"))
    for canary in (b"anna", b"Anna", b"muster", b"Muster", b"R-7K2M"):
        assert canary not in stored


def test_read_shows_the_letter(make_office: Make) -> None:
    office = make_office()
    assert read(office, put(office)).text.startswith("Dear Anna Muster,")


def test_language_that_is_not_allowed_falls_back(make_office: Make) -> None:
    office = make_office('[notices]\nlanguages = ["de"]')
    notice = put(office, language="zh-Hans")
    assert notice.language == "de"
    assert read(office, notice).text.startswith("Guten Tag Anna Muster,")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "newsletter"},
        {"facts": {"reference": "R-1"}},
        {"recipient": "anna.muster@example.com\r\nBcc: b@example.com"},
        {"recipient": "not an address"},
    ],
)
def test_a_letter_that_cannot_be_written_is_refused_when_queued(make_office: Make, change: dict[str, Any]) -> None:
    office = make_office()
    with pytest.raises(LetterError) as caught:
        put(office, **change)
    assert "muster" not in str(caught.value)
    assert events(office) == []


def test_line_breaks_in_a_name_reach_neither_header_nor_text(make_office: Make) -> None:
    office = make_office()
    put(office, name="Anna\r\nBcc: b@example.com\r\n\r\nBuy now")
    deliver_due(office)
    (file,) = letters(office)
    assert b"Bcc" not in file.read_bytes()
    assert b"Buy now" not in file.read_bytes()


# deferred, rejected, uncertain


def test_4xx_is_tried_again_later_and_sent_once(make_office: Make, relay: Start, clock: Clock) -> None:
    server = relay()
    server.answers["RCPT"] = ["450 greylisted", "451 still", "250 OK"]
    office = make_office(smtp_toml(server))
    notice = put(office)
    assert deliver_due(office) == Counts(deferred=1)
    row = again(office, notice)
    assert (row.state, row.last_error) == (State.QUEUED, "smtp_450")
    assert deliver_due(office) == Counts(), "not before the pause is over"
    clock.forward(minutes=5)
    assert deliver_due(office) == Counts(deferred=1)
    clock.forward(minutes=5)
    assert deliver_due(office) == Counts(), "the pause grows"
    clock.forward(minutes=5)
    assert deliver_due(office) == Counts(sent=1)
    assert len(server.accepted) == 1
    assert again(office, notice).attempts == 3


def test_a_letter_is_given_up_after_retry_hours(make_office: Make, relay: Start, clock: Clock) -> None:
    server = relay()
    server.answers["RCPT"] = ["450 greylisted"]
    office = make_office(smtp_toml(server).replace("[notices]", "[notices]\nretry_hours = 24"))
    notice = put(office)
    tries, total = 0, Counts()
    while again(office, notice).state == State.QUEUED:
        clock.at = again(office, notice).not_before
        total = deliver_due(office)
        tries += 1
    assert total == Counts(failed=1)
    assert clock.at == notice.queued_at.replace(day=notice.queued_at.day + 1)
    assert 8 <= tries <= 15
    assert events(office)[-1] == "notice.failed"


def test_the_time_for_trying_starts_with_the_first_try(make_office: Make, relay: Start, clock: Clock) -> None:
    server = relay()
    server.answers["RCPT"] = ["450 greylisted", "250 OK"]
    office = make_office(smtp_toml(server))
    put(office)
    clock.forward(days=5)  # no worker ran for a long weekend
    assert deliver_due(office) == Counts(deferred=1)
    clock.forward(minutes=5)
    assert deliver_due(office) == Counts(sent=1)


def test_a_wrong_sender_stops_before_a_letter_is_touched(make_office: Make) -> None:
    office = make_office()
    notice = put(office)
    office = make_office('[notices]\nsender = "Privacy Team"')
    with pytest.raises(SettingsError, match=r"notices\.sender"):
        deliver_due(office)
    assert again(office, notice).state == State.QUEUED


def test_5xx_fails_and_does_not_hold_up_others(make_office: Make, relay: Start, clock: Clock) -> None:
    server = relay()
    server.answers["RCPT"] = ["550 anna.muster@example.com unknown", "250 OK"]
    office = make_office(smtp_toml(server))
    notice = put(office)
    clock.forward(seconds=1)
    put(office, 2)
    assert deliver_due(office) == Counts(failed=1, sent=1)
    row = again(office, notice)
    assert (row.state, row.last_error, row.sent_at) == (State.FAILED, "smtp_550", None)
    assert sorted(events(office)[2:]) == ["notice.failed", "notice.sent"]


def test_dropped_after_250_is_sent(make_office: Make, relay: Start) -> None:
    server = relay()
    server.drop = "after"
    office = make_office(smtp_toml(server))
    put(office)
    assert deliver_due(office) == Counts(sent=1)
    assert deliver_due(office, recover=True) == Counts()
    assert len(server.accepted) == 1


def test_dropped_before_data_is_tried_again(make_office: Make, relay: Start, clock: Clock) -> None:
    server = relay()
    server.drop = "start"
    office = make_office(smtp_toml(server))
    put(office)
    assert deliver_due(office) == Counts(deferred=1)
    server.drop = ""
    clock.forward(minutes=5)
    assert deliver_due(office) == Counts(sent=1)
    assert len(server.accepted) == 1


@pytest.mark.parametrize("drop", ["before", "lost"])
def test_dropped_without_a_verdict_is_unknown_and_left_alone(
    make_office: Make, relay: Start, clock: Clock, drop: str
) -> None:
    server = relay()
    server.drop = drop
    office = make_office(smtp_toml(server))
    notice = put(office)
    assert deliver_due(office) == Counts(unknown=1)
    server.drop = ""
    clock.forward(days=30)
    assert deliver_due(office, recover=True) == Counts()
    assert again(office, notice).state == State.UNKNOWN
    assert events(office) == ["notice.queued", "notice.unknown"]
    assert len(server.accepted) == (drop == "lost")


def test_a_relay_that_is_shut_is_asked_once_a_round(make_office: Make, clock: Clock) -> None:
    office = make_office(smtp_toml(Relay(port=1)))
    notices = [put(office, number) for number in range(3)]
    assert deliver_due(office) == Counts(deferred=1)
    assert sorted(again(office, one).attempts for one in notices) == [0, 0, 1]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_without_verified_tls_nothing_leaves_and_nothing_is_lost(
    make_office: Make, relay: Start, authority: Authority, tmp_path: Path, security: str
) -> None:
    context = authority.context(tmp_path, "relay.example")
    server = relay(tls_context=context) if security == "starttls" else relay(ssl_context=context)
    office = make_office(smtp_toml(server, security, ca_file=str(authority.file)))
    notice = put(office)
    assert deliver_due(office) == Counts(deferred=1)
    assert again(office, notice).last_error == "smtp_certificate"
    assert server.accepted == []


def test_stripped_starttls_sends_nothing(make_office: Make, relay: Start) -> None:
    server = relay()
    office = make_office(smtp_toml(server, "starttls"))
    notice = put(office)
    assert deliver_due(office) == Counts(deferred=1)
    assert again(office, notice).last_error == "smtp_not_offered"
    assert server.senders == []


def test_limit_bounds_a_round(make_office: Make) -> None:
    office = make_office()
    for number in range(3):
        put(office, number)
    assert deliver_due(office, limit=2) == Counts(sent=2)
    assert deliver_due(office) == Counts(sent=1)


# left behind


def test_a_fresh_letter_in_sending_is_another_workers(make_office: Make, clock: Clock) -> None:
    office = make_office()
    notice = stuck(office)
    clock.forward(minutes=14)
    assert deliver_due(office) == Counts()
    assert again(office, notice).state == State.SENDING


@pytest.mark.parametrize("recover", [True, False])
def test_a_letter_left_behind_is_unknown(make_office: Make, clock: Clock, recover: bool) -> None:
    office = make_office()
    notice = stuck(office)
    if not recover:
        clock.forward(minutes=16)
    assert deliver_due(office, recover=recover) == Counts(unknown=1)
    assert again(office, notice).last_error == "left_behind"
    assert letters(office) == []


def test_a_letter_left_behind_is_sent_if_its_file_is_there(make_office: Make) -> None:
    office = make_office()
    notice = stuck(office)
    outbox._send(office, FileDelivery(office.settings.letters), notice)
    assert deliver_due(office, recover=True) == Counts(found=1)
    assert again(office, notice).state == State.SENT
    assert len(letters(office)) == 1


def test_a_late_worker_knows_better_than_unknown(make_office: Make) -> None:
    office = make_office()

    class Slow(FileDelivery):
        def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
            assert deliver_due(office, recover=True) == Counts(unknown=1)
            super().send(message, sender=sender, recipient=recipient)

    notice = put(office)
    assert deliver_due(office, delivery=Slow(office.settings.letters)) == Counts(sent=1)
    assert again(office, notice).state == State.SENT
    assert events(office) == ["notice.queued", "notice.unknown", "notice.sent"]


def test_a_late_worker_stops_the_second_copy_asked_for_meanwhile(make_office: Make) -> None:
    office = make_office()
    notice = stuck(office)
    assert deliver_due(office, recover=True) == Counts(unknown=1)
    with office.unit() as unit:
        resend(office, unit.session, notice.id, actor="staff:1", at=office.clock())
        unit.commit()
    counts = Counts()
    assert outbox._deliver(office, FileDelivery(office.settings.letters), notice, counts)
    assert counts == Counts(sent=1)
    assert deliver_due(office) == Counts()
    assert len(letters(office)) == 1


def test_an_error_nobody_foresaw_leaves_the_letter_to_be_settled(make_office: Make) -> None:
    office = make_office()

    class Broken(FileDelivery):
        def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
            raise RuntimeError("bug")

    notice = put(office)
    with pytest.raises(RuntimeError):
        deliver_due(office, delivery=Broken(office.settings.letters))
    assert again(office, notice).state == State.SENDING
    assert deliver_due(office, recover=True) == Counts(unknown=1)


# people


class Mute(FileDelivery):
    """Takes the letter and never answers."""

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        raise Uncertain("smtp_cut_after_end")


def test_resend_uses_the_same_message_id(make_office: Make) -> None:
    office = make_office()
    notice = put(office)
    assert deliver_due(office, delivery=Mute(office.settings.letters)) == Counts(unknown=1)
    with office.unit() as unit:
        resend(office, unit.session, notice.id, actor="staff:1", at=office.clock())
        unit.commit()
    assert deliver_due(office) == Counts(sent=1)
    assert letters(office)[0].name == notice.message_id.strip("<>") + ".eml"
    assert events(office) == ["notice.queued", "notice.unknown", "notice.queued", "notice.sent"]


def test_resend_refuses_letters_that_wait_or_were_sent(make_office: Make) -> None:
    office = make_office()
    notice = put(office)
    for _ in range(2):
        with office.unit() as unit, pytest.raises(OutboxError):
            resend(office, unit.session, notice.id, actor="staff:1", at=office.clock())
        deliver_due(office)
    with office.unit() as unit, pytest.raises(OutboxError):
        resend(office, unit.session, "none", actor="staff:1", at=office.clock())


def test_cancel_takes_back_what_still_waits(make_office: Make) -> None:
    office = make_office()
    sent = put(office)
    deliver_due(office)
    waiting, other = put(office, 2), put(office, 3, case_id="c2")
    with office.unit() as unit:
        assert cancel(office, unit.session, "c1", actor="staff:1", at=office.clock()) == 1
        unit.commit()
    assert [again(office, one).state for one in (sent, waiting, other)] == ["sent", "cancelled", "queued"]
    assert deliver_due(office) == Counts(sent=1)
    assert events(office).count("notice.cancelled") == 1


def test_forget_destroys_contents_and_files(make_office: Make) -> None:
    office = make_office()
    notice = put(office)
    deliver_due(office)
    waiting = put(office, 2)
    with office.unit() as unit:
        assert forget(office, unit.session, "c1") == 1
        unit.commit()
    assert letters(office) == []
    row = again(office, notice)
    assert (row.recipient, row.name, row.facts, row.state) == (b"", None, b"", State.SENT)
    assert again(office, waiting).recipient != b""


def test_a_forgotten_case_gets_no_letter(make_office: Make) -> None:
    office = make_office()
    notice = put(office)
    office.vault.shred("case:c1")
    assert deliver_due(office) == Counts(failed=1)
    assert again(office, notice).last_error == "letter_unreadable"
    assert events(office) == ["notice.queued", "notice.failed"]
    with pytest.raises(Shredded):
        read(office, notice)


def test_a_swapped_recipient_is_noticed(make_office: Make) -> None:
    office = make_office()
    mine, other = put(office), put(office, 2, recipient="other@example.com")
    with office.unit() as unit:
        row = unit.session.get(Notice, mine.id)
        assert row is not None
        row.recipient = other.recipient
        unit.commit()
    assert deliver_due(office) == Counts(failed=1, sent=1)
    assert again(office, mine).last_error == "letter_unreadable"
