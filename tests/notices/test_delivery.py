"""Files, and real SMTP relays that behave, refuse, and die."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from notices.delivery import (
    Deferred,
    DeliveryError,
    FileDelivery,
    Rejected,
    SmtpDelivery,
    Unavailable,
    Uncertain,
    open_delivery,
)
from settings import Notices, Settings, SettingsError, Smtp
from tests.notices.conftest import Authority, Relay, login, make_authority

SENDER, RECIPIENT = "privacy@example.com", "anna.muster@example.com"
Start = Callable[..., Relay]


def letter(body: str = "Hello.\n", message_id: str = "<1@example.com>") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, "Your privacy request R-1"
    message["Message-ID"] = message_id
    message.set_content(body)
    return message


def send(relay: Relay, body: str = "Hello.\n", recipient: str = RECIPIENT, **settings: Any) -> None:
    values: dict[str, Any] = {"host": "127.0.0.1", "port": relay.port, "security": "none", "timeout": 5}
    SmtpDelivery(Smtp(**(values | settings))).send(letter(body), sender=SENDER, recipient=recipient)


def code_of(relay: Relay, kind: type[DeliveryError], **settings: Any) -> str:
    with pytest.raises(kind) as caught:
        send(relay, **settings)
    assert type(caught.value) is kind
    assert "muster" not in str(caught.value)
    return caught.value.code


# files


def test_file_it_works(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    delivery = FileDelivery(folder)
    assert not delivery.find("<1@example.com>")
    delivery.send(letter(), sender=SENDER, recipient=RECIPIENT)
    (file,) = folder.iterdir()
    assert file.name == "1@example.com.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert message_from_bytes(file.read_bytes())["Message-ID"] == "<1@example.com>"
    assert delivery.find("<1@example.com>")


def test_file_is_not_written_twice(tmp_path: Path) -> None:
    delivery = FileDelivery(tmp_path)
    delivery.send(letter("first\n"), sender=SENDER, recipient=RECIPIENT)
    delivery.send(letter("second\n"), sender=SENDER, recipient=RECIPIENT)
    (file,) = tmp_path.iterdir()
    assert b"first" in file.read_bytes()


def test_file_survives_a_part_left_by_a_crash(tmp_path: Path) -> None:
    (tmp_path / ".1@example.com.part").write_text("half")
    delivery = FileDelivery(tmp_path)
    assert not delivery.find("<1@example.com>")
    delivery.send(letter(), sender=SENDER, recipient=RECIPIENT)
    assert [file.name for file in tmp_path.iterdir()] == ["1@example.com.eml"]


def test_file_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    FileDelivery(folder).send(letter(message_id="<../../x/y@example.com>"), sender=SENDER, recipient=RECIPIENT)
    assert [file.name for file in folder.iterdir()] == [".._.._x_y@example.com.eml"]


def test_file_forget_leaves_nothing(tmp_path: Path) -> None:
    delivery = FileDelivery(tmp_path)
    delivery.send(letter(), sender=SENDER, recipient=RECIPIENT)
    (tmp_path / ".1@example.com.part").write_text("half")
    delivery.forget("<1@example.com>")
    delivery.forget("<1@example.com>")
    assert list(tmp_path.iterdir()) == []


def test_file_folder_that_cannot_be_used_defers(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(Unavailable) as caught:
        FileDelivery(tmp_path / "outbox").send(letter(), sender=SENDER, recipient=RECIPIENT)
    assert caught.value.code in ("file_eexist", "file_enotdir")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_file_full_disk_defers_and_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    child = os.fork()
    if child == 0:  # a limit on file size, in a process of its own
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            FileDelivery(tmp_path).send(letter("x" * 5000), sender=SENDER, recipient=RECIPIENT)
        except Unavailable as error:
            os._exit(0 if error.code == "file_efbig" and not list(tmp_path.iterdir()) else 2)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# relays that work


def test_smtp_it_works(relay: Start) -> None:
    server = relay()
    send(server)
    assert server.recipients == [RECIPIENT]
    assert server.senders == [SENDER]
    assert server.accepted[0]["Message-ID"] == "<1@example.com>"


def test_smtp_starttls(relay: Start, authority: Authority, tmp_path: Path) -> None:
    server = relay(tls_context=authority.context(tmp_path))
    send(server, security="starttls", ca_file=authority.file)
    assert server.encrypted == [True]


def test_smtp_tls(relay: Start, authority: Authority, tmp_path: Path) -> None:
    server = relay(ssl_context=authority.context(tmp_path))
    send(server, security="tls", ca_file=authority.file)
    assert len(server.accepted) == 1


def test_smtp_login(relay: Start, authority: Authority, tmp_path: Path) -> None:
    server = relay(tls_context=authority.context(tmp_path), authenticator=login, auth_required=True)
    send(server, security="starttls", ca_file=authority.file, user="redress", password=SecretStr("right"))
    assert len(server.accepted) == 1


def test_smtp_dots_and_long_text_arrive_unchanged(relay: Start) -> None:
    server = relay()
    body = ".\n..two\n.\nQUIT\n" + "word " * 15 + "\n"
    send(server, body)
    assert server.accepted[0].get_content().replace("\r\n", "\n") == body
    assert len(server.accepted) == 1


def test_smtp_international_address(relay: Start) -> None:
    server = relay(enable_SMTPUTF8=True)
    send(server, recipient="用户@example.com")
    assert server.recipients == ["用户@example.com"]


def test_smtp_dropped_after_250_is_sent(relay: Start) -> None:
    server = relay()
    server.drop = "after"
    send(server)
    assert len(server.accepted) == 1


# relays that do not


@pytest.mark.parametrize(("stage", "code"), [("MAIL", 451), ("RCPT", 450), ("RCPT", 421), ("DATA", 452)])
def test_smtp_4xx_defers(relay: Start, stage: str, code: int) -> None:
    server = relay()
    server.answers[stage] = [f"{code} anna.muster@example.com later"]
    assert code_of(server, Deferred) == f"smtp_{code}"


@pytest.mark.parametrize(("stage", "code"), [("RCPT", 550), ("DATA", 554)])
def test_smtp_5xx_rejects(relay: Start, stage: str, code: int) -> None:
    server = relay()
    server.answers[stage] = [f"{code} no such user anna.muster@example.com"]
    assert code_of(server, Rejected) == f"smtp_{code}"


def test_smtp_refused_sender_is_no_letters_fault(relay: Start) -> None:
    server = relay()
    server.answers["MAIL"] = ["553 not yours"]
    assert code_of(server, Unavailable) == "smtp_553"


def test_smtp_dropped_at_data_defers(relay: Start) -> None:
    server = relay()
    server.drop = "start"
    assert code_of(server, Deferred) == "smtp_cut_before_end"


@pytest.mark.parametrize(("drop", "arrived"), [("before", 0), ("lost", 1)])
def test_smtp_dropped_behind_the_end_mark_is_uncertain(relay: Start, drop: str, arrived: int) -> None:
    server = relay()
    server.drop = drop
    assert code_of(server, Uncertain) == "smtp_cut_after_end"
    assert len(server.accepted) == arrived


def test_smtp_that_is_not_there_is_unavailable() -> None:
    assert code_of(Relay(port=1), Unavailable) == "smtp_unreachable"


def test_smtp_without_smtputf8_rejects_such_an_address(relay: Start) -> None:
    server = relay(enable_SMTPUTF8=False)
    assert code_of(server, Rejected, recipient="用户@example.com") == "smtp_no_smtputf8"


def test_smtp_stripped_starttls_is_refused(relay: Start) -> None:
    server = relay()
    assert code_of(server, Unavailable, security="starttls") == "smtp_not_offered"
    assert server.senders == []


def test_smtp_wrong_password(relay: Start, authority: Authority, tmp_path: Path) -> None:
    server = relay(tls_context=authority.context(tmp_path), authenticator=login, auth_required=True)
    wrong = {"user": "redress", "password": SecretStr("wrong"), "ca_file": authority.file}
    assert code_of(server, Unavailable, security="starttls", **wrong) == "smtp_login"
    assert server.senders == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["unknown authority", "wrong host", "expired"])
def test_smtp_bad_certificate_is_refused(
    relay: Start, authority: Authority, tmp_path: Path, security: str, fault: str
) -> None:
    host = "relay.example" if fault == "wrong host" else "localhost"
    context = authority.context(tmp_path, host, expired=fault == "expired")
    server = relay(tls_context=context) if security == "starttls" else relay(ssl_context=context)
    trusted = make_authority(tmp_path) if fault == "unknown authority" else authority
    assert code_of(server, Unavailable, security=security, ca_file=trusted.file) == "smtp_certificate"
    assert server.accepted == []


def test_smtp_certificate_is_checked_without_an_authority_of_ours(
    relay: Start, authority: Authority, tmp_path: Path
) -> None:
    server = relay(tls_context=authority.context(tmp_path))
    assert code_of(server, Unavailable, security="starttls") == "smtp_certificate"


def test_smtp_tls_to_a_port_in_clear_is_unavailable(relay: Start) -> None:
    assert code_of(relay(), Unavailable, security="tls") == "smtp_tls"


def test_smtp_missing_authority_file_is_named(relay: Start, tmp_path: Path) -> None:
    assert code_of(relay(), Unavailable, security="starttls", ca_file=tmp_path / "none.pem") == "smtp_ca_file"


@pytest.mark.parametrize("host", ["mail.example.com", "192.0.2.1", "localhost.example.com"])
def test_smtp_in_clear_is_for_loopback_only(host: str) -> None:
    with pytest.raises(SettingsError, match="loopback only"):
        SmtpDelivery(Smtp(host=host, security="none"))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_smtp_in_clear_on_loopback(host: str) -> None:
    SmtpDelivery(Smtp(host=host, security="none"))


def test_smtp_cannot_be_asked() -> None:
    assert not SmtpDelivery(Smtp()).find("<1@example.com>")


def test_settings_choose_the_delivery(tmp_path: Path) -> None:
    assert isinstance(open_delivery(Settings(home=tmp_path)), FileDelivery)
    assert isinstance(open_delivery(Settings(home=tmp_path, notices=Notices(delivery="smtp"))), SmtpDelivery)
